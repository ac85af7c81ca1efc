"""Bone in a region of a volume: BV/TV, and thickness and separation by sphere fitting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .local_thickness import local_thickness

# Of more voxels than these one in eight tells the mean thickness as well.
_MANY_VOXELS, _EVERY = 100_000, 2


@dataclass(frozen=True)
class BoneVolume:
    """Names after Bouxsein et al. 2010.

    :param tv_mm3: TV, the volume of the region.
    :param bv_mm3: BV, the volume of bone in it.
    """

    tv_mm3: float
    bv_mm3: float

    @property
    def bv_tv(self) -> float:
        """BV / TV, from 0 to 1; the region is not empty."""
        return self.bv_mm3 / self.tv_mm3


@dataclass(frozen=True)
class Diameters:
    """The distribution of local thickness over a structure, every voxel counted alike; mm."""

    mean_mm: float
    sd_mm: float
    largest_mm: float


def bone_volume(bone: np.ndarray, region: np.ndarray, spacing: tuple[float, float, float]) -> BoneVolume:
    """TV and BV of a region.

    :param bone: True where there is bone, (z, y, x).
    :param region: where it is measured, the same shape.
    """
    voxel_mm3 = float(np.prod(spacing))
    return BoneVolume(np.count_nonzero(region) * voxel_mm3, np.count_nonzero(bone & region) * voxel_mm3)


def diameters_in(
    structure: np.ndarray, region: np.ndarray, voxel_mm: float, centres: np.ndarray | None = None
) -> Diameters | None:
    """Tb.Th of a region for the structure "bone", Tb.Sp for "not bone".

    A voxel of the region has the thickness of the whole structure around it: its ball may have its centre outside the
    region and reach beyond it, so that the region's border cuts nothing.

    :param structure: bool, (z, y, x), also outside the region.
    :param region: where it is measured, the same shape.
    :param voxel_mm: the edge of a voxel.
    :param centres: where balls may have their centres, the same shape; None for anywhere in the structure.
    :return: None where the region has nothing of the structure, or nothing bounds it.
    """
    measured = structure & region
    every = _EVERY if np.count_nonzero(measured) > _MANY_VOXELS else 1
    thickness = local_thickness(structure, centres, every)
    values = thickness[measured[(slice(None, None, every),) * 3]].astype(np.float64) * voxel_mm
    if not values.any():
        return None
    return Diameters(float(values.mean()), float(values.std()), float(values.max()))
