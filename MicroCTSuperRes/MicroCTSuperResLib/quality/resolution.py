"""The resolution that a Fourier correlation with the reference stands for, by named criteria."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from .fourier_correlation import FourierCorrelation

HALF, ONE_SEVENTH, HALF_BIT = "0.5", "0.143", "half-bit"
CRITERIA = (HALF, ONE_SEVENTH, HALF_BIT)
UM_PER_MM = 1000
_LEAST_SAMPLES = 10
_HALF_BIT_SIGNAL = (np.sqrt(2) - 1) / 2


class Reach(StrEnum):
    """How far the correlation stays above the threshold."""

    CROSSING = "crossing"
    NYQUIST = "up to the Nyquist frequency"
    NOTHING = "nowhere"


@dataclass(frozen=True)
class Resolution:
    """The period of the finest structure that an image shows as the reference does.

    :param criterion: one of `CRITERIA`.
    :param reach: NYQUIST: the voxels, not the image, end the resolution, so the value is an upper bound, two voxels.
        NOTHING: not even coarse structure agrees (the images do not show the same, or the image is constant).
    :param um: 1 / (frequency of the crossing) in micrometres; None for NOTHING.
    """

    criterion: str
    reach: Reach
    um: float | None


def resolution(curve: FourierCorrelation, criterion: str = HALF) -> Resolution:
    """Where a correlation first falls below its threshold, interpolated linearly between two rings.

    The first rings, of fewer than 10 independent samples, are left out: noise alone correlates there.

    :param criterion: "0.5" suits a reference: it is the correlation with a perfect reference of data of which two
        halves correlate by F = 1/7, sqrt(2 F / (1 + F)) (Rosenthal and Henderson 2003, doi:10.1016/j.jmb.2003.07.013).
        "0.143" is that 1/7, the threshold for two halves; with a reference it is lenient. "half-bit" is for two halves,
        too: see :func:`half_bit`.
    :raises InputError: for an unknown criterion.
    """
    above = curve.correlation - threshold(curve, criterion)
    enough = np.flatnonzero(curve.samples >= _LEAST_SAMPLES)
    start = int(enough[0]) if enough.size else 0
    # A ring without power, NaN, shows no agreement.
    below = start + np.flatnonzero(~(above[start:] >= 0))
    if below.size == 0:
        return Resolution(criterion, Reach.NYQUIST, UM_PER_MM / curve.nyquist_per_mm)
    first = int(below[0])
    if first == start:
        return Resolution(criterion, Reach.NOTHING, None)
    frequency = curve.frequency_per_mm
    before, after = above[first - 1], above[first]
    part = before / (before - after) if np.isfinite(after) else 0.0
    crossing = frequency[first - 1] + part * (frequency[first] - frequency[first - 1])
    return Resolution(criterion, Reach.CROSSING, float(UM_PER_MM / crossing))


def threshold(curve: FourierCorrelation, criterion: str) -> np.ndarray:
    """The threshold of a criterion for every ring, shape (k,).

    :raises InputError: for an unknown criterion.
    """
    if criterion == HALF_BIT:
        return half_bit(curve.samples)
    if criterion not in CRITERIA:
        raise InputError(f"The criterion {criterion!r} is not known.", f"Choose one of {', '.join(CRITERIA)}.")
    return np.full(len(curve.frequency_per_mm), float(criterion))


def half_bit(samples: np.ndarray) -> np.ndarray:
    """The half-bit threshold of van Heel and Schatz 2005 (doi:10.1016/j.jsb.2005.05.009).

    Half a bit of information for each sample, log2(1 + SNR) = 1/2, of two halves of the data together leaves each half
    s = (sqrt(2) - 1) / 2 = 0.2071. With what noise alone may correlate in n samples the threshold is

        T = (s + (2 sqrt(s) + 1) / sqrt(n)) / (s + 1 + 2 sqrt(s) / sqrt(n))

    :param samples: n, independent samples in each ring.
    """
    signal, root = _HALF_BIT_SIGNAL, np.sqrt(samples)
    noise = 2 * np.sqrt(signal)
    return (signal + (noise + 1) / root) / (signal + 1 + noise / root)
