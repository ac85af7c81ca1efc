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
_ROUND_STEPS = (1, 2, 5)


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
    :param line: the rescale wanted; what it does not reach is limited to the type's range. By default everything fits:
        whole numbers stay what they are if they can, and all else gets the finest round step (1, 2 or 5 times a power
        of ten, for whole numbers at least 1) with which it fits, and is rounded to that step.
    :raises InputError: for a type that is not known, a rescale without whole numbers, NaN or infinite voxels that
        shall become whole numbers, or values beyond the range of the floating-point type wanted.
    """
    if voxel_type is None and line is None:
        return Stored(volume)
    if voxel_type not in STORED_TYPES or (line is not None and np.dtype(voxel_type).kind == "f"):
        raise InputError(
            f"Voxels cannot be stored as {voxel_type or volume.voxel_type} that way.",
            f"Choose one of {', '.join(STORED_TYPES)}; a rescale needs whole numbers.",
        )
    if line is not None and (not all(math.isfinite(value) for value in line) or line.factor == 0):
        raise InputError(
            f"A rescale of {line.factor:g} and {line.offset:g} leads to no grey values.",
            "Give finite numbers, the factor other than 0.",
        )
    wanted = np.dtype(voxel_type)
    if wanted.kind == "f":
        return Stored(volume.with_voxels(_floating_point(volume.voxels, wanted)))
    volume.check_grey_values()
    line = line or _fitting_line(volume.voxels, wanted)
    voxels, clipped = _whole_numbers(volume.voxels, wanted, line)
    return Stored(volume.with_voxels(voxels), line, clipped)


def _floating_point(voxels: np.ndarray, wanted: np.dtype) -> np.ndarray:
    with np.errstate(over="ignore"):
        stored = voxels.astype(wanted, copy=False)
    if any(np.any(np.isinf(new) & np.isfinite(old)) for new, old in zip(stored, voxels, strict=True)):
        raise InputError(f"Grey values of the volume do not fit into {wanted}.", "Choose float64.")
    return stored


def _fitting_line(voxels: np.ndarray, wanted: np.dtype) -> Line:
    """Without an offset where the finest step allows it, else with one that puts the lowest value at the lower end."""
    limits = np.iinfo(wanted)
    if voxels.dtype.kind in "iu" and limits.min <= voxels.min() and voxels.max() <= limits.max:
        return SAME
    count = limits.max - limits.min
    low, high = float(voxels.min()), float(voxels.max())
    if voxels.dtype.kind in "iu":
        step = max(1.0, _round_step_above((high - low) / (count - 2)))
        return Line(step, (math.floor(low / step) - limits.min) * step)
    step = _round_step_above((high - low) / count)
    if limits.min * step <= low and high <= limits.max * step:
        return Line(step, 0.0)
    # One number at each end is left for rounding; steps finer than double precision has at these values are none.
    finest = 4 * float(np.spacing(max(abs(low), abs(high))))
    step = _round_step_above(max((high - low) / (count - 2), finest))
    return Line(step, (math.floor(low / step) - limits.min) * step)


def _round_step_above(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 ... that is not below `least`; 1 for no span at all."""
    if least <= 0:
        return 1.0
    power = math.floor(math.log10(least))
    steps = [float(f"{factor}e{exponent}") for exponent in (power, power + 1) for factor in _ROUND_STEPS]
    return next(step for step in steps if step >= least)


def _whole_numbers(voxels: np.ndarray, wanted: np.dtype, line: Line) -> tuple[np.ndarray, int]:
    least, most = _limits(voxels.dtype, wanted) if line == SAME and voxels.dtype.kind in "iu" else _limits(wanted)
    stored, clipped = np.empty(voxels.shape, wanted), 0
    for number, values in enumerate(voxels):
        told = values
        if line != SAME or values.dtype.kind == "f":
            # Subtracting first keeps the digits of values that lie close to each other and far from zero.
            told = np.rint(np.subtract(values, line.offset, dtype=np.float64) / line.factor)
        clipped += int(np.count_nonzero((told < least) | (told > most)))
        stored[number] = np.clip(told, least, most)
    return stored, clipped


def _limits(*types: np.dtype) -> tuple[int, int]:
    """The smallest and largest number that all of these types hold."""
    limits = [np.iinfo(one) for one in types]
    return max(one.min for one in limits), min(one.max for one in limits)
