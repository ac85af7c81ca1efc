"""Bone area per tissue area (BA/TA, B.Ar/T.Ar) of every slice; names after Dempster et al. 2013."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality.slice_threads import each_slice

from .segmentation import Segmentation, block_of, blocks_of, bone_of_block

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class SliceArea:
    """The areas of one slice.

    :param slice: number of the slice, from 0.
    :param z_mm: third coordinate of the centre of the slice's first voxel.
    :param bone_pixels: how many pixels of the tissue mask are bone.
    :param tissue_pixels: how many the tissue mask has.
    :param pixel_mm2: area of a pixel.
    """

    slice: int
    z_mm: float
    bone_pixels: int
    tissue_pixels: int
    pixel_mm2: float

    @property
    def b_ar_mm2(self) -> float:
        """B.Ar, the area of bone inside the tissue mask."""
        return self.bone_pixels * self.pixel_mm2

    @property
    def t_ar_mm2(self) -> float:
        """T.Ar, the area of the tissue mask."""
        return self.tissue_pixels * self.pixel_mm2

    @property
    def ba_ta(self) -> float:
        """B.Ar / T.Ar, from 0 to 1, by counts and so to the last digit; NaN where the slice has no tissue."""
        return self.bone_pixels / self.tissue_pixels if self.tissue_pixels > 0 else float("nan")


def slice_areas(
    volume: Volume, tissue: np.ndarray, segmentation: Segmentation, threads: int | None = None
) -> list[SliceArea]:
    """B.Ar and T.Ar of every slice, in order.

    :param volume: one of HR, LR (interpolated to the HR grid) and DL.
    :param tissue: T.Ar as a mask of the volume's shape, the same for the volumes that are compared.
    :param threads: see :func:`~MicroCTSuperResLib.quality.slice_threads.each_slice`.
    :raises InputError: where the mask has another shape.
    """
    if tissue.shape != volume.voxels.shape:
        raise InputError(
            f"The tissue mask has shape {tissue.shape} and the volume {volume.voxels.shape}.",
            "Bring both onto the same grid first.",
        )

    def bone_in(block: slice) -> np.ndarray:
        return bone_of_block(volume.voxels, segmentation, block)

    return _areas(volume, bone_in, tissue, threads)


def areas_in(volume: Volume, bone: np.ndarray, tissue: np.ndarray, threads: int | None = None) -> list[SliceArea]:
    """The same where the bone was segmented before.

    :param bone: True where there is bone, (z, y, x).
    :param tissue: T.Ar as a mask of the same shape.
    """
    return _areas(volume, lambda block: bone[block], tissue, threads)


def _areas(
    volume: Volume, bone_in: Callable[[slice], np.ndarray], tissue: np.ndarray, threads: int | None
) -> list[SliceArea]:
    """The areas of every slice, counted block by block while that is in the processor's cache.

    :param bone_in: gives the bone of a block of slices.
    """
    pixel_mm2 = volume.spacing[0] * volume.spacing[1]
    step = volume.spacing[2] * volume.direction_matrix[2, 2]

    def count(number: int) -> list[tuple[int, int]]:
        block = block_of(number, len(tissue))
        in_tissue = bone_in(block) & tissue[block]
        # Slice by slice: counting along axes of a volume is far slower.
        return [
            (int(np.count_nonzero(bone)), int(np.count_nonzero(all_of_it)))
            for bone, all_of_it in zip(in_tissue, tissue[block], strict=True)
        ]

    counts = [counted for block in each_slice(count, blocks_of(len(tissue)), threads) for counted in block]
    return [
        SliceArea(number, float(volume.origin[2] + number * step), *of_slice, pixel_mm2)
        for number, of_slice in enumerate(counts)
    ]


def ba_ta_of(areas: list[SliceArea]) -> np.ndarray:
    """BA/TA of every slice, shape (z,); NaN in slices without tissue."""
    return np.array([area.ba_ta for area in areas])
