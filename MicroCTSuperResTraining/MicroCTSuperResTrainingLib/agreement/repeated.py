"""Limits of agreement where every specimen was measured several times, as the slices of a volume are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .bland_altman import CONFIDENCE, LIMIT_FACTOR, Interval, standard_deviation, t_quantile
from .undefined import Undefined, need


@dataclass(frozen=True)
class RepeatedAgreement:
    """Bias and limits of agreement for single rows (slices), with the specimens' own spread in them.

    :param n: number of specimens.
    :param rows: number of pairs, or of rows of the method where they are not paired.
    :param bias: mean difference.
    :param bias_ci: by the t distribution with n - 1 degrees of freedom, fewer where paired rows are unequal in number.
    :param sd: of a single difference, between and within specimens together.
    :param sd_between: of the specimens' true differences; None where rows are not paired.
    :param sd_within: of the differences inside a specimen; None where rows are not paired.
    :param limits: bias -+ 1.96 SD.
    :param limits_ci: of each limit, by Zou's MOVER.
    :param icc_of_differences: part of the variance that is between specimens; 0 where rows are independent.
    :param effective_n: how many independent differences would tell the bias as precisely.
    """

    n: int
    rows: int
    bias: float
    bias_ci: Interval
    sd: float
    sd_between: float | None
    sd_within: float | None
    limits: Interval
    limits_ci: tuple[Interval, Interval]
    icc_of_differences: float | None
    effective_n: float | None


def paired_rows(
    differences: list[np.ndarray], *, confidence: float = CONFIDENCE, factor: float = LIMIT_FACTOR
) -> RepeatedAgreement:
    """Limits of agreement where each row of the method has its row of the reference and the true value varies.

    One-way analysis of variance of the differences by specimen: Bland JM, Altman DG, Journal of Biopharmaceutical
    Statistics 17, 2007, section 3, doi:10.1080/10543400701329422. A negative variance between specimens counts as 0.
    Where specimens have unequal numbers of rows, those with many of them say most, and the intervals have as many
    degrees of freedom fewer (:func:`_degrees_between`).

    :param differences: one array a specimen, at least one difference in each.
    :raises Undefined: for fewer than two specimens, or where no specimen has two rows.
    """
    counts = np.array([len(values) for values in differences])
    n, rows = len(counts), int(counts.sum())
    need(n, 2, "A spread between specimens")
    if rows == n:
        raise Undefined("No specimen has more than one row, so there are no repeated measures.")
    everything = np.concatenate(differences)
    bias = float(everything.mean())
    means = np.array([values.mean() for values in differences])
    ms_between = float(np.sum(counts * (means - bias) ** 2)) / (n - 1)
    ms_within = float(sum(np.sum((values - values.mean()) ** 2) for values in differences)) / (rows - n)
    divisor = (rows**2 - float(np.sum(counts**2))) / ((n - 1) * rows)
    between = max((ms_between - ms_within) / divisor, 0.0)
    total = between + ms_within
    # Of the mean of all rows, specimens with more of them weighing more.
    variance_of_bias = between * float(np.sum(counts**2)) / rows**2 + ms_within / rows
    icc = between / total if total > 0 else None
    degrees = _degrees_between(counts, between, ms_within)
    parts = ((ms_between / divisor, degrees), ((1 - 1 / divisor) * ms_within, rows - n))
    if between == 0:
        parts = ((ms_within, rows - n),)
    half = t_quantile(confidence, degrees) * float(np.sqrt(variance_of_bias))
    return RepeatedAgreement(
        n,
        rows,
        bias,
        (bias - half, bias + half),
        float(np.sqrt(total)),
        float(np.sqrt(between)),
        float(np.sqrt(ms_within)),
        *_limits(bias, half, total, parts, confidence, factor),
        icc,
        total / variance_of_bias if variance_of_bias > 0 else None,
    )


def _degrees_between(counts: np.ndarray, between: float, within: float) -> float:
    """Degrees of freedom of the mean square between specimens, after Satterthwaite; n - 1 for equal numbers of rows.

    The sum of m_i (mean_i - mean)^2 is a quadratic form Q of the specimens' means, whose variances are l_i / m_i with
    l_i = within + m_i between. With A = Q diag(l_i / m_i) its degrees of freedom are tr(A)^2 / tr(A A): Satterthwaite
    FE, Biometrics Bulletin 2, 1946, doi:10.2307/3002019.

    :param counts: m_i, the numbers of rows.
    """
    n, rows = len(counts), int(counts.sum())
    each = within + counts * between
    if not each.any():
        return n - 1
    part = counts / rows
    trace = float(np.sum(each * (1 - part)))
    squares = float(np.sum(each**2 * (1 - 2 * part)) + np.sum(part * each) ** 2)
    return max(trace**2 / squares, 1.0)


def unpaired_rows(
    measured: list[np.ndarray],
    reference: list[np.ndarray],
    *,
    confidence: float = CONFIDENCE,
    factor: float = LIMIT_FACTOR,
) -> RepeatedAgreement:
    """Limits of agreement where the rows are replicates: measurements of one true value in no particular order.

    Bland JM, Altman DG, Statistical Methods in Medical Research 8, 1999, sections 5.1 and 5.2,
    doi:10.1177/096228029900800204. The numbers of replicates may differ.

    :param measured: by the method, one array a specimen.
    :param reference: by the reference, one array for each of the same specimens.
    :raises Undefined: for fewer than two specimens, or where no specimen has two rows.
    """
    n = len(measured)
    need(n, 2, "A spread between specimens")
    if all(len(values) == 1 for values in (*measured, *reference)):
        raise Undefined("No specimen has more than one row, so there are no repeated measures.")
    of_means = np.array([a.mean() - b.mean() for a, b in zip(measured, reference, strict=True)])
    bias, variance = float(of_means.mean()), standard_deviation(of_means) ** 2
    parts = [(variance, n - 1)]
    for replicates in (measured, reference):
        counts = np.array([len(values) for values in replicates])
        degrees = int(counts.sum()) - n
        if degrees > 0:
            within = float(sum(np.sum((values - values.mean()) ** 2) for values in replicates)) / degrees
            parts.append(((1 - float(np.mean(1 / counts))) * within, degrees))
    total = sum(part for part, _ in parts)
    half = t_quantile(confidence, n - 1) * float(np.sqrt(variance / n))
    return RepeatedAgreement(
        n,
        sum(len(values) for values in measured),
        bias,
        (bias - half, bias + half),
        float(np.sqrt(total)),
        None,
        None,
        *_limits(bias, half, total, tuple(parts), confidence, factor),
        None,
        None,
    )


def _limits(
    bias: float, half: float, variance: float, parts: tuple, confidence: float, factor: float
) -> tuple[Interval, tuple[Interval, Interval]]:
    """The limits of agreement and their intervals.

    The method of variance estimates recovery: Zou GY, Statistical Methods in Medical Research 22, 2013,
    doi:10.1177/0962280211402548.

    :param half: of the confidence interval of the bias.
    :param parts: the variance as a sum of (mean square times a number, its degrees of freedom).
    """
    below = above = 0.0
    for part, degrees in parts:
        upper, lower = stats.chi2.ppf([(1 + confidence) / 2, (1 - confidence) / 2], degrees)
        below += (part * (1 - degrees / upper)) ** 2
        above += (part * (degrees / lower - 1)) ** 2
    reach = factor * float(np.sqrt(variance))
    least = factor * float(np.sqrt(max(variance - np.sqrt(below), 0.0)))
    most = factor * float(np.sqrt(variance + np.sqrt(above)))
    inward, outward = float(np.hypot(half, reach - least)), float(np.hypot(half, most - reach))
    low, high = bias - reach, bias + reach
    return (low, high), ((low - outward, low + inward), (high - inward, high + outward))
