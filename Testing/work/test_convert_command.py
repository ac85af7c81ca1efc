"""`convert` from one end to the other: density by hand, parts at their place, stored types, and where it came from."""

import hashlib
import json

import numpy as np
import pytest
import SimpleITK
from MicroCTSuperResLib import Volume, read_volume
from MicroCTSuperResLib.files import sha256_of
from MicroCTSuperResLib.imaging.formats import inspect
from sample_scans import CALIBRATION, DIRECTION, ORIGIN, SIZE, SPACING, ball, write_native_scan, write_scan

FIELD = "MicroCTSuperRes.conversion_"


@pytest.fixture
def native(tmp_path):
    """A calibrated scan in native grey values, int16."""
    return write_native_scan(tmp_path / "lr.nrrd", metadata={"Energy": "70 kV"})


@pytest.fixture
def convert(command, folder):
    """A function that converts a scan into a file of `folder`; gives the result and what stands on stderr."""

    def run(scan, name, *options):
        status, out, err = command("convert", scan, "-o", folder / name, "--json", *options)
        assert status == 0, err
        return json.loads(out.splitlines()[-1]), err

    return run


def test_json_tells_what_was_written(convert, native, folder):
    result, err = convert(native, "out.mha", "--units", "HU")
    assert err == ""
    assert (result["output"], result["input"]) == (str(folder / "out.mha"), str(native))
    assert (result["format"], result["size"], result["spacing_mm"]) == ("MetaImage", list(SIZE), list(SPACING))
    assert (result["units"], result["voxel_type"], result["clipped"]) == ("HU", "float32", 0)
    assert (result["calibration"]["slope"], result["crop_voxels"], result["warnings"]) == (1000.0, None, [])


@pytest.mark.parametrize(
    ("units", "factor", "offset"), [("1/cm", 1e-3, 0), ("HU", 2, -1000), ("density", 1, -500), ("native", 1, 0)]
)
@pytest.mark.parametrize("name", ["out.nrrd", "out.nii.gz", "out.tif", "out/*.tif"])
def test_grey_values_are_those_worked_out_by_hand(convert, native, folder, name, units, factor, offset):
    result, _ = convert(native, name, "--units", units)
    volume = read_volume(result["output"])
    np.testing.assert_allclose(volume.voxels, factor * ball() + offset, rtol=1e-6)
    assert volume.units == ("mg HA/cm3" if units == "density" else units)
    assert volume.calibration == CALIBRATION


def test_the_way_back_is_open(convert, native, folder):
    convert(native, "density.nrrd", "--units", "density")
    convert(folder / "density.nrrd", "back.nrrd", "--units", "native", "--voxel-type", "int16", "--rescale", 1, 0)
    back = read_volume(folder / "back.nrrd")
    np.testing.assert_array_equal(back.voxels, ball())
    assert (back.units, back.voxel_type, back.calibration) == ("native", "int16", CALIBRATION)


@pytest.mark.parametrize("crop", ["2:10,4:,:3", "0.04:0.2,0.08:,0:0.06mm"])
def test_a_part_stays_where_it_was(convert, native, folder, crop):
    result, _ = convert(native, "part.nrrd", "--crop", crop)
    assert (result["size"], result["crop_voxels"]) == ([8, 8, 3], "2:10,4:12,0:3")
    part = read_volume(folder / "part.nrrd")
    np.testing.assert_array_equal(part.voxels, ball()[:3, 4:, 2:10])
    # The scan is turned by 90 degrees about z: 2 voxels along its x are +0.04 mm along y, 4 along its y -0.08 along x.
    assert part.origin == pytest.approx((ORIGIN[0] - 0.08, ORIGIN[1] + 0.04, ORIGIN[2]))
    assert part.direction == pytest.approx(DIRECTION)
    assert result["origin_mm"] == pytest.approx(part.origin)


