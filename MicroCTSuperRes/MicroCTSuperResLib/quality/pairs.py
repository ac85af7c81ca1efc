"""The checks that every comparison of two images starts with, and the walk through their slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_pair(reference: np.ndarray, image: np.ndarray, data_range: float) -> None:
    """See to it that two arrays can be compared voxel by voxel.

    :raises InputError: for arrays that are not (y, x) or (z, y, x), are empty, differ in shape or are not real
        numbers, and for a data range that is not a positive finite number.
    """
    check_shapes(reference, image)
    if reference.ndim not in (2, 3) or reference.size == 0:
        raise InputError(
            f"Images to compare have axes (y, x) or (z, y, x), these have shape {reference.shape}.",
            "Give one slice or one volume.",
        )
    for array in (reference, image):
        if array.dtype.kind not in "biuf":
            raise InputError(f"Images to compare hold real numbers, this one is of type {array.dtype}.")
    if not (np.isfinite(data_range) and data_range > 0):
        raise InputError(
            f"The data range must be a positive number, this is {data_range}.",
            "Give the range of grey values that the measure refers to, such as 1200 mg HA/cm3.",
        )


def check_shapes(reference: np.ndarray, image: np.ndarray) -> None:
    """:raises InputError: for arrays of different shapes."""
    if reference.shape != image.shape:
        raise InputError(
            f"The reference has shape {reference.shape} and the image {image.shape}.",
            "Bring both onto the same grid first.",
        )


def slice_pairs(reference: np.ndarray, image: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The slices of two arrays, one pair at a time.

    :param reference: shape (z, y, x) or (y, x).
    :raises InputError: for a slice with NaN or infinite values.
    """
    if reference.ndim == 2:
        reference, image = reference[np.newaxis], image[np.newaxis]
    for number, (expected, got) in enumerate(zip(reference, image, strict=True)):
        check_finite(expected, got, f"Slice {number}")
        yield expected, got


def check_finite(expected: np.ndarray, got: np.ndarray, where: str) -> None:
    """See to it that a part of the reference and of the image holds numbers.

    :param where: what part, as the beginning of a sentence ("Slice 3").
    :raises InputError: for NaN or infinite values.
    """
    if not (np.isfinite(expected).all() and np.isfinite(got).all()):
        raise InputError(f"{where} has NaN or infinite values.", "Replace them, or crop the volume to its valid part.")


def slice_masks(mask: np.ndarray | None, shape: tuple[int, ...]) -> list[np.ndarray | None]:
    """The mask of every slice, None where all voxels count.

    :param mask: of the shape of the images.
    :param shape: of the images, (z, y, x) or (y, x).
    :raises InputError: for a mask of another shape.
    """
    slices = 1 if len(shape) == 2 else shape[0]
    if mask is None:
        return [None] * slices
    mask = np.asarray(mask, dtype=bool)
    if mask.shape != shape:
        raise InputError(f"The mask has shape {mask.shape}, the images {shape}.", "Bring the mask onto their grid.")
    return list(mask.reshape(slices, *shape[-2:]))
