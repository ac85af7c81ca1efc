"""`enhance` and `simulate` of calibrated scans and of parts: units, calibration and what is told of the source."""

import hashlib
import json

import numpy as np
import pytest
from MicroCTSuperResLib import enhance, read_volume
from MicroCTSuperResLib.files import sha256_of
from MicroCTSuperResLib.imaging.formats import inspect
from MicroCTSuperResLib.networks.card import GreyScaling
from sample_models import save_small_model
from sample_scans import CALIBRATION, ball, write_native_scan, write_scan

FIELD = "MicroCTSuperRes."


@pytest.fixture
def native(tmp_path):
    """A calibrated scan in native grey values, int16."""
    return write_native_scan(tmp_path / "lr.nrrd")


@pytest.fixture
def enhanced(command, small_model, folder):
    """A function that enhances a scan into a file of `folder`; gives the result's JSON and what stands on stderr."""

    def run(scan, name, *options):
        words = ("enhance", scan, "-o", folder / name, "--model", small_model, "--device", "cpu", "--json", *options)
        status, out, err = command(*words)
        assert status == 0, err
        return json.loads(out.splitlines()[-1]), err

    return run


@pytest.mark.parametrize("name", ["dl.nrrd", "dl.mha", "dl.nii", "dl.tif"])
def test_a_part_in_density_is_enhanced_at_its_place_and_stays_calibrated(enhanced, native, small_model, folder, name):
    result, _ = enhanced(native, name, "--crop", "2:10,4:,:3", "--units", "density")
    dl = read_volume(folder / name)
    assert (dl.size, dl.units, dl.calibration) == ((16, 16, 6), "mg HA/cm3", CALIBRATION)
    expected = enhance(read_volume(native, crop="2:10,4:,:3", units="mg HA/cm3"), model=small_model, device="cpu")
    np.testing.assert_array_equal(dl.voxels, expected.voxels)
    assert dl.origin == pytest.approx(expected.origin)
    (told,) = result["volumes"]
    assert (told["units"], told["crop_voxels"], told["calibration"]["slope"]) == ("mg HA/cm3", "2:10,4:12,0:3", 1000.0)


@pytest.mark.parametrize(("version", "file"), [("0.5", "zarr.json"), ("0.4", ".zattrs")])
def test_ome_zarr_is_written_in_the_version_wanted(enhanced, native, folder, version, file):
    enhanced(native, "dl.ome.zarr", "--units", "density", "--ngff", version)
    assert (folder / "dl.ome.zarr" / file).is_file()
    dl = read_volume(folder / "dl.ome.zarr")
    assert (dl.units, dl.calibration) == ("mg HA/cm3", CALIBRATION)
    assert dl.metadata[f"{FIELD}image_kind"] == "AI-enhanced"


def test_the_calibration_of_the_options_is_in_the_result(enhanced, tmp_path, folder):
    scan = write_scan(tmp_path / "bare.nrrd", units="native")
    enhanced(scan, "dl.nrrd", "--slope", 2, "--intercept", -100, "--density-of", "native")
    kept = inspect(folder / "dl.nrrd", units="mg HA/cm3").calibration
    assert (kept.slope, kept.intercept, kept.density_of) == (2.0, -100.0, "native")
    assert kept.origins == {"slope": "--slope", "intercept": "--intercept"}


def test_of_a_part_the_result_tells_the_voxels_and_not_a_checksum_of_the_whole_file(enhanced, native, folder):
    enhanced(native, "part.nrrd", "--crop", "2:10,4:,:3", "--units", "density")
    fields = read_volume(folder / "part.nrrd").metadata
    assert f"{FIELD}source_sha256" not in fields
    assert (fields[f"{FIELD}source_file"], fields[f"{FIELD}source_units"]) == ("lr.nrrd", "native")
    assert fields[f"{FIELD}source_crop_voxels"] == "2:10,4:12,0:3"
    assert fields[f"{FIELD}source_size_bytes"] == str(native.stat().st_size)
    read = (ball()[:3, 4:, 2:10] - 500.0).astype("<f4").tobytes()
    assert fields[f"{FIELD}source_voxels_sha256"] == hashlib.sha256(read).hexdigest()
    assert fields[f"{FIELD}source_voxel_type"] == "float32"
    enhanced(native, "whole.nrrd")
    assert read_volume(folder / "whole.nrrd").metadata[f"{FIELD}source_sha256"] == sha256_of(native)


def test_a_result_of_a_converted_part_does_not_tell_that_crop_as_its_own(command, enhanced, native, folder):
    command("convert", native, "-o", folder / "part.nrrd", "--crop", "2:10,4:,:3")
    enhanced(folder / "part.nrrd", "dl.nrrd")
    fields = read_volume(folder / "dl.nrrd").metadata
    assert fields[f"{FIELD}source_sha256"] == sha256_of(folder / "part.nrrd")
    assert f"{FIELD}source_crop_voxels" not in fields
    assert fields[f"{FIELD}conversion_source_crop_voxels"] == "2:10,4:12,0:3"


