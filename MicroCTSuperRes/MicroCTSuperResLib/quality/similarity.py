"""Structural similarity (SSIM) of Wang, Bovik, Sheikh and Simoncelli 2004, doi:10.1109/TIP.2003.819861."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from ..errors import InputError
from .pairs import check_pair, slice_pairs

# The settings of the paper: an 11x11 Gaussian window of 1.5 pixels, and the constants that keep the quotient stable.
SIGMA = 1.5
RADIUS = 5
WINDOW = 2 * RADIUS + 1
K1 = 0.01
K2 = 0.03


def ssim(reference: np.ndarray, image: np.ndarray, data_range: float) -> float:
    """Structural similarity of one slice, or the mean over the slices of a volume; 1 for identical images.

    Each slice is compared in its own plane, also in a volume, as in the study. Over the Gaussian window around a pixel,
    with the weighted means m, population variances v and covariance c of the two images,

        SSIM = (2 m1 m2 + C1)(2 c + C2) / ((m1^2 + m2^2 + C1)(v1 + v2 + C2)),  C1 = (K1 L)^2,  C2 = (K2 L)^2

    with L the data range. The mean is taken over the pixels whose window lies inside the slice (5 fewer at a border).
    Equal to scikit-image's structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False).

    :param reference: axes (y, x) or (z, y, x), at least 11 pixels along y and x.
    :param image: the image to judge, same shape and units.
    :param data_range: L, in the units of the images; state it beside the number.
    :raises InputError: for shapes that differ, slices smaller than the window, NaN or infinite values, or a data range
        that is not positive.
    """
    return float(ssim_per_slice(reference, image, data_range).mean())


def ssim_per_slice(reference: np.ndarray, image: np.ndarray, data_range: float) -> np.ndarray:
    """SSIM of every slice, shape (z,), or (1,) for one slice; parameters and errors as in :func:`ssim`."""
    reference, image = np.asarray(reference), np.asarray(image)
    check_pair(reference, image, data_range)
    if min(reference.shape[-2:]) < WINDOW:
        raise InputError(
            f"SSIM needs slices of at least {WINDOW}x{WINDOW} pixels, these are {reference.shape[-2:]} (y, x).",
            "Compare larger slices.",
        )
    return np.array([_ssim_of_slice(expected, got, data_range) for expected, got in slice_pairs(reference, image)])


def _ssim_of_slice(first: np.ndarray, second: np.ndarray, data_range: float) -> float:
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    # SSIM does not change when both images are shifted inside the variances, and numbers near zero cancel less.
    shift = first.mean()
    first, second = first - shift, second - shift
    mean1, mean2 = _weighted_mean(first), _weighted_mean(second)
    variances = _weighted_mean(first * first) - mean1**2 + _weighted_mean(second * second) - mean2**2
    covariance = _weighted_mean(first * second) - mean1 * mean2
    mean1, mean2 = mean1 + shift, mean2 + shift
    luminance = (2 * mean1 * mean2 + c1) / (mean1**2 + mean2**2 + c1)
    return float(np.mean(luminance * (2 * covariance + c2) / (variances + c2)))


def _weighted_mean(image: np.ndarray) -> np.ndarray:
    """The Gaussian-weighted mean around every pixel whose window lies inside the image."""
    return gaussian_filter(image, SIGMA, radius=RADIUS)[RADIUS:-RADIUS, RADIUS:-RADIUS]
