"""`phantom` and `simulate`: sample data from nothing."""

import json

import numpy as np
import pytest
from MicroCTSuperResLib import read_volume
from MicroCTSuperResLib.imaging.formats import inspect

SMALL = ("--size", 48, 40, 16)


@pytest.fixture
def phantom(command, folder):
    assert command("phantom", "--site", "femur", "-o", folder / "hr.nrrd", *SMALL)[0] == 0
    return folder / "hr.nrrd"


@pytest.mark.parametrize("site", ["femur", "spine"])
def test_a_phantom_holds_bone_and_marrow_in_mg_per_cm3(command, folder, site):
    status, out, _ = command("phantom", "--site", site, "-o", folder / "hr.nrrd", *SMALL, "--json")
    result = json.loads(out.splitlines()[-1])
    assert status == 0
    assert (result["output"], result["size"], result["site"]) == (str(folder / "hr.nrrd"), [48, 40, 16], site)
    hr = read_volume(folder / "hr.nrrd")
    assert (hr.size, hr.units) == ((48, 40, 16), "mg HA/cm3")
    assert hr.spacing == pytest.approx((0.01, 0.01, 0.01))
    # Bone lies at 900 to 1200 mg HA/cm3, marrow at 0 to 100: the threshold of 500 has both sides.
    assert 0 < np.mean(hr.voxels > 500) < 1


def test_the_same_seed_makes_the_same_bone_and_another_seed_another(command, folder):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        command("phantom", "--site", "spine", "-o", folder / f"{name}.nrrd", *SMALL, "--seed", seed)
    a, b, c = (read_volume(folder / f"{name}.nrrd").voxels for name in "abc")
    np.testing.assert_array_equal(a, b)
    assert np.any(a != c)


def test_a_scan_that_memory_does_not_hold_is_refused_before_it_is_read(command, phantom, folder, monkeypatch):
    voxel_bytes = 48 * 40 * 16 * 4
    monkeypatch.setattr("MicroCTSuperResLib.enhancement.memory.free_memory", lambda: 2 * voxel_bytes)
    monkeypatch.setattr("MicroCTSuperResLib.imaging.formats.reading.OpenScan.read", pytest.fail)
    status, _, err = command("simulate", phantom, "-o", folder / "lr.nrrd")
    assert (status, "--crop" in err) == (1, True)
    assert not (folder / "lr.nrrd").exists()


def test_a_simulated_scan_covers_the_same_bone_with_voxels_of_twice_the_size(command, phantom, folder):
    status, out, _ = command("simulate", phantom, "-o", folder / "lr.nrrd", "--json")
    result = json.loads(out.splitlines()[-1])
    assert (status, result["size"]) == (0, [24, 20, 8])
    hr, lr = inspect(phantom), inspect(folder / "lr.nrrd")
    assert lr.spacing == pytest.approx((0.02, 0.02, 0.02))
    # Edges align: the first LR centre lies half an HR voxel further in along each axis.
    assert lr.origin == pytest.approx(tuple(value + 0.005 for value in hr.origin))
    assert lr.units == "mg HA/cm3"


def test_more_frames_are_less_noisy(command, phantom, folder):
    for frames in (1, 3):
        command("simulate", phantom, "-o", folder / f"{frames}.nrrd", "--frames", frames, "--seed", 4)
        command("simulate", phantom, "-o", folder / f"{frames}b.nrrd", "--frames", frames, "--seed", 5)
    # Two scans of one bone differ by their noise alone.
    noise = [
        np.std(read_volume(folder / f"{frames}.nrrd").voxels - 1.0 * read_volume(folder / f"{frames}b.nrrd").voxels)
        for frames in (1, 3)
    ]
    assert noise[1] < noise[0]


def test_the_same_seed_makes_the_same_scan(command, phantom, folder):
    for name in ("a", "b"):
        command("simulate", phantom, "-o", folder / f"{name}.nrrd", "--seed", 3)
    np.testing.assert_array_equal(read_volume(folder / "a.nrrd").voxels, read_volume(folder / "b.nrrd").voxels)


@pytest.mark.parametrize("size", [(0, 40, 16), (-1, 40, 16)])
def test_a_phantom_of_no_size_is_refused(command, folder, size):
    status, _, err = command("phantom", "--site", "femur", "-o", folder / "hr.nrrd", "--size", *size)
    assert status == 1
    assert err.count("\n") == 1
    assert "Unexpected" not in err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("more", [("--spacing-mm", 0), ("--spacing-mm", -0.01), ("--seed", -1)])
def test_a_spacing_or_seed_that_makes_no_sense_is_refused(command, folder, more):
    status, _, err = command("phantom", "--site", "femur", "-o", folder / "hr.nrrd", *SMALL, *more)
    assert status == 1
    assert "Unexpected" not in err


@pytest.mark.parametrize("more", [("--frames", 0), ("--seed", -1)])
def test_frames_and_seeds_that_make_no_sense_are_refused(command, phantom, folder, more):
    status, _, err = command("simulate", phantom, "-o", folder / "lr.nrrd", *more)
    assert status == 1
    assert "Unexpected" not in err


def test_an_existing_file_is_replaced_only_when_asked(command, phantom, folder):
    before = phantom.read_bytes()
    words = ("phantom", "--site", "femur", "-o", phantom, *SMALL, "--seed", 9)
    status, _, err = command(*words)
    assert status == 1
    assert "--overwrite" in err
    assert phantom.read_bytes() == before
    assert command(*words, "--overwrite")[0] == 0


def test_a_scan_is_never_simulated_onto_its_bone(command, phantom):
    before = phantom.read_bytes()
    status, _, err = command("simulate", phantom, "-o", phantom, "--overwrite")
    assert status == 1
    assert "would replace the input" in err
    assert phantom.read_bytes() == before
