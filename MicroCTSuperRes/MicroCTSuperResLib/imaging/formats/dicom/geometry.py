"""Where the slices of a DICOM series are, and whether they make an evenly spaced volume."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..itk_files import Information

_POSITION, _ORIENTATION = "0020|0032", "0020|0037"
_PIXEL_SPACING, _IMAGER_SPACING = "0028|0030", "0018|1164"
_BETWEEN_SLICES, _THICKNESS = "0018|0088", "0018|0050"
# The tags that the functions below look at.
PLACE_TAGS = (_POSITION, _ORIENTATION, _PIXEL_SPACING, _IMAGER_SPACING, _BETWEEN_SLICES, _THICKNESS)
_LARGEST_UNEVENNESS = 0.01  # of the distance between slices; positions are often rounded
_COMPLETE_HINT = "Complete the series, or give a folder with slices of one volume alone."


@dataclass(frozen=True)
class SlicePlane:
    """The place of one slice: mm, LPS.

    :param axes: 3x3, columns are the directions along a row, down a column and across the slices.
    :param position: centre of the first pixel; None where the file does not tell it.
    :param spacing: x, y of the pixels and what the file says of z; NaN where it is silent.
    """

    file: Path
    axes: np.ndarray
    position: np.ndarray | None
    spacing: tuple[float, float, float]


@dataclass(frozen=True)
class Frame:
    """Spacing (NaN where unknown), origin and direction of the volume that the slices make."""

    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]


def slice_plane(file: Path, told: Information) -> SlicePlane:
    """What the tags of one slice say."""
    tags = told.metadata
    rows = _numbers(tags, _PIXEL_SPACING, 2) or _numbers(tags, _IMAGER_SPACING, 2) or [math.nan, math.nan]
    between = _numbers(tags, _BETWEEN_SLICES, 1) or _numbers(tags, _THICKNESS, 1) or [math.nan]
    cosines = np.asarray(_numbers(tags, _ORIENTATION, 6) or [1, 0, 0, 0, 1, 0], dtype=float).reshape(2, 3)
    position = _numbers(tags, _POSITION, 3)
    return SlicePlane(
        file=file,
        axes=np.column_stack([*cosines, np.cross(*cosines)]),
        position=None if position is None else np.asarray(position),
        spacing=(rows[1], rows[0], between[0]),  # DICOM gives the distance of rows (y) first
    )


def stacked(path: Path, planes: Sequence[SlicePlane]) -> tuple[list[SlicePlane], Frame]:
    """The slices in order across the volume, and its frame.

    :raises FormatError: if places are unknown, double or uneven, or the slices are turned or shifted to each other.
    """
    first = planes[0]
    if len(planes) == 1:
        return list(planes), _frame(first, first.spacing[2])
    if any(plane.position is None for plane in planes):
        raise FormatError(f"{path} has slices without a position in space.", _COMPLETE_HINT)
    for plane in planes:
        if not np.allclose(plane.axes, first.axes, atol=1e-4) or plane.spacing[:2] != first.spacing[:2]:
            if np.isnan(plane.spacing[:2]).all() and np.isnan(first.spacing[:2]).all():
                continue
            raise FormatError(f"{plane.file} is turned or scaled against {first.file.name}.", _COMPLETE_HINT)
    ordered = sorted(planes, key=lambda plane: float(first.axes[:, 2] @ plane.position))
    return ordered, _frame(ordered[0], _even_step(ordered))


def _even_step(ordered: Sequence[SlicePlane]) -> float:
    """The distance of neighbouring slices in mm."""
    places = np.asarray([plane.position for plane in ordered]) @ ordered[0].axes
    steps = np.diff(places[:, 2])
    step = float(np.median(steps))
    worst = int(np.argmax(np.abs(steps - step)))
    if step <= 0 or abs(steps[worst] - step) > _LARGEST_UNEVENNESS * step:
        raise FormatError(
            f"The slices are not evenly spaced: {steps[worst]:g} mm between {ordered[worst].file} and "
            f"{ordered[worst + 1].file.name}, {step:g} mm elsewhere.",
            _COMPLETE_HINT,
        )
    if np.ptp(places[:, :2], axis=0).max() > _LARGEST_UNEVENNESS * step * len(ordered):
        raise FormatError(f"The slices beside {ordered[0].file} are shifted sideways (tilted gantry).", _COMPLETE_HINT)
    return float(places[-1, 2] - places[0, 2]) / (len(ordered) - 1)


def _frame(first: SlicePlane, step: float) -> Frame:
    origin = (0.0, 0.0, 0.0) if first.position is None else tuple(first.position.tolist())
    return Frame((*first.spacing[:2], step), origin, tuple(first.axes.ravel().tolist()))


def _numbers(tags: Mapping[str, str], tag: str, count: int) -> list[float] | None:
    try:
        numbers = [float(part) for part in tags.get(tag, "").split("\\")]
    except ValueError:
        return None
    return numbers if len(numbers) == count else None
