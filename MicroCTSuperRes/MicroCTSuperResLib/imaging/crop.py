"""Which part of a scan is wanted, as a user says it: a box in voxels or millimetres, or the field around a bone."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ..errors import InputError
from .box import Box

# The study's field: 200 LR voxels of 20 um, 400 HR voxels of 10 um.
STUDY_FIELD_MM = 4.0
_LARGEST_SIDE = 1e9  # voxels or mm: beyond any scan, and numbers stay small enough to be computed with
CROP_HINT = (
    "Give X0:X1,Y0:Y1,Z0:Z1 in voxels (as 100:300,80:280,0:500; an empty side goes to the border), the same ending in "
    "mm, or auto, auto:200 (voxels), auto:4mm; auto::2 or auto:4mm:2 for the second bone."
)
_NUMBER = r"\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+"
_RANGE = re.compile(rf"({_NUMBER})?:({_NUMBER})?")
_AUTO = re.compile(rf"auto(?::({_NUMBER})(mm)?|:(?=:))?(?::(\d{{1,6}}))?")
# Fewer voxels are no field around a bone: who writes auto:2 means the second bone.
_LEAST_FIELD_VOXELS = 10


@dataclass(frozen=True)
class BoxCrop:
    """A box whose sides are given along x, y, z; None is the border.

    :param sides: first and last border of each axis, in voxels, or in mm from the outer face of the first voxel.
    :param in_mm: whether they are millimetres; voxels whose centres lie between the borders are taken.
    """

    sides: tuple[tuple[float | None, float | None], ...]
    in_mm: bool = False

    def box(self, size: tuple[int, int, int], spacing: tuple[float, float, float]) -> Box:
        """The box in voxels of a volume.

        :raises InputError: if it holds no voxels or reaches beyond the volume.
        """
        starts, stops = [], []
        for (low, high), count, step in zip(self.sides, size, spacing, strict=True):
            unit = step if self.in_mm else 1.0
            # The centre of voxel i lies at i + 1/2; the small number keeps a border on a face where it belongs.
            starts.append(0 if low is None else math.ceil(low / unit - 0.5 - 1e-6) if self.in_mm else int(low))
            stops.append(count if high is None else math.ceil(high / unit - 0.5 - 1e-6) if self.in_mm else int(high))
        if any(stop <= start for start, stop in zip(starts, stops, strict=True)):
            raise InputError(f"The crop {self} holds no voxels.", CROP_HINT)
        box = Box(tuple(starts), tuple(stops))
        box.check_inside(size)
        return box

    def __str__(self) -> str:
        told = ",".join(
            f"{'' if low is None else f'{low:g}'}:{'' if high is None else f'{high:g}'}" for low, high in self.sides
        )
        return told + ("mm" if self.in_mm else "")


@dataclass(frozen=True)
class BoneCrop:
    """A square field around a bone, over the whole length of the bone.

    :param field: its side, in mm or voxels; None for the study's 4 mm.
    :param in_mm: whether `field` is in mm.
    :param bone: which of the bones found, counted from 1.
    """

    field: float | None = None
    in_mm: bool = True
    bone: int = 1

    def field_voxels(self, spacing: tuple[float, float, float]) -> tuple[int, int]:
        """The field's sides along x and y in voxels, at least 1."""
        side = STUDY_FIELD_MM if self.field is None else self.field
        if self.field is not None and not self.in_mm:
            return (int(side), int(side))
        return tuple(max(1, round(side / step)) for step in spacing[:2])


Crop = BoxCrop | BoneCrop


def parse_crop(text: str) -> Crop:
    """What a user wrote after `--crop`.

    :raises InputError: for a text that is no crop.
    """
    told = text.replace(" ", "")
    automatic = _AUTO.fullmatch(told)
    if automatic is not None:
        return _bone_crop(text, *automatic.groups())
    in_mm = told.endswith("mm")
    parts = told.removesuffix("mm").split(",")
    matches = [_RANGE.fullmatch(part) for part in parts]
    if len(parts) != 3 or None in matches:
        raise InputError(f"The crop {text!r} is not understood.", CROP_HINT)
    sides = tuple(tuple(None if side is None else float(side) for side in match.groups()) for match in matches)
    numbers = [side for pair in sides for side in pair if side is not None]
    if any(side > _LARGEST_SIDE for side in numbers):
        raise InputError(f"The crop {text!r} is not understood.", CROP_HINT)
    if not in_mm and any(side != int(side) for side in numbers):
        raise InputError(f"The crop {text!r} has parts of voxels.", "Give whole voxels, or end it in mm.")
    return BoxCrop(sides, in_mm)


def _bone_crop(text: str, field: str | None, unit: str | None, bone: str | None) -> BoneCrop:
    number = int(bone or 1)
    side = None if field is None else float(field)
    if number < 1 or (side is not None and not _is_field(side, unit)):
        raise InputError(f"The crop {text!r} is not understood.", CROP_HINT)
    if side is not None and unit is None and side < _LEAST_FIELD_VOXELS:
        raise InputError(
            f"The crop {text!r} asks for a field of {side:g} voxels.",
            f"Say auto::{side:g} for bone {side:g}, or give a larger field.",
        )
    return BoneCrop(side, side is None or unit is not None, number)


def _is_field(side: float, unit: str | None) -> bool:
    return 0 < side <= _LARGEST_SIDE and (unit is not None or side == int(side))
