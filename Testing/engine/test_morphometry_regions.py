"""Where bone is measured: masks of the user, and the vertebral foramen that is left out."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResTrainingLib.morphometry.foramen import vertebral_foramen
from MicroCTSuperResTrainingLib.morphometry.masks import mask_on_grid
from MicroCTSuperResTrainingLib.morphometry.measuring import own_tissue
from MicroCTSuperResTrainingLib.morphometry.segmentation import Segmentation
from sample_structures import disk, ring
from sample_tubes import SPACING, scan_of, tube

SHARP = Segmentation(500, sigma_voxels=0)


def test_the_vertebral_foramen_is_the_widest_space_through_all_slices():
    arch = ring(50, 40, 240, (120, 60))
    body = ring(55, 48, 240, (120, 165))
    body[115:125] |= disk(50, 240, (120, 165))[115:125]  # spaces in the body are narrower than 0.5 mm
    bone = np.repeat((arch | body)[np.newaxis], 5, axis=0)
    scan = scan_of(bone)
    tissue = own_tissue(scan, SHARP).tissue
    foramen = vertebral_foramen(bone, tissue, SPACING[:2])
    inside = np.repeat(disk(40, 240, (120, 60))[np.newaxis], 5, axis=0)
    assert np.count_nonzero(foramen & ~inside) == 0
    assert np.count_nonzero(foramen) == pytest.approx(np.count_nonzero(inside), rel=0.01)
    without = own_tissue(scan, SHARP, without_foramen=True).tissue
    np.testing.assert_array_equal(without, tissue & ~foramen)


def test_every_vertebra_of_a_scan_has_a_foramen():
    arch = ring(50, 40, 120, (60, 60))
    bone = np.zeros((14, 120, 120), bool)
    bone[:6], bone[9:] = arch, arch  # two vertebrae, six and five slices high
    tissue = own_tissue(scan_of(bone), SHARP, without_foramen=True).tissue
    # Disks do not reach every corner between pixels; a foramen that is left would be half of the tissue.
    assert np.count_nonzero(tissue & ~bone) < 0.03 * np.count_nonzero(bone)


def test_a_foramen_that_is_not_there_is_told():
    found = own_tissue(scan_of(tube(outer=30, inner=20)), SHARP, without_foramen=True)
    assert any("No vertebral foramen" in warning for warning in found.warnings)


def test_a_mask_on_a_coarser_grid_is_brought_to_the_volume_by_its_place():
    scan = scan_of(tube(slices=4, size=40, outer=15, inner=10, centre=(20, 20)))
    # Voxels of 20 um whose edges align: one mask voxel covers 2 x 2 x 2 of the scan, from its voxel (8, 4, 0) on.
    marked = np.zeros((2, 6, 8), np.uint8)
    marked[:, 1:4, 2:6] = 255
    mask = scan_of(marked > 0).with_voxels(marked, spacing=(0.02, 0.02, 0.02), origin=(0.085, 0.045, 0.005))
    tissue, warnings = mask_on_grid(mask, scan)
    expected = np.zeros(scan.voxels.shape, bool)
    expected[:, 4 + 2 : 4 + 8, 8 + 4 : 8 + 12] = True
    np.testing.assert_array_equal(tissue, expected)
    assert warnings == []


def test_a_mask_that_reaches_beyond_the_volume_is_told():
    scan = scan_of(np.zeros((4, 20, 20), bool))
    mask = scan.with_voxels(np.pad(np.ones((4, 10, 10), np.uint8), [(0, 0), (0, 1), (0, 1)]), origin=(0.15, 0, 0))
    tissue, warnings = mask_on_grid(mask, scan)
    assert np.count_nonzero(tissue) == 4 * 10 * 5
    assert "50 % of the mask lie outside the volume" in warnings[0]


def test_an_empty_mask_and_one_elsewhere_are_refused():
    scan = scan_of(tube())
    with pytest.raises(InputError, match="is empty"):
        mask_on_grid(scan.with_voxels(np.zeros_like(scan.voxels)), scan)
    with pytest.raises(InputError, match="different places"):
        mask_on_grid(scan.with_voxels(tube().astype(np.uint8), origin=(50, 0, 0)), scan)


def test_a_mask_without_background_is_told():
    scan = scan_of(tube())
    tissue, (warning,) = mask_on_grid(scan.with_voxels(np.ones_like(scan.voxels)), scan)
    assert tissue.all()
    assert "no voxel of 0" in warning


def test_a_mask_of_several_labels_is_told_and_a_scan_by_mistake_is_suspected():
    scan = scan_of(tube())
    labels = np.zeros(scan.voxels.shape, np.uint8)
    labels[:, 20:60], labels[:, 60:90] = 1, 4
    tissue, (warning,) = mask_on_grid(scan.with_voxels(labels), scan)
    assert "labels 1, 4: all of them count as one tissue" in warning
    np.testing.assert_array_equal(tissue, labels > 0)
    ramp = np.repeat(np.arange(120, dtype=np.int16)[np.newaxis, np.newaxis], 6, axis=0).repeat(120, axis=1)
    assert "119 different values: is it a scan?" in mask_on_grid(scan.with_voxels(ramp), scan)[1][0]
