"""What a method gains over a baseline, for one specimen."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Gain:
    """One measure of a method beside that of a baseline.

    :param difference: method minus baseline in the unit of the measure (dB for PSNR); None where one of them is
        infinite.
    :param percent: 100 (method - baseline) / baseline, as the study gives it; None where that has no meaning, for a
        baseline of 0 or less. Of PSNR, a logarithm, the percentage depends on the data range: 1 dB is 5 % at 20 dB
        and 2.5 % at 40 dB. Compare differences.
    """

    difference: float | None
    percent: float | None


def gain(value: float, baseline: float) -> Gain:
    """The gain of one measure; both values finite or infinite."""
    if not (math.isfinite(value) and math.isfinite(baseline)):
        return Gain(None, None)
    difference = value - baseline
    return Gain(difference, 100 * difference / baseline if baseline > 0 else None)
