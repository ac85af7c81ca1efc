"""Local thickness by sphere fitting: the diameter of the largest sphere inside a structure that holds a voxel.

Hildebrand & Ruegsegger, "A new method for the model-independent assessment of thickness in three-dimensional images",
Journal of Microscopy 185(1), 1997, doi:10.1046/j.1365-2818.1997.1340694.x. The same in two dimensions, with disks,
serves single slices.

1. Distance map: the squared distance of every voxel of the structure to the nearest voxel outside it, exactly.
2. Medial voxels: those whose ball is in no neighbour's ball. Balls are sets of voxels here, so that "is in" is decided
   by a table for squared distances (Remy & Thiel, "Medial axis for chamfer distances: computing look-up tables and
   neighbourhoods in 2D or 3D", Pattern Recognition Letters 23(6), 2002, doi:10.1016/S0167-8655(01)00141-6).
3. Balls of medial voxels are drawn from the smallest to the largest, so that the largest stays.
"""

from __future__ import annotations

import math
from itertools import pairwise, product

import numpy as np
import SimpleITK as sitk  # noqa: N813

# Voxels drawn at a time: a few ten megabytes of indices.
_BATCH = 4_000_000


def local_thickness(structure: np.ndarray, centres: np.ndarray | None = None, every: int = 1) -> np.ndarray:
    """The diameter of the largest ball inside a structure that holds a voxel, in voxels.

    :param structure: True where the structure is, axes (z, y, x) or (y, x), voxels of equal edges. The image border
        does not bound it: balls may reach beyond.
    :param centres: where balls may have their centres; None for anywhere in the structure. The same shape.
    :param every: tell it for every n-th voxel along each axis only, from the first, which takes the less time. The
        distances and balls are those of all voxels.
    :return: float32, the shape of `structure[::every, ...]`; 0 outside the structure and where no ball with such a
        centre reaches.
    """
    squared = squared_distances(structure)
    if centres is not None:
        squared *= centres
    return 2 * np.sqrt(_largest_balls(_medial(squared), every), dtype=np.float32)


def squared_distances(structure: np.ndarray) -> np.ndarray:
    """Squared distance in voxels to the nearest voxel outside the structure: int32, 0 outside it.

    Where nothing lies outside, there is no distance: 0 everywhere, too.
    """
    if structure.all() or not structure.any():
        return np.zeros(structure.shape, np.int32)
    # The distance of voxels outside an object to the object; its own voxels are negative or zero.
    outside = sitk.GetImageFromArray((~structure).view(np.uint8))
    distances = sitk.SignedMaurerDistanceMap(outside, squaredDistance=True, useImageSpacing=False)
    return np.maximum(sitk.GetArrayViewFromImage(distances), 0).astype(np.int32)


def _medial(squared: np.ndarray) -> np.ndarray:
    """The squared distances of medial voxels; 0 elsewhere."""
    medial = squared.copy()
    offsets = list(product((-1, 0, 1), repeat=squared.ndim))
    for steps in range(1, squared.ndim + 1):
        needed = _least_holding(steps, squared.ndim, int(squared.max()))[squared]
        for offset in offsets:
            if sum(map(abs, offset)) == steps:
                here, there = _overlap(offset)
                medial[here][squared[there] >= needed[here]] = 0
    return medial


def _least_holding(steps: int, dimensions: int, largest: int) -> np.ndarray:
    """For each squared radius the least one with which a ball, moved by one voxel along some axes, holds that ball.

    A ball of squared radius r2 holds the voxels whose squared distance from its centre is less than r2.

    :param steps: along how many axes it is moved.
    :return: int32, index: squared radius up to `largest`.
    """
    # By symmetry the voxel that is farthest from the moved centre lies in this octant.
    places = np.indices((math.isqrt(largest) + 1,) * dimensions)
    before = (places**2).sum(axis=0)
    places[:steps] += 1
    after = (places**2).sum(axis=0)
    inside = before < largest
    farthest = np.zeros(largest + 1, np.int32)
    np.maximum.at(farthest, before[inside] + 1, (after[inside] + 1).astype(np.int32))
    return np.maximum.accumulate(farthest)


def _overlap(offset: tuple[int, ...]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The voxels that have a neighbour at an offset, and these neighbours."""
    here = tuple(slice(max(0, -step), -step if step > 0 else None) for step in offset)
    there = tuple(slice(max(0, step), step if step < 0 else None) for step in offset)
    return here, there


def _largest_balls(medial: np.ndarray, every: int) -> np.ndarray:
    """For every n-th voxel the squared radius of the largest ball that holds it."""
    margin = math.isqrt(int(medial.max())) // every + 2
    drawn = np.zeros([math.ceil(count / every) + 2 * margin for count in medial.shape], np.int32)
    strides = np.array(drawn.strides) // drawn.itemsize
    places = np.stack(np.nonzero(medial))
    radii = medial[tuple(places)]
    # Balls of one radius together, and of those the ones that hold the same voxels of the coarse grid.
    phase = np.ravel_multi_index(tuple(places % every), (every,) * medial.ndim)
    order = np.lexsort((phase, radii))
    radii, phase = radii[order], phase[order]
    starts = np.flatnonzero(np.diff(radii, prepend=-1) | np.diff(phase, prepend=-1))
    indices = strides @ (places[:, order] // every + margin)
    for start, stop in pairwise([*starts, len(radii)]):
        squared = int(radii[start])
        first = np.array(np.unravel_index(phase[start], (every,) * medial.ndim))
        ball = strides @ _ball(squared, first, every)
        step = max(1, _BATCH // max(1, len(ball)))
        for begin in range(start, stop, step):
            drawn.ravel()[indices[begin : min(begin + step, stop), None] + ball] = squared
    return drawn[(slice(margin, -margin),) * medial.ndim]


def _ball(squared: int, first: np.ndarray, every: int) -> np.ndarray:
    """The voxels of the coarse grid in a ball around a voxel that lies `first` voxels after one of that grid.

    :return: steps of the coarse grid, shape (dimensions, voxels).
    """
    reach = math.isqrt(squared) // every + 1
    steps = np.indices((2 * reach + 1,) * len(first)).reshape(len(first), -1) - reach
    return steps[:, ((steps * every - first[:, None]) ** 2).sum(axis=0) < squared]
