"""Grey values as the numbers that a file stores: whole numbers with a rescale, what does not fit limited and counted.

grey value = factor * stored number + offset
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...errors import InputError
from ..calibration import SAME, Line

if TYPE_CHECKING:
    from ..volume import Volume

# fmt: off
STORED_TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
# fmt: on
_ROUND_STEPS = (1.0, 2.0, 5.0)


class Stored(NamedTuple):
    """A volume as it is to be stored.

    :param volume: with the stored numbers as its voxels, in the units of the grey values that `line` leads to.
    :param clipped: how many voxels were limited to what the type can hold.
    """

    volume: Volume
    line: Line = SAME
    clipped: int = 0


def stored_as(volume: Volume, voxel_type: str | None, line: Line | None = None) -> Stored:
    """The numbers to store for a volume.

    :param voxel_type: numpy's name of the type wanted; None stores the voxels as they are.
    :param line: the rescale wanted. By default whole numbers stay what they are, and floating-point values get the
        finest round step (1, 2 or 5 times a power of ten) with which all of them fit; they are rounded to that step.
    :raises InputError: for a type that is not known, a rescale without whole numbers, or NaN or infinite voxels that
        shall become whole numbers.
    """
    if voxel_type is None and line is None:
        return Stored(volume)
    if voxel_type not in STORED_TYPES or (line is not None and np.dtype(voxel_type).kind == "f"):
        raise InputError(
            f"Voxels cannot be stored as {voxel_type or volume.voxel_type} that way.",
            f"Choose one of {', '.join(STORED_TYPES)}; a rescale needs whole numbers.",
        )
    wanted = np.dtype(voxel_type)
    if wanted.kind == "f":
        return Stored(volume.with_voxels(volume.voxels.astype(wanted, copy=False)))
    volume.check_grey_values()
    line = line or _fitting_line(volume.voxels, wanted)
    voxels, clipped = _whole_numbers(volume.voxels, wanted, line)
    return Stored(volume.with_voxels(voxels), line, clipped)


def _fitting_line(voxels: np.ndarray, wanted: np.dtype) -> Line:
    if voxels.dtype.kind in "iu":
        return SAME
    limits = np.iinfo(wanted)
    low, high = float(voxels.min()), float(voxels.max())
    step = _round_step_above((high - low) / (limits.max - limits.min - 1))
    if limits.min * step <= low and high <= limits.max * step:
        return Line(step, 0.0)
    if limits.min < 0:
        step = _round_step_above(max(high / limits.max, low / limits.min))
        return Line(step, 0.0)
    return Line(step, math.floor(low / step) * step)


def _round_step_above(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 ... that is not below `least`; 1 for no span at all."""
    if least <= 0:
        return 1.0
    power = math.floor(math.log10(least))
    steps = [factor * 10.0**exponent for exponent in (power, power + 1) for factor in _ROUND_STEPS]
    return next(step for step in steps if step >= least)


def _whole_numbers(voxels: np.ndarray, wanted: np.dtype, line: Line) -> tuple[np.ndarray, int]:
    limits = np.iinfo(wanted)
    stored, clipped = np.empty(voxels.shape, wanted), 0
    back = line.inverse()
    for number, values in enumerate(voxels):
        told = values if line == SAME and values.dtype.kind in "iu" else np.rint(back.of(values))
        clipped += int(np.count_nonzero((told < limits.min) | (told > limits.max)))
        stored[number] = np.clip(told, limits.min, limits.max)
    return stored, clipped