def test_a_bone_is_found_and_cropped_to_a_square_field(convert, tmp_path, folder):
    voxels = np.zeros((20, 60, 80), np.float32)
    voxels[4:16, 20:36, 44:60] = 900.0  # 16 x 16 voxels around x 52, y 28
    scan = write_scan(tmp_path / "wide.nrrd", voxels)
    convert(scan, "bone.nrrd", "--crop", "auto:24")
    part = read_volume(folder / "bone.nrrd")
    assert part.size[:2] == (24, 24)
    assert np.count_nonzero(part.voxels) == np.count_nonzero(voxels)


def test_whole_numbers_keep_the_grey_values_to_half_a_step(convert, native, folder):
    result, _ = convert(native, "small.nrrd", "--units", "density", "--voxel-type", "uint8")
    stored = inspect(folder / "small.nrrd")
    assert (result["voxel_type"], stored.stored_type, result["clipped"]) == ("uint8", "uint8", 0)
    error = np.abs(read_volume(folder / "small.nrrd").voxels - (ball() - 500.0))
    assert error.max() <= stored.line.factor / 2 * (1 + 1e-6)


def test_a_rescale_is_used_as_given(convert, native, folder):
    convert(native, "out.nrrd", "--units", "density", "--voxel-type", "int16", "--rescale", 0.5, -500)
    # native - 500 = 0.5 * stored - 500
    stored = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "out.nrrd")))
    np.testing.assert_array_equal(stored, 2 * ball())


def test_limited_voxels_are_counted_and_told(convert, command, native, folder):
    result, err = convert(native, "small.nrrd", "--voxel-type", "uint8", "--rescale", 1, 0)
    beyond = int(np.count_nonzero(ball() > 255))
    assert result["clipped"] == beyond
    assert f"warning: {native}: {beyond} voxels" in err
    assert result["warnings"][0].startswith(f"{beyond} voxels")
    assert read_volume(folder / "small.nrrd").metadata["MicroCTSuperRes.clipped_voxels"] == str(beyond)
    _, out, _ = command("convert", native, "-o", folder / "again.nrrd", "--voxel-type", "uint8", "--rescale", 1, 0)
    assert f"{beyond} voxels limited" in out


def test_whole_numbers_that_do_not_fit_are_stored_in_steps_and_that_is_told(convert, native, folder):
    result, err = convert(native, "small.nrrd", "--voxel-type", "uint8")
    step = read_volume(folder / "small.nrrd").metadata["MicroCTSuperRes.stored_step"]
    assert result["clipped"] == 0
    assert f"stored in steps of {step}" in err
    difference = read_volume(folder / "small.nrrd").voxels - ball().astype(float)
    assert 1 < np.abs(difference).max() <= float(step.split()[0]) / 2


def test_the_file_tells_what_it_was_converted_from(convert, native, folder):
    convert(native, "whole.nrrd", "--units", "density")
    fields = read_volume(folder / "whole.nrrd").metadata
    assert (fields["Energy"], fields[f"{FIELD}source_file"]) == ("70 kV", "lr.nrrd")
    assert fields[f"{FIELD}source_sha256"] == sha256_of(native)
    assert fields[f"{FIELD}source_units"] == "native"
    assert fields[f"{FIELD}software"].startswith("MicroCTSuperRes ")
    assert "MicroCTSuperRes.image_kind" not in fields


def test_of_a_part_the_voxels_that_were_read_are_told_instead_of_the_whole_file(convert, native, folder):
    convert(native, "part.nrrd", "--crop", "2:10,4:,:3")
    fields = read_volume(folder / "part.nrrd").metadata
    assert f"{FIELD}source_sha256" not in fields
    assert fields[f"{FIELD}source_crop_voxels"] == "2:10,4:12,0:3"
    assert fields[f"{FIELD}source_crop_of_size"] == "14 x 12 x 6"
    assert fields[f"{FIELD}source_size_bytes"] == str(native.stat().st_size)
    part = ball()[:3, 4:, 2:10].astype("<i2").tobytes()
    assert fields[f"{FIELD}source_voxels_sha256"] == hashlib.sha256(part).hexdigest()
    assert fields[f"{FIELD}source_voxel_type"] == "int16"


