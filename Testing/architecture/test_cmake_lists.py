"""Every file of a Slicer module is listed in its CMakeLists.txt, and nothing that is listed is missing."""

import pytest
from cmake_lists import BEGIN, END, RESOURCES, SCRIPTS, files_of, listed_in, modules_with_lists, write_lists
from source_tree import ROOT

REMEDY = "run `make cmake-lists`"


@pytest.mark.parametrize("variable", [SCRIPTS, RESOURCES])
@pytest.mark.parametrize("folder", modules_with_lists(), ids=lambda folder: folder.name)
def test_the_lists_hold_exactly_the_files_of_the_module(folder, variable):
    listed = listed_in((folder / "CMakeLists.txt").read_text(encoding="utf-8"))[variable]
    present = files_of(folder)[variable]
    assert sorted(set(present) - set(listed)) == [], f"not listed: {REMEDY}"
    assert sorted(set(listed) - set(present)) == [], f"listed but missing: {REMEDY}"
    assert len(listed) == len(set(listed))


def test_the_module_of_enhancement_has_lists():
    assert "MicroCTSuperRes" in [folder.name for folder in modules_with_lists()]


def test_every_module_with_lists_is_part_of_the_extension():
    extension = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    assert [f for f in modules_with_lists() if f"add_subdirectory({f.name})" not in extension] == []


def test_modules_installed_into_one_folder_do_not_overwrite_each_other():
    # Slicer installs all scripted modules of an extension flat into one folder.
    files = [file for folder in modules_with_lists() for group in files_of(folder).values() for file in group]
    assert len(files) == len(set(files))


@pytest.fixture
def small_module(tmp_path):
    (tmp_path / "SmallLib").mkdir()
    (tmp_path / "Small.py").touch()
    (tmp_path / "CMakeLists.txt").write_text(f"set(MODULE_NAME Small)\n{BEGIN}{END}# the rest\n")
    write_lists(tmp_path)
    return tmp_path


def test_a_new_script_and_a_new_model_are_listed(small_module):
    (small_module / "SmallLib" / "scan.py").touch()
    (small_module / "SmallLib" / "card.json").touch()
    assert write_lists(small_module)
    assert listed_in((small_module / "CMakeLists.txt").read_text()) == {
        SCRIPTS: ["Small.py", "SmallLib/scan.py"],
        RESOURCES: ["SmallLib/card.json"],
    }


def test_a_removed_file_leaves_the_list(small_module):
    (small_module / "Small.py").unlink()
    assert write_lists(small_module)
    assert listed_in((small_module / "CMakeLists.txt").read_text())[SCRIPTS] == []


def test_what_tools_leave_behind_is_not_listed(small_module):
    for left in ("__pycache__/Small.cpython-311.pyc", ".DS_Store", "SmallLib/model.partial-1.safetensors"):
        (small_module / left).parent.mkdir(exist_ok=True)
        (small_module / left).touch()
    assert not write_lists(small_module)


def test_the_rest_of_the_file_stays_as_it_is(small_module):
    text = (small_module / "CMakeLists.txt").read_text()
    assert text.startswith("set(MODULE_NAME Small)\n")
    assert text.endswith("# the rest\n")


def test_a_file_without_the_marker_comments_is_refused(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text("set(MODULE_NAME Small)\n")
    with pytest.raises(ValueError, match=r"CMakeLists\.txt lacks the comments"):
        write_lists(tmp_path)
