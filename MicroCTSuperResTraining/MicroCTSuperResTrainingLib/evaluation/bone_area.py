"""Bone area per tissue area (BA/TA, B.Ar/T.Ar) of every slice; names after Dempster et al. 2013."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume

from .segmentation import Segmentation, segment_bone


@dataclass(frozen=True)
class SliceArea:
    """The areas of one slice.

    :param slice: number of the slice, from 0.
    :param z_mm: third coordinate of the centre of the slice's first voxel.
    :param b_ar_mm2: B.Ar, the area of bone inside the tissue mask.
    :param t_ar_mm2: T.Ar, the area of the tissue mask.
    """

    slice: int
    z_mm: float
    b_ar_mm2: float
    t_ar_mm2: float

    @property
    def ba_ta(self) -> float:
        """B.Ar / T.Ar, from 0 to 1; NaN where the slice has no tissue."""
        return self.b_ar_mm2 / self.t_ar_mm2 if self.t_ar_mm2 > 0 else float("nan")


def slice_areas(volume: Volume, tissue: np.ndarray, segmentation: Segmentation) -> list[SliceArea]:
    """B.Ar and T.Ar of every slice, in order.

    :param volume: one of HR, LR (interpolated to the HR grid) and DL.
    :param tissue: T.Ar as a mask of the volume's shape, the same for the volumes that are compared.
    :raises InputError: where the mask has another shape.
    """
    if tissue.shape != volume.voxels.shape:
        raise InputError(
            f"The tissue mask has shape {tissue.shape} and the volume {volume.voxels.shape}.",
            "Bring both onto the same grid first.",
        )
    bone = segment_bone(volume.voxels, segmentation) & tissue
    pixel_mm2 = volume.spacing[0] * volume.spacing[1]
    bone_pixels, tissue_pixels = (np.count_nonzero(mask, axis=(1, 2)) for mask in (bone, tissue))
    step = volume.spacing[2] * volume.direction_matrix[2, 2]
    return [
        SliceArea(number, volume.origin[2] + number * step, float(b * pixel_mm2), float(t * pixel_mm2))
        for number, (b, t) in enumerate(zip(bone_pixels, tissue_pixels, strict=True))
    ]


def ba_ta_of(areas: list[SliceArea]) -> np.ndarray:
    """BA/TA of every slice, shape (z,); NaN in slices without tissue."""
    return np.array([area.ba_ta for area in areas])
