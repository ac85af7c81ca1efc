"""What a file says about its volume, without its voxels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError, InputError
from ..volume import IDENTITY, NATIVE_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

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
    :param voxel_type: numpy's name of the type that the voxels have once read.
    :param units: what a grey value means.
    :param calibration: how grey values become density, where the file says so.
    :param metadata: text fields of the file.
    :param files: the files that the volume is in: the slices in their order, or header and voxels.
    """

    path: Path
    format: str
    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = IDENTITY
    voxel_type: str = "float32"
    units: str = NATIVE_UNITS
    calibration: Mapping[str, float] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    @property
    def voxel_bytes(self) -> int:
        """Memory that the voxels take, in bytes."""
        return math.prod(self.size) * np.dtype(self.voxel_type).itemsize


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
    :raises FormatError: if neither says it, or the file's is zero, negative or infinite.
    """
    if given is not None:
        return given
    known = [value for value in declared or () if not math.isnan(value)]
    if any(value <= 0 or math.isinf(value) for value in known):
        told = " x ".join(f"{value:g}" for value in declared)
        raise FormatError(f"{path} has an impossible voxel spacing: {told} mm.", SPACING_HINT)
    if len(known) == 3:
        return tuple(known)
    if known:
        told = " x ".join("?" if math.isnan(value) else f"{value:g}" for value in (*declared, math.nan)[:3])
        raise FormatError(f"{path} has a voxel spacing for some axes only ({told} mm).", SPACING_HINT)
    raise FormatError(f"{path} has no voxel spacing.", SPACING_HINT)


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
