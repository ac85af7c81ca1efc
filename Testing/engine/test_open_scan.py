"""Opening a scan: the part that is wanted, in the units that are wanted, with the constants that are known."""

import json

import numpy as np
import pytest
from MicroCTSuperResLib.errors import CalibrationError, FormatError, InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.calibration import UNCALIBRATED, Calibration
from MicroCTSuperResLib.imaging.crop import BoxCrop
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume
from MicroCTSuperResLib.imaging.formats.calibration_file import read_calibration, write_calibration
from sample_volumes import assert_same, sample_volume
from test_formats_dicom import write_series

CROP = "2:6,1:3,0:2"
BOX = Box((2, 1, 0), (6, 3, 2))
FILE = Calibration(8192.0, 0.2409, 1603.5, -391.2, origins={"slope": "header"})


def scan(folder, name="scan.nrrd", **changes):
    """A scan of native values in a file, size 7 x 4 x 5, and its volume."""
    volume = sample_volume(**({"units": "native", "calibration": FILE, "metadata": {"Site": "femur"}} | changes))
    return volume, volume.write(folder / name)


@pytest.mark.parametrize("crop", [CROP, BOX, BoxCrop(((2, 6), (1, 3), (None, 2)))])
def test_a_crop_in_other_units_is_the_crop_of_the_volume_in_other_units(tmp_path, crop):
    volume, path = scan(tmp_path)
    opened = open_scan(path, crop=crop, units="mg HA/cm3")
    part, wanted = opened.volume(), volume.in_units("mg HA/cm3").cropped(BOX)
    np.testing.assert_allclose(part.voxels, wanted.voxels, rtol=1e-6)
    np.testing.assert_allclose(part.origin, wanted.origin, rtol=0, atol=1e-14)
    assert (part.size, part.units, part.calibration) == (wanted.size, "mg HA/cm3", FILE)
    assert part.voxel_type == opened.header.voxel_type == "float32"
    assert (opened.header.size, opened.header.origin, opened.header.box) == (part.size, part.origin, BOX)
    assert (opened.stored.size, opened.stored.units, opened.stored.box) == (volume.size, "native", None)
    assert opened.header.voxel_bytes == part.voxels.nbytes
    assert part.source == path


def test_another_crop_of_a_cropped_scan_is_one_of_the_whole_file(tmp_path):
    _, path = scan(tmp_path)
    at_once = open_scan(path, crop=BOX, units="mg HA/cm3")
    again = open_scan(path, crop="0:2,0:1,0:1", units="mg HA/cm3").cropped(BOX)
    assert again.header == at_once.header
    np.testing.assert_array_equal(again.volume().voxels, at_once.volume().voxels)


def test_a_crop_in_millimetres_is_measured_from_the_face_of_the_first_voxel(tmp_path):
    volume, path = scan(tmp_path)  # voxels of 0.011 x 0.02 x 0.035 mm
    part = read_volume(path, crop="0.022:0.066,0.02:0.06,0:0.07mm")
    np.testing.assert_array_equal(part.voxels, volume.voxels[BOX.slices])


def test_a_given_spacing_is_that_of_the_crop(tmp_path):
    volume, path = scan(tmp_path)
    part = read_volume(path, spacing=(0.1, 0.1, 0.1), crop="0.2:0.6,0.1:0.3,0:0.2mm")
    np.testing.assert_array_equal(part.voxels, volume.voxels[BOX.slices])
    step = volume.direction_matrix @ [0.2, 0.1, 0.0]
    np.testing.assert_allclose(part.origin, np.asarray(volume.origin) + step, rtol=0, atol=1e-14)


def test_the_whole_scan_is_read_as_it_is(tmp_path):
    volume, path = scan(tmp_path)
    opened = open_scan(path)
    assert_same(opened.volume(), volume, 1e-14)
    assert opened.header is opened.stored


def test_what_was_done_on_reading_is_told_by_the_metadata(tmp_path):
    _, path = scan(tmp_path)
    assert dict(read_volume(path, crop=CROP, units="HU").metadata) == {
        "Site": "femur",
        "MicroCTSuperRes.crop_voxels": "2:6,1:3,0:2",
        "MicroCTSuperRes.crop_of_size": "7 x 4 x 5",
        "MicroCTSuperRes.converted_from": "native",
    }
    assert dict(read_volume(path).metadata) == {"Site": "femur"}


