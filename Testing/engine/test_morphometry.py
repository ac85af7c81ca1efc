"""Bone segmentation, tissue area and BA/TA."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResTrainingLib.morphometry.bone_area import areas_in, ba_ta_of, slice_areas
from MicroCTSuperResTrainingLib.morphometry.contour import tissue_mask
from MicroCTSuperResTrainingLib.morphometry.segmentation import BLOCK, Segmentation, segment_bone, segmentation_for
from scipy.ndimage import gaussian_filter

PIXEL = (0.01, 0.01)
SHARP = Segmentation(500, sigma_voxels=0)


def ring(outer, inner, size=240, centre=(120, 120)):
    """A cortex in one slice: bone between two circles, radii in pixels."""
    y, x = np.ogrid[:size, :size]
    radius = np.hypot(y - centre[0], x - centre[1])
    return ((radius <= outer) & (radius > inner))[np.newaxis]


def a_scan(bone, **fields):
    fields = {"spacing": (*PIXEL, 0.01), "units": "mg HA/cm3"} | fields
    return Volume(np.where(bone, 1000, 50).astype(np.int16), **fields)


@pytest.mark.parametrize("segmentation", [Segmentation(500), Segmentation(500, in_plane=True), SHARP])
def test_the_threshold_is_inclusive(segmentation):
    assert segment_bone(np.full((6, 12, 12), 500, dtype=np.int16), segmentation).all()
    assert not segment_bone(np.full((6, 12, 12), 499, dtype=np.int16), segmentation).any()


@pytest.mark.parametrize(("threshold", "bone"), [(2.5, [0, 0, 1, 1]), (3, [0, 0, 1, 1]), (-0.5, [1, 1, 1, 1])])
def test_whole_numbers_are_compared_with_any_threshold(threshold, bone):
    voxels = np.array([0, 2, 3, 255]).reshape(1, 2, 2)
    for voxel_type in (np.uint8, np.int16, np.float64):
        found = segment_bone(voxels.astype(voxel_type), Segmentation(threshold, sigma_voxels=0))
        np.testing.assert_array_equal(found.ravel(), np.array(bone, bool))


def test_a_threshold_beyond_what_the_voxels_can_hold_finds_no_bone():
    assert not segment_bone(np.full((1, 2, 2), 255, np.uint8), Segmentation(256, sigma_voxels=0)).any()


def test_the_threshold_is_inclusive_for_values_that_binary_numbers_cannot_hold():
    assert segment_bone(np.full((6, 12, 12), 0.1), Segmentation(0.1)).all()


@pytest.mark.parametrize(("in_plane", "dimensions"), [(False, 3), (True, 2)])
def test_the_gaussian_is_cut_off_after_two_voxels_and_normalised(in_plane, dimensions):
    weights = np.exp(-(np.arange(-2, 3) ** 2) / (2 * 1.2**2))
    weights /= weights.sum()
    # What smoothing leaves of a single bright voxel is the product of the central weights.
    just_bone = 500 / weights[2] ** dimensions
    scan = np.zeros((9, 9, 9))
    segmentation = Segmentation(500, in_plane=in_plane)
    scan[4, 4, 4] = 1.001 * just_bone
    assert segment_bone(scan, segmentation).sum() == 1
    scan[4, 4, 4] = 0.999 * just_bone
    assert segment_bone(scan, segmentation).sum() == 0
    # The effective width that methods.md states.
    assert np.sqrt((weights * np.arange(-2, 3) ** 2).sum()) == pytest.approx(1.08, abs=0.005)


def test_segmentation_does_not_depend_on_the_blocks_that_it_works_in():
    scan = 500 + 300 * np.random.default_rng(0).standard_normal((71, 14, 15)).astype(np.float32)
    whole = gaussian_filter(scan, 1.2, radius=2, mode="nearest") >= 500
    np.testing.assert_array_equal(segment_bone(scan, Segmentation(500)), whole)


@pytest.mark.parametrize("threads", [1, 3])
def test_areas_are_the_same_for_any_number_of_threads(threads):
    random = np.random.default_rng(2)
    # Three blocks, the last one of 6 slices.
    voxels = random.normal(500, 300, (2 * BLOCK + 6, 20, 24)).astype(np.float32)
    tissue = random.random(voxels.shape) < 0.5
    volume, segmentation = Volume(voxels, (0.01,) * 3, units="mg HA/cm3"), Segmentation(500)
    bone = segment_bone(voxels, segmentation, threads)
    np.testing.assert_array_equal(bone, gaussian_filter(voxels, 1.2, radius=2, mode="nearest") >= 500)
    areas = slice_areas(volume, tissue, segmentation, threads)
    assert areas == areas_in(volume, bone, tissue, threads)
    assert [area.bone_pixels for area in areas] == (bone & tissue).sum(axis=(1, 2)).tolist()
    assert [area.tissue_pixels for area in areas] == tissue.sum(axis=(1, 2)).tolist()


def test_calibrated_volumes_have_the_threshold_of_the_study():
    assert segmentation_for(a_scan(ring(100, 80))) == Segmentation(500, sigma_voxels=1.2, support_voxels=2)


def test_volumes_in_other_units_need_a_threshold():
    scan = a_scan(ring(100, 80), units="native")
    with pytest.raises(InputError, match="native units"):
        segmentation_for(scan)
    assert segmentation_for(scan, 300).threshold == 300


@pytest.mark.parametrize("settings", [{"sigma_voxels": -1}, {"support_voxels": -1}, {"threshold": np.nan}])
def test_a_segmentation_that_makes_no_sense_is_refused(settings):
    with pytest.raises(InputError):
        Segmentation(**{"threshold": 500, **settings})


def test_ba_ta_of_a_ring_is_one_less_the_square_of_the_ratio_of_its_radii():
    scan = a_scan(ring(100, 80))
    (area,) = slice_areas(scan, tissue_mask(segment_bone(scan.voxels, SHARP), PIXEL), SHARP)
    # pi R^2 and pi (R^2 - r^2) with R = 1 mm, r = 0.8 mm; circles of pixels are good to a fraction of a percent.
    assert area.t_ar_mm2 == pytest.approx(np.pi, rel=0.005)
    assert area.b_ar_mm2 == pytest.approx(0.36 * np.pi, rel=0.005)
    assert area.ba_ta == pytest.approx(0.36, abs=0.002)


def test_a_vessel_through_the_cortex_does_not_open_the_contour():
    bone = ring(100, 80)
    whole = tissue_mask(bone, PIXEL)
    bone[0, 112:128, 120:] = False  # 0.16 mm wide, closed by a disk of 0.1 mm radius
    # The closing leaves a small notch at the periosteum.
    assert tissue_mask(bone, PIXEL).sum() == pytest.approx(whole.sum(), rel=0.005)


def test_a_gap_that_is_wider_than_the_closing_leaves_the_contour_open():
    bone = ring(100, 80)
    bone[0, 105:135, 120:] = False
    assert tissue_mask(bone, PIXEL).sum() < 1.1 * bone.sum()


@pytest.mark.parametrize(("half_gap", "is_closed"), [(5, True), (8, False)])
def test_a_thin_cortex_is_closed_over_narrower_gaps(half_gap, is_closed):
    bone = ring(100, 95)
    bone[0, 120 - half_gap : 120 + half_gap + 1, 120:] = False
    # From both sides the disk of radius r enters a gap of width w by r - sqrt(r2 - w2 / 4): 5 pixels hold to w = 13.
    assert (tissue_mask(bone, PIXEL).sum() > 5 * bone.sum()) == is_closed


def test_the_closing_goes_by_millimetres_on_pixels_that_are_not_square():
    tall = ring(100, 80)[:, ::2]
    mask = tissue_mask(tall, (0.01, 0.02))
    assert mask.sum() * 0.01 * 0.02 == pytest.approx(np.pi, rel=0.005)


def test_bones_beside_each_other_are_filled_each_by_itself():
    first, second = ring(45, 35, centre=(120, 60)), ring(45, 35, centre=(120, 180))
    mask = tissue_mask(first | second, PIXEL)
    np.testing.assert_array_equal(mask, tissue_mask(first, PIXEL) | tissue_mask(second, PIXEL))
    assert mask.sum() == pytest.approx(2 * np.pi * 45**2, rel=0.01)


def test_specks_of_noise_are_no_tissue():
    bone = ring(100, 80)
    whole = tissue_mask(bone, PIXEL)
    bone[0, 5, 5] = True
    np.testing.assert_array_equal(tissue_mask(bone, PIXEL), whole)


def test_a_slice_without_bone_has_no_ba_ta():
    bone = np.concatenate([ring(100, 80), np.zeros((1, 240, 240), dtype=bool)])
    scan = a_scan(bone)
    areas = slice_areas(scan, tissue_mask(bone, PIXEL), SHARP)
    assert (areas[1].b_ar_mm2, areas[1].t_ar_mm2) == (0, 0)
    np.testing.assert_array_equal(np.isnan(ba_ta_of(areas)), [False, True])


def test_bone_outside_the_tissue_is_not_counted():
    bone, tissue = np.ones((1, 10, 10), dtype=bool), np.zeros((1, 10, 10), dtype=bool)
    tissue[0, :5] = True
    (area,) = slice_areas(a_scan(bone), tissue, SHARP)
    assert area.b_ar_mm2 == pytest.approx(50 * 0.01 * 0.01)
    assert area.ba_ta == 1


def test_slices_are_numbered_from_zero_and_placed_along_z():
    bone = np.ones((3, 4, 4), dtype=bool)
    areas = slice_areas(a_scan(bone, spacing=(0.01, 0.01, 0.02), origin=(5, 6, 7)), bone, SHARP)
    assert [area.slice for area in areas] == [0, 1, 2]
    assert [area.z_mm for area in areas] == pytest.approx([7, 7.02, 7.04])


def test_a_tissue_mask_of_another_shape_is_refused():
    with pytest.raises(InputError, match="tissue mask has shape"):
        slice_areas(a_scan(ring(100, 80)), np.ones((1, 4, 4), dtype=bool), SHARP)
