"""The part of a slice where image quality matters."""

from __future__ import annotations

import math

import numpy as np

from ..errors import InputError

# 30 um at the study's 10 um: the width over which a LR voxel mixes bone with what lies beside it.
MARGIN_VOXELS = 3


def bone_region(bone: np.ndarray, margin_voxels: int = MARGIN_VOXELS) -> np.ndarray:
    """Bone and its surroundings: the bone mask, dilated in the plane of each slice by a disk.

    PSNR over the whole image is raised by air, in which there is little to get wrong; in this region it is not.

    :param bone: True where the reference shows bone, axes (y, x) or (z, y, x).
    :param margin_voxels: radius of the disk in voxels; 0 returns the bone itself.
    :return: mask of the same shape.
    :raises InputError: for a negative margin or a mask of other dimensions.
    """
    bone = np.asarray(bone, dtype=bool)
    if margin_voxels < 0 or bone.ndim not in (2, 3):
        raise InputError(
            f"A bone region needs a mask (y, x) or (z, y, x) and a margin of 0 voxels or more; "
            f"these are {bone.shape} and {margin_voxels}."
        )
    if bone.ndim == 2:
        return _dilated(bone, margin_voxels)
    region = np.empty_like(bone)
    for number, one_slice in enumerate(bone):
        region[number] = _dilated(one_slice, margin_voxels)
    return region


def _dilated(bone: np.ndarray, radius: int) -> np.ndarray:
    """True within the disk around each pixel of one slice: for a small disk, shifted copies are the fastest way."""
    rows, columns = bone.shape
    padded = np.pad(bone, radius)
    result = np.zeros_like(bone)
    for y in range(-radius, radius + 1):
        half_width = math.isqrt(radius**2 - y**2)
        for x in range(-half_width, half_width + 1):
            result |= padded[radius + y : radius + y + rows, radius + x : radius + x + columns]
    return result
