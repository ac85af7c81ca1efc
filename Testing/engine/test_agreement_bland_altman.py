"""Bias and limits of agreement: the published worked examples, and what follows from the definitions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from MicroCTSuperResTrainingLib.agreement.bland_altman import bland_altman
from MicroCTSuperResTrainingLib.agreement.differences import differences_of
from MicroCTSuperResTrainingLib.agreement.undefined import Undefined
from sample_published import MACHINE_S, MINI_WRIGHT, OBSERVER_J, REPS_X, REPS_Y, WRIGHT
from scipy import stats

DIFFERENCES = arrays(np.float64, st.integers(3, 12), elements=st.floats(-1, 1, allow_subnormal=False))


def test_the_peak_flow_meters_of_1986_agree_as_published():
    found = bland_altman(WRIGHT - MINI_WRIGHT, factor=2)
    # Bland and Altman 1986: mean difference -2.1, SD 38.8, limits (with 2 SD) -79.7 to 75.5 of the rounded numbers.
    assert (round(found.bias, 1), round(found.sd, 1), found.n) == (-2.1, 38.8, 17)
    assert found.limits == pytest.approx((-79.7, 75.5), abs=0.1)
    # "The 95 % confidence interval for the bias is -22.0 to 17.8."
    assert found.bias_ci == pytest.approx((-22.0, 17.8), abs=0.06)
    # -114.3 to -45.1 and 40.9 to 110.1, with a standard error of root(3/n) SD; that of 1999 with a factor of 2 is 1.8 %
    # larger: root(1/17 + 4/32) / root(3/17) = 1.018, hence 0.6 l/min of 34.6 more to each side.
    assert found.limits_ci[0] == pytest.approx((-114.3, -45.1), abs=0.8)
    assert found.limits_ci[1] == pytest.approx((40.9, 110.1), abs=0.8)


def test_observer_and_machine_of_1999_agree_as_published():
    found = bland_altman(OBSERVER_J[:, 0] - MACHINE_S[:, 0])
    # Bland and Altman 1999, sections 2 and 2.2: -16.29, 19.61, -54.7 to 22.1, and the intervals.
    assert (round(found.bias, 2), round(found.sd, 2)) == (-16.29, 19.61)
    assert found.limits == pytest.approx((-54.7, 22.1), abs=0.05)
    assert found.bias_ci == pytest.approx((-20.5, -12.1), abs=0.05)
    # They print 1.96 and not the t quantile of 1.99 times the standard error of 3.6: 0.1 mmHg less to each side.
    assert found.limits_ci[0] == pytest.approx((-61.9, -47.5), abs=0.12)
    assert found.limits_ci[1] == pytest.approx((14.9, 29.3), abs=0.12)


def test_without_two_outliers_the_limits_are_the_published_ones():
    kept = np.delete(OBSERVER_J[:, 0] - MACHINE_S[:, 0], [77, 79])
    # Bland and Altman 1999, p. 139: without subjects 78 and 80 the limits are -43.6 to 15.0.
    assert bland_altman(kept).limits == pytest.approx((-43.6, 15.0), abs=0.05)


def test_limits_of_eighty_percent_equal_those_of_the_r_package_simplyagree():
    pairs = [x[: len(y)] - y for x, y in zip(REPS_X, REPS_Y, strict=True)]
    found = bland_altman(np.concatenate(pairs), confidence=0.90, factor=stats.norm.ppf(0.90))
    # Vignette "Agreement Tests", agree_test with agree.level 0.8.
    assert found.bias == pytest.approx(0.4383, abs=5e-5)
    assert found.limits == pytest.approx((-1.1214, 1.9980), abs=5e-5)
    assert found.limits_ci[0] == pytest.approx((-1.8037, -0.4391), abs=5e-5)
    assert found.limits_ci[1] == pytest.approx((1.3157, 2.6803), abs=5e-5)
    assert bland_altman(np.concatenate(pairs)).bias_ci == pytest.approx((-0.1669, 1.0436), abs=5e-5)


@pytest.mark.parametrize(("n", "tolerance_factor"), [(10, 2.911), (20, 2.396), (30, 2.220)])
def test_the_exact_interval_is_the_one_sided_tolerance_factor(n, tolerance_factor):
    # NIST/SEMATECH e-Handbook, 7.2.6.3: 95 % of the population with a confidence of 95 %; one side of a 90 % interval.
    found = bland_altman(np.random.default_rng(n).normal(size=n), confidence=0.90, factor=1.6448536)
    lower, upper = found.limits_ci_exact
    assert (upper[1] - found.bias) / found.sd == pytest.approx(tolerance_factor, abs=5e-4)
    assert (found.bias - lower[0]) / found.sd == pytest.approx(tolerance_factor, abs=5e-4)


def test_with_fifteen_specimens_a_limit_is_known_to_one_standard_deviation():
    found = bland_altman(np.random.default_rng(0).normal(size=15))
    # t(14) 2.1448 times root(1/15 + 1.96^2 / 28) = 0.968 SD.
    assert (found.limits_ci[1][1] - found.limits[1]) / found.sd == pytest.approx(0.968, abs=1e-3)


def test_intervals_hold_the_true_limits_as_often_as_they_say():
    random = np.random.default_rng(5)
    held = {"limits_ci": 0, "limits_ci_exact": 0, "bias_ci": 0}
    runs = 600
    for _ in range(runs):
        found = bland_altman(random.normal(size=15))
        for name in ("limits_ci", "limits_ci_exact"):
            held[name] += getattr(found, name)[1][0] < 1.96 < getattr(found, name)[1][1]
        held["bias_ci"] += found.bias_ci[0] < 0 < found.bias_ci[1]
    # Three standard errors of a proportion of 0.95 in 600 runs: 0.027.
    assert all(abs(count / runs - 0.95) < 0.027 for count in held.values()), held


@settings(max_examples=25, deadline=None)
@given(DIFFERENCES, st.floats(-5, 5))
def test_a_shift_moves_bias_and_limits_and_nothing_else(differences, shift):
    plain, moved = bland_altman(differences), bland_altman(differences + shift)
    assert moved.bias == pytest.approx(plain.bias + shift, abs=1e-9)
    assert moved.limits == pytest.approx([limit + shift for limit in plain.limits], abs=1e-9)
    assert moved.sd == pytest.approx(plain.sd, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(DIFFERENCES)
def test_exchanging_method_and_reference_mirrors_everything(differences):
    plain, mirrored = bland_altman(differences), bland_altman(-differences)
    for name in ("limits_ci", "limits_ci_exact"):
        lower, upper = getattr(plain, name)
        assert getattr(mirrored, name)[0] == pytest.approx((-upper[1], -upper[0]), abs=1e-9)
        assert lower[0] <= plain.limits[0] <= lower[1]
        assert upper[0] <= plain.limits[1] <= upper[1]


def test_differences_that_are_equal_but_for_rounding_do_not_spread():
    reference = np.array([0.1, 0.7, 1000.3])
    found = bland_altman(differences_of(reference + 0.2, reference))
    assert found.sd == 0
    assert found.limits == (found.bias, found.bias)
    assert math.isclose(found.bias, 0.2, rel_tol=1e-9)


def test_one_specimen_has_no_limits():
    with pytest.raises(Undefined, match="at least 2 specimens, there is 1"):
        bland_altman(np.array([0.1]))