def test_each_of_several_scans_is_cropped_around_its_own_bone(command, tmp_path, small_model):
    scans = []
    for name, x in (("a.nrrd", 10), ("b.nrrd", 50)):
        voxels = np.zeros((12, 40, 80), np.int16)
        voxels[2:10, 12:28, x : x + 16] = 900
        scans.append(write_scan(tmp_path / name, voxels, direction=(1, 0, 0, 0, 1, 0, 0, 0, 1), origin=(0, 0, 0)))
    status, out, err = command(
        "enhance", *scans, "-o", tmp_path / "out", "--model", small_model, "--crop", "auto:20", "--json"
    )
    assert status == 0, err
    boxes = [volume["crop_voxels"] for volume in json.loads(out.splitlines()[-1])["volumes"]]
    # 16 voxels from 10 and from 50 in the middle of 20.
    assert [box.split(",")[0] for box in boxes] == ["8:28", "48:68"]
    assert inspect(tmp_path / "out" / "b_DL.nrrd").size[:2] == (40, 40)


def test_a_stored_type_keeps_the_density_with_its_rescale(enhanced, native, folder):
    enhanced(native, "float.nrrd", "--units", "density")
    result, _ = enhanced(native, "small.nrrd", "--units", "density", "--voxel-type", "int16", "--rescale", 0.1, 0)
    small = inspect(folder / "small.nrrd")
    assert (small.stored_type, small.line.factor) == ("int16", 0.1)
    difference = read_volume(folder / "small.nrrd").voxels - read_volume(folder / "float.nrrd").voxels
    assert np.abs(difference).max() <= 0.05 * (1 + 1e-3)
    assert (result["volumes"][0]["voxel_type"], result["volumes"][0]["clipped"]) == ("int16", 0)


def test_a_wider_stored_type_is_used_from_the_start(enhanced, native, small_model, folder):
    enhanced(native, "wide.nrrd", "--voxel-type", "float32")
    lr = read_volume(native)
    expected = enhance(lr.with_voxels(lr.voxels.astype(np.float32)), model=small_model, device="cpu")
    np.testing.assert_array_equal(read_volume(folder / "wide.nrrd").voxels, expected.voxels)
    assert np.any(expected.voxels != np.rint(expected.voxels))


def test_warnings_about_the_scan_and_limited_voxels_are_told_and_kept(enhanced, native, folder):
    options = ("--slope", 1000, "--intercept", 0, "--voxel-type", "uint8", "--rescale", 1, 0)
    result, err = enhanced(native, "dl.nrrd", *options)
    water, limited = result["warnings"]
    assert water.startswith("Water would have 500 mg HA/cm3")
    assert "limited" in limited
    assert result["volumes"][0]["clipped"] > 0
    assert err.count("microct-superres: warning: ") == 2


def test_a_model_for_densities_tells_how_to_give_them(command, tmp_path, native, folder):
    model = save_small_model(tmp_path / "density", scaling=GreyScaling("bounds", -500.0, 1500.0, "mg HA/cm3"))
    words = ("enhance", native, "-o", folder / "dl.nrrd", "--model", model, "--device", "cpu")
    status, _, err = command(*words)
    assert (status, "Read the volume in mg HA/cm3 with --units" in err) == (1, True)
    assert command(*words, "--units", "density")[0] == 0


def test_memory_is_needed_for_the_part_that_is_read(command, tmp_path, small_model, folder, monkeypatch):
    scan = write_scan(tmp_path / "large.nrrd", np.zeros((40, 200, 200), np.int16))
    program = 450 * 2**20
    monkeypatch.setattr("MicroCTSuperResLib.enhancement.memory.free_memory", lambda: program + 8 * 2**20)
    words = ("enhance", scan, "-o", folder / "dl.nrrd", "--model", small_model, "--device", "cpu")
    status, _, err = command(*words)
    assert (status, "--crop" in err) == (1, True)
    assert command(*words, "--crop", "0:20,0:20,0:5")[0] == 0


def test_a_simulated_scan_keeps_units_calibration_and_source(command, native, folder):
    status, out, _ = command(
        "simulate", native, "-o", folder / "lr.nrrd", "--crop", "2:10,4:,:4", "--units", "density", "--json"
    )
    result = json.loads(out.splitlines()[-1])
    lr = read_volume(folder / "lr.nrrd")
    assert (status, result["size"], result["units"]) == (0, [4, 4, 2], "mg HA/cm3")
    assert (lr.units, lr.calibration) == ("mg HA/cm3", CALIBRATION)
    assert lr.metadata[f"{FIELD}source_crop_voxels"] == "2:10,4:12,0:4"
    assert lr.metadata[f"{FIELD}source_file"] == "lr.nrrd"
    assert result["calibration"]["slope"] == 1000.0
