"""The slice store holds what was paired, whole or not at all, and is used again only for the same scans."""

import errno
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from MicroCTSuperResLib.errors import Cancelled, FormatError, InputError, OutputError
from MicroCTSuperResLib.imaging.sampling import hr_grid
from MicroCTSuperResTrainingLib.training import store_building
from MicroCTSuperResTrainingLib.training.store import open_store
from MicroCTSuperResTrainingLib.training.store_building import build_store, changed_since, folder_name
from sample_training import NAMES, make_store, pair_of, phantom_pair, specimen


def test_a_store_gives_back_what_was_paired(tmp_path):
    mask = phantom_pair(0)[1].voxels > 500
    pair = pair_of(specimen("f0"), mask=mask, shift_um=(1.5, 0.0, -2.0))
    build_store(tmp_path / "store", [pair.specimen], lambda _: pair, {"field_voxels": 200})
    (stored,) = open_store(tmp_path / "store").pairs
    np.testing.assert_array_equal(stored.lr().voxels, pair.lr.voxels)
    np.testing.assert_array_equal(stored.hr().voxels, pair.hr.voxels)
    np.testing.assert_array_equal(stored.mask(), mask)
    assert stored.hr().origin == hr_grid(pair.lr).origin
    assert (stored.name, stored.units, stored.facts["shift_um"]) == ("f0", "mg HA/cm3", [1.5, 0.0, -2.0])
    assert isinstance(stored.lr().voxels.base, np.memmap)


def test_the_same_scans_give_the_same_fingerprint_and_others_another(tmp_path):
    first, again = (make_store(tmp_path / name) for name in ("a", "b"))
    other = make_store(tmp_path / "c", NAMES[:2])
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_a_store_is_used_again_without_pairing(tmp_path):
    make_store(tmp_path / "store")
    specimens = [specimen(name, number=number) for number, name in enumerate(NAMES)]
    store = build_store(tmp_path / "store", specimens, lambda _: pytest.fail("paired again"), {})
    assert [pair.name for pair in store.of(["f2", "f0"])] == ["f2", "f0"]
    with pytest.raises(InputError, match="no specimen g1"):
        store.of(["f0", "g1"])


def test_a_store_of_other_scans_or_settings_is_refused_with_the_difference(tmp_path):
    lr, hr = (tmp_path / name for name in ("lr.nrrd", "hr.nrrd"))
    for path in (lr, hr):
        path.write_bytes(b"first")
    of = specimen("f0").__class__("f0", "a", "femur", "", lr, hr)
    build_store(tmp_path / "store", [of], pair_of, {"refine": "none"})
    with pytest.raises(InputError, match=r"settings\.refine 'none' there, 'rigid' now"):
        build_store(tmp_path / "store", [of], pair_of, {"refine": "rigid"})
    hr.write_bytes(b"second, longer")
    with pytest.raises(InputError, match=r"hr\.nrrd"):
        build_store(tmp_path / "store", [of], pair_of, {"refine": "none"})


def test_moved_files_are_the_same_and_changed_or_lost_ones_are_told(tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()

    def specimens(folder):
        return [replace(specimen(name), lr=folder / f"{name}-lr", hr=folder / f"{name}-hr") for name in NAMES]

    for each in specimens(scans):
        each.lr.write_bytes(b"lr")
        each.hr.write_bytes(b"hr")
    pairs = build_store(tmp_path / "store", specimens(scans), pair_of, {}).pairs
    assert changed_since(pairs, specimens(scans)) == []
    moved = scans.rename(tmp_path / "moved")
    assert changed_since(pairs, specimens(moved)) == []
    assert changed_since(pairs, specimens(scans)) == list(NAMES)
    (moved / "f0-hr").unlink()
    (moved / "f2-lr").write_bytes(b"changed")
    assert changed_since(pairs, specimens(moved)) == ["f0", "f2"]


def test_a_store_goes_on_where_a_process_was_killed_and_leaves_nothing_of_it(tmp_path):
    store = tmp_path / "store"
    half = store / ".f0-7e5a.abc1_xyz.part"
    half.mkdir(parents=True)
    (half / "hr.npy").write_bytes(b"half of it")
    make_store(store)
    assert not half.exists()


def test_a_changed_array_is_found(tmp_path):
    store = make_store(tmp_path / "store")
    array = np.lib.format.open_memmap(store.pairs[1].folder / "hr.npy", mode="r+")
    array[3, 4, 5] += 1
    array.flush()
    with pytest.raises(FormatError, match=r"hr\.npy was altered"):
        open_store(store.folder)
    assert open_store(store.folder, verify=False).fingerprint == store.fingerprint


@pytest.mark.parametrize("name", ["index.json", "lr.npy", "facts.json"])
def test_a_store_that_lacks_a_file_is_refused(tmp_path, name):
    store = make_store(tmp_path / "store", NAMES[:1])
    next(store.folder.rglob(name)).unlink()
    with pytest.raises(FormatError, match=name):
        open_store(store.folder)


def test_a_store_that_was_cancelled_goes_on_with_the_next_specimen(tmp_path):
    paired = []

    def pair(of):
        paired.append(of.specimen)
        return pair_of(of)

    specimens = [specimen(name, number=number) for number, name in enumerate(NAMES)]
    with pytest.raises(Cancelled, match="2 of 3"):
        build_store(tmp_path / "store", specimens, pair, {}, should_cancel=lambda: len(paired) == 2)
    assert not (tmp_path / "store" / "index.json").exists()
    store = build_store(tmp_path / "store", specimens, pair, {})
    assert paired == list(NAMES)
    assert [each.name for each in store.pairs] == list(NAMES)


def test_specimens_in_different_units_make_no_store(tmp_path):
    def pair(of):
        return pair_of(of, volumes=phantom_pair(0, units="native" if of.specimen == "f1" else "mg HA/cm3"))

    with pytest.raises(InputError, match="f1 is in native and f0 in mg HA/cm3"):
        build_store(tmp_path / "store", [specimen("f0"), specimen("f1")], pair, {})


def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    def fail(path, array, kind):
        path.write_bytes(b"some of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store_building, "_write_array", fail)
    with pytest.raises(OutputError, match="disk is full"):
        make_store(tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []


def test_a_disk_too_small_for_all_specimens_is_told_with_the_first(tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 400_000})  # a pair of 8 x 32 x 32 and 16 x 64 x 64 voxels takes 295 kB
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    with pytest.raises(OutputError, match=r"needs 884\.7 kB"):
        make_store(tmp_path / "store")


def test_any_name_of_a_specimen_makes_a_folder_of_its_own():
    names = ["a/b", "a:b", "..", "Ä" * 80, "CON", "a b"]
    folders = [folder_name(specimen(name)) for name in names]
    assert len(set(folders)) == len(names)
    assert all(Path(folder).name == folder and folder.isascii() and len(folder) < 60 for folder in folders)


def test_the_index_is_plain_json(tmp_path):
    make_store(tmp_path / "store")
    index = json.loads((tmp_path / "store" / "index.json").read_text())
    assert index["schema"] == 1
    assert len(index["specimens"]) == 3
