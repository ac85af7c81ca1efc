"""Tests of differences: paired t, equivalence, normality, and the spreads of two methods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from MicroCTSuperResLib.quality.cohort_quality import estimate
from scipy import stats

from .bland_altman import CONFIDENCE, Interval, around, standard_deviation, t_quantile
from .undefined import Undefined, need

_MOST_FOR_NORMALITY = 5000  # the range that Royston's algorithm for p was fitted to


@dataclass(frozen=True)
class TTest:
    """A paired t-test.

    :param t: the statistic.
    :param df: its degrees of freedom.
    :param p: two-sided.
    """

    t: float
    df: int
    p: float


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests.

    :param margin: the largest mean difference that counts as none, in the units of the values.
    :param p: the larger one of the two tests.
    :param interval: the bias's confidence interval that lies inside -+ margin where they are equivalent; for a level
        of significance of 0.05 it has a confidence of 0.90.
    :param equivalent: whether p is below the level of significance.
    """

    margin: float
    p: float
    interval: Interval
    equivalent: bool


@dataclass(frozen=True)
class Normality:
    """Shapiro and Wilk's test of the differences: its statistic and p."""

    w: float
    p: float


@dataclass(frozen=True)
class SpreadRatio:
    """The standard deviation of one method's differences over that of another one's.

    :param ratio: below 1 where the first method's differences spread less.
    :param ci: of the ratio.
    :param t: Pitman and Morgan's statistic.
    :param df: its degrees of freedom.
    :param p: two-sided.
    """

    ratio: float
    ci: Interval
    t: float
    df: int
    p: float


@dataclass(frozen=True)
class MeanChange:
    """A mean of paired numbers, its confidence interval by the t distribution, and the paired t-test's p."""

    mean: float
    ci: Interval
    p: float


def paired_t_test(differences: np.ndarray) -> TTest:
    """Student's t-test that the mean difference is 0. It can show a difference; it cannot show agreement.

    :raises Undefined: for fewer than two differences, or differences that are all the same.
    """
    differences = np.asarray(differences, np.float64)
    n = len(differences)
    need(n, 2, "A paired t-test")
    sd = standard_deviation(differences)
    if sd == 0:
        raise Undefined("All differences are the same, so there is no paired t-test.")
    t = float(differences.mean()) / (sd / float(np.sqrt(n)))
    return TTest(t, n - 1, float(2 * stats.t.sf(abs(t), n - 1)))


def equivalence_test(differences: np.ndarray, margin: float, *, confidence: float = CONFIDENCE) -> Equivalence:
    """Two one-sided t-tests that the mean difference lies between -margin and +margin.

    Schuirmann DJ, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987, doi:10.1007/BF01068419.

    :param margin: positive, in the units of the differences; chosen before the data are seen.
    :param confidence: one minus the level of significance of each test.
    :raises Undefined: as :func:`paired_t_test`.
    """
    differences = np.asarray(differences, np.float64)
    n = len(differences)
    need(n, 2, "An equivalence test")
    bias, sd = float(differences.mean()), standard_deviation(differences)
    if sd == 0:
        raise Undefined("All differences are the same, so there is no equivalence test.")
    error = sd / float(np.sqrt(n))
    p = max(float(stats.t.sf((bias + margin) / error, n - 1)), float(stats.t.cdf((bias - margin) / error, n - 1)))
    half = t_quantile(2 * confidence - 1, n - 1) * error
    return Equivalence(margin, p, around(bias, half), p < 1 - confidence)


def normality(differences: np.ndarray) -> Normality:
    """Shapiro and Wilk's test that the differences are normal, which the limits of agreement assume.

    Shapiro SS, Wilk MB, Biometrika 52, 1965, doi:10.1093/biomet/52.3-4.591, as scipy has it.

    :raises Undefined: for fewer than three differences, more than 5000, or differences that are all the same.
    """
    differences = np.asarray(differences, np.float64)
    need(len(differences), 3, "A test of normality")
    if len(differences) > _MOST_FOR_NORMALITY:
        raise Undefined(f"The test of normality is not made for more than {_MOST_FOR_NORMALITY} specimens.")
    sd = standard_deviation(differences)
    if sd == 0:
        raise Undefined("All differences are the same, so there is no test of normality.")
    # In units of their spread, as scipy takes very small numbers for equal ones.
    w, p = stats.shapiro((differences - differences.mean()) / sd)
    return Normality(float(w), float(p))


def spread_ratio(first: np.ndarray, second: np.ndarray, *, confidence: float = CONFIDENCE) -> SpreadRatio:
    """Pitman and Morgan's test that two methods' differences, paired by specimen, spread equally.

    The variances are equal where sums and differences of the pairs are not correlated: Pitman EJG, Biometrika 31, 1939,
    doi:10.1093/biomet/31.1-2.9; Morgan WA, the same volume, doi:10.1093/biomet/31.1-2.13, with the interval of the
    ratio. Both assume normal differences.

    :param first: differences of the one method from the reference, shape (n,).
    :param second: of the other one, for the same specimens.
    :raises Undefined: for fewer than three specimens, or where differences of one method are all the same or those of
        one follow from the other's.
    """
    x, y = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n = len(x)
    need(n, 3, "A comparison of spreads")
    sd_x, sd_y = standard_deviation(x), standard_deviation(y)
    if 0 in (sd_x, sd_y):
        raise Undefined("The differences of one method are all the same, so spreads cannot be compared.")
    r = _correlation(x, y)
    if 1 - r**2 < 1e-12:
        raise Undefined("The differences of one method follow from the other's, so spreads cannot be compared.")
    t = (sd_x**2 - sd_y**2) * float(np.sqrt(n - 2)) / (2 * sd_x * sd_y * float(np.sqrt(1 - r**2)))
    wide = 1 + 2 * (1 - r**2) * t_quantile(confidence, n - 2) ** 2 / (n - 2)
    reach = float(np.sqrt(wide**2 - 1))
    ratio = sd_x / sd_y
    ci = (ratio * float(np.sqrt(wide - reach)), ratio * float(np.sqrt(wide + reach)))
    return SpreadRatio(ratio, ci, t, n - 2, float(2 * stats.t.sf(abs(t), n - 2)))


def change_of_size(first: np.ndarray, second: np.ndarray, *, confidence: float = CONFIDENCE) -> MeanChange:
    """Mean of |first| - |second|, paired by specimen: negative where the first method comes nearer to the reference.

    :raises Undefined: for fewer than two specimens, or where all pairs change by the same.
    """
    change = np.abs(np.asarray(first, np.float64)) - np.abs(np.asarray(second, np.float64))
    need(len(change), 2, "A comparison of the sizes of differences")
    if standard_deviation(change) == 0:
        raise Undefined("The size of the difference changes by the same for all specimens, so there is no test of it.")
    mean = estimate(change, confidence)
    return MeanChange(mean.mean, mean.ci, paired_t_test(change).p)


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x - x.mean(), y - y.mean()
    return float(x @ y) / float(np.sqrt((x @ x) * (y @ y)))
