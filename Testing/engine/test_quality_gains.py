"""What DL gains over interpolation: baselines, gains of a specimen, and their mean over a cohort."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality.baselines import baselines
from MicroCTSuperResLib.quality.cohort_quality import estimate
from MicroCTSuperResLib.quality.gains import gain
from sample_comparisons import ball


def an_lr(shape=(6, 8, 10)) -> Volume:
    """A smooth LR volume: a sine along each axis, in mg HA/cm3."""
    z, y, x = (np.sin(np.arange(count) / 2) for count in shape)
    voxels = 500 + 100 * (z[:, None, None] + y[None, :, None] + x[None, None, :])
    return Volume(voxels.astype(np.float32), (0.02,) * 3, units="mg HA/cm3")


def test_on_the_hr_grid_of_lr_the_baselines_are_linear_and_cubic_interpolation():
    lr = an_lr()
    hr = interpolate(lr)
    made = baselines(lr, hr)
    assert list(made) == ["bilinear", "bicubic"]
    np.testing.assert_array_equal(made["bilinear"].voxels, interpolate(lr, order=1).voxels)
    np.testing.assert_array_equal(made["bicubic"].voxels, interpolate(lr, order=3).voxels)


def test_on_another_grid_both_baselines_lie_at_the_places_of_hr_and_cubic_is_nearer_the_truth():
    # The middle of a larger LR: a spline's border is felt over a few voxels.
    lr = an_lr((20, 20, 20))
    # HR voxels of 9 um whose centres are nowhere those of the HR grid of LR.
    origin = (0.131, 0.142, 0.15)
    hr = Volume(np.zeros((6, 8, 10), np.float32), (0.009,) * 3, origin, units="mg HA/cm3")
    z, y, x = (
        np.sin((start + 0.009 * np.arange(count)) / 0.02 / 2)
        for start, count in zip(origin[::-1], (6, 8, 10), strict=True)
    )
    truth = 500 + 100 * (z[:, None, None] + y[None, :, None] + x[None, None, :])
    errors = {name: np.abs(image.voxels - truth).max() for name, image in baselines(lr, hr).items()}
    # Linear interpolation of a sine of angular frequency 1/2 a voxel errs by at most 100 / 4 / 8 = 3.1 along each axis.
    assert 1 < errors["bilinear"] <= 3 * 3.2
    assert errors["bicubic"] < errors["bilinear"] / 3


def test_baselines_are_in_the_units_of_hr():
    native = ball(size=(12, 12, 12), spacing=0.04).in_units("native")
    hr = ball(size=(24, 24, 24))
    for image in baselines(native, hr).values():
        assert image.units == "mg HA/cm3"
        # The positive weights of Keys' kernel are 140/128 together: a step overshoots by that much along each axis.
        assert 999 < float(image.voxels.max()) <= 1000 * (140 / 128) ** 3


def test_an_lr_with_nan_gives_no_baselines():
    lr = an_lr()
    lr.voxels[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="NaN"):
        baselines(lr, interpolate(an_lr()))


def test_a_gain_is_a_difference_and_the_percentage_that_the_study_gives():
    found = gain(27.0, 25.0)
    # 100 (27 - 25) / 25
    assert (found.difference, found.percent) == pytest.approx((2.0, 8.0))


@pytest.mark.parametrize(("value", "baseline"), [(float("inf"), 25.0), (25.0, float("inf"))])
def test_identical_images_have_no_gain_in_db(value, baseline):
    assert asdict(gain(value, baseline)) == {"difference": None, "percent": None}


@pytest.mark.parametrize("baseline", [0.0, -0.1])
def test_a_percentage_of_nothing_or_less_is_not_told(baseline):
    assert gain(0.5, baseline).percent is None
    assert gain(0.5, baseline).difference == pytest.approx(0.5 - baseline)


def test_a_gain_is_told_as_a_difference_and_in_percent_of_the_baseline():
    assert gain(21.0, 20.0).difference == pytest.approx(1)
    assert gain(0.9, 0.8).percent == pytest.approx(12.5)


def test_a_cohort_is_the_mean_of_its_specimens_with_a_t_interval():
    found = estimate([1.0, 2.0, 3.0])
    # SD of 1, 2, 3 is 1; t(0.975; 2) = 4.302653 (any table), so the interval is 2 -+ 4.302653 / sqrt(3).
    assert (found.n, found.mean, found.sd) == pytest.approx((3, 2, 1))
    assert found.ci == pytest.approx((2 - 2.484138, 2 + 2.484138), abs=1e-5)


def test_a_cohort_of_one_has_a_mean_and_no_interval():
    assert asdict(estimate([1.5])) == {"n": 1, "left_out": 0, "mean": 1.5, "sd": None, "ci": None}


def test_specimens_without_a_value_are_counted_and_left_out():
    found = estimate([1.0, float("inf"), None, 3.0])
    assert (found.n, found.left_out, found.mean) == (2, 2, 2.0)
    assert asdict(estimate([None]))["mean"] is None


def test_a_mean_can_be_told_in_json_whatever_is_left_out():
    for values in ([], [None], [float("inf"), float("nan")], [1.0, float("inf")]):
        told = json.loads(json.dumps(estimate(values).to_json(), allow_nan=False))
        assert told["n"] == sum(value == 1.0 for value in values)