def test_fields_of_an_earlier_reading_are_not_told_of_the_next_one(tmp_path):
    _, path = scan(tmp_path)
    part = read_volume(path, crop=CROP, units="HU").write(tmp_path / "part.nrrd")
    assert dict(read_volume(part).metadata) == {"Site": "femur"}


@pytest.mark.parametrize("crop", ["0:8,:,:", Box((0, 0, 0), (7, 4, 6)), "9:10,:,:", "3:3,:,:"])
def test_a_crop_beyond_the_scan_is_refused(tmp_path, crop):
    _, path = scan(tmp_path)
    with pytest.raises(InputError):
        open_scan(path, crop=crop)


def test_a_conversion_without_its_constants_is_refused_with_the_files_name(tmp_path):
    _, path = scan(tmp_path, calibration=UNCALIBRATED)
    with pytest.raises(CalibrationError, match=r"scan\.nrrd: .* not calibrated"):
        open_scan(path, units="mg HA/cm3")
    assert read_volume(path).units == "native"


class TestCalibrationBesideAScan:
    def test_it_is_used(self, tmp_path):
        _, path = scan(tmp_path, calibration=UNCALIBRATED)
        write_calibration(FILE, tmp_path / "scan.nrrd.calibration.json")
        assert inspect(path).calibration.slope == 1603.5
        assert read_volume(path, units="mg HA/cm3").units == "mg HA/cm3"

    def test_it_comes_before_the_header_and_the_user_before_both(self, tmp_path):
        _, path = scan(tmp_path)
        beside = {"mu_water": 0.25, "slope": 2000.0, "intercept": -500.0}
        (tmp_path / "scan.nrrd.calibration.json").write_text(json.dumps(beside))
        user = Calibration(slope=0.3, intercept=1.0, density_of="native", origins={"slope": "--slope"})
        known = open_scan(path, calibration=user).stored.calibration
        assert (known.mu_scaling, known.mu_water) == (8192.0, 0.25)
        assert (known.slope, known.intercept, known.density_of) == (0.3, 1.0, "native")
        assert known.origins["slope"] == "--slope"
        assert known.origins["mu_water"] == "file scan.nrrd.calibration.json"
        alone = open_scan(path).stored.calibration
        assert (alone.mu_scaling, alone.slope, alone.density_of) == (8192.0, 2000.0, "1/cm")

    @pytest.mark.parametrize("name", ["series/*.dcm", "slices/*.tif"])
    def test_that_of_a_folder_of_slices_stands_in_it(self, tmp_path, name):
        _, folder = scan(tmp_path, name, calibration=UNCALIBRATED)
        write_calibration(FILE, folder / "calibration.json")
        assert inspect(folder).calibration.mu_scaling == 8192.0
        assert inspect(folder / name.split("/")[1]).calibration.mu_scaling == 8192.0

    def test_it_is_found_also_where_one_file_of_a_dicom_series_is_given(self, tmp_path):
        _, folder = scan(tmp_path, "series/*.dcm", calibration=UNCALIBRATED)
        write_calibration(FILE, folder / "calibration.json")
        assert inspect(folder / "slice_0001.dcm").calibration.mu_scaling == 8192.0

    @pytest.mark.parametrize("name", ["scan.zarr", "slices/*.tif"])
    def test_that_of_a_folder_may_stand_beside_it(self, tmp_path, name):
        _, folder = scan(tmp_path, name, calibration=UNCALIBRATED)
        write_calibration(FILE, tmp_path / f"{folder.name}.calibration.json")
        assert inspect(folder).calibration.mu_scaling == 8192.0

    def test_that_of_a_folder_is_not_that_of_a_file_in_it(self, tmp_path):
        write_calibration(FILE, tmp_path / "calibration.json")
        for name in ("scan.nrrd", "scan.nhdr", "scan.tif"):
            assert not inspect(scan(tmp_path, name, calibration=UNCALIBRATED)[1]).calibration

    def test_a_broken_one_is_refused_rather_than_ignored(self, tmp_path):
        _, path = scan(tmp_path)
        beside = tmp_path / "scan.nrrd.calibration.json"
        for content in ("{ half", "[]", '{"slope": 3}', '{"mu_watter": 0.24}', '{"mu_water": "NaN"}', "[" * 9999):
            beside.write_text(content)
            with pytest.raises(FormatError, match=r"calibration\.json") as caught:
                inspect(path)
            assert "\n" not in str(caught.value)

    def test_it_comes_back_as_it_was_written(self, tmp_path):
        path = write_calibration(FILE, tmp_path / "mine.json")
        assert read_calibration(path) == Calibration(
            8192.0,
            0.2409,
            1603.5,
            -391.2,
            origins=dict.fromkeys(["mu_scaling", "mu_water", "intercept"], "file mine.json") | {"slope": "header"},
        )


