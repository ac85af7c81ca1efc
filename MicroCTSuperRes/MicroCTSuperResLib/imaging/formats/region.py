"""Which voxels of a file are wanted: every n-th one between a start and a stop along each axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..box import Box

# Slices along z, y, x with start, stop and step filled in, inside the volume.
Region = tuple[slice, slice, slice]


def region_of(box: Box, steps: tuple[int, int, int] = (1, 1, 1)) -> Region:
    """The region of a box.

    :param steps: along x, y, z: 1 for every voxel, 2 for every second one.
    """
    return tuple(slice(part.start, part.stop, step) for part, step in zip(box.slices, steps[::-1], strict=True))


def is_whole(region: Region, size: tuple[int, int, int]) -> bool:
    """Whether it is every voxel of a volume of this size (x, y, z)."""
    return all(part == slice(0, count, 1) for part, count in zip(region, size[::-1], strict=True))


def shape_of(region: Region) -> tuple[int, int, int]:
    """The shape (z, y, x) of an array of these voxels."""
    return tuple(len(range(part.start, part.stop, part.step)) for part in region)
