"""Local thickness by sphere fitting, against its definition and shapes of known thickness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResTrainingLib.morphometry.local_thickness import local_thickness, squared_distances
from MicroCTSuperResTrainingLib.morphometry.trabeculae import bone_volume, diameters_in
from sample_structures import disk, distances, plates, ring
from scipy.ndimage import distance_transform_edt

INNER = (slice(14, -14),) * 3  # far from the ends of shapes that go on beyond the volume
NORMALS = ([1, 2, 3], [3, -1, 2], [1, 1, 0], [0, 1, 4])


def by_definition(structure):
    """Twice the radius of the largest ball that holds a voxel, ball by ball."""
    radii = distance_transform_edt(structure)
    places = np.indices(structure.shape)
    largest = np.zeros(structure.shape)
    for centre in np.argwhere(structure):
        radius = radii[tuple(centre)]
        inside = ((places - centre.reshape(-1, *[1] * structure.ndim)) ** 2).sum(axis=0) < round(radius**2)
        np.maximum(largest, radius, out=largest, where=inside)
    return 2 * largest


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    shape=st.sampled_from([(9, 10, 11), (4, 17, 6), (13, 14), (40, 5)]),
    filled=st.floats(0.6, 0.99),
)
def test_it_is_the_definition_of_hildebrand_and_ruegsegger_for_any_shape(seed, shape, filled):
    structure = np.random.default_rng(seed).random(shape) < filled
    structure.flat[0] = False
    np.testing.assert_allclose(local_thickness(structure), by_definition(structure), rtol=1e-6)


@pytest.mark.parametrize("every", [2, 3])
def test_every_nth_voxel_tells_the_same_as_in_the_whole(every):
    structure = np.random.default_rng(1).random((20, 21, 22)) < 0.98
    whole = local_thickness(structure)
    np.testing.assert_array_equal(local_thickness(structure, every=every), whole[::every, ::every, ::every])


def test_distances_are_exact():
    structure = np.random.default_rng(2).random((15, 30, 20)) < 0.99
    np.testing.assert_array_equal(squared_distances(structure), np.rint(distance_transform_edt(structure) ** 2))


@pytest.mark.parametrize("filled", [True, False])
def test_a_structure_without_bound_or_without_voxels_has_no_thickness(filled):
    assert not local_thickness(np.full((5, 6, 7), filled)).any()


# The farthest voxel of an even plate lies n/2 from the nearest one outside, that of an odd one (n + 1)/2.
@pytest.mark.parametrize(("voxels", "told"), [(1, 2), (4, 4), (5, 6), (8, 8)])
def test_a_plate_along_the_axes_is_told_to_the_voxel(voxels, told):
    structure = plates(voxels, 12, shape=(2 * (voxels + 12) + 12, 20, 20))  # begins and ends with a space
    assert (local_thickness(structure)[structure] == told).all()


# Voxels sample a surface; measured over 192 positions and directions, 3 to 16 voxels thick, the mean error is +0.4
# voxels for plates (at most 1, as along the axes), -0.2 for rods and -1.0 for balls.
@pytest.mark.parametrize("normal", NORMALS)
@pytest.mark.parametrize("thickness", [5, 9])
def test_oblique_plates_and_rods_are_told_to_a_voxel(normal, thickness):
    from_plane, from_axis = distances(normal, centre=(0.3, -0.2, 0.1))
    plate, rod = from_plane <= thickness / 2, from_axis <= thickness / 2
    assert local_thickness(plate)[INNER][plate[INNER]].mean() == pytest.approx(thickness, abs=1.01)
    assert local_thickness(rod)[INNER][rod[INNER]].mean() == pytest.approx(thickness, abs=1)


@pytest.mark.parametrize("diameter", [6, 11, 16])
def test_balls_are_told_a_voxel_too_small(diameter):
    along, across = distances([0, 0, 1], shape=(24, 24, 24), centre=(0.2, 0.4, -0.3))
    ball = np.hypot(along, across) <= diameter / 2
    assert local_thickness(ball)[ball].mean() == pytest.approx(diameter - 1, abs=0.6)


def test_a_shell_has_its_thickness_its_cavity_and_its_volume():
    along, across = distances([0, 0, 1], shape=(56, 56, 56))
    radius = np.hypot(along, across)
    whole, cavity = radius <= 24, radius <= 16
    shell = whole & ~cavity
    # Curved walls are told like balls, up to a voxel too thin.
    assert diameters_in(shell, whole, 0.01).mean_mm == pytest.approx(0.08, abs=0.01)
    assert diameters_in(~shell, cavity, 0.01).mean_mm == pytest.approx(0.32, abs=0.016)
    assert bone_volume(shell, whole, (0.01, 0.01, 0.01)).bv_tv == pytest.approx(1 - (16 / 24) ** 3, abs=0.005)


def test_the_image_border_bounds_nothing():
    structure = plates(8, 12)
    np.testing.assert_array_equal(local_thickness(structure[:, :3, :3]), local_thickness(structure)[:, :3, :3])


def test_a_ring_in_a_slice_is_as_thick_as_the_difference_of_its_radii():
    section = ring(100, 80)
    assert local_thickness(section)[section].mean() == pytest.approx(20, abs=0.7)


def test_balls_have_their_centres_where_they_may():
    structure = disk(30, size=80, centre=(40, 40))
    left = np.zeros_like(structure)
    left[:, :20] = True
    restricted = local_thickness(structure, centres=left)
    # From x = 19 it is 9 pixels to the circle; voxels that no such disk reaches have no value.
    assert restricted.max() <= 2 * 10.5
    assert restricted[40, 60] == 0


def test_thickness_and_separation_of_plates_in_millimetres():
    bone = plates(6, 14, shape=(66, 40, 40))
    region = np.zeros_like(bone)
    region[14:60, 8:-8, 8:-8] = True  # whole spaces and plates
    thickness = diameters_in(bone, region, 0.01)
    separation = diameters_in(~bone, region, 0.01)
    assert (thickness.mean_mm, thickness.sd_mm) == pytest.approx((0.06, 0))
    assert (separation.mean_mm, separation.largest_mm) == pytest.approx((0.14, 0.14))
    # 2 of 3 periods of 20 slices are whole, the third has its 6 slices of bone: 18 of 46.
    assert bone_volume(bone, region, (0.01, 0.01, 0.01)).bv_tv == pytest.approx(18 / 46)


@pytest.mark.parametrize("slices", [slice(17, 37), slice(15, 16), slice(18, 30), slice(33, 34)])
def test_a_region_does_not_cut_the_balls_at_its_border(slices):
    bone = plates(6, 14, shape=(66, 40, 40))  # bone in slices 14 to 19 and 34 to 39
    region = np.zeros_like(bone)
    region[slices, 10:20, 10:20] = True
    for structure, thickness_mm in ((bone, 0.06), (~bone, 0.14)):
        found = diameters_in(structure, region, 0.01)
        assert found is None if not (structure & region).any() else found.mean_mm == pytest.approx(thickness_mm)


@pytest.mark.parametrize("first", [10, 11])
def test_a_structure_of_one_voxel_is_found_wherever_it_lies(first):
    thin = np.zeros((30, 20, 20), bool)
    thin[first] = True
    assert diameters_in(thin, np.ones_like(thin), 1.0).mean_mm == 2  # an odd plate is told one voxel thicker


def test_many_voxels_are_sampled_and_tell_the_same_mean():
    structure = plates(6, 14, shape=(74, 80, 80))  # 115 200 voxels of bone
    assert diameters_in(structure, np.ones_like(structure), 0.01).mean_mm == pytest.approx(0.06)


def test_a_region_without_the_structure_has_no_thickness():
    bone = plates(6, 14)
    space = np.zeros_like(bone)
    space[2:10] = True
    assert diameters_in(bone, space, 0.01) is None
    assert diameters_in(np.ones_like(bone), space, 0.01) is None
