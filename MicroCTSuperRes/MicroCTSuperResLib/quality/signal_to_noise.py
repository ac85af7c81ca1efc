"""Peak signal-to-noise ratio."""

from __future__ import annotations

import math

import numpy as np

from ..errors import InputError
from .pairs import check_pair, slice_masks, slice_pairs


def psnr(reference: np.ndarray, image: np.ndarray, data_range: float, mask: np.ndarray | None = None) -> float:
    """Peak signal-to-noise ratio in dB of one slice, or the mean over the slices of a volume.

        PSNR = 10 log10(data_range^2 / MSE)

    MSE is the mean squared difference of the voxels of one slice that lie in `mask`. Identical images give infinity;
    for a volume see :func:`mean_psnr`.

    :param reference: the image taken as true, axes (y, x) or (z, y, x).
    :param image: the image to judge, same shape and units.
    :param data_range: the peak, in the units of the images; state it beside the number.
    :param mask: the voxels that count (all where None), same shape.
    :raises InputError: for shapes that differ, NaN or infinite values, a data range that is not positive, or a mask
        without voxels.
    """
    return mean_psnr(psnr_per_slice(reference, image, data_range, mask))


def psnr_per_slice(
    reference: np.ndarray, image: np.ndarray, data_range: float, mask: np.ndarray | None = None
) -> np.ndarray:
    """PSNR in dB of every slice, shape (z,), or (1,) for one slice; parameters and errors as in :func:`psnr`.

    Infinite where the slices are identical, NaN where the mask has no voxel in the slice.
    """
    reference, image = np.asarray(reference), np.asarray(image)
    check_pair(reference, image, data_range)
    masks = slice_masks(mask, reference.shape)
    pairs = slice_pairs(reference, image)
    return np.array(
        [
            psnr_of_errors(np.subtract(got, expected, dtype=np.float64), data_range, counted)
            for (expected, got), counted in zip(pairs, masks, strict=True)
        ]
    )


def psnr_of_errors(errors: np.ndarray, data_range: float, mask: np.ndarray | None) -> float:
    """PSNR of one slice in dB: infinite without any error, NaN where the mask has no voxel.

    :param errors: image minus reference, float64, axes (y, x).
    """
    counted = errors if mask is None else errors[mask]
    if not counted.size:
        return float("nan")
    mean_square = float(np.mean(np.square(counted)))
    return float("inf") if mean_square == 0 else 10 * math.log10(data_range**2 / mean_square)


def mean_psnr(per_slice: np.ndarray) -> float:
    """The mean in dB over the slices of a volume.

    Slices without a voxel of the mask (NaN) and identical slices (infinite: equal padding, for example, in which there
    is nothing to measure) are left out; infinity only where every slice is identical.

    :param per_slice: PSNR of each slice in dB, shape (z,).
    :raises InputError: where no slice has a value.
    """
    measured = per_slice[~np.isnan(per_slice)]
    if measured.size == 0:
        raise InputError("The mask holds no voxel.", "Check the mask, or the threshold that it was made with.")
    finite = measured[np.isfinite(measured)]
    return float(finite.mean()) if finite.size else float("inf")
