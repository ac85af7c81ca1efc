"""LR and HR of a specimen come together on the HR grid of LR, in the study's field, with their shift told."""

from dataclasses import replace

import numpy as np
import pytest
from MicroCTSuperResLib.errors import Cancelled
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.sampling import hr_grid
from MicroCTSuperResLib.imaging.source import CROP_FIELD
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality.pairing import is_same_place
from MicroCTSuperResTrainingLib.cohort.pair_settings import PairingSettings
from MicroCTSuperResTrainingLib.cohort.pairing import pair_specimen
from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings, scan_pair
from MicroCTSuperResTrainingLib.cohort.specimen import Reading
from sample_pairs import HR_MM, bone, moved, scans, specimen_of, volumes
from sample_scanco import isq_bytes
from sample_volumes import rotation
from scipy import ndimage

WHOLE = PairingSettings(field_voxels=None)
HR_UM = 1000 * HR_MM


@pytest.fixture
def still(tmp_path):
    """A specimen that lay still."""
    return specimen_of(tmp_path, *volumes(scans("femur", 1)))


def check_contract(pair):
    grid = hr_grid(pair.lr)
    assert pair.hr.voxels.shape == grid.shape == tuple(2 * count for count in pair.lr.voxels.shape)
    assert is_same_place(pair.hr, grid)
    assert pair.lr.voxels.dtype == pair.hr.voxels.dtype == np.float32
    assert pair.lr.units == pair.hr.units


def test_aligned_scans_are_taken_as_they_are(still):
    pair = pair_specimen(still, WHOLE)
    check_contract(pair)
    known = scans("femur", 1)
    np.testing.assert_array_equal(pair.lr.voxels, known.lr)
    np.testing.assert_array_equal(pair.hr.voxels, known.hr)
    assert not pair.resampled
    assert pair.left_um is None
    assert pair.placement == "files"
    assert pair.warnings == ()
    np.testing.assert_allclose(pair.shift_um, 0, atol=0.1 * HR_UM)
    assert pair.rotation_deg < 0.1


def test_oblique_axes_are_kept(tmp_path):
    lr, hr = volumes(scans("femur", 1), direction=rotation(0.3, -0.5))
    pair = pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE)
    check_contract(pair)
    assert not pair.resampled
    np.testing.assert_array_equal(pair.hr.voxels, hr.voxels)
    assert pair.lr.direction == pytest.approx(lr.direction)


def test_the_shift_is_told_as_that_of_lr_against_hr(tmp_path):
    """The phantom cohort's own shifts, made by another way than those of the tests of registration."""
    shift = (0.4, -0.3, 0.2)  # HR voxels, x, y, z
    lr, hr = scan_pair("femur", PhantomCohortSettings(size=(112, 112, 40)), 5, shift)
    pair = pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE)
    np.testing.assert_allclose(np.array(pair.shift_um) / HR_UM, shift, atol=0.1)


@pytest.mark.parametrize("refine", ["translation", "rigid"])
def test_refinement_brings_hr_onto_lr_and_leaves_lr_as_it_is(tmp_path, refine):
    shift = (0.7, -1.3, 2.2)  # z, y, x
    known = scans("spine", 2, shift)
    lr, hr = volumes(known)
    pair = pair_specimen(specimen_of(tmp_path, lr, hr), replace(WHOLE, refine=refine))
    check_contract(pair)
    assert pair.resampled
    np.testing.assert_allclose(np.array(pair.shift_um) / HR_UM, [-step for step in shift[::-1]], atol=0.1)
    np.testing.assert_allclose(np.array(pair.left_um) / HR_UM, 0, atol=0.1)
    start = np.rint((np.array(pair.lr.origin) - lr.origin) / lr.spacing).astype(int)
    box = Box(start, start + pair.lr.size)
    np.testing.assert_array_equal(pair.lr.voxels, lr.voxels[box.slices])
    inner = (slice(8, -8),) * 3
    true = moved(bone("spine", 2), shift)[inner][box_of_hr(box)]
    # The noise of HR is 42 mg HA/cm3. Splines take some of it, and leave a little of the object's sharpest edges.
    assert (pair.hr.voxels - true).std() < 45
    assert (known.hr[box_of_hr(box)] - true).std() > 150
    assert not any("blurs what is learnt" in warning for warning in pair.warnings)


def box_of_hr(box):
    return tuple(slice(2 * part.start, 2 * part.stop) for part in box.slices)


