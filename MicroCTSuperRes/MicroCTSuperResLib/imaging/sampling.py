"""From the LR grid to the HR grid: edges aligned, half the voxel size.

One LR voxel covers 2x2x2 HR voxels, so the edges of the two grids coincide and the centres do not: along each axis
    origin_HR = origin_LR - (spacing_LR - spacing_HR) / 2     (turned by the direction).
The centres of the two HR voxels lie a quarter of an LR voxel to either side of the LR voxel's centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .volume import Volume

SCALE = 2
GRIDS = ("isotropic", "in-plane")

# Weights of the LR voxels -2..+2 for the HR voxel a quarter of an LR voxel below the centre; above it is the mirror
# image. Order 3 is Keys' cubic convolution, a = -1/2 (1981, doi:10.1109/TASSP.1981.1163711).
_TAPS = {
    1: np.array((0, 1 / 4, 3 / 4, 0, 0), np.float32),
    3: np.array((-3, 29, 111, -9, 0), np.float32) / 128,
}


@dataclass(frozen=True)
class Grid:
    """The place of voxels in the world; x, y, z order and mm as in SimpleITK."""

    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(z, y, x) of an array on this grid."""
        return self.size[::-1]


def check_grid(grid: str) -> None:
    """:raises InputError: if `grid` is not one of `GRIDS`."""
    if grid not in GRIDS:
        raise InputError(f"The grid {grid!r} is not known.", f"Choose one of {', '.join(GRIDS)}.")


def factors(grid: str) -> tuple[int, int, int]:
    """HR voxels for one LR voxel along x, y, z: all axes, or only those of the transverse slice."""
    check_grid(grid)
    return (SCALE, SCALE, SCALE if grid == "isotropic" else 1)


def hr_grid(lr: Volume | Grid, grid: str = "isotropic") -> Grid:
    """The grid that an enhanced `lr` lives on.

    :param lr: anything with size, spacing, origin and direction.
    :param grid: "isotropic" halves the voxel along x, y and z, "in-plane" along x and y.
    :raises InputError: for an unknown grid.
    """
    factor = np.array(factors(grid))
    spacing = np.array(lr.spacing)
    shift = (spacing - spacing / factor) / 2
    origin = np.array(lr.origin) - np.reshape(lr.direction, (3, 3)) @ shift
    return Grid(
        size=tuple(int(n) for n in np.array(lr.size) * factor),
        spacing=tuple(float(s) for s in spacing / factor),
        origin=tuple(float(o) for o in origin),
        direction=tuple(lr.direction),
    )


def interpolate(lr: Volume, *, grid: str = "isotropic", order: int = 1) -> Volume:
    """The LR volume on the HR grid by separable interpolation; beyond the border the outermost voxels go on.

    :param grid: "isotropic" or "in-plane".
    :param order: 1 linear, 3 cubic convolution.
    :returns: float32 volume with the units and metadata of `lr`.
    :raises InputError: for an unknown grid or order.
    """
    if order not in _TAPS:
        raise InputError(f"Interpolation of order {order!r} is not known.", "Choose 1 (linear) or 3 (cubic).")
    target = hr_grid(lr, grid)
    voxels = lr.voxels.astype(np.float32, copy=False)
    for axis, factor in enumerate(reversed(factors(grid))):
        if factor == SCALE:
            voxels = _doubled(voxels, axis, _TAPS[order])
    return lr.with_voxels(voxels, spacing=target.spacing, origin=target.origin)


def halved(voxels: np.ndarray, axis: int) -> np.ndarray:
    """The mean of each two neighbouring voxels along one axis of even length, float32: HR voxels to LR voxels."""
    pairs = np.moveaxis(voxels, axis, 0)
    half = np.float32(0.5)  # before the sum, which large whole numbers would overflow
    return np.moveaxis(half * pairs[::SCALE] + half * pairs[1::SCALE], 0, axis)


def _doubled(voxels: np.ndarray, axis: int, taps: np.ndarray) -> np.ndarray:
    source = np.moveaxis(voxels, axis, 0)
    count = source.shape[0]
    result = np.empty((SCALE * count, *source.shape[1:]), np.float32)
    padded = np.pad(source, [(2, 2), (0, 0), (0, 0)], mode="edge")
    for start, weights in ((0, taps), (1, taps[::-1])):
        result[start::SCALE] = sum(weight * padded[k : k + count] for k, weight in enumerate(weights) if weight)
    return np.moveaxis(result, 0, axis)
