"""Grey values stored as whole numbers: no value is off by more than half a step, and what does not fit is counted."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some_numpy
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.calibration import SAME, Line
from MicroCTSuperResLib.imaging.formats.storing import stored_as
from MicroCTSuperResLib.imaging.volume import Volume

WHOLE = ("uint8", "int8", "uint16", "int16", "uint32", "int32")
many = settings(max_examples=150, deadline=None)
shapes = st.tuples(*[st.integers(1, 3)] * 3)


def volume_of(values):
    values = np.asarray(values)
    return Volume(values.reshape(1, 1, -1) if values.ndim < 3 else values, (0.01, 0.01, 0.01), units="HU")


@st.composite
def grey_values(draw):
    """Floating-point values of a span anywhere: from close to each other and far from zero to very wide."""
    middle = draw(st.sampled_from([0.0, 1.0, -500.0, 3e4, -1e9, 1e20]))
    span = draw(st.sampled_from([0.0, 1e-9, 0.3, 2.0, 255.0, 65535.0, 5e9, 1e25]))
    values = draw(some_numpy.arrays(np.float64, shapes, elements=st.floats(-1, 1)))
    return middle + span * values


@many
@given(values=grey_values(), voxel_type=st.sampled_from(WHOLE))
def test_no_value_is_off_by_more_than_half_a_step(values, voxel_type):
    assume(np.abs(values).max() == 0 or np.abs(values).max() > 1e-30)
    stored = stored_as(volume_of(values), voxel_type)
    back = stored.line.applied_to(stored.volume.voxels, "float64")
    # Double precision itself rounds the value, the product and the sum: a few units of the last digit.
    rounding = 4 * np.spacing(np.abs(values).max())
    assert stored.volume.voxel_type == voxel_type
    assert stored.clipped == 0
    assert np.abs(back - values).max() <= stored.line.factor / 2 * (1 + 1e-9) + rounding


@many
@given(values=grey_values(), voxel_type=st.sampled_from(WHOLE))
def test_the_step_is_round_and_uses_the_range(values, voxel_type):
    assume(np.abs(values).max() > 1e-30)
    step = stored_as(volume_of(values), voxel_type).line.factor
    assert f"{step:.0e}"[0] in "125"
    assert step == float(f"{step:.0e}")
    limits = np.iinfo(voxel_type)
    span = float(np.ptp(values))
    # Steps rise by 2.5 at most. A step is also limited by the precision of doubles, and is 1 where there is no span.
    finest = 4 * float(np.spacing(np.abs(values).max()))
    assert step <= 2.5 * max(span / (limits.max - limits.min - 2), finest) or (span == 0 and step == 1)


@pytest.mark.parametrize(
    ("low", "high", "voxel_type", "line"),
    [
        (0.0, 255.0, "uint8", Line(1.0, 0.0)),
        (0.0, 256.0, "uint8", Line(2.0, 0.0)),
        (-1000.0, 3000.0, "int16", Line(0.1, 0.0)),  # span of 4000 in 65535 steps: 0.061, so 0.1 mg HA/cm3
        (0.0, 1200.0, "uint16", Line(0.02, 0.0)),  # 0.0183
        (-100.0, 1200.0, "uint16", Line(0.02, -100.0)),  # unsigned numbers need an offset for what is negative
        (1000.0, 1100.0, "uint8", Line(0.5, 1000.0)),  # 100 / 253 = 0.395
        (1000.0, 1100.0, "int8", Line(0.5, 1064.0)),  # the lowest number, -128, is 1000
    ],
)
def test_rescales_worked_out_by_hand(low, high, voxel_type, line):
    stored = stored_as(volume_of([low, high]), voxel_type)
    assert stored.line == pytest.approx(line, rel=1e-15)
    np.testing.assert_allclose(stored.line.applied_to(stored.volume.voxels), [[[low, high]]], rtol=1e-6)


@pytest.mark.parametrize("value", [0.0, 1.0, -7.25, 1234.5, -1e30, 1e35, 1e-20])
@pytest.mark.parametrize("voxel_type", WHOLE)
def test_a_constant_volume_is_stored(value, voxel_type):
    stored = stored_as(volume_of(np.full((2, 3, 4), value)), voxel_type)
    back = stored.line.applied_to(stored.volume.voxels, "float64")
    assert stored.clipped == 0
    assert np.abs(back - value).max() <= stored.line.factor / 2 + 4 * np.spacing(abs(value))


@pytest.mark.parametrize("voxel_type", WHOLE)
@pytest.mark.parametrize("own_type", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"])
def test_whole_numbers_stay_what_they_are_if_they_can_and_else_get_a_step_that_fits(own_type, voxel_type):
    own, wanted = np.iinfo(own_type), np.iinfo(voxel_type)
    values = np.array([own.min, own.max, 0, 1, 100, max(own.min, -100), own.max - 1], own_type)
    stored = stored_as(volume_of(values), voxel_type)
    fits = wanted.min <= own.min and own.max <= wanted.max
    assert (stored.line == SAME) == fits
    assert stored.clipped == 0
    back = stored.line.of(stored.volume.voxels.ravel())
    # Beyond 2^53 double precision has steps of its own.
    assert np.all(np.abs(back - values.astype(float)) <= stored.line.factor / 2 + 4 * np.spacing(float(own.max)))


def test_whole_numbers_that_an_offset_makes_fit_are_kept_exactly():
    stored = stored_as(volume_of(np.array([-1000, 0, 3000], np.int16)), "uint16")
    assert stored.line == Line(1.0, -1000.0)
    assert stored.volume.voxels.ravel().tolist() == [0, 1000, 4000]


@pytest.mark.parametrize("voxel_type", WHOLE)
@pytest.mark.parametrize("own_type", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"])
def test_whole_numbers_beyond_a_given_rescale_are_limited_and_counted_exactly(own_type, voxel_type):
    own, wanted = np.iinfo(own_type), np.iinfo(voxel_type)
    values = np.array([own.min, own.max, 0, 1, 100, max(own.min, -100), own.max - 1], own_type)
    stored = stored_as(volume_of(values), voxel_type, SAME)
    exact = [int(value) for value in values]  # numbers without limits
    assert stored.clipped == sum(not wanted.min <= value <= wanted.max for value in exact)
    assert stored.volume.voxels.ravel().tolist() == [min(max(value, wanted.min), wanted.max) for value in exact]


def test_numbers_of_64_bits_beyond_double_precision_are_stored_as_they_are():
    values = np.array([2**62 + 1, -(2**53) - 1, 2**53 + 1])  # doubles hold no odd numbers above 2^53
    assert stored_as(volume_of(values), None).volume.voxels.ravel().tolist() == values.tolist()
    narrow = stored_as(volume_of(np.array([2**31 - 1, 2**31, -(2**31)])), "int32", SAME)
    assert (narrow.clipped, narrow.volume.voxels.ravel().tolist()) == (1, [2**31 - 1, 2**31 - 1, -(2**31)])


def test_a_given_rescale_is_used_and_what_is_beyond_it_counted():
    stored = stored_as(volume_of([-3.0, -2.9, 0.0, 507.0, 507.1, 600.0]), "uint8", Line(2.0, -3.0))
    # (value + 3) / 2: 0, 0.05, 1.5, 255, 255.05, 301.5; halves are rounded to even numbers
    assert stored.volume.voxels.ravel().tolist() == [0, 0, 2, 255, 255, 255]
    assert (stored.line, stored.clipped) == (Line(2.0, -3.0), 1)


@many
@given(
    values=some_numpy.arrays(np.int16, shapes),
    factor=st.sampled_from([1.0, 0.1, -0.5, 3.0]),
    offset=st.floats(-1000, 1000),
    voxel_type=st.sampled_from(WHOLE),
)
def test_whole_numbers_with_a_given_rescale(values, factor, offset, voxel_type):
    line, limits = Line(factor, offset), np.iinfo(voxel_type)
    stored = stored_as(volume_of(values), voxel_type, line)
    wanted = [round((value - offset) / factor) for value in values.ravel().tolist()]
    assert stored.volume.voxels.ravel().tolist() == [min(max(value, limits.min), limits.max) for value in wanted]
    assert stored.clipped == sum(not limits.min <= value <= limits.max for value in wanted)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e37])
def test_values_that_cannot_be_whole_numbers_are_refused(bad):
    with pytest.raises(InputError):
        stored_as(volume_of([0.0, bad]), "int16")


@pytest.mark.parametrize(
    ("voxel_type", "line"),
    [
        ("int64", None),
        ("complex64", None),
        ("nonsense", None),
        ("float32", Line(2.0, 0.0)),
        (None, Line(2.0, 0.0)),
        ("int16", Line(0.0, 1.0)),
        ("int16", Line(math.nan, 1.0)),
        ("int16", Line(1.0, math.inf)),
    ],
)
def test_a_type_or_rescale_that_makes_no_sense_is_refused_with_a_hint(voxel_type, line):
    with pytest.raises(InputError) as caught:
        stored_as(volume_of([0.0, 1.0]), voxel_type, line)
    assert caught.value.hint


def test_floating_point_is_stored_without_rescale_and_never_becomes_infinite():
    stored = stored_as(volume_of([0.5, math.nan, math.inf]), "float32")
    np.testing.assert_array_equal(stored.volume.voxels, np.float32([[[0.5, math.nan, math.inf]]]))
    assert stored.line == SAME
    with pytest.raises(InputError, match="float64"):
        stored_as(volume_of([0.5, 1e300]), "float32")
