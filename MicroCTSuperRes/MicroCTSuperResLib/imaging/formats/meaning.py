"""What a file says about its numbers besides their place: units, calibration, rescale and text fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import CalibrationError
from ..calibration import (
    ATTENUATION_UNITS,
    DENSITY_UNITS,
    HU_UNITS,
    NATIVE_UNITS,
    SAME,
    UNCALIBRATED,
    Calibration,
    Line,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..volume import Volume

# The ways in which other programs write them, in lower case.
_UNITS = {
    "hu": HU_UNITS,
    "hounsfield": HU_UNITS,
    "hounsfield unit": HU_UNITS,
    "hounsfield units": HU_UNITS,
    "mg ha/cm3": DENSITY_UNITS,
    "mgha/cm3": DENSITY_UNITS,
    "mg ha/cm^3": DENSITY_UNITS,
    "mg ha/cm³": DENSITY_UNITS,
    "mg ha/ccm": DENSITY_UNITS,
    "mgha/ccm": DENSITY_UNITS,
    "1/cm": ATTENUATION_UNITS,
    "cm-1": ATTENUATION_UNITS,
    "cm^-1": ATTENUATION_UNITS,
}
# What taking a JSON object apart raises where it is not what was written.
NOT_AS_WRITTEN = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    CalibrationError,
)


@dataclass(frozen=True)
class Meaning:
    """As far as the file tells; see :class:`~.header.Header` for the fields.

    :param units: None where the file does not name them.
    """

    units: str | None = None
    calibration: Calibration = UNCALIBRATED
    line: Line = SAME
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, volume: Volume, line: Line = SAME) -> Meaning:
        """What has to be written with a volume.

        :param line: turns its voxels, as they are stored, into grey values in its units.
        """
        return cls(volume.units, volume.calibration, line, volume.metadata)

    def as_dict(self) -> dict[str, object]:
        """All of it, as JSON can hold it."""
        return {
            "units": self.units,
            "calibration": self.calibration.as_dict() or None,
            "rescale": None if self.line == SAME else list(self.line),
            "metadata": dict(self.metadata),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, object]) -> Meaning:
        """What :meth:`as_dict` told.

        :raises NOT_AS_WRITTEN: one of these, if it is anything else.
        """
        return cls(
            units=str(told["units"]),
            calibration=Calibration.from_dict(told.get("calibration") or {}),
            line=line_from(told.get("rescale") or SAME),
            metadata={str(key): str(value) for key, value in told["metadata"].items()},
        )

    def for_header(self, default_units: str | None = None) -> dict[str, object]:
        """The arguments of a Header.

        :param default_units: what another field of the file says of them, where this does not.
        """
        return {
            "units": self.units or default_units or NATIVE_UNITS,
            "calibration": self.calibration,
            "line": self.line,
            "metadata": self.metadata,
        }


NOTHING_TOLD = Meaning()


def units_named(name: str) -> str | None:
    """The units that another program's name means; None for a name that is not known."""
    return _UNITS.get(" ".join(name.lower().split()))


def line_from(numbers: object) -> Line:
    """The line of two numbers, factor and offset, as JSON or a text field holds them.

    :raises ValueError: if they are no two finite numbers, or the factor is zero.
    """
    factor, offset = (float(value) for value in numbers)  # type: ignore[attr-defined]
    if not (0 < abs(factor) < float("inf") and abs(offset) < float("inf")):
        raise ValueError(f"a rescale of {factor:g} and {offset:g}")
    return Line(factor, offset)
