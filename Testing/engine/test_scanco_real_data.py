"""Real ISQ files that are not part of the project: read where they are at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
from MicroCTSuperResLib.imaging.formats import inspect, read_volume

DEFAULT_PLACE = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("MICROCT_SHARED_DATA", DEFAULT_PLACE)) / "scanco_isq"
NAMES = ("test_isq_calibrated_binary_25.ISQ", "test_isq_native_only_binary_25.ISQ")


@pytest.fixture(params=NAMES)
def path(request):
    if not (FOLDER / request.param).is_file():
        pytest.skip(f"{request.param} is not at hand; set MICROCT_SHARED_DATA to the folder that holds scanco_isq")
    return FOLDER / request.param


def test_voxels_of_a_real_isq_are_those_at_its_data_offset(path):
    volume = read_volume(path)
    assert np.count_nonzero(volume.voxels == 1) == 547  # as the notes beside the data state
    assert np.count_nonzero(volume.voxels) == 547
    offset = 2560 if "calibrated" in path.name else 512
    expected = np.fromfile(path, "<i2", offset=offset, count=25**3).reshape(25, 25, 25)
    np.testing.assert_array_equal(volume.voxels, expected)


def test_the_header_of_a_real_isq_is_read(path):
    header = inspect(path)
    assert header.size == (25, 25, 25)
    np.testing.assert_allclose(header.spacing, 0.06)
    assert header.metadata["Scanco.energy_kVp"] == "68"
    assert header.metadata["Scanco.projections"] == "900"
    assert header.personal["Scanco.patient_index"] == "1234"


def test_the_calibration_of_a_real_isq_is_read(path):
    calibration = inspect(path).calibration
    assert calibration.mu_scaling == 1000
    if "calibrated" in path.name:
        assert (calibration.slope, calibration.intercept, calibration.mu_water) == (2, 3, 1)
        # Native 1 is 1 / 1000 per cm: 2 * 0.001 + 3.
        assert read_volume(path).in_units("mg HA/cm3").voxels.max() == pytest.approx(3.002)
    else:
        assert calibration.slope is None
