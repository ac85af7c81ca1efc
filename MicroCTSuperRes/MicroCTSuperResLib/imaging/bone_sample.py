"""A coarse look at a scan: the means of blocks of voxels, of which only some rows are read.

Rows along x are read whole, because they lie together on disk; of the rows of a block only as many as the budget
allows. The mean takes away most of a voxel's noise, which can be as large as the contrast of a thin trabecula.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .box import Box
    from .formats.reading import OpenScan

# Half the cortex of a mouse bone (0.15-0.2 mm), so that some blocks lie within it; 125 voxels of 20 um.
BLOCK_MM = 0.1
# Scans of a fraction of a millimetre get smaller blocks: at least this many along their longest side.
_LEAST_BLOCKS = 24
# 64 MB of int16: less than 1 % of a 10 GB file, and every voxel of a 300 x 300 x 350 one.
VOXEL_BUDGET = 32 * 1024**2
# Of voxels of 50 um a block of 0.1 mm has eight: smaller ones are not worth their number, the time goes into blocks.
_LEAST_VOXELS_OF_BLOCK = 8
# Read and averaged at once, to keep the memory small.
_CHUNK_VOXELS = 4 * 1024**2


@dataclass(frozen=True)
class Sample:
    """Means of the blocks of a part of a scan.

    :param means: float32 (z, y, x), in `units`; NaN where a voxel was NaN, infinite or too large for float32.
    :param start: the first voxel of the first block (x, y, z), counted in the whole file.
    :param blocks: voxels of a block along x, y, z.
    :param spacing: of the voxels in mm, x, y, z.
    :param complete: whether the blocks are as small as they need to be; otherwise the budget made them larger.
    """

    means: np.ndarray
    start: tuple[int, int, int]
    blocks: tuple[int, int, int]
    spacing: tuple[float, float, float]
    units: str
    complete: bool

    @property
    def edges_mm(self) -> tuple[float, float, float]:
        """Size of a block along x, y, z."""
        return tuple(count * step for count, step in zip(self.blocks, self.spacing, strict=True))

    @property
    def block_mm3(self) -> float:
        return math.prod(self.edges_mm)


def take_sample(scan: OpenScan, box: Box, units: str, budget: float) -> Sample:
    """Means of the blocks of a box.

    Voxels beyond the last whole block are left out.

    :param units: of the means: those of the scan, or some that its calibration leads to.
    :param budget: how many voxels may be read; at least one row of each block is.
    """
    stored = scan.stored
    blocks = _blocks(box.size, stored.spacing, budget)
    counts = tuple(size // block for size, block in zip(box.size, blocks, strict=True))
    steps = _row_steps(blocks, counts, stored.spacing, budget)
    rows = (blocks[1] // steps[0], blocks[2] // steps[1])
    means = np.empty(counts[::-1], np.float32)
    chunk = max(1, _CHUNK_VOXELS // (rows[0] * rows[1] * counts[1] * box.size[0])) if scan.reads_parts else counts[2]
    for first in range(0, counts[2], chunk):
        last = min(first + chunk, counts[2])
        along_z = _rows(box.start[2] + first * blocks[2], last - first, blocks[2], steps[1])
        along_y = _rows(box.start[1], counts[1], blocks[1], steps[0])
        along_x = slice(box.start[0], box.start[0] + counts[0] * blocks[0], 1)
        greys = scan.read((along_z, along_y, along_x))
        means[first:last] = _means(greys, blocks[0], rows)
    means[~np.isfinite(means)] = np.nan
    line = stored.calibration.line(scan.header.units, units)
    complete = blocks == _blocks(box.size, stored.spacing, math.inf)
    return Sample(line.of(means).astype(np.float32), box.start, blocks, stored.spacing, units, complete)


def _blocks(size: tuple[int, int, int], spacing: tuple[float, float, float], budget: float) -> tuple[int, int, int]:
    """Voxels of a block along x, y, z: near BLOCK_MM, or larger where one row of each block is more than the budget
    or there would be too many."""
    longest = max(count * step for count, step in zip(size, spacing, strict=True))
    edge = max(min(BLOCK_MM, longest / _LEAST_BLOCKS), min(spacing))
    while True:
        blocks = tuple(min(count, max(1, round(edge / step))) for count, step in zip(size, spacing, strict=True))
        rows = (size[1] // blocks[1]) * (size[2] // blocks[2])
        if rows * max(size[0], _LEAST_VOXELS_OF_BLOCK * (size[0] // blocks[0])) <= budget or rows == 1:
            return blocks
        edge *= 1.05


def _row_steps(
    blocks: tuple[int, int, int], counts: tuple[int, int, int], spacing: tuple[float, float, float], budget: float
) -> tuple[int, int]:
    """Every how many rows along y, and slices along z, are read: as many as the budget allows, evenly in each block."""
    block_rows = counts[1] * counts[2] * counts[0] * blocks[0]
    pairs = itertools.product(_divisors(blocks[1]), _divisors(blocks[2]))
    fitting = [
        (along_y, along_z)
        for along_y, along_z in pairs
        if block_rows * (blocks[1] // along_y) * (blocks[2] // along_z) <= budget
    ]
    # Of the finest, the one that reads as densely along y as along z.
    unevenness = {pair: abs(math.log(pair[0] * spacing[1] / (pair[1] * spacing[2]))) for pair in fitting}
    return min(fitting, key=lambda pair: (pair[0] * pair[1], unevenness[pair]), default=(blocks[1], blocks[2]))


def _divisors(number: int) -> list[int]:
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


def _rows(start: int, count: int, block: int, step: int) -> slice:
    """Every `step`-th one of `count` blocks, in the middle of its step."""
    first = start + (step - 1) // 2
    return slice(first, first + (count * block // step - 1) * step + 1, step)


def _means(greys: np.ndarray, along_x: int, rows: tuple[int, int]) -> np.ndarray:
    """Means of blocks of `along_x` voxels and `rows` (y, z) rows; `greys` is (z, y, x)."""
    slices, lines, width = greys.shape
    weights = np.full(along_x, 1 / along_x, np.float32)
    means = np.empty((slices, lines, width // along_x), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for number, values in enumerate(greys):
            means[number] = values.astype(np.float32).reshape(lines, -1, along_x) @ weights
        return means.reshape(slices // rows[1], rows[1], lines // rows[0], rows[0], -1).mean(axis=(1, 3))
