"""What is installed with the Slicer extension besides its code: packages that it asks for, icons, pictures, texts."""

import re
import tomllib

import pytest
from cmake_lists import RESOURCES, SCRIPTS, listed_in
from source_tree import ROOT

MODULE = ROOT / "MicroCTSuperRes"
TRAINING_MODULE = ROOT / "MicroCTSuperResTraining"
BOTH = [MODULE, TRAINING_MODULE]
SETTINGS = MODULE / "Resources"
PNG = b"\x89PNG\r\n\x1a\n"  # the signature of the PNG format
# The command line's progress bars; the panel has its own.
ONLY_ON_THE_COMMAND_LINE = {"rich"}


def lines_of(path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def ranges(requirements) -> dict[str, str]:
    """Name in lower case to the range or pin behind it."""
    split = (re.fullmatch(r"([\w.-]+)(.*)", requirement).groups() for requirement in requirements)
    return {name.lower(): rest for name, rest in split}


@pytest.fixture(scope="module")
def dependencies() -> dict[str, str]:
    """What the engine needs, as the distribution says."""
    return ranges(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"])


@pytest.fixture(scope="module")
def required() -> dict[str, str]:
    """What the module installs in Slicer."""
    return ranges(lines_of(SETTINGS / "slicer-requirements.txt"))


@pytest.fixture(scope="module")
def held() -> dict[str, str]:
    """What Slicer brings and an installation must leave as it is."""
    return ranges(lines_of(SETTINGS / "slicer-constraints.txt"))


def torch_requirement() -> str:
    text = (MODULE / "MicroCTSuperResLib/panel/dependencies.py").read_text(encoding="utf-8")
    return re.search(r'^TORCH = "(.+)"$', text, re.MULTILINE).group(1)


def test_all_that_the_engine_needs_is_in_slicer_or_installed_there(dependencies, required, held):
    present = required.keys() | held.keys() | {"torch"} | ONLY_ON_THE_COMMAND_LINE
    assert sorted(dependencies.keys() - present) == []


def test_slicer_is_asked_for_the_same_versions_as_pip(dependencies, required):
    assert {**required, **ranges([torch_requirement()])} == {name: dependencies[name] for name in (*required, "torch")}


def test_what_slicer_brings_is_never_asked_for(required, held):
    assert sorted(required.keys() & held.keys()) == []


def test_what_slicer_brings_is_new_enough(dependencies, held):
    def numbers(version):
        return [int(part) for part in re.findall(r"\d+", version)]

    assert all(pin.startswith("==") for pin in held.values())
    old = [name for name in held.keys() & dependencies.keys() if numbers(held[name]) < numbers(dependencies[name])]
    assert old == []


def test_training_asks_for_the_same_versions_as_pip(required):
    optional = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    own = ranges(lines_of(TRAINING_MODULE / "Resources/slicer-training-requirements.txt"))
    assert own == ranges(optional["train"])
    assert sorted(own.keys() & required.keys()) == []


@pytest.mark.parametrize(
    ("module", "file"),
    [
        (MODULE, "Resources/slicer-requirements.txt"),
        (MODULE, "Resources/slicer-constraints.txt"),
        (MODULE, "Resources/Icons/MicroCTSuperRes.png"),
        (MODULE, "Resources/Icons/MicroCTSuperRes-femur.png"),
        (MODULE, "Resources/Icons/MicroCTSuperRes-spine.png"),
        (TRAINING_MODULE, "Resources/slicer-training-requirements.txt"),
        (TRAINING_MODULE, "Resources/Icons/MicroCTSuperResTraining.png"),
        (TRAINING_MODULE, "Resources/Icons/MicroCTSuperResTraining-cohort.png"),
    ],
)
def test_what_the_module_looks_for_is_installed(module, file):
    assert (module / file).is_file()
    assert file in listed_in((module / "CMakeLists.txt").read_text(encoding="utf-8"))[RESOURCES]


@pytest.mark.parametrize("module", BOTH, ids=lambda module: module.name)
def test_every_panel_file_is_installed(module):
    listed = listed_in((module / "CMakeLists.txt").read_text(encoding="utf-8"))
    forms = [path.relative_to(module).as_posix() for path in (module / "Resources/UI").glob("*.ui")]
    assert set(forms) <= set(listed[RESOURCES])
    assert f"{module.name}.py" in listed[SCRIPTS]
    assert f"add_subdirectory({module.name})" in (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")


def test_no_two_modules_have_a_resource_of_the_same_name():
    # Slicer installs the modules of an extension into one folder.
    first, second = (listed_in((module / "CMakeLists.txt").read_text(encoding="utf-8"))[RESOURCES] for module in BOTH)
    assert sorted(set(first) & set(second)) == []


@pytest.mark.parametrize("module", BOTH, ids=lambda module: module.name)
def test_the_pictures_of_the_module_are_small_png_files(module):
    for icon in (module / "Resources/Icons").iterdir():
        assert icon.read_bytes().startswith(PNG)
        assert icon.stat().st_size < 100_000  # the Extensions Index wants small repositories


@pytest.mark.parametrize("module", BOTH, ids=lambda module: module.name)
def test_slicer_runs_its_own_checks_and_the_self_tests_of_the_module(module):
    text = (module / "CMakeLists.txt").read_text(encoding="utf-8")
    assert "WITH_GENERIC_TESTS" in text
    assert "slicer_add_python_unittest(SCRIPT ${MODULE_NAME}.py)" in text


def test_the_extension_shows_a_picture_of_itself():
    # The Extensions Index refuses an extension without one (its scripts/check_description_files.py).
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    addresses = re.search(r'set\(EXTENSION_SCREENSHOTURLS "(.+)"\)', text).group(1).split()
    for address in addresses:
        assert (ROOT / address.split("/main/")[1]).read_bytes().startswith(PNG)


LINK = re.compile(r"""(?:\]\(|src=")([^)"#\s]+)""")
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_texts_link_to_files_that_exist(text):
    targets = [link for link in LINK.findall(text.read_text(encoding="utf-8")) if "://" not in link]
    assert [target for target in targets if not (text.parent / target).exists()] == []


@pytest.mark.parametrize("text", ["tutorial.md", "tutorial-training.md"])
def test_the_tutorial_names_what_the_panel_says(text):
    # A reader looks for these words on the screen.
    tutorial = " ".join((ROOT / "docs" / text).read_text(encoding="utf-8").split())
    sources = "\n".join(path.read_text(encoding="utf-8") for path in _sources_of_the_panels())
    quoted = sorted(set(re.findall(r"\*\*(.+?)\*\*", tutorial)))
    assert len(quoted) > 10
    assert [word for word in quoted if word not in sources and word not in SLICERS_WORDS] == []


# Words in bold that Slicer itself shows.
SLICERS_WORDS = {
    "Data",
    "Extensions Manager",
    "Install",
    "PyTorch",
    "Quantification",
    "Sample Data",
}


def _sources_of_the_panels():
    for module, lib in ((MODULE, "MicroCTSuperResLib"), (TRAINING_MODULE, "MicroCTSuperResTrainingLib")):
        yield module / f"{module.name}.py"
        yield from (module / lib / "panel").glob("*.py")
        yield from (module / "Resources/UI").glob("*.ui")
