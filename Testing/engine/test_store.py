"""The model store: finds, adds and removes models, and lets no archive reach outside it."""

import json
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from MicroCTSuperResLib.errors import ModelError, OutputError
from MicroCTSuperResLib.networks.loading import load_model
from MicroCTSuperResLib.networks.store import ModelStore
from sample_models import save_small_model


@pytest.fixture
def store(tmp_path):
    """A store with the bundled models "default" and "abstract" and none of the user's."""
    (tmp_path / "bundled").mkdir()
    for name in ("default", "abstract"):
        save_small_model(tmp_path / "bundled" / name)
    return ModelStore(tmp_path / "user", tmp_path / "bundled")


@pytest.fixture
def folder(tmp_path):
    """A sound model of the name "mine", outside the store."""
    (tmp_path / "downloads").mkdir()
    return save_small_model(tmp_path / "downloads" / "mine")


def zipped(folder, prefix="mine/", extra=()):
    """A ZIP of a model's two files below `prefix`, and of further (name or ZipInfo, content) members."""
    path = folder.parent / "mine.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("card.json", "model.safetensors"):
            archive.write(folder / name, prefix + name)
        for name, content in extra:
            archive.writestr(name, content)
    return path


def names(store):
    return [model.name for model in store.list()]


def edit_card(folder, **changes):
    path = folder / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


def test_a_card_that_was_changed_is_read_anew(store, folder):
    store.add(folder)
    assert store.find("mine").card.summary != "Changed."
    edit_card(store.user_folder / "mine", summary="Changed.")
    assert store.find("mine").card.summary == "Changed."
    (store.user_folder / "mine" / "card.json").write_text("no JSON")
    assert names(store) == ["abstract", "default"]
    edit = json.loads((folder / "card.json").read_text())
    (store.user_folder / "mine" / "card.json").write_text(json.dumps(edit))
    assert names(store) == ["abstract", "default", "mine"]


def test_the_bundled_models_come_first_and_say_so(store, folder):
    store.add(folder)
    assert [(model.name, model.bundled) for model in store.list()] == [
        ("abstract", True),
        ("default", True),
        ("mine", False),
    ]


def test_the_users_folder_can_be_chosen_by_environment_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("MICROCT_SUPERRES_MODELS", str(tmp_path / "chosen"))
    assert ModelStore().user_folder == tmp_path / "chosen"
    monkeypatch.delenv("MICROCT_SUPERRES_MODELS")
    assert ModelStore().user_folder.parts[-2:] == ("MicroCTSuperRes", "models")


def test_a_model_is_found_by_name_and_by_any_path_to_it(store, folder, monkeypatch):
    assert store.find("default").bundled
    for path in (folder, str(folder), folder / "card.json", folder / "model.safetensors"):
        found = store.find(path)
        assert (found.name, found.path, found.bundled) == ("mine", folder, False)
    monkeypatch.chdir(folder.parent)
    assert store.find("mine").name == store.find("./mine").name == "mine"


