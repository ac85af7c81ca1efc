"""Native grey values, linear attenuation, HU and mg HA/cm3: formulas by hand, exact both ways, nothing guessed."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import CalibrationError, InputError
from MicroCTSuperResLib.imaging.calibration import SAME, UNCALIBRATED, Calibration, Line, from_two_points
from MicroCTSuperResLib.imaging.volume import Volume

# Constants of the kind that a header of a Scanco uCT 50 at 70 kVp holds.
MU_SCALING, MU_WATER, SLOPE, INTERCEPT = 8192.0, 0.2409, 1603.51904, -391.209015
SCANCO = Calibration(MU_SCALING, MU_WATER, SLOPE, INTERCEPT)
EVERY_INT16 = np.arange(-32768, 32768).astype("int16").reshape(16, 64, 64)
PHANTOM = Calibration(slope=0.35, intercept=-120.0, density_of="native")
some = settings(max_examples=60, deadline=None)


def scan(voxels, units="native", calibration=SCANCO):
    return Volume(np.asarray(voxels), (0.01, 0.01, 0.01), units=units, calibration=calibration)


def one(value, units, wanted, calibration):
    return scan([[[value]]], units, calibration).in_units(wanted, "float64").voxels.item()


def test_native_values_become_density_by_the_formulas():
    native = 6000
    mu = native / MU_SCALING  # 0.732421875 1/cm
    assert one(native, "native", "1/cm", SCANCO) == 0.732421875
    assert one(native, "native", "HU", SCANCO) == pytest.approx(1000 * mu / MU_WATER - 1000, rel=1e-14)
    # 1603.51904 * 0.732421875 = 1174.452421875, less 391.209015
    assert one(native, "native", "mg HA/cm3", SCANCO) == pytest.approx(783.243406875, rel=1e-12)


def test_a_scaling_of_4096_gives_twice_the_attenuation_of_8192():
    doubled = dataclasses.replace(SCANCO, mu_scaling=4096)
    assert one(6000, "native", "1/cm", doubled) == 2 * one(6000, "native", "1/cm", SCANCO)


def test_water_has_0_hu_and_air_minus_1000():
    assert one(MU_WATER, "1/cm", "HU", SCANCO) == pytest.approx(0, abs=1e-10)
    assert one(0.0, "1/cm", "HU", SCANCO) == -1000
    assert one(0.0, "HU", "1/cm", SCANCO) == pytest.approx(MU_WATER, rel=1e-14)  # (HU + 1000) * mu_water / 1000


@pytest.mark.parametrize("wanted", ["1/cm", "HU", "mg HA/cm3"])
@pytest.mark.parametrize("mu_scaling", [4096.0, 8192.0])
def test_every_16_bit_value_comes_back_from_other_units_as_it_was(wanted, mu_scaling):
    volume = scan(EVERY_INT16, calibration=dataclasses.replace(SCANCO, mu_scaling=mu_scaling))
    there = volume.in_units(wanted)
    back = there.in_units("native", "int16")
    assert (there.voxel_type, there.units) == ("float32", wanted)
    np.testing.assert_array_equal(back.voxels, EVERY_INT16)
    assert back.voxel_type == "int16"
    assert back.calibration == there.calibration == volume.calibration


def test_every_16_bit_value_in_hu_comes_back_from_density_as_it_was():
    density = scan(EVERY_INT16, "HU").in_units("mg HA/cm3")
    np.testing.assert_array_equal(density.in_units("HU", "int16").voxels, EVERY_INT16)


def test_density_of_native_values_needs_no_attenuation():
    assert one(1000, "native", "mg HA/cm3", PHANTOM) == pytest.approx(0.35 * 1000 - 120)
    with pytest.raises(CalibrationError, match="mu_scaling not known"):
        scan(EVERY_INT16, calibration=PHANTOM).in_units("1/cm")


def test_density_of_hu_goes_through_attenuation():
    of_hu = Calibration(MU_SCALING, MU_WATER, slope=0.8, intercept=10.0, density_of="HU")
    hu = 1000 * (5000 / MU_SCALING) / MU_WATER - 1000
    assert one(5000, "native", "mg HA/cm3", of_hu) == pytest.approx(0.8 * hu + 10, rel=1e-12)
    assert one(300, "HU", "mg HA/cm3", Calibration(slope=0.8, intercept=10, density_of="HU")) == pytest.approx(250)


@pytest.mark.parametrize(
    ("calibration", "units", "wanted", "missing"),
    [
        (UNCALIBRATED, "native", "mg HA/cm3", "the scan is not calibrated"),
        (Calibration(mu_scaling=8192), "native", "mg HA/cm3", ": slope, intercept not known"),
        (Calibration(slope=1600, intercept=-390), "native", "mg HA/cm3", ": mu_scaling not known"),
        (Calibration(mu_scaling=8192), "native", "HU", ": mu_water not known"),
        (Calibration(slope=1600, intercept=-390), "HU", "mg HA/cm3", ": mu_water not known"),
        (Calibration(mu_water=0.24), "native", "mg HA/cm3", ": mu_scaling, slope, intercept not known"),
        (SCANCO, "native", "furlongs", "'furlongs' are no units"),
        (SCANCO, "counts", "HU", "'counts' are no units"),
    ],
)
def test_a_missing_constant_is_named_and_nothing_is_guessed(calibration, units, wanted, missing):
    with pytest.raises(CalibrationError, match=missing) as caught:
        scan([[[1]]], units, calibration).in_units(wanted)
    assert ("--mu-" if "mu_" in missing and "slope" not in missing else "--slope") in caught.value.hint
    assert not calibration.reaches(units, wanted)


def test_units_that_are_wanted_already_need_no_calibration():
    volume = scan(EVERY_INT16, "native", UNCALIBRATED)
    assert volume.in_units("native") is volume


def test_two_rods_of_a_phantom_give_the_line_through_both():
    found = from_two_points((1200.0, 4200.0), (0.0, 800.0), "native", "--phantom")
    assert found.slope == pytest.approx(800 / 3000)
    assert one(1200, "native", "mg HA/cm3", found) == pytest.approx(0, abs=1e-10)
    assert one(4200, "native", "mg HA/cm3", found) == pytest.approx(800)
    assert dict(found.origins) == {"slope": "--phantom", "intercept": "--phantom"}


@pytest.mark.parametrize(
    ("greys", "densities"),
    [
        ((1.0, 1.0), (0.0, 800.0)),
        ((1.0, 2.0), (800.0, 800.0)),
        ((1.0, math.nan), (0.0, 800.0)),
        ((0, 1), (0, math.inf)),
    ],
)
def test_two_points_that_make_no_line_are_refused(greys, densities):
    with pytest.raises(CalibrationError, match="make no line"):
        from_two_points(greys, densities, "native", "--phantom")


def test_constants_that_are_given_replace_those_of_the_file_and_keep_their_origins():
    file = dataclasses.replace(SCANCO, origins=dict.fromkeys(["mu_scaling", "mu_water", "slope", "intercept"], "file"))
    both = file.replaced_by(Calibration(slope=0.3, intercept=5, density_of="native", origins={"slope": "--slope"}))
    assert (both.mu_scaling, both.slope, both.intercept, both.density_of) == (MU_SCALING, 0.3, 5, "native")
    assert dict(both.origins) == {"mu_scaling": "file", "mu_water": "file", "slope": "--slope", "intercept": "file"}
    assert file.replaced_by(UNCALIBRATED) == file
    only_water = file.replaced_by(Calibration(mu_water=0.25))
    assert (only_water.mu_water, only_water.slope, only_water.density_of) == (0.25, SLOPE, "1/cm")


def test_origins_of_constants_that_are_not_known_are_dropped():
    assert dict(Calibration(mu_water=0.24, origins={"mu_water": "a", "slope": "b", "other": "c"}).origins) == {
        "mu_water": "a"
    }


numbers = st.floats(-1e6, 1e6).filter(lambda value: abs(value) > 1e-6)
calibrations = st.builds(
    lambda scaling, water, line, of, origins: Calibration(scaling, water, *(line or (None, None)), of, origins),
    st.none() | numbers.map(abs),
    st.none() | numbers.map(abs),
    st.none() | st.tuples(numbers, numbers),
    st.sampled_from(["native", "1/cm", "HU"]),
    st.dictionaries(st.sampled_from(["mu_scaling", "mu_water", "slope", "intercept"]), st.text(max_size=5)),
)


@some
@given(calibration=calibrations)
def test_a_calibration_survives_as_a_dictionary(calibration):
    back = Calibration.from_dict(calibration.as_dict())
    constants = ("mu_scaling", "mu_water", "slope", "intercept")
    assert [getattr(back, name) for name in constants] == [getattr(calibration, name) for name in constants]
    assert dict(back.origins) == dict(calibration.origins)
    if calibration.slope is not None:  # without a line nothing starts from these units
        assert back == calibration
    assert bool(back) == bool(calibration.as_dict()) == any(getattr(calibration, n) is not None for n in constants)


@some
@given(calibration=calibrations, value=st.floats(-1e4, 1e4), units=st.sampled_from(["native", "1/cm", "HU"]))
def test_every_way_leads_back(calibration, value, units):
    for wanted in ("native", "1/cm", "HU", "mg HA/cm3"):
        if calibration.reaches(units, wanted):
            there, back = calibration.line(units, wanted), calibration.line(wanted, units)
            size = abs(value) + abs(back.offset) + abs(back.factor * there.offset)  # what is added and taken away again
            assert back.of(there.of(value)) == pytest.approx(value, abs=1e-13 * size + 1e-300)


def test_an_origin_is_told_for_constants_that_name_none():
    read = Calibration.from_dict(
        {"mu_water": 0.24, "mu_scaling": 4096, "origins": {"mu_water": "log"}}, origin="file c"
    )
    assert dict(read.origins) == {"mu_water": "log", "mu_scaling": "file c"}


@pytest.mark.parametrize(
    "told", [None, [1], {"mu": 1}, {"slope": 1}, {"mu_water": "wet"}, {"origins": 3}, {"mu_water": [1]}]
)
def test_what_is_no_calibration_is_refused(told):
    with pytest.raises(CalibrationError):
        Calibration.from_dict(told)


@pytest.mark.parametrize("name", ["mu_scaling", "mu_water", "slope", "intercept"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, "x", True])
def test_constants_that_are_no_finite_numbers_are_refused_by_name(name, bad):
    with pytest.raises(CalibrationError, match=name):
        dataclasses.replace(SCANCO, **{name: bad})


@pytest.mark.parametrize("name", ["mu_scaling", "mu_water", "slope"])
def test_constants_that_divide_are_not_zero(name):
    with pytest.raises(CalibrationError, match=f"{name} is zero"):
        dataclasses.replace(SCANCO, **{name: 0})


@pytest.mark.parametrize("name", ["mu_scaling", "mu_water"])
def test_an_attenuation_is_not_negative(name):
    with pytest.raises(CalibrationError, match=f"{name} is negative"):
        dataclasses.replace(SCANCO, **{name: -0.24})


def test_rods_given_in_the_wrong_order_are_warned_of():
    # Bright plastic of 0 and dark hydroxyapatite of 800 mg HA/cm3: the densities were exchanged.
    (warning,) = from_two_points((9870, 3120), (0, 800), "native", "--phantom").warnings()
    assert "less dense" in warning
    assert from_two_points((3120, 9870), (0, 800), "native", "--phantom").warnings() == []


def test_half_a_density_line_and_unknown_units_are_refused():
    with pytest.raises(CalibrationError, match="one of them"):
        Calibration(slope=1600)
    with pytest.raises(CalibrationError, match="one of them"):
        Calibration(intercept=-390)
    with pytest.raises(CalibrationError, match="mg HA/cm3"):
        Calibration(slope=1, intercept=0, density_of="mg HA/cm3")


@pytest.mark.parametrize(
    ("intercept", "warned"),
    # Slope times mu_water is 1603.51904 * 0.2409 = 386.2877...; water may be 50 mg HA/cm3 off.
    [(-386.3, False), (-337.0, False), (-336.0, True), (-436.0, False), (-437.0, True), (0.0, True)],
)
def test_water_far_from_0_mg_ha_is_warned_of(intercept, warned):
    warnings = dataclasses.replace(SCANCO, intercept=intercept).warnings()
    assert bool(warnings) == warned
    assert all("mu_water 0.2409" in text and f"intercept {intercept:g}" in text for text in warnings)


@pytest.mark.parametrize("calibration", [UNCALIBRATED, PHANTOM, Calibration(SLOPE, 0.24), Calibration(mu_water=0.24)])
def test_nothing_is_warned_of_where_water_cannot_be_told(calibration):
    assert calibration.warnings() == []


def test_a_calibration_cannot_be_changed():
    origins = {"mu_water": "log"}
    calibration = Calibration(mu_water=0.24, origins=origins)
    origins["mu_water"] = "somewhere else"
    assert calibration.origins["mu_water"] == "log"
    with pytest.raises(dataclasses.FrozenInstanceError):
        calibration.mu_water = 0.25
    with pytest.raises(TypeError):
        calibration.origins["mu_water"] = "?"
    with pytest.raises(dataclasses.FrozenInstanceError):
        scan(EVERY_INT16).calibration = UNCALIBRATED


@pytest.mark.parametrize(
    ("voxels", "wanted_type"),
    [
        (np.array([[[32768]]]), "int16"),
        (np.array([[[-1]]]), "uint64"),
        (np.array([[[2**63]]], "uint64"), "int64"),
        (np.array([[[2.0**63]]]), "int64"),
        (np.array([[[np.nan]]]), "int16"),
        (np.array([[[1e300]]]), "float32"),
    ],
)
def test_values_that_do_not_fit_into_the_type_wanted_are_refused(voxels, wanted_type):
    with pytest.raises(InputError, match=f"do not fit into {wanted_type}"):
        SAME.applied_to(voxels, wanted_type)


def test_numbers_of_64_bits_stay_exact_where_nothing_is_converted():
    large = np.array([[[2**53 + 1, 2**62 + 1]]])  # doubles hold no odd numbers there
    assert SAME.applied_to(large, "uint64").tolist() == large.tolist()
    assert SAME.applied_to(large).tolist() == large.tolist()


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        *((name, "float32") for name in ("uint8", "int8", "int16", "uint16", "float32")),
        *((name, "float64") for name in ("int32", "uint32", "int64", "float64")),
    ],
)
def test_converted_values_have_a_type_that_holds_the_stored_ones(stored, told):
    line = Line(0.5, 1.0)
    assert line.result_type(stored) == told
    assert line.applied_to(np.ones((1, 1, 1), stored)).dtype == told
    assert SAME.result_type(stored) == stored


def test_lines_follow_each_other_and_turn_back():
    double_and_one, minus_three = Line(2, 1), Line(1, -3)
    assert minus_three.after(double_and_one) == Line(2, -2)
    assert double_and_one.after(minus_three) == Line(2, -5)
    assert double_and_one.inverse().of(double_and_one.of(7.0)) == 7
