"""What a Scanco header says about its grey values, taken as a calibration where it can be trusted.

    mu = native / mu_scaling                1/cm
    density = slope * mu + intercept        mg HA/cm3

Voxels are native in every file that was seen, also where the header's default unit is "2 (Density)": that is the unit
that Scanco's programs show, not the one that is stored (the processing log's "Minimum data value" is its "Minimum
value" in 1/cm times "Scaled by factor").
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ...calibration import HINT, UNCALIBRATED, Calibration

# Density lines of ITK's reader before May 2025 are those of Hounsfield units: HU = 1000 / mu_water * mu - 1000.
HU_INTERCEPT = -1000.0
_DENSITY = re.compile(r"mg\s*HA\s*/\s*(ccm|cm\^?3|cm³|ml)", re.IGNORECASE)
_PLAUSIBLE = (1e-6, 1e9)
# Writers that know no scale put 1 there (ITK does).
_NO_SCALE = 1.0


@dataclass(frozen=True)
class ToldCalibration:
    """The numbers as a file has them; None for those that it does not have.

    :param density_units: the unit of slope and intercept, as the file writes it.
    """

    mu_scaling: float | None = None
    mu_water: float | None = None
    slope: float | None = None
    intercept: float | None = None
    density_units: str = ""


def trusted(told: ToldCalibration, name: str, origin: str) -> tuple[Calibration, tuple[str, ...]]:
    """The calibration, and what the user should know of it.

    :param name: the file's name, for the warnings.
    :param origin: where the numbers stand in words, as "header of a.isq".
    """
    known = {"mu_scaling": _factor(told.mu_scaling), "mu_water": _factor(told.mu_water)}
    if known["mu_scaling"] == _NO_SCALE:
        known["mu_scaling"] = None
    problem = _problem(told)
    if problem is None:
        known |= {"slope": told.slope, "intercept": told.intercept}
    calibration = Calibration(**known, origins=dict.fromkeys(known, origin))
    warnings = [] if problem is None else [f"Density in {name} is not known: {problem}. {HINT}"]
    if calibration.mu_scaling is None:
        warnings.append(f"{name} does not tell how its grey values are scaled (mu_scaling). {HINT}")
    return calibration, tuple(warnings)


def unused(name: str, reason: str) -> tuple[Calibration, tuple[str, ...]]:
    """For a file whose calibration does not belong to its grey values.

    :param reason: why, as a part of a sentence.
    """
    return UNCALIBRATED, (f"The calibration of {name} is not used: {reason}.",)


def _problem(told: ToldCalibration) -> str | None:
    """Why slope and intercept are not taken as density; None if they are."""
    if told.slope is None or told.intercept is None or _is_default(told):
        return "the file has no density calibration"
    if told.intercept == HU_INTERCEPT or told.density_units.upper() == "HU":
        return f"its slope {told.slope:g} and intercept {told.intercept:g} are those of Hounsfield units"
    line = f"slope {told.slope:g} and intercept {told.intercept:g}"
    if not _DENSITY.fullmatch(told.density_units):
        return f"{line} are in {told.density_units or 'no named unit'!r} instead of mg HA/cm3"
    if _factor(told.slope) is None or not abs(told.intercept) < _PLAUSIBLE[1]:
        return f"{line} are no plausible calibration"
    return None


def _is_default(told: ToldCalibration) -> bool:
    """Whether the numbers are those of a header that nobody filled in: 0 and 0, or 1 and 0 without a unit."""
    return told.intercept == 0 and (told.slope == 0 or (told.slope == 1 and not told.density_units))


def _factor(value: float | None) -> float | None:
    """A positive number of a size that occurs, else None."""
    known = value is not None and math.isfinite(value) and _PLAUSIBLE[0] <= value <= _PLAUSIBLE[1]
    return value if known else None