def test_constants_that_are_given_may_depend_on_the_header(tmp_path):
    _, path = scan(tmp_path)
    seen = []

    def chosen(header):
        seen.append((header.units, header.calibration.mu_scaling))
        return Calibration(mu_water=0.25)

    assert open_scan(path, calibration=chosen).stored.calibration.mu_water == 0.25
    assert seen == [("native", 8192.0)]


@pytest.mark.parametrize(
    ("units", "given"),
    [
        ("mg HA/cm3", {"slope": 800.0, "intercept": -391.2}),
        ("mg HA/cm3", {"slope": 1603.5, "intercept": -100.0}),
        ("mg HA/cm3", {"slope": 1603.5, "intercept": -391.2, "density_of": "native"}),
        ("mg HA/cm3", {"mu_scaling": 4096.0}),
        ("HU", {"mu_water": 0.25}),
        ("1/cm", {"mu_scaling": 4096.0}),
    ],
)
def test_constants_that_grey_values_were_computed_with_cannot_be_replaced(tmp_path, units, given):
    # With a slope of 800 instead of 1603.5 the way back from density would lead to other native values.
    _, path = scan(tmp_path)
    converted = read_volume(path, units=units).write(tmp_path / "converted.nrrd")
    with pytest.raises(CalibrationError, match=r"computed with .* cannot replace"):
        open_scan(converted, calibration=Calibration(**given))
    write_calibration(Calibration(**given), tmp_path / "converted.nrrd.calibration.json")
    with pytest.raises(CalibrationError, match=r"converted\.nrrd"):
        open_scan(converted)


@pytest.mark.parametrize(
    ("units", "given"),
    [
        ("native", {"mu_scaling": 4096.0, "mu_water": 0.25, "slope": 800.0, "intercept": -1.0}),
        ("mg HA/cm3", {"slope": 1603.5, "intercept": -391.2, "mu_water": 0.25}),
        ("HU", {"slope": 800.0, "intercept": -100.0}),
    ],
)
def test_constants_that_are_the_same_or_not_in_the_grey_values_can_be_given(tmp_path, units, given):
    _, path = scan(tmp_path)
    converted = read_volume(path, units=units).write(tmp_path / "converted.nrrd")
    told = open_scan(converted, calibration=Calibration(**given)).header.calibration
    assert {name: getattr(told, name) for name in given} == given


def test_constants_that_do_not_fit_each_other_are_warned_of(tmp_path):
    _, path = scan(tmp_path)
    assert inspect(path).warnings == ()
    (warning,) = open_scan(path, calibration=Calibration(mu_water=0.5)).header.warnings
    assert "411 mg HA/cm3" in warning  # 1603.5 * 0.5 - 391.2 = 410.55


def test_fields_that_may_name_a_person_are_kept_only_when_asked_for(tmp_path):
    folder = write_series(tmp_path / "series")
    assert "PatientName" not in read_volume(folder).metadata
    assert open_scan(folder).volume(keep_personal=True).metadata["PatientName"] == "Mouse^Secret"


def test_a_file_that_changed_after_its_header_was_read_is_refused(tmp_path):
    _, path = scan(tmp_path)
    opened = open_scan(path)
    sample_volume("int16", size=(3, 3, 3)).write(path, overwrite=True)
    with pytest.raises(FormatError):
        opened.volume()
    path.unlink()
    with pytest.raises(FormatError, match=r"scan\.nrrd cannot be read"):
        opened.volume()
