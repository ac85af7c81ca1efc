"""Image quality of a cohort: one value a specimen, their mean and its confidence interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from .baselines import BILINEAR
from .gains import gains

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """The mean over specimens.

    :param n: specimens with a value.
    :param left_out: specimens without one: an infinite PSNR (identical images) or a percentage without meaning.
    :param mean: None without a specimen.
    :param sd: standard deviation (n - 1 in the denominator); None for fewer than two specimens.
    :param ci: of the mean, by the t distribution with n - 1 degrees of freedom; None for fewer than two specimens.
    """

    n: int
    left_out: int
    mean: float | None
    sd: float | None
    ci: tuple[float, float] | None


@dataclass(frozen=True)
class GainEstimate:
    """What a method gains over the baseline: see :class:`~.gains.Gain`. The differences are paired by specimen."""

    difference: Estimate
    percent: Estimate


@dataclass(frozen=True)
class CohortQuality:
    """Image quality of several specimens.

    :param baseline: what the gains refer to.
    :param values: by method and measure.
    :param gains: by method and measure, for all methods but the baseline.
    """

    baseline: str
    values: dict[str, dict[str, Estimate]]
    gains: dict[str, dict[str, GainEstimate]]


def cohort_quality(
    specimens: Mapping[str, Mapping[str, Mapping[str, float]]],
    baseline: str = BILINEAR,
    confidence: float = CONFIDENCE,
) -> CohortQuality:
    """Summarise specimens, each with its own means over slices: slices of one specimen are not independent.

    :param specimens: by specimen and method the means by measure, see :attr:`~.slice_scores.Scores.means`. A method or
        measure that a specimen lacks is not counted for it.
    """
    each = [gains(means, baseline) for means in specimens.values() if baseline in means]
    return CohortQuality(
        baseline,
        {
            method: {measure: estimate(values, confidence) for measure, values in measures.items()}
            for method, measures in _gathered(specimens.values()).items()
        },
        {
            method: {
                measure: GainEstimate(
                    estimate([gain.difference for gain in found], confidence),
                    estimate([gain.percent for gain in found], confidence),
                )
                for measure, found in measures.items()
            }
            for method, measures in _gathered(each).items()
        },
    )


def estimate(values: Iterable[float | None], confidence: float = CONFIDENCE) -> Estimate:
    """Mean, standard deviation and confidence interval of one value a specimen; None and infinite ones are left out."""
    values = list(values)
    known = np.array([value for value in values if value is not None and math.isfinite(value)])
    n = len(known)
    left_out = len(values) - n
    if n < 2:
        return Estimate(n, left_out, float(known[0]) if n else None, None, None)
    mean, sd = float(known.mean()), float(known.std(ddof=1))
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * sd / math.sqrt(n)
    return Estimate(n, left_out, mean, sd, (mean - half, mean + half))


def _gathered(specimens: Iterable[Mapping[str, Mapping]]) -> dict[str, dict[str, list]]:
    """By method and measure the values of all specimens that have them, in their order."""
    found: dict[str, dict[str, list]] = {}
    for methods in specimens:
        for method, measures in methods.items():
            for measure, value in measures.items():
                found.setdefault(method, {}).setdefault(measure, []).append(value)
    return found
