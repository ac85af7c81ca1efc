"""What belongs to one bone, on scans whose voxels of 0.1 mm are the blocks that are looked at."""

import numpy as np
from MicroCTSuperResLib.imaging.bones import find_bones
from sample_holders import CORTEX, DENSITY_UNITS, FLUID, SPACING, TRUE_BONE, opened, scanned, two_bones

BLOCK_MM = 0.1


def fluid(*shape: int) -> np.ndarray:
    return np.full(shape, FLUID, np.float32)


def count_bones(density: np.ndarray) -> int:
    return len(find_bones(opened(density, (BLOCK_MM,) * 3, DENSITY_UNITS)))


def test_parts_of_bone_0_2_mm_apart_are_one_bone_and_0_4_mm_apart_are_two():
    for gap, count in ((2, 1), (4, 2)):
        density = fluid(30, 30, 60)
        density[5:25, 5:25, 5:25] = density[5:25, 5:25, 25 + gap : 45 + gap] = CORTEX
        assert count_bones(density) == count


def test_single_blocks_bright_with_noise_in_a_gap_of_0_3_mm_join_no_bones():
    density = fluid(30, 30, 60)
    density[5:25, 5:25, 5:25] = density[5:25, 5:25, 28:48] = CORTEX
    assert count_bones(density) == 2
    density[8:24:4, 8:24:4, 26] = CORTEX
    assert count_bones(density) == 2


def test_a_loose_part_in_the_marrow_is_no_bone_of_its_own():
    density = fluid(40, 40, 40)
    density[2:38, 2:38, 2:38] = CORTEX
    density[2:38, 5:35, 5:35] = FLUID
    density[17:23, 17:23, 17:23] = CORTEX
    assert count_bones(density) == 1


def test_a_small_bone_beside_a_large_one_is_a_bone():
    density = fluid(40, 40, 60)
    density[2:38, 2:38, 2:38] = CORTEX
    density[17:23, 17:23, 45:51] = CORTEX
    assert count_bones(density) == 2


def test_dust_is_no_bone():
    # 4 x 4 x 4 blocks have 0.064 mm3, the least bone has 0.1 mm3.
    density = fluid(40, 40, 40)
    density[10:14, 10:14, 10:14] = CORTEX
    assert count_bones(density) == 0
    density[10:15, 10:15, 10:15] = CORTEX
    assert count_bones(density) == 1


def test_a_bone_with_a_part_as_solid_as_fluid_is_found_without_calibration():
    density, _ = two_bones()
    density = density.copy()
    density[10:40, 170:200, 70:100] = CORTEX
    assert (density > TRUE_BONE).mean() < 0.1
    assert len(find_bones(scanned(density, SPACING, "Scanco, not calibrated"))) == 3
