"""Structural similarity (SSIM) of Wang, Bovik, Sheikh and Simoncelli 2004, doi:10.1109/TIP.2003.819861."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..errors import InputError
from .pairs import check_pair, slice_masks, slice_pairs

# The settings of the paper: an 11x11 Gaussian window of 1.5 pixels, and the constants that keep the quotient stable.
SIGMA = 1.5
RADIUS = 5
WINDOW = 2 * RADIUS + 1
K1 = 0.01
K2 = 0.03
SETTINGS = "Wang 2004: Gaussian window 11x11, sigma 1.5, K1 0.01, K2 0.03, population covariance, slice-wise"

# The window means are products with a banded matrix, made in pieces of so many rows or columns: few of the products
# are with zeros, and each is so small that the library for matrices leaves it to one thread.
_PIECE = 6
# Pieces of a strip of rows, at most: large enough that threads seldom wait for each other between two steps of numpy,
# and small enough for the cache of a core.
_STRIP_PIECES = 20


def ssim(reference: np.ndarray, image: np.ndarray, data_range: float, mask: np.ndarray | None = None) -> float:
    """Structural similarity of one slice, or the mean over the slices of a volume; 1 for identical images.

    Each slice is compared in its own plane, also in a volume, as in the study. Over the Gaussian window around a pixel,
    with the weighted means m, population variances v and covariance c of the two images,

        SSIM = (2 m1 m2 + C1)(2 c + C2) / ((m1^2 + m2^2 + C1)(v1 + v2 + C2)),  C1 = (K1 L)^2,  C2 = (K2 L)^2

    with L the data range. The mean is taken over the pixels whose window lies inside the slice (5 fewer at a border).
    Equal to scikit-image's structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False).

    :param reference: axes (y, x) or (z, y, x), at least 11 pixels along y and x.
    :param image: the image to judge, same shape and units.
    :param data_range: L, in the units of the images; state it beside the number.
    :param mask: the voxels around which windows count (all where None), same shape.
    :raises InputError: for shapes that differ, slices smaller than the window, NaN or infinite values, a data range
        that is not positive, or a mask without voxels.
    """
    return mean_ssim(ssim_per_slice(reference, image, data_range, mask))


def ssim_per_slice(
    reference: np.ndarray, image: np.ndarray, data_range: float, mask: np.ndarray | None = None
) -> np.ndarray:
    """SSIM of every slice, shape (z,), or (1,) for one slice; parameters and errors as in :func:`ssim`.

    NaN where the mask has no voxel in the slice.
    """
    reference, image = np.asarray(reference), np.asarray(image)
    check_pair(reference, image, data_range)
    check_large_enough(reference.shape)
    masks = slice_masks(mask, reference.shape)
    similarity = SimilarityMap(reference.shape[-2:], data_range)
    return np.array(
        [
            mean_of_map(similarity.of(expected, got), counted)
            for (expected, got), counted in zip(slice_pairs(reference, image), masks, strict=True)
        ]
    )


def mean_ssim(per_slice: np.ndarray) -> float:
    """The mean over the slices of a volume; slices without a voxel of the mask (NaN) are left out.

    :param per_slice: SSIM of each slice, shape (z,).
    :raises InputError: where no slice has a value.
    """
    measured = per_slice[~np.isnan(per_slice)]
    if measured.size == 0:
        raise InputError("The mask holds no voxel.", "Check the mask, or the threshold that it was made with.")
    return float(measured.mean())


def check_large_enough(shape: tuple[int, ...]) -> None:
    """:raises InputError: for slices that are smaller than the window; `shape` ends in y, x."""
    if min(shape[-2:]) < WINDOW:
        raise InputError(
            f"SSIM needs slices of at least {WINDOW}x{WINDOW} pixels, these are {shape[-2:]} (y, x).",
            "Compare larger slices.",
        )


class SimilarityMap:
    """SSIM of the window around every pixel of slices of one shape.

    It works in memory of its own, a few strips of rows, again and again: use one in each thread.

    :param shape: of a slice, (y, x), at least 11 pixels along both.
    :param data_range: L.
    """

    def __init__(self, shape: tuple[int, int], data_range: float) -> None:
        rows, self._columns = (size - 2 * RADIUS for size in shape)
        self._c1, self._c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
        self._result = np.empty((rows, self._columns))
        self._strip = _strip_rows(rows)
        width = -(-self._columns // _PIECE) * _PIECE
        # Zeros beyond the last row and column, where the last piece reaches over.
        self._moments = np.zeros((4, self._strip + 2 * RADIUS, width + 2 * RADIUS))
        along_y = np.empty((4, self._strip, width + 2 * RADIUS))
        self._means = np.empty((4, self._strip, width))
        self._spare = np.empty((2, self._strip, self._columns))
        # The same memory as pieces with the rows, or columns, that their windows reach over: made once, as making such
        # views takes as long as a step of the computation.
        length = _PIECE + 2 * RADIUS
        lines = along_y.reshape(-1, width + 2 * RADIUS)
        self._down = sliding_window_view(self._moments, length, axis=1)[:, ::_PIECE].swapaxes(-1, -2)
        self._down_means = along_y.reshape(4, -1, _PIECE, width + 2 * RADIUS)
        self._across = sliding_window_view(lines, length, axis=1)[:, ::_PIECE].swapaxes(0, 1)
        self._across_means = self._means.reshape(len(lines), -1, _PIECE).swapaxes(0, 1)

    def of(self, expected: np.ndarray, got: np.ndarray) -> np.ndarray:
        """The map of two slices of finite real numbers; computed in float64.

        :returns: (y - 10, x - 10), without the pixels whose window reaches beyond the slice; valid until asked again.
        """
        # The variance of the sum does not change when a number is taken off, and numbers near zero cancel less.
        shift = 2 * float(expected.mean(dtype=np.float64))
        for start in range(0, len(self._result), self._strip):
            strip = self._result[start : start + self._strip]
            rows = slice(start, start + len(strip) + 2 * RADIUS)
            self._take(expected[rows], got[rows], shift)
            # The weighted means of what was kept, over the window around each pixel: along y, then along x.
            np.matmul(_BAND, self._down, out=self._down_means)
            np.matmul(self._across, _BAND_TURNED, out=self._across_means)
            self._compare(strip, shift)
        return self._result

    def _take(self, expected: np.ndarray, got: np.ndarray, shift: float) -> None:
        """Keep the sum of a strip of the two images, less `shift`, their difference, and the squares of both."""
        height, width = expected.shape
        kept = self._moments[:, :height, :width]
        np.add(expected, got, out=kept[0], dtype=np.float64)
        kept[0] -= shift
        np.subtract(expected, got, out=kept[1], dtype=np.float64)
        np.square(kept[:2], out=kept[2:])

    def _compare(self, result: np.ndarray, shift: float) -> None:
        """The formula of :func:`ssim` on a strip, with the sum of the two images and their difference in their place:

            4 m1 m2 = ms^2 - md^2,  2 (m1^2 + m2^2) = ms^2 + md^2,  4 c = vs - vd,  2 (v1 + v2) = vs + vd

        where ms and vs are mean and variance of the sum, md and vd those of the difference. Fewer steps lead there.
        """
        spare = self._spare[:, : len(result)]
        means, variances = self._means.reshape(2, 2, self._strip, -1)[:, :, : len(result), : self._columns]
        variances -= np.square(means, out=spare)
        total, difference = means
        total_variance, difference_variance = variances
        # From here on the means are those of the images themselves, no longer less the shift.
        total += shift
        np.square(means, out=means)
        total += 2 * self._c1
        total_variance += 2 * self._c2
        np.subtract(total, difference, out=result)
        result *= np.subtract(total_variance, difference_variance, out=spare[0])
        total += difference
        total_variance += difference_variance
        total *= total_variance
        result /= total


def _strip_rows(rows: int) -> int:
    """The rows of a strip: whole pieces, and as even as can be, so that little is computed beyond the last row."""
    pieces = -(-rows // _PIECE)
    strips = -(-pieces // _STRIP_PIECES)
    return -(-pieces // strips) * _PIECE


def mean_of_map(similarity: np.ndarray, mask: np.ndarray | None) -> float:
    """The mean of a :class:`SimilarityMap`, or of its pixels in a mask of the whole slice; NaN where there are none."""
    if mask is None:
        return float(similarity.mean())
    counted = similarity[mask[RADIUS:-RADIUS, RADIUS:-RADIUS]]
    return float(counted.mean()) if counted.size else float("nan")


def _band() -> np.ndarray:
    """The matrix that takes the window means of neighbouring pixels: `_PIECE` rows of shifted weights."""
    weights = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
    weights /= weights.sum()
    band = np.zeros((_PIECE, _PIECE + 2 * RADIUS))
    for row in range(_PIECE):
        band[row, row : row + WINDOW] = weights
    return band


_BAND = _band()
# In the order in which the library for matrices reads it.
_BAND_TURNED = np.ascontiguousarray(_BAND.T)
