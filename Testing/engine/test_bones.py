"""Finding bones in holders: every bone, whole, in a box that is not much larger, and nothing where there is no bone."""

import json
from dataclasses import replace

import numpy as np
import pytest
from MicroCTSuperResLib.imaging import bones as bones_module
from MicroCTSuperResLib.imaging.bones import find_bones
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS, NATIVE_UNITS
from MicroCTSuperResLib.imaging.crop import parse_crop
from MicroCTSuperResLib.imaging.formats.reading import OpenScan
from MicroCTSuperResLib.simulation.acquisition import simulate_lr
from MicroCTSuperResLib.simulation.phantoms import make_phantom
from sample_holders import (
    AIR,
    CALIBRATION,
    FLUID,
    SPACING,
    WAYS_TO_STORE,
    opened,
    put,
    scanned,
    shell,
    true_box,
    tube,
    two_bones,
    without_padding,
)
from sample_large_scan import LargeScan

# Of grey values without meaning, plastic in nothing but air could be bone.
EMPTY_HOLDERS = [(way, FLUID) for way in WAYS_TO_STORE] + [
    (way, AIR) for way in ("Scanco, calibrated", "HU", "density")
]
# A block is 0.08 to 0.12 mm: one that the bone's surface only touches, and one of margin.
LARGEST_MARGIN_MM = 0.25


def boxes_of(scan: OpenScan) -> list[Box]:
    return [bone.box for bone in find_bones(scan)]


def assert_same_bones(found: list[Box], truth: list[Box], spacing: float = SPACING) -> None:
    """Each true box, in any order, lies within one that was found and is at most LARGEST_MARGIN_MM smaller a side."""
    assert len(found) == len(truth), [str(box) for box in found]
    for true in truth:
        nearest = min(found, key=lambda box: sum(abs(a - b) for a, b in zip(box.start, true.start, strict=True)))
        before = (np.array(true.start) - nearest.start) * spacing
        after = (np.array(nearest.stop) - true.stop) * spacing
        assert min(*before, *after) >= 0, f"{nearest} cuts {true}"
        assert max(*before, *after) <= LARGEST_MARGIN_MM, f"{nearest} is too large for {true}"


def long_bones(
    shape: tuple[int, int, int], bones: list[tuple], radius: float, inside: float = FLUID
) -> tuple[np.ndarray, list[Box]]:
    """Long bones with round ends in a holder; `bones` are their two ends in mm."""
    density, truth = tube(shape, SPACING, inside=inside), []
    for ends in bones:
        bone = shell(shape, SPACING, ends, radius)
        put(density, bone, (0, 0, 0))
        truth.append(true_box(bone))
    return density, truth


@pytest.mark.parametrize("way", WAYS_TO_STORE)
def test_a_femur_and_a_vertebra_in_one_holder_are_two_bones_each_in_its_box(way):
    density, truth = two_bones()
    assert_same_bones(boxes_of(scanned(density, SPACING, way)), truth)


@pytest.mark.parametrize("way", ["Scanco, calibrated", "Scanco, not calibrated"])
def test_noise_as_large_as_that_of_a_poor_scan_changes_no_box_by_more_than_its_margin(way):
    density, truth = two_bones()
    assert_same_bones(boxes_of(scanned(density, SPACING, way, noise=200)), truth)


@pytest.mark.parametrize("wall", [1.0, 0.4])
@pytest.mark.parametrize("way", WAYS_TO_STORE)
def test_dry_bones_in_air_are_found_and_their_holder_is_none(way, wall):
    density, truth = two_bones(AIR, wall)
    assert_same_bones(boxes_of(scanned(density, SPACING, way)), truth)


@pytest.mark.parametrize("in_parts", [True, False])
def test_a_file_that_is_read_whole_has_the_same_bones_as_one_read_in_parts(in_parts):
    density, truth = two_bones()
    assert_same_bones(boxes_of(scanned(density, SPACING, in_parts=in_parts)), truth)


@pytest.mark.parametrize("way", ["Scanco, calibrated", "Scanco, not calibrated", "8 bits, air cut off"])
def test_two_bones_one_above_the_other_stay_apart_at_a_gap_of_half_a_millimetre(way):
    # The first ends at z = 2.0 + 1.0 mm, the second begins at 4.5 - 1.0 mm.
    bones = [((3.5, 3.5, 1.2), (3.5, 3.5, 2.0)), ((3.5, 3.5, 4.5), (3.5, 3.5, 5.5))]
    density, truth = long_bones((175, 175, 175), bones, 1.0)
    assert_same_bones(boxes_of(scanned(density, SPACING, way, noise=100)), truth)


