"""A tissue mask that the user gives: brought to the grid of a volume by where it lies in the world."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.formats.itk_files import image_of
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality.pairing import is_same_place

# Less of the mask than this lies outside the volume by rounding alone.
_LOST_PART = 0.01
# A segmentation has few labels; grey values have many.
_MOST_LABELS = 20


def mask_on_grid(mask: Volume, volume: Volume) -> tuple[np.ndarray, list[str]]:
    """Where a mask, on whatever grid, covers the voxels of a volume.

    Each voxel takes the mask's value at its centre (nearest neighbour); what the mask does not reach is outside.

    :param mask: everything other than 0 is tissue; grey values of a segmentation, labels, or 0 and 255.
    :param volume: where it is wanted.
    :returns: bool, (z, y, x) of the volume, and what the user should know about it.
    :raises InputError: for a mask that is empty, or lies elsewhere.
    """
    mask.check_grey_values()
    name = "The mask" if mask.source is None else f"The mask {mask.source}"
    tissue = mask.voxels != 0
    if not tissue.any():
        raise InputError(f"{name} is empty: all its voxels are 0.", "Voxels of tissue have a value other than 0.")
    wanted_mm3 = np.count_nonzero(tissue) * float(np.prod(mask.spacing))
    warnings = [f"{name} has no voxel of 0: all of it counts as tissue."] if tissue.all() else []
    warnings += _doubts_about_values(mask.voxels[tissue], name)
    if is_same_place(mask, volume):
        return tissue, warnings
    found = _nearest(mask.with_voxels(tissue.view(np.uint8)), volume)
    if not found.any():
        raise InputError(
            f"{name} marks no voxel of {volume.source or 'the volume'}: they lie at different places.",
            "Export the mask with the position of the volume that it was drawn on, or register them.",
        )
    lost = 1 - np.count_nonzero(found) * float(np.prod(volume.spacing)) / wanted_mm3
    if lost > _LOST_PART:
        warnings.append(f"{100 * lost:.0f} % of {name[0].lower()}{name[1:]} lie outside the volume and are left out.")
    return found, warnings


def _doubts_about_values(values: np.ndarray, name: str) -> list[str]:
    """Several labels, of which one may be meant, or a scan by mistake.

    :param values: of the voxels of tissue.
    """
    if values.min() == values.max():
        return []
    labels = np.unique(values)
    if len(labels) > _MOST_LABELS:
        return [f"{name} has {len(labels)} different values: is it a scan? All voxels other than 0 count as tissue."]
    told = ", ".join(f"{label:g}" for label in labels)
    return [f"{name} has the labels {told}: all of them count as one tissue. Give a mask of one to measure it alone."]


def _nearest(mask: Volume, volume: Volume) -> np.ndarray:
    image = sitk.Resample(
        image_of(mask),
        volume.size,
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        volume.origin,
        volume.spacing,
        volume.direction,
        0,
    )
    return sitk.GetArrayFromImage(image) > 0
