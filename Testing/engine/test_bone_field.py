"""The square field around a bone: where it lies, what it holds, and what the user is told."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.bones import bone_field, find_bones
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS
from MicroCTSuperResLib.imaging.crop import parse_crop
from MicroCTSuperResLib.imaging.formats import open_scan
from MicroCTSuperResLib.imaging.volume import Volume
from sample_holders import FLUID, SPACING, TRUE_BONE, put, scanned, shell, tube, two_bones, without_padding


def test_the_field_is_a_square_of_4_mm_with_the_bone_in_its_middle_and_all_of_its_length():
    density, truth = two_bones()
    scan = scanned(density, SPACING)
    box, _ = bone_field(scan, parse_crop("auto:4mm:2"))
    bone = find_bones(scan)[1].box
    assert box.size[:2] == (100, 100)
    assert (box.start[2], box.stop[2]) == (bone.start[2], bone.stop[2])
    for axis in (0, 1):
        assert abs((box.start[axis] + box.stop[axis]) - (bone.start[axis] + bone.stop[axis])) <= 1
    assert any(all(a <= b for a, b in zip(box.start, true.start, strict=True)) for true in truth)


def test_a_field_given_in_voxels_has_that_many():
    box, _ = bone_field(scanned(two_bones()[0], SPACING), parse_crop("auto:90"))
    assert box.size[:2] == (90, 90)


def test_a_field_at_the_border_is_moved_into_the_scan():
    density = np.full((60, 150, 150), FLUID, np.float32)
    put(density, shell(density.shape, SPACING, ((0.9, 5.2, 0.0), (0.9, 5.2, 2.4)), 0.8), (0, 0, 0))
    box, warnings = bone_field(without_padding(density), parse_crop("auto"))
    assert (box.start[:2], box.stop[:2]) == ((0, 50), (100, 150))
    assert warnings == []


def test_a_scan_smaller_than_the_field_is_taken_whole_along_that_axis_and_the_user_is_told():
    density = np.full((60, 130, 70), FLUID, np.float32)
    put(density, shell(density.shape, SPACING, ((1.4, 2.6, 0.0), (1.4, 2.6, 2.4)), 0.8), (0, 0, 0))
    box, warnings = bone_field(without_padding(density), parse_crop("auto"))
    assert box.size[:2] == (70, 100)
    assert warnings == ["The scan is 70 x 130 voxels, the field of 100 x 100 voxels does not fit into it."]


def test_a_bone_wider_than_the_field_is_cut_beside_its_mass_and_the_user_is_told_what_holds_it():
    # A body of 2 x 2 mm from x = 2 mm on with a process of 4 x 0.4 mm beside it.
    density = np.full((60, 225, 225), FLUID, np.float32)
    density[10:50, 50:100, 50:100] = density[20:40, 70:80, 100:200] = 1000
    box, (warning,) = bone_field(without_padding(density), parse_crop("auto:3mm"))
    assert box.start[0] <= 50
    assert box.stop[0] >= 100
    assert box.size[:2] == (75, 75)
    holding = warning.split("--crop ")[1].split(" ")[0]
    assert "cuts it" in warning
    box, warnings = bone_field(without_padding(density), parse_crop(holding))
    assert warnings == []
    assert box.start[0] <= 50
    assert box.stop[0] >= 200


def test_a_bone_that_just_fits_is_not_told_to_be_cut():
    density = np.full((60, 150, 150), FLUID, np.float32)
    density[10:50, 26:124, 26:124] = 1000
    assert bone_field(without_padding(density), parse_crop("auto"))[1] == []


def test_a_scan_without_bone_is_refused_and_the_refusal_says_what_was_looked_for():
    fluid = tube((60, 150, 150), SPACING)
    with pytest.raises(InputError, match=r"No bone was found in memory\.scan: .* above 300 mg HA/cm3"):
        bone_field(scanned(fluid, SPACING), parse_crop("auto"))
    with pytest.raises(InputError, match="not calibrated"):
        bone_field(scanned(fluid, SPACING, "Scanco, not calibrated"), parse_crop("auto"))


def test_a_bone_that_is_not_there_is_refused_with_the_number_of_those_that_are():
    with pytest.raises(InputError, match=r"Bone 3 of memory\.scan is wanted, 2 found"):
        bone_field(scanned(two_bones()[0], SPACING), parse_crop("auto:4mm:3"))


def test_a_file_opened_with_crop_auto_is_cropped_to_the_bone_and_its_warnings_are_kept(tmp_path):
    density, _ = two_bones()
    Volume(density, (SPACING,) * 3, units=DENSITY_UNITS).write(tmp_path / "holder.nrrd")
    scan = open_scan(tmp_path / "holder.nrrd", crop="auto")
    assert scan.header.size[:2] == (100, 100)
    assert any("2 bones were found" in warning for warning in scan.header.warnings)
    volume = scan.volume()
    np.testing.assert_array_equal(volume.voxels, density[scan.header.box.slices])
    assert (volume.voxels > TRUE_BONE).any()
    assert "2 bones" not in " ".join(open_scan(tmp_path / "holder.nrrd", crop="auto:4mm:2").header.warnings)
