"""Bland-Altman: bias and limits of agreement of one difference a specimen, with their confidence intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .differences import ROUNDING
from .undefined import need

Interval = tuple[float, float]

# The number that Bland and Altman print and that other programs use; the normal quantile is 1.95996.
LIMIT_FACTOR = 1.96
CONFIDENCE = 0.95


@dataclass(frozen=True)
class BlandAltman:
    """Bias and limits of agreement, in the units of the values.

    :param n: number of differences.
    :param bias: their mean.
    :param bias_ci: by the t distribution with n - 1 degrees of freedom.
    :param sd: their standard deviation (n - 1 in the denominator).
    :param limits: lower and upper limit of agreement, bias -+ 1.96 SD.
    :param limits_ci: of the lower and of the upper limit, after Bland and Altman 1999.
    :param limits_ci_exact: the same by the noncentral t distribution, after Carkeet 2015.
    """

    n: int
    bias: float
    bias_ci: Interval
    sd: float
    limits: Interval
    limits_ci: tuple[Interval, Interval]
    limits_ci_exact: tuple[Interval, Interval]


def bland_altman(
    differences: np.ndarray, *, confidence: float = CONFIDENCE, factor: float = LIMIT_FACTOR
) -> BlandAltman:
    """Bias and limits of agreement of independent differences.

    Bland JM, Altman DG, Lancet 327, 1986, doi:10.1016/S0140-6736(86)90837-8; intervals: the same authors, Statistical
    Methods in Medical Research 8, 1999, section 2.2, doi:10.1177/096228029900800204.

    :param differences: one a specimen, method minus reference, shape (n,).
    :param confidence: of the intervals.
    :param factor: how many standard deviations the limits are away from the bias; 1.96 holds 95 % of the differences.
    :raises Undefined: for fewer than two differences.
    """
    differences = np.asarray(differences, np.float64)
    n = len(differences)
    need(n, 2, "The standard deviation, which limits and intervals follow from,")
    bias, sd = float(differences.mean()), standard_deviation(differences)
    limits = (bias - factor * sd, bias + factor * sd)
    quantile = t_quantile(confidence, n - 1)
    half = quantile * sd * float(np.sqrt(1 / n + factor**2 / (2 * (n - 1))))
    return BlandAltman(
        n,
        bias,
        around(bias, quantile * sd / float(np.sqrt(n))),
        sd,
        limits,
        (around(limits[0], half), around(limits[1], half)),
        _exact_intervals(bias, sd, n, confidence, factor),
    )


def standard_deviation(values: np.ndarray) -> float:
    """The standard deviation with n - 1 in the denominator; 0 for values that differ by rounding alone.

    :param values: shape (n,), n at least 2.
    """
    sd = float(np.std(values, ddof=1))
    return 0.0 if sd <= ROUNDING * float(np.max(np.abs(values))) else sd


def t_quantile(confidence: float, degrees: float) -> float:
    """The factor of a standard error in a two-sided confidence interval, by Student's t distribution."""
    return float(stats.t.ppf((1 + confidence) / 2, degrees))


def around(middle: float, half: float) -> Interval:
    """The interval middle -+ half."""
    return (middle - half, middle + half)


def _exact_intervals(bias: float, sd: float, n: int, confidence: float, factor: float) -> tuple[Interval, Interval]:
    """Intervals of each limit by itself.

    (limit - bias) / sd, times the root of n, is a noncentral t with n - 1 degrees of freedom and the noncentrality
    factor * root n: Carkeet A, Optometry and Vision Science 92, 2015, doi:10.1097/OPX.0000000000000513.
    """
    root = float(np.sqrt(n))
    near, far = (
        float(stats.nct.ppf(part, n - 1, factor * root)) / root for part in ((1 - confidence) / 2, (1 + confidence) / 2)
    )
    return (bias - far * sd, bias - near * sd), (bias + near * sd, bias + far * sd)
