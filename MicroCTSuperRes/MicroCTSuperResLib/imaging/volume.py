"""A scan in memory: voxels with their place in the world and the meaning of their grey values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .calibration import NATIVE_UNITS, UNCALIBRATED, Calibration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .box import Box

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
# float32 ends at 3.4e38 and 1.2e-38; differences and products of grey values need room, too.
_LARGEST_GREY, _SMALLEST_GREY = 1e36, 1e-30


@dataclass(frozen=True, eq=False)
class Volume:
    """A 3-D scan.

    :param voxels: real numbers, shape (z, y, x); any integer or floating-point type, kept as given.
    :param spacing: distance of voxel centres along x, y, z in mm.
    :param origin: centre of voxel (0, 0, 0) in mm, x, y, z, in the LPS system of ITK and DICOM.
    :param direction: 3x3 cosine matrix, row by row, columns are the image axes x, y, z, as in SimpleITK.
    :param units: what a grey value means: "native", "1/cm", "HU" or "mg HA/cm3".
    :param calibration: the constants that lead from these units to the others; empty where none is known.
    :param metadata: text fields that travel with the scan (acquisition, provenance).
    :param source: the file that the volume was read from, if any.
    :raises InputError: for voxels that are not a 3-D array of real numbers, or a geometry that makes no sense.
    """

    voxels: np.ndarray
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = IDENTITY
    units: str = NATIVE_UNITS
    calibration: Calibration = UNCALIBRATED
    metadata: Mapping[str, str] = field(default_factory=dict)
    source: Path | None = None

    def __post_init__(self) -> None:
        voxels = np.asarray(self.voxels)
        if voxels.ndim != 3:
            raise InputError(
                f"A volume has 3 dimensions (z, y, x), this one has {voxels.ndim} (shape {voxels.shape}).",
                "Give one 3-D volume; split time series and channels first.",
            )
        if voxels.size == 0:
            raise InputError(f"The volume is empty (shape {voxels.shape}).", "Check the crop or the file.")
        if voxels.dtype.kind not in "iuf":
            raise InputError(
                f"Voxels are of type {voxels.dtype}, which is not a real number.",
                "Convert the image to an integer or floating-point grey type first.",
            )
        object.__setattr__(self, "voxels", voxels)
        object.__setattr__(self, "spacing", _three_numbers("spacing", self.spacing))
        object.__setattr__(self, "origin", _three_numbers("origin", self.origin))
        if min(self.spacing) <= 0:
            raise InputError(
                f"The voxel spacing must be positive, this is {self.spacing} mm.",
                "Give the true voxel size with --spacing.",
            )
        direction = _numbers(self.direction)
        if not is_invertible(direction):
            raise InputError(
                f"The direction must be an invertible 3x3 matrix, this is {self.direction!r}.",
                "Correct the file's header.",
            )
        object.__setattr__(self, "direction", direction)
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    @property
    def size(self) -> tuple[int, int, int]:
        """Number of voxels along x, y, z."""
        z, y, x = self.voxels.shape
        return (x, y, z)

    @property
    def voxel_type(self) -> str:
        """The numpy name of the voxels' type, as "int16"."""
        return self.voxels.dtype.name

    @property
    def direction_matrix(self) -> np.ndarray:
        """The direction as a 3x3 array; its columns are the image axes x, y, z."""
        return _matrix(self.direction)

    def check_grey_values(self) -> None:
        """Refuse grey values that cannot be computed with in single precision.

        :raises InputError: if a voxel is NaN or infinite, or the grey values are too large or too small.
        """
        if self.voxels.dtype.kind != "f":
            return
        of_file = "" if self.source is None else f" of {self.source}"
        bad = sum(int(np.count_nonzero(~np.isfinite(part))) for part in self.voxels)
        if bad:
            raise InputError(
                f"{bad} of {self.voxels.size} voxels{of_file} are NaN or infinite.",
                "Replace them with a real grey value (the background's) first.",
            )
        largest = max(abs(float(self.voxels.max())), abs(float(self.voxels.min())))
        if largest != 0 and not _SMALLEST_GREY < largest < _LARGEST_GREY:
            raise InputError(
                f"The grey values{of_file} reach {largest:g}, which 32-bit floating point cannot be computed with.",
                "Convert them to usual units first.",
            )

    def in_units(self, units: str, voxel_type: str | None = None) -> Volume:
        """The same scan with grey values in other units; the calibration stays, so that the way back is open.

        :param units: "native", "1/cm", "HU" or "mg HA/cm3".
        :param voxel_type: numpy's name of the type wanted, by default the smallest floating-point type that holds
            the volume's own grey values; whole numbers are rounded.
        :raises CalibrationError: if the scan is not calibrated for that: nothing is guessed.
        :raises InputError: if a value does not fit into `voxel_type`.
        """
        if units == self.units and voxel_type in (None, self.voxel_type):
            return self
        line = self.calibration.line(self.units, units)
        return self.with_voxels(line.applied_to(self.voxels, voxel_type), units=units)

    def cropped(self, box: Box) -> Volume:
        """The part inside a box, at its place in the world; a view of the same voxels.

        :raises InputError: if the box reaches beyond the volume.
        """
        box.check_inside(self.size)
        origin = box.origin(self.spacing, self.origin, self.direction)
        return self.with_voxels(self.voxels[box.slices], origin=origin)

    def with_voxels(self, voxels: np.ndarray, **changes: object) -> Volume:
        """The same place in the world with other voxels (and other fields, if given)."""
        return replace(self, voxels=voxels, **changes)

    def write(self, path: str | Path, *, overwrite: bool = False, compress: bool = False) -> Path:
        """Write to a file whose extension chooses the format.

        The file appears whole or not at all: it is written beside its place under another name and then renamed.

        :raises OutputError: if `path` exists and `overwrite` is false, or it cannot be written.
        """
        from .formats import write_volume

        return write_volume(self, path, overwrite=overwrite, compress=compress)


def is_invertible(direction: tuple[float, ...]) -> bool:
    """Whether nine numbers, row by row, are a 3x3 matrix that can be inverted."""
    return len(direction) == 9 and bool(
        np.all(np.isfinite(direction)) and abs(np.linalg.det(_matrix(direction))) > 1e-6
    )


def _matrix(direction: tuple[float, ...]) -> np.ndarray:
    return np.asarray(direction, dtype=float).reshape(3, 3)


def _numbers(values: object) -> tuple[float, ...]:
    """All numbers of a sequence or array; none if one of them is no number."""
    try:
        return tuple(float(value) for value in np.ravel(values))
    except (TypeError, ValueError):
        return ()


def _three_numbers(name: str, values: object) -> tuple[float, float, float]:
    numbers = _numbers(values)
    if len(numbers) != 3 or not np.all(np.isfinite(numbers)):
        raise InputError(f"The {name} must be three finite numbers (x, y, z in mm), this is {values!r}.")
    return numbers
