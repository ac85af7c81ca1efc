"""Where LR and HR lie to each other, from their headers: which voxels of HR belong to which of LR.

An `Affine` leads from voxel indices of LR to voxel indices of the HR file. It holds everything that the files tell:
origin, spacing, and any direction, also flipped or permuted axes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.sampling import SCALE
from MicroCTSuperResLib.quality.pairing import covered_box
from scipy import ndimage
from scipy.interpolate import BSpline

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.formats import Header
    from MicroCTSuperResLib.imaging.sampling import Grid
    from MicroCTSuperResLib.imaging.volume import Volume

PLACEMENTS = ("auto", "files", "corners")
# Places this part of a voxel beside a voxel are on it: files round their geometry.
_ON_VOXEL = 1e-3
_SAME_STEP = 1e-6
# B-splines of order 5 blur less than cubic ones; docs/training.md tells what they cost.
SPLINE_ORDER = 5


@dataclass(frozen=True, eq=False)
class Affine:
    """Where a voxel (x, y, z) of LR lies among the voxels of HR: matrix @ voxel + offset.

    :param matrix: (3, 3).
    :param offset: (3,).
    """

    matrix: np.ndarray
    offset: np.ndarray

    def after(self, first: Affine) -> Affine:
        """The map that goes through `first` and then this one."""
        return Affine(self.matrix @ first.matrix, self.matrix @ first.offset + self.offset)

    def from_box(self, box: Box) -> Affine:
        """The same for voxels that are counted from the first one of a box."""
        return Affine(self.matrix, self.matrix @ np.array(box.start, float) + self.offset)

    def to_box(self, box: Box) -> Affine:
        """The same with the places counted from the first voxel of a box."""
        return Affine(self.matrix, self.offset - box.start)

    def of_hr_grid(self) -> Affine:
        """The same from the voxels of the HR grid of LR, twice as many along each axis with their edges aligned."""
        return Affine(self.matrix / SCALE, self.matrix @ np.full(3, (1 / SCALE - 1) / 2) + self.offset)


def affine_between(lr: Header | Volume | Grid, hr: Header | Volume | Grid) -> Affine:
    """Where the voxels of one grid lie on another, by their places in the world."""
    to_hr = np.linalg.inv(np.reshape(hr.direction, (3, 3)) @ np.diag(hr.spacing))
    matrix = to_hr @ np.reshape(lr.direction, (3, 3)) @ np.diag(lr.spacing)
    return Affine(matrix, to_hr @ (np.array(lr.origin) - np.array(hr.origin)))


def moved(header: Header, by_mm: np.ndarray | None) -> Header:
    """The same header with its origin moved."""
    return header if by_mm is None else replace(header, origin=tuple((np.array(header.origin) + by_mm).tolist()))


def covered_part(size: tuple[int, int, int], affine: Affine, hr: Box) -> Box:
    """The voxels of an LR grid whose HR voxels all lie on a part of HR.

    :param size: of the LR grid, x, y, z.
    :param affine: from its voxels to those of the HR file.
    :param hr: the voxels of the HR file that may be used.
    :raises InputError: if there are none.
    """
    inner = (1 - 1 / SCALE) / 2  # of an LR voxel, from its centre to those of its HR voxels
    reach = np.abs(affine.matrix).sum(axis=1) * inner - _ON_VOXEL
    covered = np.ones(size[::-1], bool)
    z, y, x = np.meshgrid(*(np.arange(count, dtype=np.float32) for count in size[::-1]), indexing="ij", sparse=True)
    for row, offset, far, first, stop in zip(affine.matrix, affine.offset, reach, hr.start, hr.stop, strict=True):
        # Terms of 0 are left out, so that without rotation all is done on single lines of voxels.
        place = sum(np.float32(factor) * index for factor, index in zip(row, (x, y, z), strict=True) if factor)
        covered &= (place >= first + far - offset) & (place <= stop - 1 - far - offset)
    try:
        return covered_box(covered)
    except InputError as error:
        raise InputError(f"HR does not cover the wanted part of LR. {error.message}", error.hint) from error


def needed_part(size: tuple[int, int, int], affine: Affine, file: Box, margin: float) -> Box | None:
    """The voxels of a file that lie on a grid, and some around them where there are any; None if there are none.

    :param size: of the grid, x, y, z.
    :param affine: from its voxels to those of the file.
    :param file: the voxels of the file that may be used.
    :param margin: in voxels of the file.
    """
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * size - 0.5
    places = corners @ affine.matrix.T + affine.offset
    low = np.maximum(np.floor(places.min(axis=0) - margin), file.start).astype(int)
    high = np.minimum(np.ceil(places.max(axis=0) + margin) + 1, file.stop).astype(int)
    return Box(tuple(low), tuple(high)) if np.all(low < high) else None


def is_on_voxels(affine: Affine) -> bool:
    """Whether each place is a voxel of HR itself, with the axes in the same order and direction."""
    besides = np.abs(affine.offset - affine.offset.round()).max()
    return bool(besides < _ON_VOXEL and _is_shift(affine))


def sampled(voxels: np.ndarray, affine: Affine, size: tuple[int, int, int]) -> np.ndarray:
    """The grey values at the places of a grid: those of voxels as they are, others between them by B-splines.

    :param voxels: (z, y, x).
    :param affine: from the grid's voxels to these; all of them lie inside.
    :param size: of the grid, x, y, z.
    :returns: float32 (z, y, x).
    """
    if is_on_voxels(affine):
        box = Box(affine.offset.round(), affine.offset.round() + size)
        return np.ascontiguousarray(voxels[box.slices], np.float32)
    splines = ndimage.spline_filter(voxels, SPLINE_ORDER, output=np.float32, mode="mirror")
    if _is_shift(affine):
        for axis, (place, count) in enumerate(zip(affine.offset[::-1], size[::-1], strict=True)):
            splines = _shifted(splines, axis, float(place), count)
        return np.ascontiguousarray(splines)
    options = {"order": SPLINE_ORDER, "mode": "mirror", "prefilter": False}
    return ndimage.affine_transform(splines, *_in_array_order(affine), size[::-1], np.float32, **options)


def sampled_mask(mask: np.ndarray, affine: Affine, size: tuple[int, int, int]) -> np.ndarray:
    """A mask at the places of a grid, each as its nearest voxel; False beyond it. See :func:`sampled`."""
    # Mode "constant" would lose voxels of the border where a place misses 0 by rounding.
    return ndimage.affine_transform(mask, *_in_array_order(affine), size[::-1], bool, order=0, mode="grid-constant")


def _is_shift(affine: Affine) -> bool:
    return np.allclose(affine.matrix, np.eye(3), rtol=0, atol=_SAME_STEP)


def _shifted(splines: np.ndarray, axis: int, place: float, count: int) -> np.ndarray:
    """The sum of B-splines along one axis at `place`, `place` + 1, ...: what `affine_transform` does, axis by axis.

    :param splines: coefficients (z, y, x).
    :param count: how many places; all of them lie inside.
    """
    half = (SPLINE_ORDER + 1) // 2
    first = math.floor(place)
    # The splines of the voxels first - 2 ... first + 3 are not zero there.
    weights = BSpline.basis_element(np.arange(-half, half + 1))(place - first + half - 1 - np.arange(2 * half))
    needed = np.abs(np.arange(first - half + 1, first + half + count))
    last = splines.shape[axis] - 1
    source = np.moveaxis(splines.take(np.where(needed > last, 2 * last - needed, needed), axis), axis, 0)
    result = np.zeros((count, *source.shape[1:]), np.float32)
    for number, weight in enumerate(weights.astype(np.float32)):
        result += weight * source[number : number + count]
    return np.moveaxis(result, 0, axis)


def _in_array_order(affine: Affine) -> tuple[np.ndarray, np.ndarray]:
    """Matrix and offset for axes z, y, x; of a matrix without rotation its diagonal: that way is faster."""
    matrix = affine.matrix[::-1, ::-1]
    diagonal = np.diag(matrix)
    return (diagonal if np.allclose(matrix, np.diag(diagonal), atol=1e-9) else matrix), affine.offset[::-1]
