"""Noise as filtered back projection leaves it in a slice."""

from __future__ import annotations

import numpy as np
from scipy import fft


def backprojection_noise(
    shape: tuple[int, int, int], rng: np.random.Generator, *, cutoff: float = 1.0, workers: int = -1
) -> np.ndarray:
    """Unit-variance noise with the spectrum of filtered back projection.

    The noise power of FBP grows with the spatial frequency f like the ramp filter and falls with its apodisation:
    NPS(f) ~ |f| * A(f)^2 (Riederer 1978, doi:10.1088/0031-9155/23/3/008), here with a Hann window A that ends at
    `cutoff` times the Nyquist frequency. Slices are independent of one another.

    :param shape: (z, y, x).
    :param cutoff: 0.1 (smooth reconstruction) to 2 (sharp); values above 1 let the window reach beyond Nyquist.
    :returns: float32 array, mean 0, standard deviation 1.
    """
    white = rng.standard_normal(shape, dtype=np.float32)
    radius = np.hypot(fft.fftfreq(shape[1])[:, None], fft.rfftfreq(shape[2])[None, :])
    window = np.where(radius < cutoff / 2, 0.5 * (1 + np.cos(2 * np.pi * radius / cutoff)), 0)
    filtered = np.sqrt(radius) * window
    # A slice of a few pixels may hold no frequency that passes; white noise is then all there can be.
    if not np.any(filtered):
        return white
    noise = fft.irfft2(fft.rfft2(white, workers=workers) * filtered.astype(np.float32), s=shape[1:], workers=workers)
    return noise / float(noise.std())
