"""Where two scans lie, told from their headers: how far they overlap, and whether their voxels are of one grid."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Placed(Protocol):
    """What has a place in the world: a Volume, a Grid, or the Header of a file."""

    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]


# Grids are turned against each other where their axes differ by more: files round their direction.
_SAME_DIRECTION = 1e-3
# Two grids are one where whole voxels lie between their first voxels, to this part of a voxel.
_SAME_PLACE_VOXELS = 1e-2


def box_in_voxels(placed: Placed, of: Placed) -> tuple[np.ndarray, np.ndarray]:
    """The outer faces of a volume in the voxels of another one.

    :param placed: the volume; where its axes are turned, the box around it.
    :param of: whose voxels are counted; its own faces are at -1/2 and size - 1/2.
    :returns: lower and upper face along the axes x, y, z of `of`.
    """
    ends = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    corners = ends * np.array(placed.size) - 0.5
    world = corners * placed.spacing @ np.reshape(placed.direction, (3, 3)).T + placed.origin
    voxels = (world - of.origin) @ np.linalg.inv(np.reshape(of.direction, (3, 3))).T / of.spacing
    return voxels.min(axis=0), voxels.max(axis=0)


def covered_share(lr: Placed, hr: Placed) -> float:
    """The part of the smaller of two volumes that the other one covers, 0 to 1."""
    low, high = box_in_voxels(hr, lr)
    faces = np.array(lr.size) - 0.5
    common = np.clip(np.minimum(high, faces) - np.maximum(low, -0.5), 0, None)
    smaller = min(np.prod(lr.size, dtype=float), np.prod(high - low))
    return float(np.prod(common) / smaller)


def same_direction(first: Placed, second: Placed) -> bool:
    """Whether the axes of two volumes point the same ways."""
    return bool(np.abs(np.subtract(first.direction, second.direction)).max() <= _SAME_DIRECTION)


def same_lattice(first: Placed, second: Placed) -> bool:
    """Whether the voxels of two volumes lie on one grid, though they may begin and end at other voxels of it."""
    if not same_direction(first, second) or not np.allclose(first.spacing, second.spacing, rtol=1e-3):
        return False
    low, _ = box_in_voxels(first, second)
    offset = low + 0.5
    return bool(np.abs(offset - np.rint(offset)).max() <= _SAME_PLACE_VOXELS)