@pytest.mark.parametrize("way", ["Scanco, calibrated", "Scanco, not calibrated"])
def test_tilted_bones_whose_boxes_overlap_stay_apart_at_a_gap_of_0_4_mm(way):
    # Parallel, with axes 2.2 mm apart and radii of 0.9 mm: along (2, 1, 2) / 3, the offset (a, b, 0) has the
    # distance sqrt(a^2 + b^2 - ((2 a + b) / 3)^2), which is 2.20 for (2.78, -0.7, 0).
    bones = [((2.0, 3.5, 1.2), (4.0, 4.5, 3.2)), ((4.78, 2.8, 1.2), (6.78, 3.8, 3.2))]
    density, truth = long_bones((110, 200, 225), bones, 0.9)
    assert truth[0].stop[0] > truth[1].start[0]
    assert_same_bones(boxes_of(scanned(density, SPACING, way, noise=100)), truth)


def test_a_bone_that_the_scan_cuts_reaches_to_the_border_of_its_box():
    density = np.full((60, 100, 100), FLUID, np.float32)
    put(density, shell(density.shape, SPACING, ((0.4, 2.0, -1.0), (0.4, 2.0, 5.0)), 1.0), (0, 0, 0))
    (box,) = boxes_of(without_padding(density))
    assert (box.start[0], box.start[2], box.stop[2]) == (0, 0, 60)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_bones_are_numbered_along_the_axis_on_which_they_lie_farthest_apart(axis):
    # Of nearly the same size, 0.3 mm off the axis to either side; the second is the largest.
    places = np.full((3, 3), 3.5)
    places[:, axis] = [1.2, 3.5, 5.8]
    places[:, axis - 1] += [0.3, -0.3, 0]
    density = np.full((175, 175, 175), FLUID, np.float32)
    for place, radius in zip(places, (0.8, 0.85, 0.82), strict=True):
        put(density, shell(density.shape, SPACING, (tuple(place), tuple(place)), radius), (0, 0, 0))
    bones = find_bones(without_padding(density))
    assert [bone.number for bone in bones] == [1, 2, 3]
    np.testing.assert_allclose([np.multiply(bone.centre, SPACING) for bone in bones], places, atol=0.05)


def test_numbers_are_the_same_with_and_without_a_calibration():
    scan = scanned(two_bones()[0], SPACING, "Scanco, not calibrated")
    calibrated = replace(scan, stored=replace(scan.stored, calibration=CALIBRATION))
    centres = [[bone.centre for bone in find_bones(other)] for other in (scan, calibrated)]
    np.testing.assert_allclose(*centres, rtol=0, atol=5)  # voxels; the bones are 80 apart


def test_a_small_bone_has_the_last_number_wherever_it_lies():
    # Their shells have about 0.4 and 3 mm3.
    small, large = ((1.5, 4.0, 2.0), (1.5, 4.0, 2.0)), ((5.0, 4.0, 1.5), (5.0, 4.0, 3.0))
    density = np.full((110, 200, 200), FLUID, np.float32)
    for ends, radius in ((small, 0.5), (large, 1.0)):
        put(density, shell(density.shape, SPACING, ends, radius), (0, 0, 0))
    first, second = find_bones(without_padding(density))
    assert first.volume_mm3 > 4 * second.volume_mm3
    assert first.centre[0] > second.centre[0]


def test_the_estimated_volume_is_that_of_the_shell_within_a_tenth():
    # A long bone of radius r and length l between the middles of its ends has 4/3 pi r^3 + pi r^2 l.
    def solid(radius: float) -> float:
        return 4 / 3 * np.pi * radius**3 + np.pi * radius**2 * 1.5

    density, _ = long_bones((110, 150, 150), [((3.0, 3.0, 1.5), (3.0, 3.0, 3.0))], 1.0)
    (bone,) = find_bones(scanned(density, SPACING))
    assert bone.volume_mm3 == pytest.approx(solid(1.0) - solid(1.0 - 0.18), rel=0.1)


