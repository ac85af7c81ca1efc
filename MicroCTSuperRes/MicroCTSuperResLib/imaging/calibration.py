"""What grey values mean: the constants that lead from a scanner's grey values to density, and the way between units.

    native --mu_scaling-- 1/cm --mu_water-- HU
                           |
                           +--slope, intercept-- mg HA/cm3

    mu = native / mu_scaling
    HU = 1000 * mu / mu_water - 1000
    density = slope * mu + intercept

These are Scanco's definitions (header and processing log of ISQ and AIM files); HU as in DICOM PS3.3 C.11.1. A
laboratory that scans a phantom may tell density as a line of the grey values themselves: `density_of` then says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import CalibrationError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NATIVE_UNITS = "native"
ATTENUATION_UNITS = "1/cm"
HU_UNITS = "HU"
DENSITY_UNITS = "mg HA/cm3"
KNOWN_UNITS = (NATIVE_UNITS, ATTENUATION_UNITS, HU_UNITS, DENSITY_UNITS)
# The lower threshold of bone in the study, in mg HA/cm3, inclusive.
STUDY_THRESHOLD = 500.0
# Density at the attenuation of water should be near 0 mg HA/cm3: farther away, some constant is not this scan's.
LARGEST_DENSITY_OF_WATER = 50.0
HINT = "Give --slope and --intercept of your scanner, two points of a phantom with --phantom, or a --calibration file."


class Line(NamedTuple):
    """The straight line y = factor * x + offset between two units; `factor` is never zero."""

    factor: float
    offset: float

    def after(self, first: Line) -> Line:
        """The line that goes through `first` and then this one."""
        return Line(self.factor * first.factor, self.factor * first.offset + self.offset)

    def inverse(self) -> Line:
        return Line(1 / self.factor, -self.offset / self.factor)

    def of(self, values: np.ndarray | float) -> np.ndarray | float:
        """The values on the other side, computed in double precision."""
        return np.multiply(values, self.factor, dtype=np.float64) + self.offset

    def result_type(self, stored: np.dtype | str) -> np.dtype:
        """The type of values that come of this type: itself for the line y = x, else float32, or float64 for types
        whose values float32 cannot hold."""
        return np.dtype(stored) if self == SAME else np.result_type(np.result_type(stored, np.float16), np.float32)

    def applied_to(self, voxels: np.ndarray, voxel_type: str | None = None) -> np.ndarray:
        """A whole volume on the other side, computed in double precision slice by slice.

        :param voxels: (z, y, x).
        :param voxel_type: numpy's name of the result's type, by default that of :meth:`result_type`. Whole numbers
            are rounded.
        :raises InputError: for values that do not fit into `voxel_type`.
        """
        result_type = np.dtype(voxel_type) if voxel_type else self.result_type(voxels.dtype)
        result = np.empty(voxels.shape, result_type)
        for number, values in enumerate(voxels):
            told = values if self == SAME else self.of(values)
            if result_type.kind in "iu" and told.dtype != result_type:
                told = np.rint(told) if told.dtype.kind == "f" else told
                _check_range(told, result_type)
            try:
                with np.errstate(over="raise"):
                    result[number] = told
            except FloatingPointError:
                raise _beyond(told, result_type) from None
        return result


SAME = Line(1.0, 0.0)


@dataclass(frozen=True)
class Calibration:
    """The constants of one scan; None for those that nobody has told.

    :param mu_scaling: native grey values in an attenuation of 1/cm.
    :param mu_water: linear attenuation of water in 1/cm.
    :param slope: mg HA/cm3 in one unit of `density_of`.
    :param intercept: mg HA/cm3 where `density_of` is zero.
    :param density_of: the units that `slope` and `intercept` start from: "1/cm" (Scanco), "native" or "HU".
    :param origins: for each constant that is known, where it came from, in words ("header of a.isq", "--slope").
    :raises CalibrationError: for numbers that are not finite, zero where they divide, a negative attenuation, half a
        density line, or `density_of` that is no such unit.
    """

    mu_scaling: float | None = None
    mu_water: float | None = None
    slope: float | None = None
    intercept: float | None = None
    density_of: str = ATTENUATION_UNITS
    origins: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in CONSTANTS:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _finite(name, value))
        for name in ("mu_scaling", "mu_water", "slope"):
            if getattr(self, name) == 0:
                raise CalibrationError(f"The calibration's {name} is zero, which leads to no grey value.", HINT)
        for name in ("mu_scaling", "mu_water"):
            if (getattr(self, name) or 1) < 0:
                raise CalibrationError(f"The calibration's {name} is negative: {getattr(self, name):g}.", HINT)
        if (self.slope is None) != (self.intercept is None):
            raise CalibrationError("A density calibration has a slope and an intercept, this has one of them.", HINT)
        if self.density_of not in (NATIVE_UNITS, ATTENUATION_UNITS, HU_UNITS):
            raise CalibrationError(
                f"Density cannot be told from {self.density_of!r}.", f"Name {NATIVE_UNITS}, 1/cm or {HU_UNITS}."
            )
        known = {name: str(text) for name, text in self.origins.items() if getattr(self, name, None) is not None}
        object.__setattr__(self, "origins", MappingProxyType(known))

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return any(getattr(self, name) is not None for name in CONSTANTS)

    def line(self, units: str, wanted: str) -> Line:
        """The line that turns grey values in `units` into `wanted`.

        :raises CalibrationError: if a constant on the way is not known.
        """
        found = self._search(units, wanted)
        if found is None:
            raise CalibrationError(self._missing(units, wanted), self._hint(units, wanted))
        return found

    def reaches(self, units: str, wanted: str) -> bool:
        """Whether grey values in `units` can be turned into `wanted`."""
        return self._search(units, wanted) is not None

    def constants_in(self, units: str) -> tuple[str, ...]:
        """The constants that native grey values went through on their way to `units`: their numbers are in the grey
        values, so that no others can take their place."""
        if units == DENSITY_UNITS and self.slope is not None:
            return ("slope", "intercept", "density_of", *self.constants_in(self.density_of))
        return {ATTENUATION_UNITS: ("mu_scaling",), HU_UNITS: ("mu_scaling", "mu_water")}.get(units, ())

    def replaced_by(self, other: Calibration) -> Calibration:
        """This calibration with the constants that `other` knows put in place of its own."""
        changes = {name: getattr(other, name) for name in CONSTANTS if getattr(other, name) is not None}
        if other.slope is not None:
            changes["density_of"] = other.density_of
        return replace(self, **changes, origins={**self.origins, **other.origins})

    def warnings(self) -> list[str]:
        """What looks wrong: bone should be brighter than what is less dense, the density of water near zero."""
        if self.slope is not None and self.slope < 0:
            return [
                f"By this calibration (slope {self.slope:g}) bright voxels are less dense than dark ones: check the "
                "order of the numbers given."
            ]
        if self.mu_water is None or not self.reaches(ATTENUATION_UNITS, DENSITY_UNITS):
            return []
        density = float(self.line(ATTENUATION_UNITS, DENSITY_UNITS).of(self.mu_water))
        if abs(density) <= LARGEST_DENSITY_OF_WATER:
            return []
        return [
            f"Water would have {density:.0f} mg HA/cm3 by this calibration (mu_water {self.mu_water:g} 1/cm), it "
            f"should be near 0: check slope {self.slope:g} and intercept {self.intercept:g}."
        ]

    def as_dict(self) -> dict[str, object]:
        """All that is known, as JSON can hold it; empty if nothing is."""
        if not self:
            return {}
        told: dict[str, object] = {name: getattr(self, name) for name in CONSTANTS if getattr(self, name) is not None}
        if self.slope is not None:
            told["density_of"] = self.density_of
        return told | {"origins": dict(self.origins)}

    @classmethod
    def from_dict(cls, told: object, origin: str = "") -> Calibration:
        """The calibration that :meth:`as_dict` told.

        :param origin: where it was read, for the constants whose origin it does not tell.
        :raises CalibrationError: if it is no such object.
        """
        names = {known.name for known in fields(cls)}
        if not isinstance(told, dict) or not set(told) <= names or not isinstance(told.get("origins", {}), dict):
            raise CalibrationError(
                f"{told!r:.200} is no calibration.", f"It is a JSON object with some of {', '.join(sorted(names))}."
            )
        named = dict.fromkeys((name for name in CONSTANTS if told.get(name) is not None), origin) if origin else {}
        return cls(**{**told, "origins": {**named, **told.get("origins", {})}})

    def _search(self, units: str, wanted: str) -> Line | None:
        """Breadth first from unit to unit; there is one way at most."""
        reached, waiting = {units: SAME}, [units]
        while waiting:
            here = waiting.pop(0)
            for start, end, step in self._steps():
                if start == here and end not in reached:
                    reached[end] = step.after(reached[here])
                    waiting.append(end)
        return reached.get(wanted)

    def _steps(self) -> Iterator[tuple[str, str, Line]]:
        """Every line that the constants tell, in both directions."""
        lines = []
        if self.mu_scaling is not None:
            lines.append((NATIVE_UNITS, ATTENUATION_UNITS, Line(1 / self.mu_scaling, 0.0)))
        if self.mu_water is not None:
            lines.append((ATTENUATION_UNITS, HU_UNITS, Line(1000 / self.mu_water, -1000.0)))
        if self.slope is not None:
            lines.append((self.density_of, DENSITY_UNITS, Line(self.slope, self.intercept)))
        for start, end, line in lines:
            yield start, end, line
            yield end, start, line.inverse()

    def _missing(self, units: str, wanted: str) -> str:
        for name in (units, wanted):
            if name not in KNOWN_UNITS:
                return f"{name!r} are no units that can be converted; known are {', '.join(KNOWN_UNITS)}."
        told = f"{', '.join(self._needed(units, wanted))} not known" if self else "the scan is not calibrated"
        return f"Grey values in {units} cannot be turned into {wanted}: {told}."

    def _hint(self, units: str, wanted: str) -> str:
        """What to give: of the options those of the constants that are missing."""
        missing = {*self._needed(units, wanted)}
        if not missing or "slope" in missing:
            return HINT
        options = " and ".join(f"--{name.replace('_', '-')}" for name in sorted(missing))
        return f"Give {options} of your scanner, or a --calibration file."

    def _needed(self, units: str, wanted: str) -> list[str]:
        """The constants on the way that are not known: those without which knowing all others does not help."""
        unknown = [name for name in CONSTANTS if getattr(self, name) is None]
        told = dict.fromkeys(unknown, 1.0)
        needed = []
        for name in unknown:
            pair = ("slope", "intercept") if name in ("slope", "intercept") else (name,)
            others = replace(self, **(told | dict.fromkeys(pair)))
            if not others.reaches(units, wanted):
                needed.append(name)
        return needed


CONSTANTS = ("mu_scaling", "mu_water", "slope", "intercept")
UNCALIBRATED = Calibration()


def from_two_points(greys: tuple[float, float], densities: tuple[float, float], units: str, origin: str) -> Calibration:
    """The line through two rods of a phantom.

    :param greys: their mean grey values, in `units`.
    :param densities: their densities in mg HA/cm3.
    :param units: "native", "1/cm" or "HU".
    :param origin: where the points came from.
    :raises CalibrationError: for two points that make no line.
    """
    (low, high), (thin, dense) = greys, densities
    if not all(math.isfinite(value) for value in (*greys, *densities)) or low == high or thin == dense:
        raise CalibrationError(
            f"Grey values {low:g} and {high:g} of densities {thin:g} and {dense:g} mg HA/cm3 make no line.",
            "Measure two rods of different density.",
        )
    slope = (dense - thin) / (high - low)
    return Calibration(
        slope=slope,
        intercept=thin - slope * low,
        density_of=units,
        origins={"slope": origin, "intercept": origin},
    )


def _check_range(values: np.ndarray, voxel_type: np.dtype) -> None:
    limits = np.iinfo(voxel_type)
    low, high = values.min().item(), values.max().item()  # Python's numbers are compared exactly
    if not (limits.min <= low and high <= limits.max):  # also where a value is NaN
        raise _beyond(values, voxel_type)


def _beyond(values: np.ndarray, voxel_type: np.dtype) -> InputError:
    return InputError(
        f"Grey values from {values.min():g} to {values.max():g} do not fit into {voxel_type}.", "Choose a wider type."
    )


def _finite(name: str, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or isinstance(value, bool):
        raise CalibrationError(f"The calibration's {name} must be a finite number, this is {value!r}.", HINT)
    return number
