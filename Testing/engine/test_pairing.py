"""LR, DL and HR are brought together by where they lie."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import CalibrationError, InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.sampling import hr_grid, interpolate
from MicroCTSuperResLib.imaging.volume import IDENTITY, Volume
from MicroCTSuperResLib.quality.pairing import covered_box, is_same_place, laid_on_hr, on_grid_of, pair
from sample_comparisons import ball
from sample_volumes import rotation


def ramp(size, spacing, origin=(0.0, 0.0, 0.0), direction=IDENTITY) -> Volume:
    """Grey values x + 10 y + 100 z of the world, in LPS mm: linear interpolation gives them exactly."""
    z, y, x = np.meshgrid(*[np.arange(count) for count in size[::-1]], indexing="ij")
    index = np.stack([x, y, z], axis=-1) * spacing
    world = index @ np.reshape(direction, (3, 3)).T + origin
    voxels = world @ (1.0, 10.0, 100.0)
    return Volume(voxels.astype(np.float32), spacing=(spacing,) * 3, origin=origin, direction=np.ravel(direction))


def test_a_volume_on_the_same_grid_is_taken_as_it_is():
    hr = ball()
    assert on_grid_of(hr.with_voxels(hr.voxels + 1), hr).voxels is not hr.voxels
    assert on_grid_of(hr, hr) is hr


def test_lr_is_brought_onto_its_hr_grid_as_everywhere_else_in_the_project():
    lr = ball((12, 12, 12), 0.04)
    grid = hr_grid(lr)
    hr = Volume(np.zeros(grid.shape, np.float32), grid.spacing, grid.origin, grid.direction, lr.units)
    paired = pair(hr, {"LR": lr})
    np.testing.assert_array_equal(paired.images["LR"].voxels, interpolate(lr).voxels)
    assert paired.box == Box.whole(hr.size)


def test_a_volume_that_is_turned_and_shifted_is_found_by_its_place_in_the_world():
    turned = rotation(0.2, 0.4)
    image = ramp((30, 30, 30), 0.1, origin=(-1.5, -1.4, -1.6), direction=turned)
    hr = ramp((10, 9, 8), 0.07, origin=(-0.3, -0.2, -0.25))
    paired = pair(hr, {"any": image})
    assert paired.box == Box.whole(hr.size)
    np.testing.assert_allclose(paired.images["any"].voxels, hr.voxels, atol=1e-4)


def test_only_the_part_that_both_cover_is_compared():
    hr = ramp((10, 10, 10), 0.1)
    # Its voxels reach from 0.15 mm to 0.65 mm along each axis: HR voxels 2 (0.2 mm) to 6 (0.6 mm) lie in it.
    image = ramp((5, 5, 5), 0.1, origin=(0.2, 0.2, 0.2))
    paired = pair(hr, {"any": image})
    assert paired.box == Box((2, 2, 2), (7, 7, 7))
    assert paired.reference.origin == pytest.approx((0.2, 0.2, 0.2))
    np.testing.assert_allclose(paired.images["any"].voxels, paired.reference.voxels, atol=1e-4)


def test_all_volumes_share_the_part_that_is_compared():
    hr = ramp((10, 10, 10), 0.1)
    paired = pair(hr, {"low": ramp((8, 10, 10), 0.1), "high": ramp((8, 10, 10), 0.1, origin=(0.2, 0.0, 0.0))})
    assert paired.box == Box((2, 0, 0), (8, 10, 10))
    assert {image.voxels.shape for image in paired.images.values()} == {(10, 10, 6)}


def test_volumes_that_lie_apart_are_refused():
    with pytest.raises(InputError, match="do not overlap"):
        pair(ramp((5, 5, 5), 0.1), {"LR": ramp((5, 5, 5), 0.1, origin=(9.0, 9.0, 9.0))})


def test_a_volume_in_other_units_is_converted_where_it_is_calibrated():
    hr = ball()
    image = hr.in_units("1/cm")
    np.testing.assert_allclose(pair(hr, {"DL": image}).images["DL"].voxels, hr.voxels, atol=1e-3)


def test_a_volume_in_other_units_without_calibration_is_refused():
    with pytest.raises(CalibrationError, match="native"):
        pair(ball(), {"LR": Volume(ball().voxels, spacing=(0.02,) * 3)})


def test_grids_that_differ_by_rounding_are_the_same():
    hr = ball()
    assert is_same_place(hr, hr.with_voxels(hr.voxels, origin=tuple(value + 1e-9 for value in hr.origin)))
    assert not is_same_place(hr, hr.with_voxels(hr.voxels, origin=tuple(value + 1e-3 for value in hr.origin)))


def test_the_covered_box_leaves_out_the_corner_that_is_not_covered():
    covered = np.ones((4, 5, 6), bool)
    covered[0, :, :2] = False
    box = covered_box(covered)
    assert covered[box.slices].all()
    assert box == Box((0, 0, 1), (6, 5, 4))


def test_scans_that_tell_no_place_are_laid_on_one_another_by_their_outer_corners():
    lr, hr = ball((12, 12, 12), 0.04), ball((24, 24, 24), 0.02)
    bare = {name: volume.with_voxels(volume.voxels, origin=(0, 0, 0)) for name, volume in (("LR", lr), ("DL", hr))}
    # A DL that tells its place was made from this LR: half an HR voxel before its origin.
    made = interpolate(bare["LR"])
    laid = laid_on_hr(bare["DL"], {**bare, "made": made})
    # The centre of the first LR voxel lies half an HR voxel beyond that of the first HR voxel.
    assert laid["LR"].origin == pytest.approx((0.01,) * 3)
    assert laid["DL"].origin == laid["made"].origin == pytest.approx((0.0,) * 3)
    assert is_same_place(hr_grid(laid["LR"]), bare["DL"])


def test_volumes_that_tell_their_place_stay_there():
    lr, hr = ball((12, 12, 12), 0.04), ball((24, 24, 24), 0.02)
    there = hr.with_voxels(hr.voxels, origin=(1, 2, 3))
    assert laid_on_hr(there, {"LR": lr.with_voxels(lr.voxels, origin=(0, 0, 0))}) is None
    assert laid_on_hr(hr, {"DL": hr}) is None