def test_a_rotation_is_told_and_taken_back_by_rigid_refinement(tmp_path):
    """HR turned by 1.5 degrees in the slice: 48 HR voxels from the middle that is 1.3 voxels."""
    known = scans("spine", 2)
    lr, hr = volumes(known)
    turned = hr.with_voxels(ndimage.rotate(hr.voxels, 1.5, axes=(1, 2), reshape=False, order=5, mode="nearest"))
    specimen = specimen_of(tmp_path, lr, turned)
    plain = pair_specimen(specimen, WHOLE)
    assert plain.rotation_deg == pytest.approx(1.5, abs=0.1)
    assert any("turned by 1.5 degrees, which carries the border of the field 1.3 HR" in text for text in plain.warnings)
    pair = pair_specimen(specimen, replace(WHOLE, refine="rigid"))
    check_contract(pair)
    start = np.rint((np.array(pair.lr.origin) - lr.origin) / lr.spacing).astype(int)
    still = known.hr[box_of_hr(Box(start, start + pair.lr.size))]
    assert (pair.hr.voxels - still).std() < 30
    assert (turned.voxels - known.hr).std() > 80
    assert pair.warnings == ()


def test_a_shift_below_the_threshold_is_not_worth_resampling(still):
    assert pair_specimen(still, replace(WHOLE, refine="translation")).left_um is None


def test_more_than_half_an_hr_voxel_is_warned_of(tmp_path):
    pair = pair_specimen(specimen_of(tmp_path, *volumes(scans("femur", 1, (0, 0.8, 0)))), WHOLE)
    assert any("blurs what is learnt" in warning for warning in pair.warnings)


def test_hr_of_another_grid_is_resampled_by_its_place(tmp_path):
    """HR lies 0.3 voxels farther along x in its file than the scanner put it: the specimen seems to have moved back."""
    lr, hr = volumes(scans("femur", 1))
    farther = hr.with_voxels(hr.voxels, origin=(hr.origin[0] + 0.3 * HR_MM, *hr.origin[1:]))
    pair = pair_specimen(specimen_of(tmp_path, lr, farther), WHOLE)
    check_contract(pair)
    assert pair.resampled
    np.testing.assert_allclose(np.array(pair.shift_um) / HR_UM, (-0.3, 0, 0), atol=0.1)
    assert any("resampled" in warning for warning in pair.warnings)


def test_only_what_hr_covers_is_taken(tmp_path):
    """HR begins 11 and ends 9 voxels further in: LR voxels 6 to 23 of 24 along z are covered on both sides."""
    lr, hr = volumes(scans("femur", 1))
    part = hr.cropped(Box((0, 0, 11), (*hr.size[:2], hr.size[2] - 1)))
    pair = pair_specimen(specimen_of(tmp_path, lr, part), WHOLE)
    check_contract(pair)
    np.testing.assert_array_equal(pair.lr.voxels, lr.voxels[6:23])
    np.testing.assert_array_equal(pair.hr.voxels, hr.voxels[12:46])
    assert any("HR covers 48 x 48 x 17 of the 48 x 48 x 24" in warning for warning in pair.warnings)


def test_the_field_lies_around_the_bone_and_the_rest_is_not_read(tmp_path):
    known = scans("femur", 1)
    lr, hr = volumes(known)
    # Water around the field: 80 LR voxels on one side of x and y, 10 on the other.
    wide_lr = lr.with_voxels(np.pad(lr.voxels, [(0, 0), (80, 10), (80, 10)], constant_values=30))
    wide_hr = hr.with_voxels(np.pad(hr.voxels, [(0, 0), (160, 20), (160, 20)], constant_values=30))
    specimen = specimen_of(tmp_path, wide_lr, wide_hr)
    pair = pair_specimen(specimen, PairingSettings(field_voxels=56))
    check_contract(pair)
    assert pair.lr.size[:2] == (56, 56)
    # The bone's middle is that of the inner 48 x 48 voxels, 104 from the first, to two blocks of 0.1 mm.
    middle = (np.array(pair.lr.origin) - lr.origin)[:2] / lr.spacing[:2] + 28
    np.testing.assert_allclose(middle, 104, atol=5)
    start, stop = (int(side) for side in pair.hr.metadata[CROP_FIELD].split(",")[0].split(":"))
    assert stop - start < 180  # of 276: 112 and what a shift up to the limit and the splines may need
    assert not pair.resampled


