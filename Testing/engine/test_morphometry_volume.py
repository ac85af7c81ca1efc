"""Morphometry of a volume: contours and their doubts, masks of the user, bones apart, tables and pictures."""

import csv

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError, OutputError
from MicroCTSuperResTrainingLib.morphometry.contour_doubts import doubts_about, ranges
from MicroCTSuperResTrainingLib.morphometry.measuring import Features, measure, own_tissue
from MicroCTSuperResTrainingLib.morphometry.overlay import ENDOSTEAL, PERIOSTEAL, overlay_picture, save_overlay
from MicroCTSuperResTrainingLib.morphometry.segmentation import Segmentation
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
    assert row["ct_ar_tt_ar"] == pytest.approx(row["ct_ar_mm2"] / row["tt_ar_mm2"])
    assert row["tb_th_mm"] == pytest.approx(0.04, abs=0.01)


@pytest.mark.parametrize("cortex", [False, True])
def test_a_mask_cuts_no_trabecula_and_no_space_and_the_air_around_the_bone_does_not_count(cortex):
    bone = tube(slices=40)
    bone[:, 57:63, 20:100] = True  # a wall of 60 um through the marrow
    mask = np.zeros_like(bone)
    mask[18:21, 30:90, 60:90] = True  # three slices, and from the middle of the wall on
    whole = measure(scan_of(bone), SHARP, own_tissue(scan_of(bone), SHARP), Features(thickness=True, cortex=True))
    masked = measure(scan_of(bone), SHARP, mask, Features(thickness=True, cortex=cortex))
    assert bone_row(masked.bones[0])["tb_th_mm"] == pytest.approx(0.06, abs=0.003)
    # The largest disk in half of a circle of 0.8 mm less the wall has half that diameter; the air has far larger ones.
    largest = bone_row(whole.bones[0])["tb_sp_max_mm"]
    assert largest == pytest.approx((0.8 - 0.06) / 2, abs=0.03)
    assert bone_row(masked.bones[0])["tb_sp_max_mm"] == pytest.approx(largest)


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
    scan = scan_of(tube(slices=45, size=60, outer=25, inner=20, centre=(30, 30)))  # longer than the marrow is wide
    marrow = np.repeat(disk(15, 60, (30, 30))[np.newaxis], 45, axis=0)
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
    assert {row.note for found in one_by_one.bones for row in found.slices} == {""}
    first, second = (bone_row(found) for found in one_by_one.bones)
    assert first["ba_ta"] == pytest.approx(0.36, abs=0.01)
    assert second["ba_ta"] == pytest.approx(1 - (20 / 30) ** 2, abs=0.01)
    assert first["bv_mm3"] + second["bv_mm3"] == pytest.approx(bone_row(together.bones[0])["bv_mm3"])


def test_what_is_doubtful_about_one_bone_is_not_told_of_another():
    cut, whole = tube(4, 240, centre=(120, 41)), tube(4, 240, 30, 20, centre=(120, 200))
    first, second = measured(scan_of(cut | whole), each_bone=True).bones
    assert {row.note for row in first.slices} == {"the image border cuts the bone"}
    assert {row.note for row in second.slices} == {""}


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


def test_a_volume_thinner_than_the_balls_says_so():
    scan = scan_of(tube(slices=2))
    note = bone_row(measured(scan, thickness=True).bones[0])["note"]
    # The cortex is 0.1 mm thick, the marrow 0.8 mm wide.
    assert note == "the volume is 0.02 mm thin, less than the largest ball of Tb.Th and of Tb.Sp"


def test_dense_trabeculae_that_count_as_cortex_are_told():
    y, x = np.mgrid[:120, :120]
    spaces = (y % 15 < 10) & (x % 15 < 10) & disk(40, 120, (60, 60))  # 0.1 mm wide, walls of 0.05 mm
    dense, sparse = disk(50, 120, (60, 60)) & ~spaces, ring(50, 40, 120, (60, 60))
    found = measured(scan_of(np.stack([sparse, dense, dense])), cortex=True)
    assert "In slices 1 to 2 more than 15 % of the cortex is not bone" in found.warnings[-1]
    assert ["cortex is not bone" in row.note for row in found.bones[0].slices] == [False, True, True]


def test_a_section_without_bound_has_no_cortical_thickness_and_says_why():
    scan = scan_of(np.ones((3, 20, 20), bool))
    (whole,) = measured(scan, cortex=True).bones
    assert all(row.note.endswith("nothing bounds the cortex in the slice") for row in whole.slices)
    assert bone_row(whole)["ct_th_mm"] is None


def test_solid_bone_has_no_separation_and_says_so():
    scan = scan_of(np.ones((4, 20, 20), bool))
    found = measure(scan, SHARP, np.ones((4, 20, 20), bool), Features(thickness=True))
    assert bone_row(found.bones[0])["note"] == (
        "nothing to fit spheres into for Tb.Th; nothing to fit spheres into for Tb.Sp"
    )
