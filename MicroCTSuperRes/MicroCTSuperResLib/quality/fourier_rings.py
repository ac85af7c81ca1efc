"""Rings and shells of spatial frequency, and the windows that end an image softly."""

from __future__ import annotations

import math

import numpy as np
from scipy.fft import rfftn
from scipy.signal.windows import tukey


class FrequencyRings:
    """Rings (2-D) or shells (3-D) of spatial frequency for images of one shape and voxel size.

    Voxels need not be isotropic: rings are round in cycles per mm. All have the width of the coarsest frequency step,
    1 / (shortest side of the image in mm), so that each holds samples along every axis; ring k is centred at k widths.
    They end at the Nyquist frequency of the largest voxel side, up to which every direction was sampled.

    :param shape: of the images, axes (y, x) or (z, y, x).
    :param voxel_mm: side of a voxel along each of these axes.
    :param taper: part of each side over which the image is faded out towards its ends (Tukey window): 0 none, 1 Hann.
    """

    def __init__(self, shape: tuple[int, ...], voxel_mm: tuple[float, ...], taper: float) -> None:
        self.width = 1 / min(count * side for count, side in zip(shape, voxel_mm, strict=True))
        self.nyquist = 1 / (2 * max(voxel_mm))
        # A ring that reaches beyond Nyquist would hold fewer directions than the others.
        self.count = math.floor(self.nyquist / self.width + 1e-9 - 0.5) + 1
        self._window = _window(shape, taper)
        self._ring = _ring_of_sample(shape, voxel_mm, self.width, self.count)
        # The transform of real images keeps one of each pair of samples that are mirror images of each other.
        pairs = np.full(shape[-1] // 2 + 1, 2.0)
        pairs[0] = 1
        if shape[-1] % 2 == 0:
            pairs[-1] = 1
        self._weight = np.broadcast_to(pairs, self._ring.shape).ravel()
        self._ring = self._ring.ravel()
        self.frequency_per_mm = np.arange(1, self.count) * self.width
        self.samples = self.sums(np.ones(self._ring.size)) / 2 * _independent_part(self._window)

    def transform(self, image: np.ndarray) -> np.ndarray:
        """Fourier transform of a windowed image less its (windowed) mean, as a row of samples; float64."""
        windowed = np.multiply(image, self._window, dtype=np.float64)
        windowed -= self._window * (windowed.sum() / self._window.sum())
        return rfftn(windowed, overwrite_x=True).ravel()

    def sums(self, samples: np.ndarray) -> np.ndarray:
        """The sum of a real value of all samples over each ring but the one around frequency 0; shape (count - 1,)."""
        return np.bincount(self._ring, self._weight * samples, self.count + 1)[1 : self.count]


def _window(shape: tuple[int, ...], taper: float) -> np.ndarray:
    window = np.ones(())
    for count in shape:
        window = np.multiply.outer(window, tukey(count, taper, sym=False))
    return window


def _ring_of_sample(shape: tuple[int, ...], voxel_mm: tuple[float, ...], width: float, count: int) -> np.ndarray:
    """Number of the ring that each sample of the real transform lies in; `count` for those beyond the last one."""
    *others, last = zip(shape, voxel_mm, strict=True)
    axes = [np.fft.fftfreq(*axis) for axis in others] + [np.fft.rfftfreq(*last)]
    squares = sum(axis**2 for axis in np.meshgrid(*axes, indexing="ij", sparse=True))
    return np.minimum(np.rint(np.sqrt(squares) / width), count).astype(np.int64)


def _independent_part(window: np.ndarray) -> float:
    """How many independent samples there are for each sample of a windowed image's transform.

    A window makes neighbouring samples of white noise depend on each other: their correlation is the transform W of the
    squared window over its sum, and N samples count for N / sum |W|^2, which is (sum w^2)^2 / (N sum w^4) by Parseval.
    """
    squared = window**2
    return float(squared.sum() ** 2 / (window.size * (squared**2).sum()))
