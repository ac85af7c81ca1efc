"""What a file says about its volume, without its voxels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError, InputError
from ..calibration import NATIVE_UNITS, SAME, UNCALIBRATED, Calibration, Line
from ..volume import IDENTITY, is_invertible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..box import Box

SPACING_HINT = "Give the true voxel size with --spacing X Y Z in mm."
MM_PER_UNIT = {
    "m": 1e3,
    "cm": 10.0,
    "mm": 1.0,
    "um": 1e-3,
    "µm": 1e-3,  # micro sign
    "μm": 1e-3,  # Greek letter mu
    "\\u00b5m": 1e-3,  # the way ImageJ writes the micro sign
    "micron": 1e-3,
    "microns": 1e-3,
    "micrometer": 1e-3,
    "micrometers": 1e-3,
    "nm": 1e-6,
}


@dataclass(frozen=True)
class Header:
    """What is known of a volume before its voxels are read.

    :param path: the file, folder or pattern that was asked for.
    :param format: the format's name in plain words.
    :param size: voxels along x, y, z.
    :param spacing: distance of voxel centres along x, y, z in mm.
    :param origin: centre of the first voxel in mm, LPS.
    :param direction: 3x3 cosine matrix, row by row, columns are the image axes.
    :param stored_type: numpy's name of the type that the format's `read` gives.
    :param line: turns the stored numbers into grey values in `units` (the file's rescale, or a conversion of units).
    :param units: what a grey value means.
    :param calibration: the constants that lead to other units, where the file says so.
    :param metadata: text fields of the file that may travel on with results.
    :param personal: text fields that may name or identify a person; they are passed on only when asked for.
    :param warnings: what the user should know before trusting the file's numbers, one sentence each.
    :param files: the files that the volume is in: the slices in their order, or header and voxels.
    :param box: the part of the file that is wanted; None for all of it. `size` and `origin` are those of the part.
    """

    path: Path
    format: str
    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = IDENTITY
    stored_type: str = "float32"
    line: Line = SAME
    units: str = NATIVE_UNITS
    calibration: Calibration = UNCALIBRATED
    metadata: Mapping[str, str] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    box: Box | None = None

    @property
    def voxel_type(self) -> str:
        """Numpy's name of the type that the voxels have once they are grey values."""
        return self.line.result_type(self.stored_type).name

    @property
    def voxel_bytes(self) -> int:
        """Memory that the voxels take, in bytes."""
        return math.prod(self.size) * np.dtype(self.voxel_type).itemsize

    @property
    def stored_bytes(self) -> int:
        """Memory that the stored numbers take, in bytes."""
        return math.prod(self.size) * np.dtype(self.stored_type).itemsize

    def check_place(self) -> None:
        """:raises FormatError: for an origin that is not finite, or a direction that is no invertible matrix."""
        if not all(math.isfinite(value) for value in self.origin):
            raise FormatError(f"{self.path} has an impossible origin: {self.origin} mm.", "Correct its header.")
        if not is_invertible(self.direction):
            raise FormatError(f"{self.path} has an impossible direction: {self.direction}.", "Correct its header.")

    def cropped(self, box: Box) -> Header:
        """The header of a part of the volume.

        :raises InputError: if the box reaches beyond the volume.
        """
        box.check_inside(self.size)
        return replace(self, size=box.size, origin=box.origin(self.spacing, self.origin, self.direction), box=box)

    def in_units(self, units: str) -> Header:
        """The header of the same volume with its grey values in other units.

        :raises CalibrationError: if the scan is not calibrated for that.
        """
        if units == self.units:
            return self
        return replace(self, line=self.calibration.line(self.units, units).after(self.line), units=units)


def given_spacing(spacing: Sequence[float] | None) -> tuple[float, float, float] | None:
    """The user's spacing as three numbers.

    :raises InputError: if it is not three positive finite numbers.
    """
    if spacing is None:
        return None
    try:
        numbers = tuple(float(value) for value in spacing)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != 3 or not all(math.isfinite(value) and value > 0 for value in numbers):
        raise InputError(f"The spacing must be three positive numbers, this is {spacing!r}.", SPACING_HINT)
    return numbers


def settled_spacing(
    path: Path, declared: Sequence[float] | None, given: tuple[float, float, float] | None
) -> tuple[float, float, float]:
    """The spacing to use: the given one if there is one, else the one that the file declares.

    :param declared: mm along each axis as the file's header has it, NaN where it is silent; None if it has none.
    :raises FormatError: if the file's is negative; or if none is given and the file's is absent, zero or infinite.
    """
    check_not_mirrored(path, declared or ())
    if given is not None:
        return given
    known = [value for value in declared or () if not math.isnan(value)]
    if any(value == 0 or math.isinf(value) for value in known):
        told = " x ".join(f"{value:g}" for value in declared)
        raise FormatError(f"{path} has an impossible voxel spacing: {told} mm.", SPACING_HINT)
    if len(known) == 3:
        return tuple(known)
    if known:
        told = " x ".join("?" if math.isnan(value) else f"{value:g}" for value in (*declared, math.nan)[:3])
        raise FormatError(f"{path} has a voxel spacing for some axes only ({told} mm).", SPACING_HINT)
    raise FormatError(f"{path} has no voxel spacing.", SPACING_HINT)


def check_not_mirrored(path: Path, declared: Sequence[float], unit: str = "mm") -> None:
    """Refuse a negative spacing, also where another one is given.

    Such an axis runs the other way: with a positive spacing in its place the specimen would be mirrored.

    :param declared: of each axis, NaN where the file is silent.
    :raises FormatError: if one is negative.
    """
    if any(value < 0 for value in declared):
        told = " x ".join(f"{value:g}" for value in declared)
        raise FormatError(
            f"{path} has a negative voxel spacing: {told} {unit}.",
            "Save it with its slices in the order of the axes; or correct its header, if the minus sign is a mistake.",
        )


def mm_per(path: Path, unit: str) -> float:
    """Millimetres in one length unit of a file; a file that names none means mm.

    :raises FormatError: for a unit that is not known.
    """
    name = unit.strip().strip('"').lower()
    if name in ("", "?"):
        return 1.0
    if name not in MM_PER_UNIT:
        raise FormatError(f"{path} measures its voxel spacing in {name!r}, which is not a known unit.", SPACING_HINT)
    return MM_PER_UNIT[name]
