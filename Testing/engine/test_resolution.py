"""Fourier ring and shell correlation with a reference, and the resolution that they stand for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality.fourier_correlation import FourierCorrelation, ring_correlations, shell_correlation
from MicroCTSuperResLib.quality.fourier_rings import FrequencyRings
from MicroCTSuperResLib.quality.resolution import CRITERIA, Reach, half_bit, resolution

SIGMA_MM = 0.012
NOISE = 0.2


def white(shape=(20, 120, 110), spacing=(0.01,) * 3, seed=0) -> Volume:
    """White noise of variance 1: a reference with structure at every frequency."""
    return Volume(np.random.default_rng(seed).standard_normal(shape), spacing)


def transfer(reference: Volume, axes: tuple[int, ...]) -> np.ndarray:
    """The transfer function of a Gaussian blur along some axes of the array: exp(-2 pi^2 sigma^2 f^2)."""
    factors = np.ones((1, 1, 1))
    for axis in axes:
        frequency = np.fft.fftfreq(reference.voxels.shape[axis], reference.spacing[2 - axis])
        shape = [-1 if other == axis else 1 for other in range(3)]
        factors = factors * np.exp(-2 * (np.pi * SIGMA_MM * frequency) ** 2).reshape(shape)
    return factors


def blurred_and_noisy(reference: Volume, axes: tuple[int, ...], noise: float = NOISE) -> Volume:
    """The reference blurred by a Gaussian of `SIGMA_MM` along some axes, with white noise on top."""
    blurred = np.fft.ifftn(np.fft.fftn(reference.voxels, axes=axes) * transfer(reference, axes), axes=axes).real
    return reference.with_voxels(blurred + noise * white(blurred.shape, seed=1).voxels)


def expected_um(threshold: float) -> float:
    """Of a white reference the image keeps G = exp(-2 pi^2 s^2 f^2) and has noise of variance N: FRC is
    G / sqrt(G^2 + N), which is T where G^2 = N T^2 / (1 - T^2)."""
    squared = NOISE**2 * threshold**2 / (1 - threshold**2)
    return 1000 / np.sqrt(-np.log(squared) / (2 * np.pi * SIGMA_MM) ** 2)


def test_an_image_that_is_its_reference_correlates_up_to_nyquist():
    hr = white()
    for curve in (ring_correlations(hr, hr).pooled, shell_correlation(hr, hr)):
        np.testing.assert_allclose(curve.correlation, 1, atol=1e-12)
        for criterion in CRITERIA:
            # The voxels of 10 um end the resolution: 20 um, and the result says so.
            assert resolution(curve, criterion).reach == Reach.NYQUIST
            assert resolution(curve, criterion).um == pytest.approx(20)


def test_images_that_have_nothing_in_common_correlate_as_chance_does():
    hr, other = white(), white(seed=7)
    curve = shell_correlation(hr, other)
    # By chance n pairs of complex samples correlate with a variance of 1 / (2 n): this is 7 standard deviations.
    assert np.all(np.abs(curve.correlation) < 5 / np.sqrt(curve.samples))
    assert resolution(curve).reach == Reach.NOTHING
    assert resolution(curve).um is None


@pytest.mark.parametrize("taper", [0.0, 0.25, 1.0])
@pytest.mark.parametrize(("criterion", "threshold"), [("0.5", 0.5), ("0.143", 0.143)])
def test_resolution_of_slices_is_that_of_the_blur_and_the_noise(criterion, threshold, taper):
    hr = white((24, 200, 180))
    curve = ring_correlations(hr, blurred_and_noisy(hr, (1, 2)), taper=taper).pooled
    found = resolution(curve, criterion)
    assert found.reach == Reach.CROSSING
    # A ring is 1 / 1.8 mm wide, which is 2 % of the frequency of either crossing.
    assert found.um == pytest.approx(expected_um(threshold), rel=0.02)


def test_resolution_does_not_depend_on_the_sides_of_a_pixel():
    hr = white((24, 120, 220), (0.006, 0.012, 0.02))
    curve = ring_correlations(hr, blurred_and_noisy(hr, (1, 2))).pooled
    # Sides of 1.32 and 1.44 mm: rings of 1 / 1.32 mm, 3 % of the frequency of the crossing; Nyquist of the larger side.
    assert resolution(curve).um == pytest.approx(expected_um(0.5), rel=0.03)
    assert curve.nyquist_per_mm == pytest.approx(1 / 0.024)


@pytest.mark.parametrize("block", [64, 128])
def test_resolution_of_a_volume_is_that_of_the_blur_and_the_noise_in_all_directions(block):
    hr = white((80, 100, 90), (0.01, 0.01, 0.012))
    curve = shell_correlation(hr, blurred_and_noisy(hr, (0, 1, 2)), block=block)
    # Shells are 1 / 0.64 mm wide or 1 / 0.9 mm: 6 % of the frequency; interpolation between them leaves less.
    assert resolution(curve).um == pytest.approx(expected_um(0.5), rel=0.04)


def test_a_blur_alone_leaves_the_correlation_as_it_was():
    hr = white((12, 96, 96))
    curve = ring_correlations(hr, blurred_and_noisy(hr, (1, 2), noise=0), taper=0).pooled
    # The blur varies within a ring: the logarithm of its transfer by 4 pi^2 s^2 f df = 0.30 at Nyquist (50 per mm,
    # rings of 1 / 0.96 mm). FRC is E[G] / sqrt(E[G^2]) = 1 - variance / 2, and that of an even spread is 0.30^2 / 12.
    assert np.all(curve.correlation > 1 - 0.30**2 / 12)


def test_slices_have_curves_of_their_own():
    hr = white((3, 64, 64))
    image = hr.with_voxels(hr.voxels.copy())
    image.voxels[1] = white((1, 64, 64), seed=9).voxels[0]
    slices = ring_correlations(hr, image).slices
    assert [resolution(curve).reach for curve in slices] == [Reach.NYQUIST, Reach.NOTHING, Reach.NYQUIST]


def test_grey_levels_and_their_scale_do_not_matter():
    hr = white((20, 64, 64))
    image = blurred_and_noisy(hr, (0, 1, 2))
    first, second = (shell_correlation(hr, volume) for volume in (image, image.with_voxels(300 * image.voxels + 5000)))
    np.testing.assert_allclose(first.correlation, second.correlation, atol=1e-9)


def test_correlations_are_the_same_for_any_number_of_threads():
    hr = white((40, 70, 70))
    image = blurred_and_noisy(hr, (0, 1, 2))
    one, three = (ring_correlations(hr, image, threads=threads).pooled for threads in (1, 3))
    np.testing.assert_array_equal(one.correlation, three.correlation)
    one, three = (shell_correlation(hr, image, block=32, threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one.correlation, three.correlation)


def test_a_constant_image_shows_nothing():
    hr = white((4, 64, 64))
    curve = ring_correlations(hr, hr.with_voxels(np.full(hr.voxels.shape, 7.0))).pooled
    assert resolution(curve).reach == Reach.NOTHING


def test_half_bit_is_the_published_curve():
    # van Heel and Schatz 2005 print T = (0.2071 + 1.9102 / sqrt(n)) / (1.2071 + 0.9102 / sqrt(n)).
    samples = np.array([1.0, 10, 100, 1e4, 1e12])
    root = np.sqrt(samples)
    printed = (0.2071 + 1.9102 / root) / (1.2071 + 0.9102 / root)
    np.testing.assert_allclose(half_bit(samples), printed, atol=1e-4)


@given(st.integers(3, 9), st.integers(2, 40))
@settings(max_examples=25, deadline=None)
def test_a_crossing_lies_where_the_line_between_two_rings_meets_the_threshold(first_below, width_per_cm):
    frequency = np.arange(1, 12) * width_per_cm / 10
    correlation = np.where(np.arange(11) < first_below, 0.8, 0.3)
    curve = FourierCorrelation(frequency, correlation, np.full(11, 100.0), frequency[-1])
    # 0.5 is three fifths of the way from 0.8 down to 0.3.
    crossing = frequency[first_below - 1] + 0.6 * width_per_cm / 10
    assert resolution(curve, "0.5").um == pytest.approx(1000 / crossing)


def test_rings_of_few_samples_are_left_out():
    frequency = np.arange(1, 6) * 1.0
    curve = FourierCorrelation(frequency, np.array([0.1, 0.9, 0.9, 0.9, 0.1]), np.array([4.0, 12, 20, 30, 40]), 5.0)
    # Halfway from 0.9 to 0.1 between the rings at 4 and 5 per mm.
    assert resolution(curve, "0.5").um == pytest.approx(1000 / 4.5)


def test_an_unknown_criterion_is_refused():
    hr = white((1, 32, 32))
    with pytest.raises(InputError, match="half-bit"):
        resolution(ring_correlations(hr, hr).pooled, "1/2")


@pytest.mark.parametrize("shape", [(16, 17), (31, 20), (12, 13, 14)])
def test_every_frequency_below_the_last_ring_is_counted_once(shape):
    rings = FrequencyRings(shape, (0.01,) * len(shape), 0.0)
    axes = np.meshgrid(*(np.fft.fftfreq(count, 0.01) for count in shape), indexing="ij")
    number = np.rint(np.sqrt(sum(axis**2 for axis in axes)) / rings.width)
    counts = [np.count_nonzero(number == ring) for ring in range(1, rings.count)]
    # Of each pair of mirror images one is independent, and without a taper all samples are.
    np.testing.assert_allclose(rings.samples, np.array(counts) / 2)


def test_a_hann_window_leaves_about_half_of_the_samples_independent_along_each_axis():
    none, hann = (FrequencyRings((64, 64), (0.01, 0.01), taper) for taper in (0.0, 1.0))
    # (3/8)^2 / (35/128) = 0.514 along each axis: means of cos^4 and cos^8 of a Hann window.
    np.testing.assert_allclose(hann.samples / none.samples, (9 / 64 / (35 / 128)) ** 2)


@pytest.mark.parametrize("measure", [ring_correlations, shell_correlation])
def test_volumes_of_different_sizes_nan_and_small_ones_are_refused(measure):
    hr = white((20, 32, 32))
    with pytest.raises(InputError, match="shape"):
        measure(hr, white((20, 32, 31)))
    with pytest.raises(InputError, match="at least 16"):
        measure(white((20, 15, 32)), white((20, 15, 32)))
    hr.voxels[3, 3, 3] = np.nan
    with pytest.raises(InputError, match="NaN"):
        measure(hr, hr)
