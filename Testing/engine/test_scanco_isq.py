"""ISQ and RSQ files: voxels in their positions, geometry, calibration, and nothing personal among the metadata."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import CalibrationError
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume
from sample_scanco import CALIBRATION, DENSITY, calibration_blocks, isq_bytes

some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
GREYS = np.random.default_rng(3).integers(-(2**15), 2**15, (5, 4, 7)).astype("int16")
GREYS[0, 0, 0], GREYS[-1, -1, -1], GREYS[0, 0, 1] = -(2**15), 2**15 - 1, 8192
CALIBRATED = calibration_blocks(DENSITY)


def written(folder, voxels=GREYS, name="C0004254.ISQ", **fields):
    path = folder / name
    path.write_bytes(isq_bytes(voxels, **fields))
    return path


@pytest.mark.parametrize("blocks", [b"", CALIBRATED, bytes(512)])
@pytest.mark.parametrize("padded", [True, False])
def test_every_voxel_stands_where_it_was_written(tmp_path, blocks, padded):
    volume = read_volume(written(tmp_path, blocks=blocks, padded=padded))
    np.testing.assert_array_equal(volume.voxels, GREYS)
    assert (volume.voxel_type, volume.units) == ("int16", "native")
    assert volume.voxels.flags.writeable


@some
@given(
    size=st.tuples(*[st.integers(1, 9)] * 3),
    blocks=st.integers(0, 3),
    padded=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_voxels_of_any_size_come_back(tmp_path, size, blocks, padded, seed):
    greys = np.random.default_rng(seed).integers(-(2**15), 2**15, size[::-1]).astype("int16")
    path = written(tmp_path, greys, blocks=bytes(512 * blocks), padded=padded)
    np.testing.assert_array_equal(read_volume(path).voxels, greys)


def test_a_part_with_steps_is_that_part_of_the_whole(tmp_path):
    scan = open_scan(written(tmp_path, blocks=CALIBRATED))
    region = (slice(1, 5, 2), slice(0, 3, 2), slice(2, 7, 3))
    np.testing.assert_array_equal(scan.read(region), GREYS[region])
    assert scan.reads_parts


def test_a_cropped_scan_keeps_its_place(tmp_path):
    volume = open_scan(written(tmp_path), crop="2:6,1:3,3:5").volume()
    np.testing.assert_array_equal(volume.voxels, GREYS[3:5, 1:3, 2:6])
    np.testing.assert_allclose(volume.origin, (0.04, 0.02, 0.06))  # 2, 1, 3 voxels of 0.02 mm


def test_the_voxel_size_is_the_size_of_the_scan_divided_by_its_voxels(tmp_path):
    # 139852 um / 2304 voxels is what a scanner of 60.7 um writes; the increment of 60 um is cut off to whole ones.
    header = inspect(written(tmp_path, size_um=(425, 243, 303), slice_increment_um=60))
    np.testing.assert_allclose(header.spacing, (0.425 / 7, 0.243 / 4, 0.303 / 5))
    assert header.size == (7, 4, 5)
    assert header.origin == (0, 0, 0)
    assert not any("increment" in warning for warning in header.warnings)


def test_slices_that_are_not_as_far_apart_as_their_increment_are_told(tmp_path):
    header = inspect(written(tmp_path, slice_increment_um=40))
    assert any("20 um apart" in warning and "40 um" in warning for warning in header.warnings)
    assert not any("apart" in warning for warning in inspect(header.path, spacing=(0.02, 0.02, 0.04)).warnings)


def test_the_scan_is_described_without_the_person(tmp_path):
    header = inspect(written(tmp_path, blocks=CALIBRATED))
    assert dict(header.metadata) == {
        "Scanco.creation_date": "2016-02-02 09:28:19.150",
        "Scanco.scanner_id": "3401",
        "Scanco.scanner_type": "10",
        "Scanco.measurement_index": "4261",
        "Scanco.site": "4",
        "Scanco.energy_kVp": "70",
        "Scanco.intensity_uA": "200",
        "Scanco.integration_time_ms": "300",
        "Scanco.samples": "1024",
        "Scanco.projections": "1000",
        "Scanco.reconstruction_algorithm": "3",
        "Scanco.scan_distance_mm": "20.48",
        "Scanco.slice_thickness_mm": "0.02",
        "Scanco.slice_increment_mm": "0.02",
        "Scanco.first_slice_position_mm": "157.955",
        "Scanco.reference_line_mm": "160.955",
        "Scanco.data_min": "-2610",
        "Scanco.data_max": "11861",
        "Scanco.calibration_data": "70 kVp, BH: 1200 mg HA/ccm",
        "Scanco.default_unit_type": "2",
    }
    assert dict(header.personal) == {"Scanco.patient_name": "MOUSE 17", "Scanco.patient_index": "815"}


def test_personal_fields_reach_a_volume_only_when_asked_for(tmp_path):
    scan = open_scan(written(tmp_path, blocks=CALIBRATED))
    assert "MOUSE" not in str(dict(scan.volume().metadata))
    assert scan.volume(keep_personal=True).metadata["Scanco.patient_name"] == "MOUSE 17"


@pytest.mark.parametrize(("multi_header", "before"), [(True, ()), (False, ()), (True, (1, 3)), (False, (2,))])
def test_the_density_of_a_voxel_follows_from_the_calibration_block(tmp_path, multi_header, before):
    blocks = calibration_blocks(DENSITY, multi_header=multi_header, before=before)
    volume = read_volume(written(tmp_path, blocks=blocks))
    assert volume.calibration.origins["slope"] == "header of C0004254.ISQ"
    # Native 8192 / 4096 = 2 per cm; 2 * 369.154 - 191.56 mg HA/cm3; 1000 * 2 / 0.5189 - 1000 HU.
    assert volume.in_units("1/cm").voxels[0, 0, 1] == 2
    assert volume.in_units("mg HA/cm3").voxels[0, 0, 1] == pytest.approx(546.748)
    assert volume.in_units("HU").voxels[0, 0, 1] == pytest.approx(2854.307, abs=1e-3)
    np.testing.assert_array_equal(volume.in_units("mg HA/cm3").in_units("native", "int16").voxels, volume.voxels)
    assert inspect(tmp_path / "C0004254.ISQ").warnings == ()


@pytest.mark.parametrize("blocks", [b"", bytes(1536), calibration_blocks(DENSITY)[:1024]])
def test_a_scan_without_calibration_block_says_so_and_keeps_its_scale(tmp_path, blocks):
    volume = read_volume(written(tmp_path, blocks=blocks))
    assert volume.calibration.as_dict() == {"mu_scaling": 4096, "origins": {"mu_scaling": "header of C0004254.ISQ"}}
    (warning,) = inspect(tmp_path / "C0004254.ISQ").warnings
    assert "no density calibration" in warning
    assert "--slope" in warning
    with pytest.raises(CalibrationError, match="slope"):
        volume.in_units("mg HA/cm3")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"slope": 1000 / 0.5189, "intercept": -1000.0, "units": "mg HA/ccm"}, "Hounsfield"),
        ({"slope": 1927.0, "intercept": -1000.0, "units": "HU"}, "Hounsfield"),
        ({"slope": 1927.0, "intercept": -999.0, "units": "HU"}, "Hounsfield"),
        ({"slope": 0.0, "intercept": 0.0}, "no density calibration"),
        ({"slope": 1.0, "intercept": 0.0, "units": ""}, "no density calibration"),
        ({"units": "mg K2HPO4/ccm"}, "K2HPO4"),
        ({"units": ""}, "no named unit"),
        ({"slope": -369.0}, "plausible"),
        ({"slope": 1e300}, "plausible"),
        ({"intercept": 1e300}, "plausible"),
    ],
)
def test_a_line_that_is_not_density_is_not_taken_as_density(tmp_path, changes, reason):
    header = inspect(written(tmp_path, blocks=calibration_blocks(DENSITY | changes)))
    assert header.calibration.slope is None
    assert (header.calibration.mu_scaling, header.calibration.mu_water) == (4096, pytest.approx(0.5189))
    assert any("is not known" in warning and reason in warning for warning in header.warnings)


def test_a_density_of_water_far_from_zero_is_told(tmp_path):
    header = inspect(written(tmp_path, blocks=calibration_blocks(DENSITY | {"slope": 1441.0})))
    assert header.calibration.slope == 1441
    assert any("Water would have 556 mg HA/cm3" in warning for warning in header.warnings)  # 1441 * .5189 - 191.56


@pytest.mark.parametrize("mu_scaling", [0, 1, -4096])
def test_a_scale_that_nobody_filled_in_is_not_taken(tmp_path, mu_scaling):
    header = inspect(written(tmp_path, blocks=CALIBRATED, mu_scaling=mu_scaling))
    assert header.calibration.mu_scaling is None
    assert any("mu_scaling" in warning for warning in header.warnings)
    assert header.calibration.slope == pytest.approx(369.154)


def test_what_is_no_number_in_the_calibration_is_not_taken(tmp_path):
    blocks = bytearray(CALIBRATED)
    start = blocks.index(CALIBRATION) - 8 + 512
    blocks[start + 664 : start + 704] = bytes.fromhex("0080000000000000") * 5
    header = inspect(written(tmp_path, blocks=bytes(blocks)))
    assert header.calibration.as_dict() == {"mu_scaling": 4096, "origins": {"mu_scaling": "header of C0004254.ISQ"}}
    assert not any(math.isnan(value) for value in header.spacing)


def test_a_number_of_the_version_behind_the_name_is_no_obstacle(tmp_path):
    np.testing.assert_array_equal(read_volume(written(tmp_path, name="c0004254.isq;1")).voxels, GREYS)


def test_projections_are_read_as_counts_once_a_spacing_is_given(tmp_path):
    path = written(tmp_path, name="C0004254.RSQ", data_type=0)
    volume = read_volume(path, spacing=(1, 1, 1))
    np.testing.assert_array_equal(volume.voxels, GREYS.view("uint16"))
    header = inspect(path, spacing=(1, 1, 1))
    assert any("7 columns x 4 frames x 5 rows" in warning for warning in header.warnings)
    assert not header.calibration
    assert "MOUSE" not in str(dict(header.metadata))