def test_a_crop_of_the_row_comes_before_the_field(still):
    row = replace(still, reading=Reading(lr_crop="10:40,8:44,2:20"))
    pair = pair_specimen(row, PairingSettings(field_voxels=20))
    np.testing.assert_array_equal(pair.lr.voxels, scans("femur", 1).lr[2:20, 8:44, 10:40])
    np.testing.assert_array_equal(pair.hr.voxels, scans("femur", 1).hr[4:40, 16:88, 20:80])


def isq_specimen(folder):
    """LR and HR of one field as ISQ files, which tell no place."""
    known = scans("femur", 1)
    for kind, voxels, step in (("lr", known.lr, 40), ("hr", known.hr, 20)):
        size_um = tuple(step * count for count in voxels.shape[::-1])
        content = isq_bytes(voxels.astype(np.int16), size_um=size_um, spacing_um=step)
        (folder / f"{kind}.isq").write_bytes(content)
    row = specimen_of(folder, *volumes(known))
    return replace(row, lr=folder / "lr.isq", hr=folder / "hr.isq")


def test_files_that_tell_no_place_are_put_together_by_their_corners(tmp_path):
    pair = pair_specimen(isq_specimen(tmp_path), WHOLE)
    check_contract(pair)
    assert pair.placement == "corners"
    assert not pair.resampled
    np.testing.assert_allclose(pair.shift_um, 0, atol=0.1 * HR_UM)


def test_by_their_origins_such_files_lie_half_an_hr_voxel_apart(tmp_path):
    """Both readers put the centre of the first voxel at 0; that of LR truly lies half an HR voxel farther."""
    pair = pair_specimen(isq_specimen(tmp_path), replace(WHOLE, placement="files"))
    check_contract(pair)
    assert pair.resampled
    np.testing.assert_allclose(np.array(pair.shift_um) / HR_UM, -0.5, atol=0.1)


def test_a_mask_comes_along(tmp_path, still):
    known = scans("femur", 1)
    _, hr = volumes(known)
    marked = (known.hr > 500).astype(np.uint8)
    part = Box((4, 6, 8), (90, 92, 40))
    path = hr.with_voxels(marked, units="native").cropped(part).write(tmp_path / "mask.nrrd")
    pair = pair_specimen(replace(still, mask=path, reading=Reading(lr_crop="2:44,2:44,2:22")), WHOLE)
    wanted = np.zeros(marked.shape, bool)
    wanted[part.slices] = marked[part.slices]
    assert pair.mask.dtype == bool
    np.testing.assert_array_equal(pair.mask, wanted[4:44, 4:88, 4:88])
    away = hr.with_voxels(marked, units="native").cropped(Box((0, 0, 0), (6, 6, 6))).write(tmp_path / "away.nrrd")
    outside = pair_specimen(replace(still, mask=away, reading=Reading(lr_crop="20:44,20:44,10:22")), WHOLE)
    assert not outside.mask.any()
    assert any("mask" in warning for warning in outside.warnings)


def test_pairing_is_cancelled_between_its_steps(still):
    asked = []
    with pytest.raises(Cancelled):
        pair_specimen(still, WHOLE, should_cancel=lambda: len(asked) > 1 or asked.append(1))
    assert len(asked) == 2


def test_uncalibrated_scans_are_paired_in_their_own_units(tmp_path):
    lr, hr = (Volume(each.voxels, each.spacing, each.origin) for each in volumes(scans("femur", 1)))
    pair = pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE)
    check_contract(pair)
    assert pair.lr.units == "native"


def test_hr_whose_axes_run_another_way_is_the_same_specimen(tmp_path):
    """HR stored with x and z exchanged and y running backwards, and a header that says so."""
    lr, hr = volumes(scans("femur", 1))
    last = hr.origin[1] + (hr.size[1] - 1) * HR_MM
    other = Volume(
        np.ascontiguousarray(hr.voxels.transpose(2, 1, 0)[:, ::-1]),
        hr.spacing,
        (hr.origin[0], last, hr.origin[2]),
        direction=(0, 0, 1, 0, -1, 0, 1, 0, 0),
        units=hr.units,
    )
    pair = pair_specimen(specimen_of(tmp_path, lr, other), WHOLE)
    check_contract(pair)
    np.testing.assert_allclose(pair.hr.voxels, hr.voxels, atol=0.01)
    np.testing.assert_allclose(pair.shift_um, 0, atol=0.1 * HR_UM)
