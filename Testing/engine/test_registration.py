"""The motion of a specimen between two scans is measured to a tenth of an HR voxel."""

import numpy as np
import pytest
from MicroCTSuperResTrainingLib.cohort.registration import affine_of, measure_motion
from sample_pairs import averaged, scans
from scipy import ndimage

# In HR voxels along z, y, x; the last ones are the hardest for interpolation: whole and half voxels of either grid.
SHIFTS = [
    *np.random.default_rng(3).uniform(-3, 3, (6, 3)).round(3).tolist(),
    (0.0, 0.0, 0.0),
    (0.5, 0.5, 0.5),
    (-1.0, 1.0, 1.0),
    (0.25, -0.75, 1.5),
]


@pytest.mark.parametrize("number", range(len(SHIFTS)))
def test_a_shift_is_measured_to_a_tenth_of_an_hr_voxel(number):
    """Noise of 60 mg HA/cm3 in LR, as one frame leaves it, and of 150 in every other case."""
    shift = SHIFTS[number]
    pair = scans(("femur", "spine")[number % 2], number, shift, noise=150 if number % 4 > 1 else 60)
    motion = measure_motion(pair.lr, averaged(pair.hr))
    np.testing.assert_allclose(2 * np.array(motion.shift), shift, atol=0.1)  # LR voxels are two HR voxels
    assert motion.likeness > 0.85


@pytest.mark.parametrize("shift", [(10, -12, 14), (0, 16, -16)])
def test_a_shift_of_many_voxels_is_found(shift):
    """Seven and eight LR voxels, where 40 of 56 are left in a slice."""
    pair = scans("femur", 4, shift, cut=16, size=(112, 112, 80))
    motion = measure_motion(pair.lr, averaged(pair.hr))
    np.testing.assert_allclose(2 * np.array(motion.shift), shift, atol=0.3)


def test_a_rotation_is_measured_beside_the_shift():
    """HR turned by 1.5 degrees from y to x about its middle."""
    pair = scans("spine", 5, (0.4, -0.6, 1.2))
    turned = ndimage.rotate(averaged(pair.hr), 1.5, axes=(1, 2), reshape=False, order=5, mode="nearest")
    motion = measure_motion(pair.lr, turned, rigid=True)
    np.testing.assert_allclose(np.degrees(motion.rotation), (1.5, 0, 0), atol=0.1)
    # The shift is turned with the rest: 1.5 degrees move its end by 0.03 HR voxels, which is not seen.
    np.testing.assert_allclose(2 * np.array(motion.shift), (0.4, -0.6, 1.2), atol=0.1)


def test_taking_the_motion_back_brings_one_scan_onto_the_other():
    rng = np.random.default_rng(0)
    scene = ndimage.gaussian_filter(rng.normal(size=(30, 40, 40)), 2).astype(np.float32)
    true = np.array((0.7, -1.2, 0.4, 0.02, -0.01, 0.03))
    moved = ndimage.affine_transform(scene, *inverse(*affine_of(true, scene.shape)), order=5, mode="nearest")
    motion = measure_motion(scene, moved, rigid=True)
    back = ndimage.affine_transform(
        moved, *affine_of(np.array([*motion.shift, *motion.rotation]), scene.shape), order=5, mode="nearest"
    )
    inner = (slice(6, -6),) * 3
    assert np.corrcoef(back[inner].ravel(), scene[inner].ravel())[0, 1] > 0.999
    np.testing.assert_allclose([*motion.shift, *motion.rotation], true, atol=0.02)


def inverse(matrix, offset):
    """The affine map that leads back."""
    back = np.linalg.inv(matrix)
    return back, -back @ offset


def test_grey_values_on_another_scale_change_nothing():
    pair = scans("femur", 6, (0.3, 0.2, -0.9))
    small = averaged(pair.hr)
    plain, scaled = measure_motion(pair.lr, small), measure_motion(pair.lr, 40 * small - 3000)
    np.testing.assert_allclose(scaled.shift, plain.shift, atol=1e-3)
    assert scaled.likeness == pytest.approx(plain.likeness, abs=1e-3)


def test_two_scans_of_one_specimen_are_told_from_those_of_two():
    """Bones of one kind lie on one another and look alike from afar; their detail does not agree."""
    pairs = [scans("femur", seed, (0.3, 0.4, -0.7), noise=120) for seed in range(3)]
    likeness = [[measure_motion(one.lr, averaged(other.hr)).likeness for other in pairs] for one in pairs]
    same = np.eye(3, dtype=bool)
    assert np.min(np.array(likeness)[same]) > 0.8
    assert np.max(np.array(likeness)[~same]) < 0.6


def test_a_mirrored_scan_is_not_taken_for_the_same_specimen():
    pair = scans("femur", 3)
    for axis in range(3):
        assert measure_motion(pair.lr, np.flip(averaged(pair.hr), axis)).likeness < 0.6


@pytest.mark.parametrize("shape", [(8, 8, 8), (1, 40, 40), (20, 30, 40)])
def test_scans_that_show_nothing_have_nothing_in_common(shape):
    noise = [np.random.default_rng(seed).normal(size=shape) for seed in (0, 1)]
    assert measure_motion(*noise, rigid=True).likeness < 0.3
    assert measure_motion(noise[0], np.zeros(shape)).likeness == 0
