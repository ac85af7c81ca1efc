"""Limits of agreement from several rows a specimen: published analyses, and limits that are known."""

import math

import numpy as np
import pytest
from MicroCTSuperResTrainingLib.agreement.bland_altman import bland_altman
from MicroCTSuperResTrainingLib.agreement.repeated import paired_rows, unpaired_rows
from MicroCTSuperResTrainingLib.agreement.undefined import Undefined
from sample_published import IMPEDANCE, MACHINE_S, OBSERVER_J, REPS_X, REPS_Y, VENTRICULOGRAPHY
from scipy import stats

CARDIAC = [rv - ic for rv, ic in zip(VENTRICULOGRAPHY, IMPEDANCE, strict=True)]


def test_pairs_of_a_changing_value_agree_as_published():
    found = paired_rows(CARDIAC)
    # Bland and Altman 2007, table 2 and section 3: mean squares 4.2090856 and 0.170714026, divisor 4.9818182.
    assert found.sd_within**2 == pytest.approx(0.170714026, abs=5e-8)
    assert found.sd_between**2 == pytest.approx((4.2090856 - 0.170714026) / 4.9818182, abs=5e-7)
    # Total variance 0.98133606, SD 0.99062408, bias 0.6021667, limits -1.3394565 to 2.5437899.
    assert found.sd == pytest.approx(0.99062408, abs=1e-7)
    assert found.bias == pytest.approx(0.6021667, abs=1e-7)
    assert found.limits == pytest.approx((-1.3394565, 2.5437899), abs=1e-6)
    assert (found.n, found.rows) == (12, 60)


def test_replicates_of_equal_number_agree_as_published():
    found = unpaired_rows(list(OBSERVER_J), list(MACHINE_S))
    # Bland and Altman 1999, section 5.1: bias -15.62, SD 20.95, limits -56.68 to 25.44 mmHg.
    assert (round(found.bias, 2), round(found.sd, 2)) == (-15.62, 20.95)
    assert found.limits == pytest.approx((-56.68, 25.44), abs=0.005)
    # Their intervals, -63.5 to -49.9 and 18.7 to 32.2, are symmetric; those of MOVER reach 0.5 to 0.8 mmHg farther
    # outwards and less far inwards, as a chi-square distribution is skew.
    (lower, _), (_, upper) = found.limits_ci
    assert -64.3 < lower < -63.5
    assert 32.2 < upper < 33.0


def test_replicates_of_unequal_number_agree_as_published():
    found = unpaired_rows(VENTRICULOGRAPHY, IMPEDANCE)
    # Bland and Altman 2007, section 2: SD 1.0518506; the mean of the persons' mean differences is 0.7092361.
    assert found.sd == pytest.approx(1.0518506, abs=1e-7)
    assert found.bias == pytest.approx(0.7092361, abs=1e-7)
    # Bland and Altman 1999, section 5.2, with fewer digits: -1.3521 to 2.7705.
    assert found.limits == pytest.approx((-1.3521, 2.7705), abs=5e-4)


def test_intervals_of_limits_from_replicates_are_those_of_zou_with_t_for_the_bias():
    found = unpaired_rows(REPS_X, REPS_Y, confidence=0.90, factor=stats.norm.ppf(0.90))
    # SimplyAgree, vignette "Agreement Tests", agree_reps with agree.level 0.8: bias 0.7152, limits -1.2117
    # [-4.7970, 0.1054] and 2.6421 [1.3250, 6.2274].
    assert found.bias == pytest.approx(0.7152, abs=5e-5)
    assert found.limits == pytest.approx((-1.2117, 2.6421), abs=5e-5)
    # It takes the normal quantile for the bias where we take t: the squares of the two parts of a half width add.
    half = (found.bias_ci[1] - found.bias_ci[0]) / 2
    normal_half = half * stats.norm.ppf(0.95) / stats.t.ppf(0.95, 3)
    for limit, interval, printed in zip(
        found.limits, found.limits_ci, ((-4.7970, 0.1054), (1.3250, 6.2274)), strict=True
    ):
        for end, other in zip(interval, printed, strict=True):
            assert (end - limit) ** 2 - half**2 == pytest.approx((other - limit) ** 2 - normal_half**2, abs=2e-3)


