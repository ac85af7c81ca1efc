"""Differences from HR slab by slab are those of the whole volumes."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import CalibrationError, InputError
from MicroCTSuperResLib.imaging.sampling import hr_grid
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality.differences import difference, differences
from MicroCTSuperResLib.quality.pairing import pair
from sample_comparisons import ball

random = np.random.default_rng(0)


def lr_volume():
    voxels = random.normal(500, 200, (9, 8, 10)).astype(np.float32)
    return Volume(voxels, spacing=(0.02, 0.02, 0.03), origin=(1, 2, 3), units="mg HA/cm3")


def hr_volume(lr, grid="isotropic", shift_mm=0.0):
    target = hr_grid(lr, grid)
    voxels = random.normal(500, 200, target.shape).astype(np.float32)
    origin = tuple(np.add(target.origin, shift_mm))
    return Volume(voxels, target.spacing, origin, target.direction, units="mg HA/cm3")


def made_in_steps(hr, images):
    """The differences, and the parts that were told."""
    told, work = [], differences(hr, images)
    while True:
        try:
            told.append(next(work))
        except StopIteration as end:
            return end.value, told


@pytest.mark.parametrize("grid", ["isotropic", "in-plane"])
def test_slab_by_slab_gives_what_the_whole_gives(grid):
    lr = lr_volume()
    hr = hr_volume(lr, grid)
    images = {"LR": lr, "DL": hr_volume(lr, grid)}
    made, told = made_in_steps(hr, images)
    paired = pair(hr, images)
    for name in images:
        expected = difference(paired.images[name], paired.reference)
        np.testing.assert_array_equal(made[name].voxels, expected.voxels)
        assert (made[name].spacing, made[name].origin) == (expected.spacing, expected.origin)
    assert len(told) > 4
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_volume_in_other_units_is_converted_where_it_is_calibrated():
    hr = ball()
    made, _ = made_in_steps(hr, {"DL": hr.in_units("1/cm")})
    np.testing.assert_allclose(made["DL"].voxels, 0, atol=1e-3)
    assert made["DL"].units == hr.units
    with pytest.raises(CalibrationError, match="native"):
        made_in_steps(hr, {"LR": Volume(hr.voxels, hr.spacing, hr.origin)})


@pytest.mark.parametrize("reason", ["shifted", "not a number"])
def test_what_has_no_place_on_the_grid_of_hr_is_resampled_as_a_whole(reason):
    lr = lr_volume()
    hr, dl = hr_volume(lr, shift_mm=0.024 if reason == "shifted" else 0.0), hr_volume(lr)
    if reason == "not a number":
        dl.voxels[-1] = np.nan
    made, _ = made_in_steps(hr, {"LR": lr, "DL": dl})
    paired = pair(hr, {"LR": lr, "DL": dl})
    assert made["LR"].size == paired.reference.size != hr.size
    np.testing.assert_array_equal(made["DL"].voxels, difference(paired.images["DL"], paired.reference).voxels)


def test_volumes_that_do_not_overlap_are_refused():
    lr = lr_volume()
    with pytest.raises(InputError, match="overlap"):
        made_in_steps(hr_volume(lr, shift_mm=50.0), {"LR": lr})
