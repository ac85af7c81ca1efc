"""Bone and not bone: Gaussian smoothing and one threshold, as the study and Scanco's IPL do it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS, STUDY_THRESHOLD
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality.slice_threads import each_slice
from scipy.ndimage import gaussian_filter

# Slices smoothed at a time: large enough that the neighbours read twice do not matter, small enough for any memory.
BLOCK = 32


@dataclass(frozen=True)
class Segmentation:
    """How bone is told from the rest.

    :param threshold: grey values from here on, inclusive, are bone; in the volume's units.
    :param sigma_voxels: width of the Gaussian in voxels of the grid that it is applied on; 0 smooths nothing.
    :param support_voxels: the Gaussian is cut off beyond this many voxels and normalised again. With 1.2 and 2 the
        standard deviation that is left is 1.08 voxels.
    :param in_plane: smooth each slice by itself instead of in three dimensions.
    :raises InputError: for a width or support that is negative, or numbers that are not finite.
    """

    threshold: float
    sigma_voxels: float = 1.2
    support_voxels: int = 2
    in_plane: bool = False

    def __post_init__(self) -> None:
        if not np.isfinite(self.threshold):
            raise InputError(f"The threshold must be a finite number, this is {self.threshold}.")
        if not (np.isfinite(self.sigma_voxels) and self.sigma_voxels >= 0 and self.support_voxels >= 0):
            raise InputError(
                f"Smoothing needs a width and a support of 0 voxels or more, "
                f"these are {self.sigma_voxels} and {self.support_voxels}."
            )


def segmentation_for(volume: Volume, threshold: float | None = None) -> Segmentation:
    """The study's segmentation: 500 mg HA/cm3 for calibrated volumes, the given threshold for others.

    :raises InputError: where the volume is not in mg HA/cm3 and no threshold is given.
    """
    if threshold is not None:
        return Segmentation(threshold)
    if volume.units != DENSITY_UNITS:
        raise InputError(
            f"The volume is in {volume.units} units, for which there is no standard bone threshold; the study's is "
            f"{STUDY_THRESHOLD:g} {DENSITY_UNITS}.",
            f"Read the volume in {DENSITY_UNITS} (--units density; a scan that is not calibrated needs --slope and "
            "--intercept, --phantom or --calibration), or give a threshold in its own units.",
        )
    return Segmentation(STUDY_THRESHOLD)


def segment_bone(voxels: np.ndarray, segmentation: Segmentation, threads: int | None = None) -> np.ndarray:
    """True where there is bone.

    The image goes on beyond its borders with the value of its last voxel. Works on blocks of slices, so that beside the
    result (one byte a voxel) only a few slices for each thread are in memory.

    :param voxels: real numbers, axes (z, y, x).
    :param threads: see :func:`~MicroCTSuperResLib.quality.slice_threads.each_slice`; the result is always the same.
    :return: bool, the same shape.
    """
    bone = np.empty(voxels.shape, dtype=bool)

    def segment(number: int) -> None:
        block = block_of(number, len(voxels))
        bone_of_block(voxels, segmentation, block, out=bone[block])

    for _done in each_slice(segment, blocks_of(len(voxels)), threads):
        pass
    return bone


def blocks_of(slices: int) -> int:
    """How many blocks of slices a volume is worked on in."""
    return -(-slices // BLOCK)


def block_of(number: int, slices: int) -> slice:
    """The slices of a block, from 0."""
    return slice(BLOCK * number, min(BLOCK * (number + 1), slices))


def bone_of_block(
    voxels: np.ndarray, segmentation: Segmentation, block: slice, out: np.ndarray | None = None
) -> np.ndarray:
    """:func:`segment_bone` for some slices of a volume.

    :param out: where the result is put, bool, (z, y, x) of the block.
    """
    halo = 0 if segmentation.in_plane else segmentation.support_voxels
    first = max(block.start - halo, 0)
    smooth = _smoothed(voxels[first : block.stop + halo], segmentation)[block.start - first : block.stop - first]
    return np.greater_equal(smooth, _comparable(segmentation.threshold, smooth.dtype), out=out)


def _comparable(threshold: float, voxel_type: np.dtype) -> float | np.integer:
    """The threshold in the type of the voxels where that is a whole number: no voxel has to be converted then."""
    if voxel_type.kind not in "iu" or not np.iinfo(voxel_type).min <= threshold <= np.iinfo(voxel_type).max:
        return threshold
    return voxel_type.type(np.ceil(threshold))


def _smoothed(voxels: np.ndarray, segmentation: Segmentation) -> np.ndarray:
    sigma = segmentation.sigma_voxels
    if sigma == 0 or segmentation.support_voxels == 0:
        return voxels
    # Sums are made in double precision and kept in single: the rounding takes away the last digits by which the
    # weights miss 1, so that an even region of exactly the threshold stays bone.
    return gaussian_filter(
        voxels,
        sigma=(0 if segmentation.in_plane else sigma, sigma, sigma),
        radius=segmentation.support_voxels,
        mode="nearest",
        output=np.float32,
    )