@pytest.mark.parametrize("spacing", [0.01, 0.02])
@pytest.mark.parametrize("site", ["femur", "spine"])
def test_a_phantom_scanned_at_hr_and_lr_is_one_bone(site, spacing):
    hr = make_phantom(site, (300, 380, 40), 0.01, noise=0)
    truth = true_box(hr.voxels)
    scan = hr if spacing == 0.01 else simulate_lr(hr, noise=150)
    stretched = Box([first // 2 for first in truth.start], [(last + 1) // 2 for last in truth.stop])
    found = boxes_of(opened(scan.voxels, scan.spacing, DENSITY_UNITS))
    assert_same_bones(found, [truth if spacing == 0.01 else stretched], spacing)


@pytest.mark.parametrize(("way", "inside"), EMPTY_HOLDERS)
def test_a_holder_without_bone_has_no_bone(way, inside):
    assert find_bones(scanned(tube((60, 200, 200), SPACING, inside=inside), SPACING, way)) == []


@pytest.mark.parametrize("noise", [60, 400])
@pytest.mark.parametrize("way", WAYS_TO_STORE)
def test_noise_is_no_bone(way, noise):
    fluid = np.full((80, 120, 160), FLUID, np.float32)
    assert find_bones(scanned(fluid, 0.02, way, noise=noise)) == []


@pytest.mark.parametrize("value", [0, 1000, np.nan])
@pytest.mark.parametrize("units", [NATIVE_UNITS, DENSITY_UNITS])
def test_a_scan_of_one_value_has_no_bone_or_is_all_bone(value, units):
    found = boxes_of(opened(np.full((12, 30, 40), value, np.float32), (0.02,) * 3, units))
    assert found == ([Box.whole((40, 30, 12))] if (value, units) == (1000, DENSITY_UNITS) else [])


def test_voxels_that_are_not_a_number_hide_no_bone():
    density, truth = two_bones()
    scan = scanned(density, SPACING, "density")
    voxels = scan.read((slice(0, 50, 1), slice(0, 250, 1), slice(0, 250, 1)))
    voxels[:, :20] = np.nan
    assert_same_bones(boxes_of(opened(voxels, scan.stored.spacing, DENSITY_UNITS)), truth)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_infinite_voxels_hide_no_bone(value):
    density, truth = two_bones()
    voxels = density.astype(np.float64)
    voxels[:, :20] = value
    found = find_bones(opened(voxels, (SPACING,) * 3))
    assert_same_bones([bone.box for bone in found], truth)


@pytest.mark.parametrize("size", [(1, 1, 1), (40, 30, 1), (3, 200, 2), (7, 5, 6)])
def test_a_scan_of_any_size_can_be_looked_through(size):
    greys = np.random.default_rng(3).normal(0, 50, size[::-1]).astype(np.float32)
    assert find_bones(opened(greys, (0.02,) * 3, DENSITY_UNITS)) == []
    assert find_bones(opened(greys, (0.02,) * 3)) == []


def test_the_part_and_the_units_that_a_scan_was_opened_for_change_nothing():
    scan = scanned(two_bones()[0], SPACING)
    other = replace(scan, header=scan.stored.in_units(DENSITY_UNITS).cropped(Box((0, 0, 0), (9, 9, 9))))
    assert find_bones(other) == find_bones(scan)


def test_a_bone_is_told_as_json_with_a_box_that_crop_understands():
    scan = scanned(two_bones()[0], SPACING)
    bone = find_bones(scan)[1]
    told = json.loads(json.dumps(bone.as_dict()))
    assert parse_crop(told["box"]).box(scan.stored.size, scan.stored.spacing) == bone.box
    assert told["number"] == 2
    assert told["size_mm"] == pytest.approx([count * SPACING for count in bone.box.size])
    assert (told["threshold"], told["threshold_units"]) == (300, DENSITY_UNITS)


def test_of_a_scan_of_10_gb_little_is_read_and_bones_near_each_other_are_told_apart(monkeypatch):
    budget = 6_000_000
    monkeypatch.setattr(bones_module, "VOXEL_BUDGET", budget)
    large = LargeScan()
    found = boxes_of(large.scan())
    # One look at the whole and one around the bones: 0.2 % of the scan.
    assert large.voxels_read <= 2 * budget
    assert_same_bones(found, large.truth(), large.spacing)
