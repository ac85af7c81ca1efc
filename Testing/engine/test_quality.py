"""PSNR, SSIM and what they are computed with."""

import tracemalloc

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.quality import bone_region, data_range_of, psnr, psnr_per_slice, ssim, ssim_per_slice
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

RANGE = 1200.0


def a_pair(shape, seed=0):
    """A random bone-like structure in mg HA/cm3, and the same blurred and with noise."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.standard_normal(shape), 2)
    reference = np.where(field > 0, 1000.0, 50.0) + rng.normal(0, 40, shape)
    return reference, gaussian_filter(reference, 1) + rng.normal(0, 60, shape)


def test_psnr_of_a_constant_difference_is_twenty_times_the_logarithm_of_range_over_difference():
    reference = np.zeros((8, 9))
    # 20 log10(1200 / 12) = 40
    assert psnr(reference, reference - 12, RANGE) == pytest.approx(40, abs=1e-12)


def test_psnr_of_a_volume_is_the_mean_of_its_slices():
    reference = np.zeros((2, 8, 9))
    image = reference + np.array([12, 1.2])[:, None, None]
    # 20 log10(1200 / 1.2) = 60
    np.testing.assert_allclose(psnr_per_slice(reference, image, RANGE), [40, 60], atol=1e-12)
    assert psnr(reference, image, RANGE) == pytest.approx(50)


def test_psnr_equals_scikit_image():
    reference, image = a_pair((30, 41))
    assert psnr(reference, image, RANGE) == pytest.approx(
        peak_signal_noise_ratio(reference, image, data_range=RANGE), abs=1e-9
    )


def test_psnr_of_identical_images_is_infinite():
    reference, _ = a_pair((3, 12, 12))
    assert psnr(reference, reference, RANGE) == float("inf")


def test_identical_slices_do_not_make_the_mean_of_a_volume_infinite():
    reference = np.zeros((3, 8, 9))
    image = reference + np.array([0, 12, 12])[:, None, None]
    assert psnr(reference, image, RANGE) == pytest.approx(40)


def test_psnr_in_a_mask_sees_only_the_mask():
    reference = np.zeros((2, 8, 9))
    image = reference + 12
    image[:, 0] = 900
    mask = np.ones(reference.shape, dtype=bool)
    mask[:, 0] = False
    assert psnr(reference, image, RANGE, mask) == pytest.approx(40)


def test_slices_without_the_mask_are_left_out_of_the_mean():
    reference = np.zeros((2, 8, 9))
    image = reference + np.array([12, 600])[:, None, None]
    mask = np.zeros(reference.shape, dtype=bool)
    mask[0, 2:4] = True
    assert np.isnan(psnr_per_slice(reference, image, RANGE, mask)[1])
    assert psnr(reference, image, RANGE, mask) == pytest.approx(40)


@pytest.mark.parametrize("measure", [psnr, ssim])
def test_a_mask_without_voxels_is_refused(measure):
    image = np.zeros((18, 19))
    with pytest.raises(InputError, match="mask holds no voxel"):
        measure(image, image, RANGE, np.zeros((18, 19), dtype=bool))


@pytest.mark.parametrize("measure", [psnr, ssim])
def test_a_mask_of_another_shape_is_refused(measure):
    image = np.zeros((18, 19))
    with pytest.raises(InputError, match="mask has shape"):
        measure(image, image, RANGE, np.ones((19, 18), dtype=bool))


def test_small_differences_of_large_single_precision_values_are_not_lost():
    # In single precision the square of the difference of 0.25 would still be exact, its sum over a megapixel would not.
    reference = np.full((1024, 1024), 30000, dtype=np.float32)
    assert psnr(reference, reference + np.float32(0.25), 1.0) == pytest.approx(-20 * np.log10(0.25), abs=1e-12)


@pytest.mark.parametrize("shape", [(11, 11), (12, 31), (64, 48), (101, 67)])
def test_ssim_equals_scikit_image_with_the_settings_of_wang(shape):
    reference, image = a_pair(shape)
    assert ssim(reference, image, RANGE) == pytest.approx(_scikit_image(reference, image, RANGE), abs=1e-6)


@pytest.mark.parametrize("kind", [np.int16, np.uint16, np.float32])
def test_ssim_equals_scikit_image_for_every_type_of_voxel(kind):
    reference, image = ((array + 20000).astype(kind) for array in a_pair((40, 50)))
    expected = _scikit_image(reference.astype(np.float64), image.astype(np.float64), RANGE)
    assert ssim(reference, image, RANGE) == pytest.approx(expected, abs=1e-6)


def test_ssim_of_a_volume_is_taken_slice_by_slice():
    reference, image = a_pair((5, 24, 20))
    expected = [_scikit_image(*pair, RANGE) for pair in zip(reference, image, strict=True)]
    np.testing.assert_allclose(ssim_per_slice(reference, image, RANGE), expected, atol=1e-6)
    assert ssim(reference, image, RANGE) == pytest.approx(np.mean(expected), abs=1e-6)


@pytest.mark.parametrize("shape", [(59, 40), (60, 41), (70, 42), (71, 16), (133, 21)])
def test_ssim_equals_scikit_image_for_every_number_of_strips_and_pieces(shape):
    # Strips of 60 rows, pieces of 6 rows and columns: more, fewer, and just as many.
    reference, image = a_pair(shape)
    assert ssim(reference, image, RANGE) == pytest.approx(_scikit_image(reference, image, RANGE), abs=1e-12)


def test_ssim_keeps_its_precision_far_from_zero_and_in_even_regions():
    # Variances here are differences of numbers of 1e12, of which double precision keeps 1e-4; C2 is 1296.
    reference, image = (array + 1e6 for array in a_pair((60, 60)))
    reference[:30] = image[:30] = 1e6 - 3000
    assert ssim(reference, image, RANGE) == pytest.approx(_scikit_image(reference, image, RANGE), abs=1e-6)


def test_ssim_in_a_mask_is_the_mean_of_the_windows_around_its_voxels():
    reference, image = a_pair((40, 50))
    mask = np.zeros(reference.shape, dtype=bool)
    mask[2:20, 10:49] = True
    _, whole = structural_similarity(
        reference, image, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=RANGE, full=True
    )
    # Only pixels whose window lies inside the slice count: 5 from each border.
    assert ssim(reference, image, RANGE, mask) == pytest.approx(whole[5:20, 10:45].mean(), abs=1e-12)


def test_ssim_leaves_out_slices_without_the_mask():
    reference, image = a_pair((3, 24, 20))
    mask = np.zeros(reference.shape, dtype=bool)
    mask[1] = True
    per_slice = ssim_per_slice(reference, image, RANGE, mask)
    assert np.isnan(per_slice).tolist() == [True, False, True]
    assert ssim(reference, image, RANGE, mask) == pytest.approx(_scikit_image(reference[1], image[1], RANGE), abs=1e-6)


def test_ssim_of_identical_images_is_one():
    reference, _ = a_pair((3, 20, 20))
    assert ssim(reference, reference, RANGE) == pytest.approx(1, abs=1e-12)


def test_ssim_refuses_slices_smaller_than_its_window():
    image = np.zeros((10, 40))
    with pytest.raises(InputError, match="at least 11x11"):
        ssim(image, image, RANGE)


@pytest.mark.parametrize("measure", [psnr, ssim])
@pytest.mark.parametrize("data_range", [0, -1, float("nan"), float("inf")])
def test_a_data_range_that_is_not_positive_is_refused(measure, data_range):
    image = np.zeros((20, 20))
    with pytest.raises(InputError, match="data range must be a positive number"):
        measure(image, image, data_range)


@pytest.mark.parametrize("measure", [psnr, ssim])
@pytest.mark.parametrize("shape", [(20, 21), (20,), (1, 20, 20)])
def test_images_of_different_shapes_are_refused(measure, shape):
    with pytest.raises(InputError, match="shape"):
        measure(np.zeros((20, 20)), np.zeros(shape), RANGE)


@pytest.mark.parametrize("measure", [psnr, ssim])
@pytest.mark.parametrize("shape", [(20,), (2, 2, 20, 20), (0, 20, 20)])
def test_arrays_that_are_neither_slice_nor_volume_are_refused(measure, shape):
    with pytest.raises(InputError, match=r"axes \(y, x\) or \(z, y, x\)"):
        measure(np.zeros(shape), np.zeros(shape), RANGE)


@pytest.mark.parametrize("measure", [psnr, ssim])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused_with_their_slice(measure, bad):
    reference, image = a_pair((3, 20, 20))
    image[1, 4, 4] = bad
    with pytest.raises(InputError, match="Slice 1"):
        measure(reference, image, RANGE)


@pytest.mark.parametrize("measure", [psnr, ssim])
def test_complex_voxels_are_refused(measure):
    image = np.zeros((20, 20), dtype=complex)
    with pytest.raises(InputError, match="complex"):
        measure(image, image, RANGE)


@pytest.mark.parametrize("measure", [psnr, ssim])
def test_memory_stays_that_of_a_few_slices(measure):
    volume = np.zeros((200, 100, 100), dtype=np.int16)
    tracemalloc.start()
    measure(volume, volume, RANGE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The whole volume in float64 would be 16 MB, one slice is 0.08 MB.
    assert peak < 2.5e6


def test_the_bone_region_is_a_disk_around_each_bone_pixel_in_its_slice():
    bone = np.zeros((3, 15, 15), dtype=bool)
    bone[1, 7, 7] = True
    region = bone_region(bone, margin_voxels=3)
    # 29 integer points lie within 3 of the origin (Gauss's circle problem, N(3) = 29).
    assert [int(count) for count in region.sum(axis=(1, 2))] == [0, 29, 0]
    np.testing.assert_array_equal(bone_region(bone[1], margin_voxels=3), region[1])


def test_a_bone_region_ends_at_the_border_of_the_slice():
    bone = np.zeros((1, 12, 9), dtype=bool)
    bone[0, 0, 0] = True
    # Of the disk of radius 2 (13 points) the quarter with both coordinates 0 or more: 1 + 2 + 2 + 1.
    assert bone_region(bone, margin_voxels=2).sum() == 6
    assert bone_region(bone, margin_voxels=2)[0, 0, :3].all()


def test_a_bone_region_without_margin_is_the_bone():
    bone = a_pair((4, 20, 20))[0] > 500
    np.testing.assert_array_equal(bone_region(bone, margin_voxels=0), bone)


def test_a_negative_margin_is_refused():
    with pytest.raises(InputError, match="margin"):
        bone_region(np.zeros((4, 4), dtype=bool), margin_voxels=-1)


def test_calibrated_volumes_share_one_data_range():
    for peak in (700, 2000):
        data_range = data_range_of(np.linspace(0, peak, 27).reshape(3, 3, 3), "mg HA/cm3")
        assert (data_range.value, data_range.units) == (1200, "mg HA/cm3")


def test_the_data_range_of_other_units_ignores_the_rarest_voxels():
    # The 0.1 and 99.9 percentiles of 0, 1 ... 1000 are 1 and 999.
    assert data_range_of(np.arange(1001).reshape(7, 11, 13), "native").value == pytest.approx(998)


def test_the_data_range_of_a_large_volume_looks_at_all_of_its_columns():
    # 500 columns of value 0 ... 499; the percentiles fall into the first and the last.
    volume = np.broadcast_to(np.arange(500, dtype=np.int16), (40, 1000, 500))
    assert data_range_of(volume, "native").value == pytest.approx(499)


def test_a_constant_reference_gives_no_data_range():
    with pytest.raises(InputError, match="constant"):
        data_range_of(np.full((3, 4, 5), 7), "native")


def test_a_reference_with_nan_gives_no_data_range():
    with pytest.raises(InputError, match="NaN"):
        data_range_of(np.full((3, 4, 5), np.nan), "native")


def _scikit_image(reference, image, data_range):
    return structural_similarity(
        reference, image, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=data_range
    )
