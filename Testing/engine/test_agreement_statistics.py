"""Proportional bias, coefficients of agreement and tests: published values and other implementations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from MicroCTSuperResTrainingLib.agreement.coefficients import icc_absolute, lin_concordance
from MicroCTSuperResTrainingLib.agreement.differences import differences_of
from MicroCTSuperResTrainingLib.agreement.hypotheses import (
    change_of_size,
    equivalence_test,
    normality,
    paired_t_test,
    spread_ratio,
)
from MicroCTSuperResTrainingLib.agreement.proportional import fit_line, proportional_bias
from MicroCTSuperResTrainingLib.agreement.undefined import Undefined
from sample_published import ENZYMIC, GERBER, MINI_WRIGHT, RATINGS, REPS_X, REPS_Y, WRIGHT
from scipy import stats

PAIRS = arrays(np.float64, (8, 2), elements=st.floats(0, 1, allow_subnormal=False), unique=True)


def test_fat_in_milk_has_the_published_proportional_bias():
    found = proportional_bias(ENZYMIC - GERBER, (ENZYMIC + GERBER) / 2)
    # Bland and Altman 1999, section 3.2: difference = 0.079 - 0.0283 A g/100 ml, residual SD 0.08033, and a spread that
    # does not change with A, so the limits are that line -+ 1.96 * 0.08033.
    assert round(found.line.intercept, 3) == 0.079
    assert round(found.line.slope, 4) == -0.0283
    assert round(found.line.residual_sd, 5) == 0.08033
    assert found.present
    assert found.half_width == pytest.approx((1.96 * 0.08033, 0), abs=1e-5)


def test_a_line_equals_that_of_scipy():
    found, residuals = fit_line(WRIGHT, MINI_WRIGHT)
    other = stats.linregress(WRIGHT, MINI_WRIGHT)
    half = stats.t.ppf(0.975, 15) * other.stderr
    assert (found.slope, found.intercept, found.p) == pytest.approx((other.slope, other.intercept, other.pvalue))
    assert found.slope_ci == pytest.approx((other.slope - half, other.slope + half))
    assert residuals.sum() == pytest.approx(0, abs=1e-9)


def test_a_spread_that_grows_with_the_mean_widens_the_limits():
    random = np.random.default_rng(0)
    means = np.linspace(1, 10, 400)
    found = proportional_bias(0.1 * means + 0.2 * means * random.normal(size=400), means)
    # The absolute value of a normal number of SD s has the mean s root(2/pi), so the half width is 1.96 * 0.2 A.
    assert found.half_width[1] == pytest.approx(1.96 * 0.2, rel=0.15)


@settings(max_examples=50, deadline=None)
@given(arrays(np.float64, st.integers(3, 12), elements=st.floats(0.2, 0.8), unique=True), st.floats(-0.1, 0.1))
def test_a_constant_difference_does_not_depend_on_the_mean(reference, shift):
    found = proportional_bias(differences_of(reference + shift, reference), reference + shift / 2)
    assert not found.present
    assert (found.line.slope, found.line.p) == (0, 1)


def test_the_limits_by_regression_never_cross():
    random = np.random.default_rng(3)
    sloping = 0
    for _ in range(300):
        means = random.lognormal(size=10)
        found = proportional_bias(means * random.normal(size=10), means)
        half_widths = found.half_width[0] + found.half_width[1] * means
        assert half_widths.min() > 0
        sloping += found.half_width[1] != 0
    assert sloping > 30


def test_three_specimens_tell_nothing_of_how_the_spread_changes():
    # Two means near each other: whatever the differences are, the third one's residual is the smallest.
    for differences in ([0.1, 0.2, 0.4], [0.3, -0.1, 0.2]):
        found = proportional_bias(np.array(differences), np.array([0.5, 0.501, 0.9]))
        assert found.spread.p < 0.05
        assert found.half_width[1] == 0


def test_concordance_equals_the_r_package_simplyagree():
    complete = [np.concatenate([x[: len(y)] for x, y in zip(REPS_X, REPS_Y, strict=True)]), np.concatenate(REPS_Y)]
    found = lin_concordance(*complete)
    # Vignette "Agreement Tests": CCC 0.4791, 95 % C.I. [0.1276, 0.7237].
    assert found.value == pytest.approx(0.4791, abs=5e-5)
    assert found.ci == pytest.approx((0.1276, 0.7237), abs=5e-5)
    assert found.value == pytest.approx(found.pearson_r * found.bias_correction)


def test_concordance_of_a_shifted_copy_follows_from_the_definition():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    # Variances and covariance 1.25, shift 1: 2.5 / (2.5 + 1).
    assert lin_concordance(values + 1, values).value == pytest.approx(2.5 / 3.5)


def test_icc_equals_the_published_one():
    found = icc_absolute(RATINGS)
    # Shrout and Fleiss 1979: ICC(2,1) = 0.29; R packages psych and irr give the interval 0.019 to 0.761.
    assert found.value == pytest.approx(0.2898, abs=5e-5)
    assert found.ci == pytest.approx((0.019, 0.761), abs=5e-4)


def test_icc_of_two_methods_follows_from_the_mean_squares():
    # Specimens 1 ... 4, the second method 1 more: MS of specimens 2 * 5/3, of methods 8 * 0.25, nothing left.
    values = np.arange(1.0, 5.0)
    expected = (10 / 3) / (10 / 3 + 2 / 4 * 2)
    assert icc_absolute(np.column_stack([values, values + 1])).value == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(PAIRS)
def test_coefficients_lie_in_their_intervals_and_do_not_exceed_one(pairs):
    for found in (lin_concordance(*pairs.T), icc_absolute(pairs)):
        assert found.value <= 1
        assert found.ci is None or found.ci[0] <= found.value <= found.ci[1]


def test_identical_values_agree_perfectly():
    values = np.array([0.3, 0.4, 0.7])
    assert lin_concordance(values, values).value == pytest.approx(1)
    assert icc_absolute(np.column_stack([values, values])) == icc_absolute(np.column_stack([values, values + 0.0]))
    assert icc_absolute(np.column_stack([values, values])).value == 1


@pytest.mark.parametrize("constant", [np.full(4, 0.1), np.full(4, 0.3)])
def test_constant_values_have_no_coefficients(constant):
    with pytest.raises(Undefined, match="the same"):
        lin_concordance(constant, np.arange(4.0))
    with pytest.raises(Undefined, match="the same"):
        icc_absolute(np.column_stack([constant, constant]))


def test_specimens_that_do_not_differ_have_an_icc_of_zero_without_an_interval():
    found = icc_absolute(np.column_stack([np.full(4, 0.5), np.full(4, 0.4)]))
    assert (found.value, found.ci) == (0, None)


def test_tests_equal_those_of_scipy():
    found = paired_t_test(WRIGHT - MINI_WRIGHT)
    other = stats.ttest_rel(WRIGHT, MINI_WRIGHT)
    assert (found.t, found.p, found.df) == pytest.approx((other.statistic, other.pvalue, 16))
    assert normality(WRIGHT - MINI_WRIGHT).w == pytest.approx(stats.shapiro(WRIGHT - MINI_WRIGHT).statistic)


def test_equivalence_is_shown_where_the_interval_lies_inside_the_margin():
    differences = WRIGHT - MINI_WRIGHT
    # Bias -2.12, standard error 9.40, t(16) 1.7459 for 90 %: -18.53 to 14.30.
    found = equivalence_test(differences, 20)
    assert found.interval == pytest.approx((-18.53, 14.30), abs=0.01)
    assert found.equivalent
    assert not equivalence_test(differences, 18).equivalent
    # The larger p is that of the test against -20.
    assert found.p == pytest.approx(stats.ttest_1samp(differences, -20, alternative="greater").pvalue)


def test_pitman_morgan_is_the_correlation_of_sums_and_differences():
    random = np.random.default_rng(2)
    x = random.normal(size=20)
    y = 0.5 * x + 0.4 * random.normal(size=20)
    found = spread_ratio(x, y)
    r, p = stats.pearsonr(x + y, x - y)
    assert found.p == pytest.approx(p)
    assert found.t == pytest.approx(r * np.sqrt(18 / (1 - r**2)))
    assert found.ratio == pytest.approx(x.std() / y.std())


def test_the_interval_of_the_ratio_ends_where_the_test_is_just_significant():
    random = np.random.default_rng(4)
    x, y = random.normal(size=(2, 15))
    found = spread_ratio(x, y)
    for end in found.ci:
        # At this ratio the null hypothesis of equal spreads of x / ratio and y has p = 0.05.
        assert spread_ratio(x / end, y).p == pytest.approx(0.05)


def test_the_nearer_method_has_a_negative_change_of_size():
    random = np.random.default_rng(1)
    near, far = 0.1 * random.normal(size=12), random.normal(size=12) + 3
    found = change_of_size(near, far)
    other = stats.ttest_rel(np.abs(near), np.abs(far))
    assert found.mean < 0
    assert found.ci == pytest.approx(tuple(other.confidence_interval(0.95)))
    assert found.p == pytest.approx(other.pvalue)


@pytest.mark.parametrize(
    "statistic",
    [
        lambda: paired_t_test(np.full(5, 0.1)),
        lambda: equivalence_test(np.full(5, 0.1), 1),
        lambda: normality(np.full(5, 0.1)),
        lambda: normality(np.array([0.1, 0.2])),
        lambda: spread_ratio(np.full(5, 0.1), np.arange(5.0)),
        lambda: spread_ratio(np.arange(5.0), 2 * np.arange(5.0)),
        lambda: fit_line(np.full(5, 0.3), np.arange(5.0)),
        lambda: fit_line(np.arange(2.0), np.arange(2.0)),
        lambda: lin_concordance(np.ones(1), np.ones(1)),
        lambda: icc_absolute(np.ones((1, 2))),
        lambda: icc_absolute(np.eye(2)),
    ],
)
def test_what_is_not_defined_is_said(statistic):
    with pytest.raises(Undefined) as raised:
        statistic()
    assert raised.value.message.endswith(".")
