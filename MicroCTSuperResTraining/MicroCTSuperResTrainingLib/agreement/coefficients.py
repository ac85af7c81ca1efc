"""Coefficients of agreement: Lin's concordance and the intraclass correlation ICC(A,1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .bland_altman import CONFIDENCE, ROUNDING, Interval
from .undefined import Undefined, need


@dataclass(frozen=True)
class Concordance:
    """Lin's concordance correlation coefficient.

    :param value: 1 where all pairs are equal.
    :param ci: by Fisher's z; None where it does not exist (fewer than 3 specimens, or perfect or no correlation).
    :param pearson_r: how near the pairs are to any line.
    :param bias_correction: how near that line is to the line of equality; `value` is the product of the two.
    """

    value: float
    ci: Interval | None
    pearson_r: float
    bias_correction: float


@dataclass(frozen=True)
class IntraclassCorrelation:
    """ICC(A,1): one measurement, absolute agreement.

    :param value: 1 where all pairs are equal; may be negative.
    :param ci: by the F distribution; None where it does not exist (all pairs equal, specimens that do not differ, or
        hardly any degrees of freedom).
    """

    value: float
    ci: Interval | None


def lin_concordance(measured: np.ndarray, reference: np.ndarray, *, confidence: float = CONFIDENCE) -> Concordance:
    """Lin's concordance correlation coefficient.

    Lin LI, Biometrics 45, 1989, doi:10.2307/2532051: variances with n in the denominator. Its interval is that of
    Fisher's z with the standard error as corrected in Biometrics 56, 2000, p. 324, and a normal quantile.

    :param measured: by the method, shape (n,).
    :param reference: of the same specimens.
    :raises Undefined: for fewer than two specimens, or values of one of the two that are all the same.
    """
    x, y = np.asarray(measured, np.float64), np.asarray(reference, np.float64)
    need(len(x), 2, "Lin's concordance")
    for name, values in (("method", x), ("reference", y)):
        if np.ptp(values) <= ROUNDING * np.max(np.abs(values)):
            raise Undefined(f"All values of the {name} are the same, so Lin's concordance is undefined.")
    variance_x, variance_y = float(np.var(x)), float(np.var(y))
    covariance = float(np.mean((x - x.mean()) * (y - y.mean())))
    value = 2 * covariance / (variance_x + variance_y + float(x.mean() - y.mean()) ** 2)
    r = covariance / float(np.sqrt(variance_x * variance_y))
    shift = float(x.mean() - y.mean()) / (variance_x * variance_y) ** 0.25
    ci = _concordance_interval(value, r, shift, len(x), confidence)
    return Concordance(value, ci, r, value / r if r else 0.0)


def _concordance_interval(value: float, r: float, shift: float, n: int, confidence: float) -> Interval | None:
    if n < 3 or abs(r) < ROUNDING or 1 - abs(value) < ROUNDING:
        return None
    variance = (
        (1 - r**2) * value**2 * (1 - value**2) / r**2
        + 2 * value**3 * (1 - value) * shift**2 / r
        - value**4 * shift**4 / (2 * r**2)
    ) / (n - 2)
    if variance < 0:
        return None
    half = float(stats.norm.ppf((1 + confidence) / 2)) * float(np.sqrt(variance)) / (1 - value**2)
    middle = float(np.arctanh(value))
    return (float(np.tanh(middle - half)), float(np.tanh(middle + half)))


def icc_absolute(values: np.ndarray, *, confidence: float = CONFIDENCE) -> IntraclassCorrelation:
    """ICC(A,1) of a two-way model: how alike single measurements of one specimen are, a bias counting against them.

    McGraw KO, Wong SP, Psychological Methods 1, 1996, tables 4 and 7, doi:10.1037/1082-989X.1.1.30; the same number as
    ICC(2,1) of Shrout and Fleiss 1979.

    :param values: shape (n specimens, k methods).
    :raises Undefined: for fewer than two specimens, values that are all the same, or two specimens and methods that
        are so on average.
    """
    values = np.asarray(values, np.float64)
    n, k = values.shape
    need(n, 2, "ICC(A,1)")
    if np.ptp(values) <= ROUNDING * np.max(np.abs(values)):
        raise Undefined("All values are the same, so ICC(A,1) is undefined.")
    rows, columns, error = mean_squares(values)
    noise = (ROUNDING * float(np.max(np.abs(values)))) ** 2
    if max(columns, error) <= noise:
        return IntraclassCorrelation(1.0, None)
    whole = rows + (k - 1) * error + k * (columns - error) / n
    if whole <= noise:
        raise Undefined("Neither specimens nor methods differ on average, so ICC(A,1) is undefined.")
    value = (rows - error) / whole
    if max(rows, error) <= noise:
        return IntraclassCorrelation(0.0, None)
    return IntraclassCorrelation(value, _icc_interval(value, (rows, columns, error), n, k, confidence))


def _icc_interval(
    value: float, squares: tuple[float, float, float], n: int, k: int, confidence: float
) -> Interval | None:
    """McGraw and Wong's interval of ICC(A,1), with their a and b and Satterthwaite's degrees of freedom.

    :param squares: the mean squares of specimens, methods, and what is left.
    """
    rows, columns, error = squares
    if 1 - value < ROUNDING:
        return None
    a = k * value / (n * (1 - value))
    b = 1 + a * (n - 1)
    scatter = (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    if scatter == 0:
        return None
    degrees = (a * columns + b * error) ** 2 / scatter
    part = (1 + confidence) / 2
    others = k * columns + (k * n - k - n) * error
    with np.errstate(over="ignore", invalid="ignore"):  # quantiles for hardly any degrees of freedom are infinite
        lower_f, upper_f = stats.f.ppf(part, n - 1, degrees), stats.f.ppf(part, degrees, n - 1)
        lower = n * (rows - lower_f * error) / (lower_f * others + n * rows)
        upper = n * (upper_f * rows - error) / (others + n * upper_f * rows)
    return (float(lower), float(upper)) if np.isfinite([lower, upper]).all() else None


def mean_squares(values: np.ndarray) -> tuple[float, float, float]:
    """The mean squares of a two-way table: specimens, methods, and what is left.

    :param values: shape (n specimens, k methods), n and k at least 2.
    """
    n, k = values.shape
    of_rows, of_columns, grand = values.mean(axis=1), values.mean(axis=0), values.mean()
    residuals = values - of_rows[:, None] - of_columns + grand
    return (
        k * float(np.sum((of_rows - grand) ** 2)) / (n - 1),
        n * float(np.sum((of_columns - grand) ** 2)) / (k - 1),
        float(np.sum(residuals**2)) / ((n - 1) * (k - 1)),
    )
