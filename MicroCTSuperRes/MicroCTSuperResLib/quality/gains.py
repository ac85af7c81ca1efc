"""What a method gains over a baseline, for one specimen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .baselines import BILINEAR

if TYPE_CHECKING:
    from collections.abc import Mapping


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


def gains(means: Mapping[str, Mapping[str, float]], baseline: str = BILINEAR) -> dict[str, dict[str, Gain]]:
    """The gains of all methods but the baseline.

    :param means: of one specimen: by method the means by measure, see :attr:`~.slice_scores.Scores.means`.
    :param baseline: the study's is LR interpolated linearly.
    :returns: by method and measure.
    """
    start = means[baseline]
    return {
        method: {measure: gain(value, start[measure]) for measure, value in measures.items()}
        for method, measures in means.items()
        if method != baseline
    }
