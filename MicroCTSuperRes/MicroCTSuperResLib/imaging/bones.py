"""Finding the bones of a scan, and the study's square field around one of them.

1. Blocks of about 0.1 mm are averaged, of a large scan larger ones with some of their rows (`bone_sample.py`).
2. Blocks brighter than a threshold are bone (`bone_levels.py`); single ones are noise.
3. Pieces nearer than 0.3 mm are one bone, as the trabeculae within a cortex; those farther apart are two
   (`bone_pieces.py`).
4. Where the blocks had to be large, the surroundings of each piece are looked at again in smaller ones.

Bones that touch, as the vertebrae of an intact spine, are found as one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .bone_levels import bone_levels, looked_for, units_for_bone
from .bone_pieces import JOINED_MM, Piece, disjoint, find_pieces, grown, holds
from .bone_sample import VOXEL_BUDGET, take_sample
from .box import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .bone_levels import Levels
    from .bone_sample import Sample
    from .crop import BoneCrop
    from .formats.reading import OpenScan

# Less is dust or noise: a phalanx of a mouse has some tenths of a mm3. Of a tiny scan it is a part of the scan.
LEAST_BONE_MM3, _LEAST_PART_OF_SCAN = 0.1, 0.005
# Bones with less than this part of the largest one's volume are numbered after the others: fragments, sesamoids.
_SMALL_BONE = 0.25
# A piece within the box of a bone that has ten times its volume belongs to that bone.
_PART_OF_BONE = 0.1


@dataclass(frozen=True)
class Bone:
    """A bone in a scan.

    :param number: counted from 1 in the order of :func:`find_bones`.
    :param box: voxels of the whole file that hold it.
    :param margin: voxels along x, y, z by which the box may be larger than the bone on each side.
    :param spacing: of the voxels in mm, x, y, z.
    :param centre: the centre of its mass in voxels x, y, z of the whole file.
    :param volume_mm3: an estimate of the volume of bone in it, without marrow.
    :param threshold: above which a block of voxels counted as bone, in `units`.
    """

    number: int
    box: Box
    margin: tuple[int, int, int]
    spacing: tuple[float, float, float]
    centre: tuple[float, float, float]
    volume_mm3: float
    threshold: float
    units: str

    @property
    def size_mm(self) -> tuple[float, float, float]:
        """Of the box along x, y, z."""
        return tuple(count * step for count, step in zip(self.box.size, self.spacing, strict=True))

    def as_dict(self) -> dict[str, object]:
        """What `info --json` tells of it; `box` is what `--crop` takes."""
        return {
            "number": self.number,
            "box": str(self.box),
            "start": list(self.box.start),
            "stop": list(self.box.stop),
            "size_mm": [round(edge, 6) for edge in self.size_mm],
            "centre_voxels": [round(place, 1) for place in self.centre],
            "volume_mm3": float(f"{self.volume_mm3:.3g}"),
            "threshold": float(f"{self.threshold:.6g}"),
            "threshold_units": self.units,
        }


def find_bones(scan: OpenScan) -> list[Bone]:
    """The bones of a scan, in their order along the axis on which they lie farthest apart, small ones last.

    Bones of a holder are often of nearly the same size, so the order is that of their places: it is the same for
    another threshold. The part and the units that the scan was opened for do not matter either. A file that is read
    in parts is looked at twice, at about 32 million voxels each; any other is read as a whole.

    :raises FormatError: if the file cannot be read.
    """
    scan = replace(scan, header=scan.stored)
    size, spacing = scan.stored.size, scan.stored.spacing
    least_mm3 = min(LEAST_BONE_MM3, _LEAST_PART_OF_SCAN * math.prod(size) * math.prod(spacing))
    sample = take_sample(scan, Box.whole(size), units_for_bone(scan.stored), VOXEL_BUDGET)
    levels = bone_levels(sample, least_mm3)
    if levels is None:
        return []
    pieces = list(find_pieces(sample, levels, size, least_mm3))
    if not sample.complete and scan.reads_parts:
        pieces = list(_looked_at_again(scan, sample, pieces, levels, least_mm3))
    return [
        Bone(number, piece.box, piece.margin, spacing, piece.centre, piece.volume_mm3, levels.threshold, levels.units)
        for number, piece in enumerate(_in_order(_without_parts(pieces), spacing), start=1)
    ]


def _looked_at_again(
    scan: OpenScan, sample: Sample, pieces: list[Piece], levels: Levels, least_mm3: float
) -> Iterator[Piece]:
    """The pieces in smaller blocks; what the first look ran together may come apart."""
    size = scan.stored.size
    margin = [math.ceil(JOINED_MM / step) for step in sample.spacing]
    regions = disjoint([grown(piece.box, margin, size) for piece in pieces])
    voxels = sum(math.prod(region.size) for region in regions)
    for region in regions:
        again = take_sample(scan, region, sample.units, VOXEL_BUDGET * math.prod(region.size) / voxels)
        yield from find_pieces(again, levels, size, least_mm3)


def _without_parts(pieces: list[Piece]) -> list[Piece]:
    """The pieces without those that lie within the box of a much larger one."""
    kept: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: -piece.volume_mm3):
        if not any(piece.volume_mm3 < _PART_OF_BONE * bone.volume_mm3 and holds(bone.box, piece.box) for bone in kept):
            kept.append(piece)
    return kept


def _in_order(pieces: list[Piece], spacing: tuple[float, float, float]) -> list[Piece]:
    """The pieces in the order of :func:`find_bones`."""
    least_mm3 = _SMALL_BONE * max((piece.volume_mm3 for piece in pieces), default=0)
    places = [np.multiply(piece.centre, spacing) for piece in pieces if piece.volume_mm3 >= least_mm3]
    axis = int(np.argmax(np.ptp(places, axis=0))) if places else 0
    return sorted(pieces, key=lambda piece: (piece.volume_mm3 < least_mm3, piece.centre[axis], piece.box.start))


def bone_field(scan: OpenScan, crop: BoneCrop) -> tuple[Box, list[str]]:
    """The square field around a bone, over the bone's whole length.

    A bone that fits lies in the middle of the field. Of a wider one the field holds the part around its centre of
    mass, which of a vertebra is the body rather than a process, and the user is told.

    :returns: the box in voxels of the whole file, and what the user should know about it.
    :raises InputError: if there is no bone, or not the one that is wanted.
    """
    bones = find_bones(scan)
    path, size = scan.stored.path, scan.stored.size
    if not bones:
        raise InputError(
            f"No bone was found in {path}: {looked_for(scan.stored)}.",
            "Check the voxel size and the calibration, or give the crop as a box, as --crop 100:300,80:280,0:500.",
        )
    if crop.bone > len(bones):
        raise InputError(
            f"Bone {crop.bone} of {path} is wanted, {len(bones)} found.", "microct-superres info lists them."
        )
    bone = bones[crop.bone - 1]
    field = crop.field_voxels(scan.stored.spacing)
    sides = [_side(bone, axis, field[axis], size[axis]) for axis in (0, 1)]
    start, stop = zip(*sides, (bone.box.start[2], bone.box.stop[2]), strict=True)
    return Box(start, stop), list(_field_warnings(bone, len(bones), field, size))


def _side(bone: Bone, axis: int, field: int, size: int) -> tuple[int, int]:
    """Where the field begins and ends along an axis of a scan of `size` voxels."""
    start, stop = bone.box.start[axis], bone.box.stop[axis]
    first = (start + stop - field) // 2
    if _is_cut(bone, axis, field):
        first = min(max(round(bone.centre[axis] - field / 2), start), stop - field)
    first = max(0, min(first, size - field))
    return first, min(first + field, size)


def _is_cut(bone: Bone, axis: int, field: int) -> bool:
    return bone.box.size[axis] - 2 * bone.margin[axis] > field


def _field_warnings(bone: Bone, count: int, field: tuple[int, int], size: tuple[int, int, int]) -> Iterator[str]:
    if count > 1 and bone.number == 1:
        yield f"{count} bones were found; the crop is around number 1 (info lists them)."
    told = f"{field[0]} x {field[1]} voxels"
    if any(_is_cut(bone, axis, field[axis]) for axis in (0, 1)):
        wide = " x ".join(f"{edge:.1f}" for edge in bone.size_mm[:2])
        holding = math.ceil(10 * max(bone.size_mm[:2])) / 10
        yield (
            f"Bone {bone.number} is {wide} mm wide and the field of {told} cuts it; "
            f"--crop auto:{holding:g}mm:{bone.number} would hold all of it."
        )
    if size[0] < field[0] or size[1] < field[1]:
        yield f"The scan is {size[0]} x {size[1]} voxels, the field of {told} does not fit into it."
