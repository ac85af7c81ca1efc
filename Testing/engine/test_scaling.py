"""Scaling bounds come from the LR volume alone and are undone exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import ModelError
from MicroCTSuperResLib.imaging.scaling import Scaling, scaling_of
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.networks.card import GreyScaling

PERCENTILES = GreyScaling("percentiles", 1, 99)


def volume_of(voxels, units="native"):
    return Volume(voxels, (0.02, 0.02, 0.02), units=units)


@given(st.integers(-30000, 30000), st.integers(1, 60000), st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_16_bit_grey_values_survive_scaling_and_back(low, span, seed):
    grey = np.random.default_rng(seed).integers(-32768, 32767, 100).astype(np.int16)
    scaling = Scaling(low, low + span)
    # float32 carries 24 bits: with bounds that leave the values within some thousand spans, rounding finds every value
    # again.
    if np.abs(grey.astype(float) - low).max() / span < 1000:
        np.testing.assert_array_equal(np.rint(scaling.invert(scaling.apply(grey))).astype(np.int16), grey)


def test_percentiles_are_those_of_the_whole_volume():
    voxels = np.arange(20 * 30 * 40, dtype=np.float32).reshape(20, 30, 40)
    scaling = scaling_of(volume_of(voxels), PERCENTILES)
    assert scaling.low == pytest.approx(np.percentile(voxels, 1))
    assert scaling.high == pytest.approx(np.percentile(voxels, 99))


def test_a_few_hot_voxels_do_not_move_percentile_bounds():
    voxels = np.random.default_rng(0).normal(100, 10, (20, 20, 20)).astype(np.float32)
    hot = voxels.copy()
    hot[0, 0, :5] = 1e6
    assert scaling_of(volume_of(hot), PERCENTILES).high == pytest.approx(
        scaling_of(volume_of(voxels), PERCENTILES).high, rel=0.02
    )


@given(st.floats(-1e6, 1e6, width=32))
def test_a_constant_volume_has_bounds_that_are_apart(value):
    scaling = scaling_of(volume_of(np.full((3, 3, 3), value, np.float32)), PERCENTILES)
    assert scaling.high > scaling.low


def test_fixed_bounds_hold_in_their_units_and_the_fallback_elsewhere():
    wanted = GreyScaling("bounds", -100, 1500, "mg HA/cm3", otherwise=GreyScaling("image-minmax"))
    voxels = np.array([[[3.0, 7.0]]], np.float32)
    assert scaling_of(volume_of(voxels, "mg HA/cm3"), wanted) == Scaling(-100, 1500)
    assert scaling_of(volume_of(voxels), wanted) == Scaling(3, 7)


def test_fixed_bounds_without_fallback_refuse_other_units():
    with pytest.raises(ModelError, match="native"):
        scaling_of(volume_of(np.zeros((1, 1, 2), np.float32)), GreyScaling("bounds", -100, 1500, "mg HA/cm3"))
