"""Phantoms and simulated scans: seeded, in the right units, with the noise and the geometry that they claim."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.sampling import hr_grid
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.simulation import structures
from MicroCTSuperResLib.simulation.acquisition import simulate_lr
from MicroCTSuperResLib.simulation.noise import backprojection_noise
from MicroCTSuperResLib.simulation.phantoms import SITES, make_phantom

SMALL = (96, 96, 24)
COARSE_MM = 0.035  # the whole bone in a small field


@pytest.mark.parametrize("site", SITES)
def test_a_phantom_has_bone_and_marrow_at_their_densities(site):
    phantom = make_phantom(site, SMALL, COARSE_MM, seed=1, noise=0)
    assert phantom.size == SMALL
    assert phantom.units == "mg HA/cm3"
    assert phantom.voxels.dtype == np.float32
    bone = phantom.voxels[phantom.voxels > 500]
    assert 0.05 < bone.size / phantom.voxels.size < 0.5
    assert 850 < np.percentile(bone, 90) < 1250
    assert np.median(phantom.voxels[phantom.voxels < 200]) == pytest.approx(30, abs=20)


@pytest.mark.parametrize("site", SITES)
def test_a_seed_fixes_every_voxel_and_another_seed_is_another_specimen(site):
    first, again, other = (make_phantom(site, (48, 48, 8), 0.06, seed=seed).voxels for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 500


def test_a_phantom_says_that_it_is_simulated():
    assert (
        "phantom of a femur, seed 5"
        in make_phantom("femur", (16, 16, 8), 0.1, seed=5).metadata["MicroCTSuperRes.simulated"]
    )


def test_impossible_phantoms_are_refused():
    with pytest.raises(InputError, match="skull"):
        make_phantom("skull")
    with pytest.raises(InputError, match="at least 8"):
        make_phantom("femur", (4, 100, 100))


def test_a_noiseless_lr_scan_is_the_mean_of_eight_voxels():
    hr = Volume(np.random.default_rng(0).uniform(0, 1000, (6, 8, 10)).astype(np.float32), (0.01, 0.01, 0.01))
    lr = simulate_lr(hr, psf_mm=0, noise=0)
    assert lr.size == (5, 4, 3)
    assert lr.voxels[1, 2, 3] == pytest.approx(hr.voxels[2:4, 4:6, 6:8].mean(), rel=1e-5)


def test_the_hr_grid_of_a_simulated_lr_scan_is_the_grid_of_its_hr_scan():
    direction = (0, -1, 0, 1, 0, 0, 0, 0, 1)
    hr = Volume(np.zeros((6, 8, 10), np.float32), (0.01, 0.02, 0.03), (1, 2, 3), direction, units="HU")
    lr = simulate_lr(hr, noise=0)
    back = hr_grid(lr)
    assert back.size == hr.size
    assert back.spacing == pytest.approx(hr.spacing)
    assert back.origin == pytest.approx(hr.origin)
    assert (lr.direction, lr.units) == (hr.direction, "HU")


def test_odd_slices_have_no_partner_and_are_left_out():
    assert simulate_lr(Volume(np.zeros((5, 7, 9), np.float32), (1, 1, 1)), noise=0).size == (4, 3, 2)


def test_three_frame_averages_lower_the_noise_by_the_root_of_three():
    hr = Volume(np.zeros((40, 64, 64), np.float32), (0.01,) * 3)
    one, three = (simulate_lr(hr, noise=60, frames=frames).voxels.std() for frames in (1, 3))
    assert one == pytest.approx(60, rel=0.02)
    assert one / three == pytest.approx(np.sqrt(3), rel=0.02)


def test_the_point_spread_has_the_width_that_was_asked_for():
    # The derivative of a blurred edge has the variance of everything that blurred it: the point spread (4 voxels, so
    # 16), the averaging over 2 voxels (2^2 / 12) and, as the derivative is a difference over 2 voxels, the same again.
    ramp = np.zeros((2, 2, 400), np.float32)
    ramp[..., 200:] = 1
    lr = simulate_lr(Volume(ramp, (0.01,) * 3), psf_mm=0.04, noise=0).voxels[0, 0]
    spread = np.diff(lr)
    at = np.arange(spread.size) * 2.0
    variance = (spread * at**2).sum() - (spread * at).sum() ** 2
    assert variance == pytest.approx(16 + 1 / 3 + 1 / 3, rel=0.05)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"frames": 0}, "0 frames"), ({"noise": -1}, "noise"), ({"psf_mm": np.nan}, "point spread")],
)
def test_impossible_acquisitions_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        simulate_lr(Volume(np.zeros((4, 4, 4), np.float32), (1, 1, 1)), **settings)


def test_backprojection_noise_grows_with_frequency_and_ends_at_the_cutoff():
    noise = backprojection_noise((64, 64, 64), np.random.default_rng(0), cutoff=0.8)
    assert noise.mean() == pytest.approx(0, abs=1e-3)
    assert noise.std() == pytest.approx(1, rel=1e-5)
    power = (np.abs(np.fft.fft2(noise)) ** 2).mean(0)
    radius = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64)[None])
    low, middle, beyond = (
        power[(radius >= a) & (radius < b)].mean() for a, b in ((0.01, 0.04), (0.1, 0.2), (0.42, 0.5))
    )
    assert middle > 2 * low
    assert beyond < 1e-3 * middle


def test_a_thresholded_field_fills_the_wanted_part_of_space():
    field = structures.gaussian_field((64, 64, 64), 10, np.random.default_rng(1))
    filled = structures.soft_threshold(field, structures.threshold_for_fraction(0.2))
    assert filled.mean() == pytest.approx(0.2, abs=0.02)
    assert 0 <= filled.min() < 0.5 < filled.max() <= 1


def test_a_field_has_its_wavelength_along_the_axis_it_is_not_stretched_on():
    field = structures.gaussian_field(
        (8, 8, 512), 16, np.random.default_rng(2), bandwidth=0.05, stretch=(1e-3, 1e-3, 1)
    )
    spectrum = (np.abs(np.fft.rfft(field, axis=2)) ** 2).mean((0, 1))
    assert 512 / np.argmax(spectrum) == pytest.approx(16, rel=0.15)


def test_ellipsoids_and_canals_have_their_volume():
    ball = structures.ellipsoids((32, 32, 32), np.array([[15.5, 16.2, 15.1]]), np.full((1, 3), 8.0), np.eye(3)[None])
    assert ball.sum() == pytest.approx(4 / 3 * np.pi * 8**3, rel=0.02)
    canal = structures.canals(
        (40, 24, 24), np.array([[10.0, 12, 12]]), np.array([[1.0, 0, 0]]), np.array([20.0]), np.array([4.0])
    )
    assert canal.sum() == pytest.approx(np.pi * 16 * 20 + 4 / 3 * np.pi * 64, rel=0.03)


@pytest.mark.parametrize("spacing_mm", [0, -0.01, float("nan"), float("inf")])
def test_a_voxel_size_that_makes_no_sense_is_refused(spacing_mm):
    with pytest.raises(InputError, match="cannot be made"):
        make_phantom("femur", (16, 16, 16), spacing_mm)


def test_a_volume_with_nan_gives_no_simulated_scan():
    voxels = np.zeros((4, 4, 4), np.float32)
    voxels[1, 2, 3] = np.nan
    with pytest.raises(InputError, match="1 of 64 voxels are NaN"):
        simulate_lr(Volume(voxels, (0.01, 0.01, 0.01)))
