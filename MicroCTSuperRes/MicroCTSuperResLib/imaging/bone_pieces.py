"""Which blocks of a sample are bone and belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk  # noqa: N813

from .box import Box
from .neighbours import closed, combined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .bone_levels import Levels
    from .bone_sample import Sample

# Gaps in a bone that are closed: the spaces between trabeculae are 0.2-0.3 mm wide.
JOINED_MM = 0.3
# A single block has noise: bone has neighbours.
_LEAST_BLOCKS_TOGETHER = 3


@dataclass(frozen=True)
class Piece:
    """Bone that belongs together.

    :param box: voxels of the whole file that hold it.
    :param margin: voxels along x, y, z by which the box is larger than its blocks: one block, because those that the
        bone's surface cuts may be below the threshold.
    :param centre: the centre of its mass in voxels x, y, z of the whole file.
    :param volume_mm3: an estimate of the volume of bone in it, without marrow.
    """

    box: Box
    margin: tuple[int, int, int]
    centre: tuple[float, float, float]
    volume_mm3: float


def find_pieces(sample: Sample, levels: Levels, size: tuple[int, int, int], least_mm3: float) -> Iterator[Piece]:
    """The pieces of bone in a sample.

    :param size: voxels of the whole file (x, y, z).
    :param least_mm3: volume of bone that a piece has at least.
    """
    mask = _without_single_blocks(sample.means > levels.threshold)
    labels, pieces = _labelled(_closed(mask, sample.edges_mm[::-1]))
    places = np.nonzero(mask)
    owners = labels[places]
    # A block that the surface cuts holds a part of bone only, which its mean tells whatever its noise.
    share = np.clip((sample.means[places] - levels.background) / (levels.bone - levels.background), 0, 1)
    volumes = np.bincount(owners, share, len(pieces) + 1)
    moments = np.stack([np.bincount(owners, share * (place + 0.5), len(pieces) + 1) for place in places[::-1]])
    first, block = np.array(sample.start), np.array(sample.blocks)
    for number, blocks in enumerate(pieces, start=1):
        volume_mm3 = float(volumes[number]) * sample.block_mm3
        if volume_mm3 < least_mm3:
            continue
        centre = first + moments[:, number] / volumes[number] * block
        # Near the end of the scan the sample has lost the voxels of a last part of a block: the margin has them.
        box = Box(first + np.array(blocks.start) * block, first + np.array(blocks.stop) * block)
        yield Piece(grown(box, sample.blocks, size), sample.blocks, tuple(centre.tolist()), volume_mm3)


def _without_single_blocks(mask: np.ndarray) -> np.ndarray:
    return mask & (combined(mask.view(np.uint8), np.add, outside=0) >= _LEAST_BLOCKS_TOGETHER)


def _labelled(mask: np.ndarray) -> tuple[np.ndarray, list[Box]]:
    """Numbers of connected pieces (by faces, edges and corners), from 1, and the box of each in blocks."""
    image = sitk.ConnectedComponent(sitk.GetImageFromArray(mask.view(np.uint8)), True)
    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.Execute(image)
    corners = [shapes.GetBoundingBox(number) for number in shapes.GetLabels()]
    boxes = [Box(corner[:3], np.add(corner[:3], corner[3:])) for corner in corners]
    return sitk.GetArrayFromImage(image), boxes


def _closed(mask: np.ndarray, edges_mm: tuple[float, float, float]) -> np.ndarray:
    """The mask with gaps of up to JOINED_MM closed, where blocks are small enough for that; edges z, y, x."""
    return closed(mask, tuple(int(JOINED_MM / 2 / edge + 1e-6) for edge in edges_mm))


def grown(box: Box, margin: Sequence[int], size: tuple[int, int, int]) -> Box:
    """The box with a margin on all sides, inside a volume of `size` voxels (x, y, z)."""
    start = [max(0, first - more) for first, more in zip(box.start, margin, strict=True)]
    stop = [min(count, last + more) for last, more, count in zip(box.stop, margin, size, strict=True)]
    return Box(start, stop)


def holds(box: Box, part: Box) -> bool:
    """Whether a box holds all of another one."""
    sides = zip(box.start, part.start, part.stop, box.stop, strict=True)
    return all(first <= start and stop <= last for first, start, stop, last in sides)


def disjoint(boxes: list[Box]) -> list[Box]:
    """Boxes that do not overlap and hold all of these: those that overlap become one."""
    apart: list[Box] = []
    for box in boxes:
        overlapping = [other for other in apart if _overlap(box, other)]
        while overlapping:
            apart = [other for other in apart if other not in overlapping]
            box = _around([box, *overlapping])
            overlapping = [other for other in apart if _overlap(box, other)]
        apart.append(box)
    return apart


def _overlap(box: Box, other: Box) -> bool:
    sides = zip(box.start, box.stop, other.start, other.stop, strict=True)
    return all(start < other_stop and other_start < stop for start, stop, other_start, other_stop in sides)


def _around(boxes: list[Box]) -> Box:
    return Box(np.min([box.start for box in boxes], axis=0), np.max([box.stop for box in boxes], axis=0))
