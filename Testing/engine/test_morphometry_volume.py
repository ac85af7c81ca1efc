"""Morphometry of a volume: contours and their doubts, masks of the user, bones apart, tables and pictures."""

import csv

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError, OutputError
from MicroCTSuperResTrainingLib.evaluation.segmentation import Segmentation
from MicroCTSuperResTrainingLib.morphometry.contour_doubts import doubts_about, ranges
from MicroCTSuperResTrainingLib.morphometry.foramen import vertebral_foramen
from MicroCTSuperResTrainingLib.morphometry.masks import mask_on_grid
from MicroCTSuperResTrainingLib.morphometry.measuring import Features, measure, own_tissue
from MicroCTSuperResTrainingLib.morphometry.overlay import ENDOSTEAL, PERIOSTEAL, overlay_picture, save_overlay
from MicroCTSuperResTrainingLib.morphometry.separate_bones import bone_numbers
from MicroCTSuperResTrainingLib.morphometry.settings import settings_of
from MicroCTSuperResTrainingLib.morphometry.tables import bone_row, slice_rows, write_table
from sample_structures import disk, plates, ring
from sample_tubes import SPACING, scan_of, tube

SHARP = Segmentation(500, sigma_voxels=0)


def measured(scan, **features):
    return measure(scan, SHARP, own_tissue(scan, SHARP), Features(**features))


def test_a_tube_has_the_bone_area_of_its_radii_in_every_slice_and_as_a_volume():
    (whole,) = measured(scan_of(tube())).bones
    # 1 - (40 / 50)^2; circles of pixels are good to half a percent.
    assert [row.area.ba_ta for row in whole.slices] == pytest.approx([0.36] * 6, abs=0.005)
    row = bone_row(whole)
    assert row["bv_tv"] == pytest.approx(row["ba_ta"])
    assert row["tv_mm3"] == pytest.approx(6 * 0.01 * np.pi * 0.25, rel=0.005)
    assert row["note"] == ""


def test_the_volume_inside_the_cortex_is_measured_where_the_cortex_is():
    bone = tube()
    bone[:, 58:62, 20:100] = True
    (whole,) = measured(scan_of(bone), cortex=True, thickness=True).bones
    row = bone_row(whole)
    assert row["region"] == "inside the cortex"
    # A strut of 0.04 mm through a circle of 0.8 mm diameter; its corners at the cortex are rounded.
    assert row["bv_tv"] == pytest.approx(0.04 * 0.8 / (np.pi * 0.16), rel=0.07)
    assert row["ct_th_mm"] == pytest.approx(0.1, abs=0.01)
    assert row["tb_th_mm"] == pytest.approx(0.04, abs=0.01)


def test_the_number_of_trabeculae_is_that_of_plates_in_a_millimetre():
    bone = plates(6, 14, shape=(80, 30, 30))
    region = np.zeros_like(bone)
    region[20:60] = True  # two whole periods of 0.2 mm
    (whole,) = measure(scan_of(bone), SHARP, region, Features(thickness=True)).bones
    row = bone_row(whole)
    assert (row["tb_th_mm"], row["tb_sp_mm"]) == pytest.approx((0.06, 0.14))
    assert row["tb_n_per_mm"] == pytest.approx(5)


def test_bone_at_the_image_border_is_told():
    # 41 pixels from the left border to its centre, 50 to its surface.
    found = measured(scan_of(tube(centre=(60, 41))))
    assert "image border cuts" in found.warnings[0]
    assert "slices 0 to 5" in found.warnings[0]
    assert all("image border cuts" in row.note for row in found.bones[0].slices)


def test_a_contour_that_opens_in_some_slices_is_told():
    bone = tube(slices=40)
    bone[10:14, 40:80, 60:] = False  # wider than the closing bridges
    scan = scan_of(bone)
    found = own_tissue(scan, SHARP)
    np.testing.assert_array_equal(np.flatnonzero(found.doubts.may_be_open), np.arange(10, 14))
    assert "In slices 10 to 13 the contour may be open" in found.warnings[0]


def test_a_whole_bone_raises_no_doubt():
    bone = tube(slices=40)
    scan = scan_of(bone)
    doubts = doubts_about(bone, own_tissue(scan, SHARP).tissue)
    assert doubts.warnings() == []


def test_numbers_of_slices_are_told_as_ranges():
    assert ranges(np.array([3, 4, 5, 9, 11, 12])) == "3 to 5, 9, 11 to 12"
    assert ranges(np.arange(0, 20, 2)) == "0, 2, 4, 6, 8 and 5 more"


