"""Proportional bias: whether the difference grows or shrinks with the size of what is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .bland_altman import CONFIDENCE, LIMIT_FACTOR, Interval, around, standard_deviation, t_quantile
from .undefined import Undefined, need

_EXACT = 3  # points whose residuals follow from their places, but for one number


@dataclass(frozen=True)
class Line:
    """A straight line by least squares.

    :param intercept: its value at 0.
    :param slope: its change for each unit of the mean of method and reference.
    :param slope_ci: by the t distribution with n - 2 degrees of freedom.
    :param p: of the test that the slope is 0.
    :param residual_sd: with n - 2 in the denominator.
    """

    intercept: float
    slope: float
    slope_ci: Interval
    p: float
    residual_sd: float

    def at(self, x: float) -> float:
        """The height of the line."""
        return self.intercept + self.slope * x


@dataclass(frozen=True)
class ProportionalBias:
    """The difference, and its spread, as lines over the mean of method and reference.

    :param line: difference on mean.
    :param spread: absolute residual of that line on mean.
    :param present: whether the slope differs from 0 at the level of significance.
    :param half_width: intercept and slope of the half width of the limits by regression. Their value at a mean A is
        intercept + slope A of `line`, -+ intercept + slope A of this.
    """

    line: Line
    spread: Line
    present: bool
    half_width: tuple[float, float]


def proportional_bias(
    differences: np.ndarray,
    means: np.ndarray,
    *,
    confidence: float = CONFIDENCE,
    factor: float = LIMIT_FACTOR,
) -> ProportionalBias:
    """Regression of difference on mean, and the limits of agreement that follow from it.

    Bland JM, Altman DG, Statistical Methods in Medical Research 8, 1999, section 3.2, doi:10.1177/096228029900800204.
    Where the spread does not change with the mean, the half width is 1.96 residual standard deviations; otherwise it is
    1.96 times the root of pi/2, times the line of the absolute residuals. That line is not taken where it falls below 0
    among the specimens, as no spread does, nor for three specimens, whose absolute residuals follow from the means.

    :param differences: method minus reference, shape (n,).
    :param means: of method and reference, shape (n,).
    :raises Undefined: for fewer than three specimens, or means that are all the same.
    """
    line, residuals = fit_line(means, differences, confidence)
    spread, _ = fit_line(means, np.abs(residuals), confidence)
    alpha = 1 - confidence
    half_width = (factor * line.residual_sd, 0.0)
    least = min(spread.at(float(np.min(means))), spread.at(float(np.max(means))))
    if spread.p < alpha and len(means) > _EXACT and least > 0:
        scale = factor * float(np.sqrt(np.pi / 2))
        half_width = (scale * spread.intercept, scale * spread.slope)
    return ProportionalBias(line, spread, line.p < alpha, half_width)


def fit_line(x: np.ndarray, y: np.ndarray, confidence: float = CONFIDENCE) -> tuple[Line, np.ndarray]:
    """A least-squares line and its residuals.

    :raises Undefined: for fewer than three points, or an x that is the same for all.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    n = len(x)
    need(n, 3, "A regression of difference on mean")
    if standard_deviation(x) == 0:
        raise Undefined("The mean of method and reference is the same for all specimens, so nothing can depend on it.")
    centred = x - x.mean()
    squares = float(centred @ centred)
    if standard_deviation(y) == 0:
        # Not by the formulas: rounding leaves a slope, and residuals that make it look significant.
        return Line(float(y.mean()), 0.0, (0.0, 0.0), 1.0, 0.0), np.zeros(n)
    slope = float(centred @ y) / squares
    intercept = float(y.mean()) - slope * float(x.mean())
    residuals = y - intercept - slope * x
    residual_sd = float(np.sqrt(residuals @ residuals / (n - 2)))
    error = residual_sd / float(np.sqrt(squares))
    p = _p_of_slope(slope, error, n - 2)
    return Line(intercept, slope, around(slope, t_quantile(confidence, n - 2) * error), p, residual_sd), residuals


def _p_of_slope(slope: float, error: float, degrees: int) -> float:
    if error == 0:
        return 1.0 if slope == 0 else 0.0
    return float(2 * stats.t.sf(abs(slope / error), degrees))
