"""VAX numbers and VMS dates are decoded; known patterns come from the VAX Architecture Reference Manual's formats."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.imaging.formats.scanco import vms
from sample_scanco import f_float, g_float

some = settings(max_examples=200, deadline=None)


def decoded(content):
    return vms.float32_of(np.frombuffer(content, "<u4"))


# 1.0 is 16384 + 128 = 0x4080 as F_FLOAT and 0x4010 as G_FLOAT; pi is IEEE's 0x40490FDB with an exponent larger by 2.
@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("80400000", 1.0),
        ("80c00000", -1.0),
        ("00400000", 0.5),
        ("4941db0f", np.float32(math.pi)),
        ("00000000", 0.0),
        ("ff7fffff", 2.0**127 * (1 - 2.0**-24)),  # the largest: IEEE's bits for it would be NaN
        ("80000000", 2.0**-128),  # the smallest
        ("7f00ffff", 0.0),  # exponent 0 is zero whatever the fraction is
    ],
)
def test_known_f_floats_are_decoded(content, value):
    assert decoded(bytes.fromhex(content)).tolist() == [value]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("1040000000000000", 1.0),
        ("10c0000000000000", -1.0),
        ("2040000000000000", 2.0),
        ("2840000000000000", 3.0),
        ("2940fb214454182d", math.pi),  # IEEE's 0x400921FB54442D18 with an exponent larger by 2
        ("0000000000000000", 0.0),
    ],
)
def test_known_g_floats_are_decoded(content, value):
    assert vms.double_of(bytes.fromhex(content)) == value


def test_what_vax_calls_a_reserved_operand_is_no_number():
    assert np.isnan(decoded(bytes.fromhex("00800000"))).all()
    assert math.isnan(vms.double_of(bytes.fromhex("0080000000000000")))


@some
@given(st.floats(2.0**-128, 2.0**126, width=32), st.booleans())
def test_f_floats_come_back(value, negative):
    value = -value if negative else value
    assert decoded(f_float(value)).tolist() == [np.float32(value)]


@some
@given(st.floats(1e-300, 1e300), st.booleans())
def test_g_floats_come_back(value, negative):
    value = -value if negative else value
    assert vms.double_of(g_float(value)) == value


@given(st.binary(min_size=4, max_size=64).filter(lambda content: len(content) % 4 == 0))
def test_any_f_float_gives_the_number_that_its_fields_tell(content):
    for bits, number in zip(struct.iter_unpack("<2H", content), decoded(content).tolist(), strict=True):
        whole = bits[0] << 16 | bits[1]
        sign, exponent, fraction = whole >> 31, whole >> 23 & 0xFF, whole & 0x7FFFFF
        if exponent == 0:
            assert math.isnan(number) if sign else number == 0
        else:
            value = (-1) ** sign * (0.5 + fraction / 2**24) * 2.0 ** (exponent - 128)
            assert number == float(np.float32(value))


# 57420 days from 1858-11-17 to 2016-02-02 (modified Julian date); 1970-01-01 is day 40587.
@pytest.mark.parametrize(
    ("count", "date"),
    [
        ((57420 * 86400 * 1000 + 34099150) * 10000, "2016-02-02 09:28:19.150"),
        (40587 * 86400 * 10**7, "1970-01-01 00:00:00.000"),
        (1, "1858-11-17 00:00:00.000"),
        (0, ""),
        (-5, ""),
        (2**63 - 1, ""),
    ],
)
def test_dates_are_counted_from_1858(count, date):
    assert vms.date_of(count) == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        (" 2-FEB-2016 09:28:19.15", "2016-02-02 09:28:19.150"),
        ("12-dec-2016 13:14:15", "2016-12-12 13:14:15.000"),
        ("31-FEB-2016 09:28:19.15", "31-FEB-2016 09:28:19.15"),
        ("yesterday", "yesterday"),
        ("", ""),
    ],
)
def test_printed_dates_take_the_same_form_and_others_stay(text, date):
    assert vms.date_in_words(text) == date
