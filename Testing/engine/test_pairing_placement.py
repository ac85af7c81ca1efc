"""Which voxels of HR belong to which of LR is told by their places in the world."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.sampling import Grid, hr_grid
from MicroCTSuperResTrainingLib.cohort.placement import (
    Affine,
    affine_between,
    covered_part,
    is_on_voxels,
    needed_part,
    sampled,
)
from sample_volumes import rotation
from scipy import ndimage

LENGTHS = st.floats(0.005, 0.05)
PLACES = st.floats(-20, 20)
ANGLES = st.floats(-3, 3)


def grid(spacing, origin, angles, size=(9, 8, 7)) -> Grid:
    return Grid(size, tuple(spacing), tuple(origin), tuple(rotation(*angles).ravel()))


def world(place: Grid, voxel) -> np.ndarray:
    return np.array(place.origin) + np.reshape(place.direction, (3, 3)) @ (np.array(place.spacing) * voxel)


GRIDS = st.builds(
    grid, st.tuples(LENGTHS, LENGTHS, LENGTHS), st.tuples(PLACES, PLACES, PLACES), st.tuples(ANGLES, ANGLES)
)


@settings(max_examples=25, deadline=None)
@given(GRIDS, GRIDS, st.tuples(*[st.integers(0, 6)] * 3))
def test_a_voxel_and_its_place_on_the_other_grid_are_one_point(lr, hr, voxel):
    affine = affine_between(lr, hr)
    np.testing.assert_allclose(world(hr, affine.matrix @ voxel + affine.offset), world(lr, voxel), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(GRIDS)
def test_the_hr_grid_of_lr_is_found_on_itself(lr):
    affine = affine_between(lr, hr_grid(lr)).of_hr_grid()
    np.testing.assert_allclose(affine.matrix, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(affine.offset, 0, atol=1e-5)
    assert is_on_voxels(affine)


@settings(max_examples=20, deadline=None)
@given(st.tuples(*[st.floats(6, 9)] * 3))
def test_a_shift_is_sampled_axis_by_axis_as_scipy_does_it_in_three_dimensions(offset):
    voxels = np.random.default_rng(0).normal(size=(24, 25, 26)).astype(np.float32)
    got = sampled(voxels, Affine(np.eye(3), np.array(offset)), (8, 7, 6))
    wanted = ndimage.affine_transform(voxels, np.eye(3), offset[::-1], (6, 7, 8), order=5, mode="mirror")
    np.testing.assert_allclose(got, wanted, atol=1e-2 if is_on_voxels(Affine(np.eye(3), np.array(offset))) else 2e-5)


def test_at_the_border_splines_see_the_image_mirrored():
    voxels = np.random.default_rng(0).normal(size=(10, 11, 12)).astype(np.float32)
    got = sampled(voxels, Affine(np.eye(3), np.array((0.0, 0.5, 0.25))), (12, 10, 9))
    wanted = ndimage.affine_transform(voxels, np.eye(3), (0.25, 0.5, 0.0), (9, 10, 12), order=5, mode="mirror")
    np.testing.assert_allclose(got, wanted, atol=2e-5)


@pytest.mark.parametrize("angles", [(0.0, 0.0), (0.02, 0.05)])
def test_all_places_of_the_covered_part_lie_on_hr(angles):
    lr = grid((0.02,) * 3, (0.0, 0.0, 0.0), (0.0, 0.0), (20, 18, 16))
    hr = grid((0.01,) * 3, (0.03, -0.02, 0.051), angles, (40, 30, 32))
    affine = affine_between(lr, hr)
    box = covered_part(lr.size, affine, Box.whole(hr.size))
    part = affine.from_box(box).of_hr_grid()
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * (2 * np.array(box.size) - 1)
    places = corners @ part.matrix.T + part.offset
    assert places.min() > -0.01
    assert np.all(places <= np.array(hr.size) - 0.99)
    if not any(angles):
        # Along x HR begins at 0.03 mm, voxel centres of the HR grid at -0.005 + 0.01 n: LR voxel 2 is the first.
        assert box.start[0] == 2


def test_what_hr_does_not_cover_is_refused():
    lr = grid((0.02,) * 3, (0.0, 0.0, 0.0), (0.0, 0.0))
    hr = grid((0.01,) * 3, (5.0, 0.0, 0.0), (0.0, 0.0))
    affine = affine_between(lr, hr)
    with pytest.raises(InputError, match="HR does not cover"):
        covered_part(lr.size, affine, Box.whole(hr.size))
    assert needed_part(lr.size, affine, Box.whole(hr.size), 3) is None


def test_only_the_needed_part_of_a_file_is_named():
    lr = grid((0.02,) * 3, (0.1, 0.1, 0.1), (0.0, 0.0), (10, 10, 10))
    hr = grid((0.01,) * 3, (0.0, 0.0, 0.0), (0.0, 0.0), (100, 100, 25))
    # LR reaches from 0.09 mm to 0.29 mm: HR voxels 9 to 29, along z to the last one, with 3 more around.
    assert needed_part(lr.size, affine_between(lr, hr), Box.whole(hr.size), 3) == Box((6, 6, 6), (33, 33, 25))