def test_a_second_conversion_does_not_tell_the_crop_of_the_first_as_its_own(convert, native, folder):
    convert(native, "part.nrrd", "--crop", "2:10,4:,:3")
    convert(folder / "part.nrrd", "again.mha")
    fields = read_volume(folder / "again.mha").metadata
    assert fields[f"{FIELD}source_sha256"] == sha256_of(folder / "part.nrrd")
    assert not [name for name in fields if "crop" in name]


def test_an_enhanced_volume_is_still_told_to_be_one(convert, command, native, small_model, folder):
    command("enhance", native, "-o", folder / "dl.nrrd", "--model", small_model, "--device", "cpu")
    before = read_volume(folder / "dl.nrrd").metadata
    convert(folder / "dl.nrrd", "dl.tif", "--units", "density", "--crop", ":,:,2:4")
    after = read_volume(folder / "dl.tif").metadata
    assert after["MicroCTSuperRes.image_kind"] == "AI-enhanced"
    assert {name: after.get(name) for name in before} == dict(before)
    assert after[f"{FIELD}source_crop_voxels"] == "0:28,0:24,2:4"
    _, out, _ = command("info", folder / "dl.tif", "--model", small_model)
    assert "AI-enhanced by model small 1.0.0 from lr.nrrd" in out
    assert "converted from dl.nrrd, voxels 0:28,0:24,2:4" in out


def test_a_scan_is_never_converted_onto_itself(command, native):
    before = native.read_bytes()
    status, _, err = command("convert", native, "-o", native, "--overwrite")
    assert (status, "would replace the input" in err) == (1, True)
    assert native.read_bytes() == before


@pytest.mark.parametrize(
    ("written", "named", "files"),
    [("scan.nhdr", "scan.nhdr", 2), ("series/*.dcm", "series/slice_0001.dcm", 6), ("slices/*.tif", "slices/*.tif", 6)],
)
def test_a_scan_in_several_files_is_known_by_its_voxels_not_by_the_file_that_was_named(
    convert, tmp_path, folder, written, named, files
):
    Volume(ball(), SPACING).write(tmp_path / written)
    convert(tmp_path / named, "out.nrrd")
    fields = inspect(folder / "out.nrrd").metadata
    assert f"{FIELD}source_sha256" not in fields
    assert fields[f"{FIELD}source_files"] == str(files)
    assert fields[f"{FIELD}source_voxels_sha256"] == hashlib.sha256(ball().astype("<i2").tobytes()).hexdigest()


def test_an_existing_file_is_replaced_only_when_asked(command, convert, native, folder):
    (folder / "out.nrrd").write_text("precious")
    assert command("convert", native, "-o", folder / "out.nrrd")[0] == 1
    assert (folder / "out.nrrd").read_text() == "precious"
    convert(native, "out.nrrd", "--overwrite")
    assert inspect(folder / "out.nrrd").size == SIZE


def test_a_scan_that_memory_does_not_hold_is_refused_before_it_is_read(command, native, folder, monkeypatch):
    monkeypatch.setattr("MicroCTSuperResLib.enhancement.memory.free_memory", lambda: ball().nbytes)
    monkeypatch.setattr("MicroCTSuperResLib.imaging.formats.reading.OpenScan.read", pytest.fail)
    status, _, err = command("convert", native, "-o", folder / "out.nrrd")
    assert (status, "--crop" in err) == (1, True)
    assert list(folder.iterdir()) == []


def test_nan_and_infinite_voxels_stay_unless_they_shall_become_whole_numbers(command, convert, tmp_path, folder):
    voxels = ball(np.float32)
    voxels[0, 0, 0], voxels[1, 1, 1] = np.nan, np.inf
    scan = Volume(voxels, SPACING).write(tmp_path / "nan.nrrd")
    convert(scan, "out.nrrd")
    np.testing.assert_array_equal(read_volume(folder / "out.nrrd").voxels, voxels)
    status, _, err = command("convert", scan, "-o", folder / "int.nrrd", "--voxel-type", "int16")
    assert (status, "2 of 1008 voxels" in err) == (1, True)