def test_a_slice_without_bone_has_an_empty_row_with_a_reason(tmp_path):
    bone = tube()
    bone[2] = False
    (whole,) = measured(scan_of(bone), cortex=True).bones
    write_table(slice_rows(whole), ("slice",), tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[2]["note"] == "no tissue"
    assert [rows[2][name] for name in ("ba_ta", "ct_po", "ct_th_mm")] == ["", "", ""]
    assert "nan" not in (tmp_path / "table.csv").read_text().lower()
    assert float(rows[1]["ba_ta"]) == pytest.approx(0.36, abs=0.005)


def test_a_volume_without_bone_is_refused_with_its_grey_values():
    with pytest.raises(InputError, match=r"no bone at 500 mg HA/cm3 or more .*50 to 50"):
        own_tissue(scan_of(np.zeros((3, 20, 20), bool)), SHARP)


def test_nan_voxels_are_refused():
    scan = scan_of(tube())
    voxels = scan.voxels.astype(np.float32)
    voxels[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="NaN"):
        measure(scan.with_voxels(voxels), SHARP, tube(), Features())


def test_no_bone_inside_a_mask_is_a_result_with_a_warning():
    scan = scan_of(tube())
    marrow = np.repeat(disk(30, 120, (60, 60))[np.newaxis], 6, axis=0)
    found = measure(scan, SHARP, marrow, Features(thickness=True))
    assert found.warnings == ("No voxel inside the tissue area reaches 500 mg HA/cm3.",)
    row = bone_row(found.bones[0])
    assert (row["ba_ta"], row["bv_tv"]) == (0, 0)
    assert row["note"] == "no bone in the region; nothing to fit spheres into for Tb.Th"
    assert "tb_th_mm" not in row


@pytest.mark.parametrize("features", [{"thickness": True}, {"plates": True}])
def test_features_that_need_equal_edges_are_refused_for_others(features):
    with pytest.raises(InputError, match="equal edges"):
        measured(scan_of(tube(), spacing=(0.01, 0.01, 0.02)), **features)


def test_bones_that_lie_apart_are_numbered_along_the_axis_that_parts_them():
    right, left = tube(4, 240, centre=(120, 180)), tube(4, 240, centre=(120, 60))
    speck = np.zeros_like(right)
    speck[:, 10:16, 10:16] = True
    numbers, count = bone_numbers(right | left | speck, SPACING)
    assert count == 2
    assert set(numbers[left]) == {1}
    assert set(numbers[right]) == {2}
    assert set(numbers[speck]) == {0}


def test_each_bone_is_told_by_itself_or_all_together_with_a_warning():
    small = ring(30, 20, 240, (120, 200))
    bone = tube(4, 240, centre=(120, 60)) | small
    together = measured(scan_of(bone))
    assert "2 bones lie apart" in together.warnings[0]
    one_by_one = measured(scan_of(bone), each_bone=True)
    assert [found.bone for found in one_by_one.bones] == ["1", "2"]
    first, second = (bone_row(found) for found in one_by_one.bones)
    assert first["ba_ta"] == pytest.approx(0.36, abs=0.01)
    assert second["ba_ta"] == pytest.approx(1 - (20 / 30) ** 2, abs=0.01)
    assert first["bv_mm3"] + second["bv_mm3"] == pytest.approx(bone_row(together.bones[0])["bv_mm3"])


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
    tissue, warnings = mask_on_grid(scan, scan)  # a grey scan by mistake: marrow is 50
    assert tissue.all()
    assert "no voxel of 0" in warnings[0]


def test_the_width_of_the_gaussian_is_told_in_micrometres():
    told = settings_of(Segmentation(500), scan_of(tube()))
    # 1.2 voxels of 10 um; what a support of 2 voxels leaves is 1.08 voxels (docs/methods.md).
    assert (told["sigma_voxels"], told["sigma_um"], told["support_voxels"]) == (1.2, 12, 2)
    assert told["effective_sigma_um"] == pytest.approx(10.8, abs=0.05)
    assert settings_of(SHARP, scan_of(tube()))["effective_sigma_um"] == 0


def test_the_picture_outlines_the_contours_in_the_slices_that_have_them(tmp_path):
    bone = tube(slices=9)
    bone[0] = False
    scan = scan_of(bone)
    picture = overlay_picture(scan, measured(scan, cortex=True).masks, slices=2)
    save_overlay(picture, tmp_path / "check.png")
    pixels = np.asarray(picture)
    for colour, radius in ((PERIOSTEAL, 50), (ENDOSTEAL, 40)):
        drawn = (pixels == colour).all(axis=-1)
        # Two panels, enlarged 4 times (420 / 120), each with a line of two pixels around a circle.
        assert np.count_nonzero(drawn) == pytest.approx(2 * 2 * 2 * np.pi * radius * 4, rel=0.35)
    with pytest.raises(OutputError):
        save_overlay(picture, tmp_path / "check.png")


def test_an_empty_tissue_area_is_refused():
    scan = scan_of(tube())
    with pytest.raises(InputError, match="no tissue area"):
        measure(scan, SHARP, np.zeros(scan.voxels.shape, bool), Features())


def test_solid_bone_has_no_separation_and_says_so():
    scan = scan_of(np.ones((4, 20, 20), bool))
    found = measure(scan, SHARP, np.ones((4, 20, 20), bool), Features(thickness=True))
    assert bone_row(found.bones[0])["note"] == (
        "nothing to fit spheres into for Tb.Th; nothing to fit spheres into for Tb.Sp"
    )