def test_slices_that_all_tell_the_same_count_as_one():
    random = np.random.default_rng(0)
    # Between SD 2, within SD 1: ICC 0.8, so 200 slices of each of 40 specimens are 40 * 1.25 independent ones.
    found = paired_rows([random.normal(0, 2) + random.normal(0, 1, 200) for _ in range(40)])
    icc = found.icc_of_differences
    assert icc == pytest.approx(0.8, abs=0.1)
    assert found.effective_n == pytest.approx(40 / (icc + (1 - icc) / 200), rel=1e-9)


def test_independent_rows_give_the_limits_of_independent_differences():
    random = np.random.default_rng(3)
    rows = [random.normal(size=50) for _ in range(30)]
    found, plain = paired_rows(rows), bland_altman(np.concatenate(rows))
    assert found.limits == pytest.approx(plain.limits, abs=0.05)
    assert found.icc_of_differences < 0.02


def test_limits_from_rows_hold_the_true_limits_as_often_as_they_say():
    random = np.random.default_rng(11)
    true_limit = 0.3 + 1.96 * math.hypot(0.8, 0.6)
    runs, held = 400, 0
    for _ in range(runs):
        rows = [random.normal(0.3, 0.8) + random.normal(0, 0.6, random.integers(2, 40)) for _ in range(12)]
        lower, upper = paired_rows(rows).limits_ci[1]
        held += lower < true_limit < upper
    # Three standard errors of 0.95 in 400 runs are 0.033.
    assert abs(held / runs - 0.95) < 0.033


@pytest.mark.parametrize("counts", [[2, 2, 2, 2, 400, 400], [1] * 6 + [300] * 6])
def test_intervals_hold_also_where_a_few_specimens_have_most_of_the_rows(counts):
    random = np.random.default_rng(7)
    true_limit = 1.96 * math.hypot(0.8, 0.6)
    runs, held = 300, np.zeros(2)
    for _ in range(runs):
        found = paired_rows([random.normal(0, 0.8) + random.normal(0, 0.6, count) for count in counts])
        lower, upper = found.limits_ci[1]
        held += found.bias_ci[0] < 0 < found.bias_ci[1], lower < true_limit < upper
    # Three standard errors of 0.95 in 300 runs are 0.038. With n - 1 degrees of freedom 0.77 and 0.89 of them hold.
    assert (held / runs > 0.95 - 0.038).all(), held / runs


def test_equal_numbers_of_rows_have_the_degrees_of_freedom_of_specimens_and_the_intervals_of_zou():
    random = np.random.default_rng(8)
    n, m = 7, 5
    rows = random.normal(size=(n, 1)) + random.normal(size=(n, m))
    found = paired_rows(list(rows))
    # Zou 2013 for equal numbers: variance of the means, and (1 - 1/m) of that within, with n - 1 and n (m - 1) degrees.
    of_means, within = rows.mean(axis=1).var(ddof=1), rows.var(axis=1, ddof=1).mean()
    half = stats.t.ppf(0.975, n - 1) * math.sqrt(of_means / n)
    assert found.bias_ci == pytest.approx((rows.mean() - half, rows.mean() + half))
    total = of_means + (1 - 1 / m) * within
    above = (of_means * ((n - 1) / stats.chi2.ppf(0.025, n - 1) - 1)) ** 2
    above += ((1 - 1 / m) * within * (n * (m - 1) / stats.chi2.ppf(0.025, n * (m - 1)) - 1)) ** 2
    outward = math.hypot(half, 1.96 * (math.sqrt(total + math.sqrt(above)) - math.sqrt(total)))
    assert found.limits_ci[1][1] == pytest.approx(rows.mean() + 1.96 * math.sqrt(total) + outward)


def test_specimens_that_differ_less_than_their_rows_have_no_spread_between_them():
    found = paired_rows([np.array([-1.0, 1.0]), np.array([-2.0, 2.0]), np.array([-1.0, 1.0])])
    assert found.sd_between == 0
    # Mean square within: (2 + 8 + 2) / 3.
    assert found.sd == pytest.approx(2.0)


@pytest.mark.parametrize("rows", [[np.array([1.0, 2.0])], [np.array([1.0]), np.array([2.0])]])
def test_one_specimen_or_one_row_each_is_not_enough(rows):
    with pytest.raises(Undefined):
        paired_rows(rows)
    with pytest.raises(Undefined):
        unpaired_rows(rows, rows)


def test_rows_that_are_all_equal_have_limits_on_the_bias():
    found = paired_rows([np.full(3, 0.5), np.full(4, 0.5)])
    assert found.limits == (0.5, 0.5)
    assert found.icc_of_differences is None
    assert found.effective_n is None
