"""The processing log of an AIM file: lines of a name, two blanks or more, and a value.

The log grows with everything that is done to the scan, so that of lines with the same name the last one describes the
voxels in the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ...calibration import HINT, UNCALIBRATED, Calibration
from . import vms
from .calibration import ToldCalibration, trusted, unused

# Names and values, in the order of the lines.
Log = Sequence[tuple[str, str]]

_ATTENUATION = "linear attenuation"
_CONTENT = ("Parameter name", "Parameter (before) name")
_CALIBRATION = ("Mu_Scaling", "HU: mu water", "Density: slope", "Density: intercept", "Density: unit")
# Field, line of the log, unit that the number has to be multiplied with; None for text.
_FIELDS = (
    ("scanner_id", "Scanner ID", None),
    ("scanner_type", "Scanner type", None),
    ("measurement_index", "Index Measurement", None),
    ("site", "Site", None),
    ("energy_kVp", "Energy [V]", 1e-3),
    ("intensity_uA", "Intensity [uA]", 1.0),
    ("integration_time_ms", "Integration time [us]", 1e-3),
    ("samples", "No. samples", None),
    ("projections", "No. projections per 180", None),
    ("reconstruction_algorithm", "Reconstruction-Alg.", None),
    ("scan_distance_mm", "Scan Distance [um]", 1e-3),
    ("first_slice_position_mm", "Position Slice 1 [um]", 1e-3),
    ("reference_line_mm", "Reference line [um]", 1e-3),
    ("data_min", "Minimum data value", 1.0),
    ("data_max", "Maximum data value", 1.0),
    ("calibration_data", "Calibration Data", None),
    ("default_unit_type", "Calib. default unit type", None),
)
_DATES = (("creation_date", "Original Creation-Date"), ("modification_date", "Time"))
PERSONAL = (
    ("patient_name", "Patient Name"),
    ("patient_index", "Index Patient"),
    ("original_file", "Original file"),
)
WHOLE_LOG = "processing_log"
_SAME_SCALE = 1e-3


def values_in(log: str) -> Log:
    """The lines that are a name and a value; those that begin with "!" are comments."""
    lines = [re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in log.splitlines() if not line.startswith("!")]
    return [(line[0], line[1]) for line in lines if len(line) > 1]


def fields_in(log: Log) -> dict[str, object]:
    """What may travel on with results: nothing that names a person or a path."""
    told: dict[str, object] = {name: vms.date_in_words(_last(log, line)) for name, line in _DATES}
    for name, line, unit in _FIELDS:
        number = None if unit is None else _number(log, line)
        told[name] = _last(log, line) if unit is None else None if number is None else number * unit
    return told


def personal_in(log: Log, text: str) -> dict[str, object]:
    """What may identify a person; the whole log too, because its lines hold paths and names."""
    return {name: _last(log, line) for name, line in PERSONAL} | {WHOLE_LOG: text.strip()}


def calibration_in(log: Log, name: str, *, labels: bool) -> tuple[Calibration, tuple[str, ...]]:
    """The calibration, and what the user should know of it.

    :param name: the file's name.
    :param labels: whether the voxels have 8 bits, as masks and segmentations have.
    """
    if not any(line in _CALIBRATION for line, _ in log):
        return UNCALIBRATED, () if labels else (f"The processing log of {name} has no calibration. {HINT}",)
    content = _last(log, *_CONTENT)
    if labels or content.lower() not in ("", _ATTENUATION):
        what = "8-bit labels" if labels else repr(content)
        return unused(name, f"its grey values are {what}, not attenuation")
    differing = [line for line in _CALIBRATION if len({value for other, value in log if other == line}) > 1]
    if differing:
        return unused(name, f"its processing log has several values of {', '.join(differing)}")
    told = ToldCalibration(
        mu_scaling=_number(log, "Mu_Scaling"),
        mu_water=_number(log, "HU: mu water"),
        slope=_number(log, "Density: slope"),
        intercept=_number(log, "Density: intercept"),
        density_units=_last(log, "Density: unit"),
    )
    scale = _number(log, "Scaled by factor")
    if scale is not None and told.mu_scaling and abs(scale / told.mu_scaling - 1) > _SAME_SCALE:
        return unused(name, f"its grey values are scaled by {scale:g}, but Mu_Scaling is {told.mu_scaling:g}")
    return trusted(told, name, f"processing log of {name}")


def _last(log: Log, *lines: str) -> str:
    """The last value of a line with one of these names, empty if there is none."""
    return next((value for line, value in reversed(log) if line in lines), "")


def _number(log: Log, line: str) -> float | None:
    """The first number of the last value, if it is one and finite."""
    try:
        number = float(_last(log, line).split()[0])
    except (IndexError, ValueError):
        return None
    return number if math.isfinite(number) else None