def test_a_name_wins_over_a_folder_of_that_name_here(store, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    save_small_model(folder.parent / "default")
    assert store.find("default").bundled
    assert not store.find("./default").bundled


def test_a_misspelt_name_is_answered_with_the_nearest_one(store):
    with pytest.raises(ModelError, match="no model 'defualt'") as refusal:
        store.find("defualt")
    assert "Did you mean 'default'?" in refusal.value.hint
    assert "abstract, default" in refusal.value.hint


@pytest.mark.parametrize("name", ["x" * 5000, "no/such/folder", "a\0b", "../default/../nothing"])
def test_what_is_neither_a_name_nor_a_folder_is_refused(store, name):
    with pytest.raises(ModelError, match="There is no model"):
        store.find(name)


def test_an_archive_has_to_be_added_first(store, folder):
    with pytest.raises(ModelError, match="is an archive") as refusal:
        store.find(zipped(folder))
    assert "models add" in refusal.value.hint


def test_an_added_folder_is_copied_with_its_texts_and_nothing_else(store, folder):
    (folder / "README.md").write_text("read me")
    (folder / "LICENSE").write_text("licence")
    (folder / "events.log").write_text("no part of a model")
    added = store.add(folder)
    assert added.path == store.user_folder / "mine"
    assert sorted(path.name for path in added.path.iterdir()) == [
        "LICENSE",
        "README.md",
        "card.json",
        "model.safetensors",
    ]
    shutil.rmtree(folder)
    assert load_model("mine", store).card.name == "mine"


@pytest.mark.parametrize("prefix", ["", "mine/", "any name/"])
def test_an_archive_is_added_with_its_files_at_the_top_or_in_one_folder(store, folder, prefix):
    path = zipped(folder, prefix, extra=[(prefix + "README.md", "read me"), (prefix + "notes.txt", "private")])
    added = store.add(path)
    assert sorted(each.name for each in added.path.iterdir()) == ["README.md", "card.json", "model.safetensors"]
    assert (added.path / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil.txt", "mine/../../evil", "..\\evil", "C:evil"])
def test_an_archive_that_points_outside_itself_is_refused(store, folder, name):
    with pytest.raises(ModelError, match="points outside the archive"):
        store.add(zipped(folder, extra=[(name, "evil")]))
    assert not store.user_folder.exists()


def test_a_link_in_an_archive_is_refused(store, folder):
    link = zipfile.ZipInfo("mine/README.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ModelError, match=r"README\.md in .* is a link"):
        store.add(zipped(folder, extra=[(link, "/etc/passwd")]))


def test_a_link_in_a_folder_is_refused(store, folder, tmp_path):
    (tmp_path / "secret").write_text("private")
    (folder / "README.md").symlink_to(tmp_path / "secret")
    with pytest.raises(ModelError, match="is a link"):
        store.add(folder)


def test_a_member_that_unpacks_to_a_thousand_times_its_size_is_refused(store, folder):
    with zipfile.ZipFile(folder.parent / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "card.json", "card.json")
        archive.writestr("model.safetensors", bytes(20_000_000))  # deflate shrinks zeros about 1000 times
    with pytest.raises(ModelError, match="unpacks from"):
        store.add(folder.parent / "bomb.zip")


def test_a_member_that_is_larger_than_any_card_is_refused_unread(store, folder):
    (folder / "card.json").write_bytes(os.urandom((1 << 20) + 1))
    for path in (folder, zipped(folder)):
        with pytest.raises(ModelError, match="more than the 1048576 that are read"):
            store.add(path)


def test_an_archive_with_two_models_or_none_is_refused(store, folder):
    with pytest.raises(ModelError, match="holds 2 models"):
        store.add(zipped(folder, extra=[("other/card.json", "{}")]))
    with pytest.raises(ModelError, match="holds no models"):
        store.add(zipped(folder, prefix="too/deep/"))


def test_an_archive_that_holds_a_file_twice_is_refused(store, folder):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(folder, extra=[("mine/model.safetensors", b"which one?")])
    with pytest.raises(ModelError, match="twice"):
        store.add(path)


def test_a_damaged_or_locked_archive_is_refused(store, folder):
    path = zipped(folder)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        weights = archive.getinfo("mine/model.safetensors")
    # Past the local header (30 bytes and the name) the compressed weights begin.
    content[weights.header_offset + 30 + len(weights.filename) + 100] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(ModelError, match="cannot be unpacked"):
        store.add(path)
    locked = zipped(folder)
    content = bytearray(locked.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        content[at + flags] |= 1  # bit 0: encrypted
    locked.write_bytes(bytes(content))
    with pytest.raises(ModelError, match="cannot be unpacked"):
        store.add(locked)


@pytest.mark.parametrize("name", ["card.json", "model.safetensors"])
def test_a_folder_without_one_of_its_files_is_refused(store, folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"holds no {name}"):
        store.add(folder)


def test_things_that_are_no_models_are_refused(store, tmp_path):
    (tmp_path / "scan.nrrd").write_text("NRRD0005")
    (tmp_path / "best.ckpt").write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelError, match="neither a folder nor a ZIP archive"):
        store.add(tmp_path / "scan.nrrd")
    with pytest.raises(ModelError, match="is a pickle"):
        store.add(tmp_path / "best.ckpt")
    with pytest.raises(ModelError, match="There is nothing at"):
        store.add(tmp_path / "absent")


def test_altered_weights_are_refused_before_anything_is_written(store, folder):
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(bytes(content))
    with pytest.raises(ModelError, match="is not the file that its card describes"):
        store.add(folder)
    assert not store.user_folder.exists()


def test_a_bundled_name_cannot_be_taken(store, folder):
    edit_card(folder, name="default")
    with pytest.raises(ModelError, match="'default' is the name of a bundled model"):
        store.add(folder)


def test_a_bundled_model_is_used_even_if_someone_copies_one_of_its_name_into_the_users_folder(store, folder):
    edit_card(folder, name="default")
    shutil.copytree(folder, store.user_folder / "default")
    assert store.find("default").bundled
    assert names(store) == ["abstract", "default"]
    (problem,) = store.problems()
    assert "has the name of a bundled model" in problem


@pytest.mark.parametrize("name", ["../outside", "a/b", "", "CON"])
def test_a_card_cannot_name_a_place_outside_the_store(store, folder, name):
    edit_card(folder, name=name)
    with pytest.raises(ModelError, match="name: must be"):
        store.add(folder)


def test_a_model_is_replaced_only_when_asked(store, folder):
    store.add(folder)
    edit_card(folder, version="2.0.0")
    with pytest.raises(OutputError, match="You have a model 'mine' already"):
        store.add(folder)
    assert store.add(folder, overwrite=True).card.version == "2.0.0"
    assert store.add(store.user_folder / "mine", overwrite=True).card.version == "2.0.0"
    assert names(store) == ["abstract", "default", "mine"]


def test_a_removed_model_is_gone_and_the_others_stay(store, folder):
    store.add(folder)
    store.remove("mine")
    assert names(store) == ["abstract", "default"]
    assert not (store.user_folder / "mine").exists()


def test_a_bundled_model_stays(store):
    with pytest.raises(ModelError, match="came with the software and stays"):
        store.remove("default")
    assert "default" in names(store)


@pytest.mark.parametrize("name", ["..", ".", "", "../downloads/mine", "/"])
def test_nothing_outside_the_store_can_be_removed(store, folder, name):
    with pytest.raises(ModelError, match="is no model name"):
        store.remove(name)
    assert folder.exists()


def test_a_folder_with_other_files_is_not_removed(store):
    # As when the variable for the user's models points to a home folder.
    documents = store.user_folder / "documents"
    documents.mkdir(parents=True)
    (documents / "thesis.docx").write_text("three years of work")
    with pytest.raises(ModelError, match="holds more than a model"):
        store.remove("documents")
    assert (documents / "thesis.docx").exists()


def test_removing_a_link_leaves_what_it_points_to(store, folder):
    store.user_folder.mkdir()
    (store.user_folder / "mine").symlink_to(folder)
    store.remove("mine")
    assert (folder / "card.json").exists()
    assert not (store.user_folder / "mine").exists()


def test_a_misspelt_name_to_remove_is_answered_with_the_nearest_one(store, folder):
    store.add(folder)
    with pytest.raises(ModelError, match="no model 'mein'") as refusal:
        store.remove("mein")
    assert "'mine'" in refusal.value.hint


def test_a_broken_model_hides_no_other_is_told_and_can_be_removed(store, folder):
    store.add(folder)
    (store.user_folder / "mine" / "card.json").write_text("{")
    assert names(store) == ["abstract", "default"]
    (problem,) = store.problems()
    assert "not valid JSON" in problem
    with pytest.raises(ModelError, match="not valid JSON"):
        store.find("mine")
    store.remove("mine")
    assert store.problems() == []


def test_a_folder_renamed_by_hand_is_told(store, folder):
    store.add(folder)
    (store.user_folder / "mine").rename(store.user_folder / "other")
    assert any("that its card calls 'mine'" in problem for problem in store.problems())


def test_a_store_folder_that_cannot_be_made_is_told(store, folder, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OutputError, match="cannot be made") as refusal:
        ModelStore(tmp_path / "file" / "models", store.bundled_folder).add(folder)
    assert "MICROCT_SUPERRES_MODELS" in refusal.value.hint


def test_every_bundled_model_is_sound_and_small():
    store = ModelStore(Path("/nonexistent"))
    assert store.problems() == []
    assert "default" in names(store)
    for model in store.list():
        load_model(model.name, store)
        assert model.weights_path.stat().st_size <= 10_000_000  # what the repository has room for
