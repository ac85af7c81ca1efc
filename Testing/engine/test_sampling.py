"""The HR grid has aligned edges, and interpolation onto it is the one of the textbooks."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.sampling import halved, hr_grid, interpolate
from MicroCTSuperResLib.imaging.volume import Volume
from scipy.spatial.transform import Rotation

sizes = st.integers(1, 7)
spacings = st.floats(0.001, 0.5)


def rotation(seed):
    return Rotation.random(rng=np.random.default_rng(seed)).as_matrix()


def itk_image(volume):
    image = sitk.GetImageFromArray(volume.voxels)
    image.SetSpacing(volume.spacing)
    image.SetOrigin(volume.origin)
    image.SetDirection(volume.direction)
    return image


@given(st.tuples(sizes, sizes, sizes), st.tuples(spacings, spacings, spacings), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_both_grids_cover_the_same_edges(size, spacing, seed):
    lr = Volume(np.zeros(size[::-1], np.int16), spacing, (1.0, -2.0, 3.0), tuple(rotation(seed).ravel()))
    hr = hr_grid(lr)
    for corner in (np.full(3, -0.5), np.array(size) - 0.5):
        lr_corner = np.array(lr.origin) + lr.direction_matrix @ (corner * lr.spacing)
        hr_index = 2 * (corner + 0.5) - 0.5
        hr_corner = np.array(hr.origin) + lr.direction_matrix @ (hr_index * hr.spacing)
        np.testing.assert_allclose(hr_corner, lr_corner, atol=1e-9)


def test_the_in_plane_grid_keeps_slices_where_they_are():
    lr = Volume(np.zeros((5, 4, 3), np.float32), (0.02, 0.02, 0.02))
    hr = hr_grid(lr, "in-plane")
    assert hr.size == (6, 8, 5)
    assert hr.spacing == (0.01, 0.01, 0.02)
    assert hr.origin == pytest.approx((-0.005, -0.005, 0.0))


def test_an_unknown_grid_is_refused():
    with pytest.raises(InputError, match="diagonal"):
        hr_grid(Volume(np.zeros((2, 2, 2), np.float32), (1, 1, 1)), "diagonal")


@pytest.mark.parametrize("order", [1, 3])
def test_a_linear_ramp_is_met_exactly_inside(order):
    # A function linear in world coordinates is reproduced by linear and by Keys' interpolation; away from the border,
    # where the outermost voxels are continued, the value at each HR voxel is the function's value at its own place.
    direction = tuple(rotation(3).ravel())
    lr = Volume(np.zeros((9, 8, 7), np.float32), (0.02, 0.03, 0.05), (0.1, 0.2, -0.3), direction)
    lr = lr.with_voxels(ramp_at(lr))
    hr = interpolate(lr, order=order)
    inner = (slice(4, -4),) * 3
    np.testing.assert_allclose(hr.voxels[inner], ramp_at(hr)[inner], rtol=0, atol=2e-3)


def ramp_at(volume):
    index = np.stack(np.meshgrid(*(np.arange(n) for n in volume.size), indexing="ij"), -1) * volume.spacing
    world = np.array(volume.origin) + index @ volume.direction_matrix.T
    return (1000 * world @ (1.0, -2.0, 0.5)).transpose(2, 1, 0).astype(np.float32)


def test_cubic_interpolation_meets_a_parabola_exactly_inside():
    # Keys' kernel with a = -1/2 has third-order accuracy: polynomials up to degree 2 are exact (Keys 1981).
    z = np.arange(12, dtype=np.float32)
    lr = Volume(np.broadcast_to((z**2)[:, None, None], (12, 3, 3)).copy(), (1, 1, 1))
    at = np.arange(24) / 2 - 0.25
    np.testing.assert_allclose(interpolate(lr, order=3).voxels[4:-4, 3, 3], at[4:-4] ** 2, atol=1e-4)


@given(st.integers(0, 10**6), st.sampled_from(["isotropic", "in-plane"]), st.tuples(sizes, sizes, sizes))
@settings(max_examples=25, deadline=None)
def test_linear_interpolation_equals_the_resampler_of_simpleitk(seed, grid, shape):
    rng = np.random.default_rng(seed)
    lr = Volume(
        rng.normal(500, 300, shape).astype(np.float32),
        (0.02, 0.025, 0.04),
        (5.0, -3.0, 1.0),
        tuple(rotation(seed).ravel()),
    )
    target = hr_grid(lr, grid)
    resampler = sitk.ResampleImageFilter()
    resampler.SetInterpolator(sitk.sitkLinear)
    resampler.SetSize(target.size)
    resampler.SetOutputSpacing(target.spacing)
    resampler.SetOutputOrigin(target.origin)
    resampler.SetOutputDirection(target.direction)
    # SimpleITK continues the outermost voxels only if told to; then borders must agree as well.
    resampler.SetUseNearestNeighborExtrapolator(True)
    expected = sitk.GetArrayFromImage(resampler.Execute(itk_image(lr)))
    ours = interpolate(lr, grid=grid).voxels
    inside = tuple(slice(1, -1) if n > 2 else slice(0, 0) for n in ours.shape)
    np.testing.assert_allclose(ours[inside], expected[inside], atol=0.05)


def test_interpolation_keeps_units_metadata_and_direction():
    lr = Volume(
        np.ones((2, 2, 2), np.int16), (1, 1, 1), direction=(0, 1, 0, 1, 0, 0, 0, 0, -1), units="HU", metadata={"a": "b"}
    )
    hr = interpolate(lr)
    assert (hr.units, dict(hr.metadata), hr.direction) == ("HU", {"a": "b"}, lr.direction)
    assert hr.voxels.dtype == np.float32


def test_an_unknown_order_is_refused():
    with pytest.raises(InputError, match="order 2"):
        interpolate(Volume(np.zeros((2, 2, 2), np.float32), (1, 1, 1)), order=2)


@pytest.mark.parametrize("voxel_type", [np.int16, np.uint16])
def test_neighbouring_voxels_of_large_whole_numbers_are_averaged_without_overflow(voxel_type):
    largest = np.iinfo(voxel_type).max
    voxels = np.array([largest, largest - 2], voxel_type).reshape(1, 1, 2)
    assert halved(voxels, 2).item() == largest - 1
