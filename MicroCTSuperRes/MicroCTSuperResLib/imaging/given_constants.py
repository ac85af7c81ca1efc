"""The calibration constants that a user gives for a scan, and which of them go together.

Nothing slow is imported with this file: the command line asks it about wrong usage.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .calibration import Calibration
    from .formats.header import Header


class GivenConstants(Protocol):
    """What a user may give, each None where it was not given.

    `slope`, `intercept`, `density_of`, `mu_scaling` and `mu_water` are those of
    :class:`~MicroCTSuperResLib.imaging.calibration.Calibration`; `phantom` is grey value and density in mg HA/cm3 of
    one rod, then of another; `calibration` is the path of a calibration file.
    """

    slope: float | None
    intercept: float | None
    density_of: str | None
    mu_scaling: float | None
    mu_water: float | None
    phantom: tuple[float, float, float, float] | None
    calibration: str | None


def contradiction(given: GivenConstants) -> str | None:
    """What was given and does not go together, in the words of the command line; None if all does."""
    if (given.slope is None) != (given.intercept is None):
        return "--slope and --intercept need each other"
    if given.phantom is not None and given.slope is not None:
        return "--phantom takes the place of --slope and --intercept: give one of them"
    if given.density_of is not None and given.slope is None:
        return "--density-of says what --slope multiplies: give --slope and --intercept, too"
    return None


def given_calibration(header: Header, given: GivenConstants) -> Calibration:
    """The user's constants for a scan: those of the options, else those of the calibration file.

    :param header: of the whole file, with the constants that it tells itself.
    :raises FormatError: if the calibration file cannot be read.
    :raises CalibrationError: for constants that make no sense, or density told from units that have none.
    """
    from .calibration import UNCALIBRATED, Calibration
    from .formats.calibration_file import read_calibration

    known = read_calibration(Path(given.calibration)) if given.calibration is not None else UNCALIBRATED
    names = [name for name in ("mu_scaling", "mu_water") if getattr(given, name) is not None]
    known = known.replaced_by(
        Calibration(
            **{name: getattr(given, name) for name in names},
            origins={name: f"--{name.replace('_', '-')}" for name in names},
        )
    )
    return known.replaced_by(_density_line(header, header.calibration.replaced_by(known), given))


def _density_line(header: Header, known: Calibration, given: GivenConstants) -> Calibration:
    """Slope and intercept of the options.

    :param known: all constants that are known without them.
    """
    from .calibration import UNCALIBRATED, Calibration, from_two_points

    if given.phantom is not None:
        first_grey, first_density, second_grey, second_density = given.phantom
        units = _own_units(header)
        return from_two_points((first_grey, second_grey), (first_density, second_density), units, "--phantom")
    if given.slope is None:
        return UNCALIBRATED
    units, note = given.density_of, ""
    if units is None:
        units = "1/cm" if known.mu_scaling is not None else _own_units(header)
        note = f", taken as of {units}"
    return Calibration(
        slope=given.slope,
        intercept=given.intercept,
        density_of=units,
        origins={"slope": f"--slope{note}", "intercept": f"--intercept{note}"},
    )


def _own_units(header: Header) -> str:
    """The units of the file, to tell density from.

    :raises CalibrationError: if they are density already, or unknown.
    """
    from ..errors import CalibrationError
    from .calibration import DENSITY_UNITS, KNOWN_UNITS

    if header.units not in KNOWN_UNITS or header.units == DENSITY_UNITS:
        raise CalibrationError(
            f"{header.path} has grey values in {header.units}, from which no density is told.",
            "Leave the calibration out, or say with --density-of what --slope multiplies.",
        )
    return header.units
