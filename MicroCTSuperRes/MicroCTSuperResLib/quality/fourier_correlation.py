"""Fourier ring correlation of slices and Fourier shell correlation of volumes with their reference.

Saxton and Baumeister 1982 (doi:10.1111/j.1365-2818.1982.tb00405.x) for rings, Harauz and van Heel 1986 for shells. Over
the samples of a ring of the Fourier transforms F of the reference and G of the image,

    FRC = sum Re(F G*) / sqrt(sum |F|^2  sum |G|^2)

Here one of the two is the reference HR, not the other half of the same data as in electron microscopy: the correlation
says how much of what HR shows at a frequency the image shows too. It does not change when the image is blurred or
sharpened by a filter; it falls where the image has noise, or structure that HR has not, and where HR itself is noise.
How strongly fine structure is shown is told by the edge response.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .fourier_rings import FrequencyRings
from .pairs import check_finite, check_shapes
from .slice_threads import each_slice

if TYPE_CHECKING:
    from ..imaging.volume import Volume

# Specimens mostly lie free in air, so a slice needs little fading, and a cortex near its border is kept.
SLICE_TAPER = 0.25
# Bone runs through the sides of a block of a volume: a sharp end there would correlate at every frequency.
BLOCK_TAPER = 0.5
# A block of 128^3 takes 50 MB of transforms; its frequency step is 1/1.28 per mm for voxels of 10 um.
BLOCK_VOXELS = 128
_LEAST_VOXELS = 16


@dataclass(frozen=True, eq=False)
class FourierCorrelation:
    """Correlation by frequency.

    :param frequency_per_mm: centre of each ring or shell, cycles per mm, rising; shape (k,).
    :param correlation: -1 to 1; NaN where one of the images has no power.
    :param samples: number of independent samples that each value is made of, for the half-bit criterion.
    :param nyquist_per_mm: the highest frequency that the voxels can hold.
    """

    frequency_per_mm: np.ndarray
    correlation: np.ndarray
    samples: np.ndarray
    nyquist_per_mm: float


@dataclass(frozen=True, eq=False)
class RingCorrelations:
    """Fourier ring correlation of the slices of a volume.

    :param pooled: of all slices together: the sums of each ring are taken over the slices. Its number of samples is
        that of one slice, because neighbouring slices show much the same.
    :param slices: of each slice.
    """

    pooled: FourierCorrelation
    slices: tuple[FourierCorrelation, ...]


def ring_correlations(
    reference: Volume, image: Volume, *, taper: float = SLICE_TAPER, threads: int | None = None
) -> RingCorrelations:
    """Fourier ring correlation of every transverse slice.

    :param image: on the grid of `reference`.
    :param taper: part of each side over which a slice is faded out (Tukey window): 0 none, 1 a Hann window.
    :param threads: see :func:`~.slice_threads.each_slice`.
    :raises InputError: for volumes of different sizes, slices of fewer than 16 pixels along a side, or NaN.
    """
    check_shapes(reference.voxels, image.voxels)
    shape = reference.voxels.shape[1:]
    _check_size(shape, "slices")
    rings = FrequencyRings(shape, reference.spacing[1::-1], taper)

    def sums(number: int) -> np.ndarray:
        return _sums(rings, reference.voxels[number], image.voxels[number], f"Slice {number}")

    each = list(each_slice(sums, len(reference.voxels), threads))
    return RingCorrelations(
        _correlation(rings, np.sum(each, axis=0), rings.samples),
        tuple(_correlation(rings, of_slice, rings.samples) for of_slice in each),
    )


def shell_correlation(
    reference: Volume,
    image: Volume,
    *,
    block: int = BLOCK_VOXELS,
    taper: float = BLOCK_TAPER,
    threads: int | None = None,
) -> FourierCorrelation:
    """Fourier shell correlation of a volume, its sums taken over blocks: memory stays that of a few blocks.

    The blocks are spread evenly so that they cover the volume, overlapping where its size is no multiple of theirs.

    :param image: on the grid of `reference`.
    :param block: voxels along a side of a block, fewer where the volume has fewer.
    :param taper: part of each side over which a block is faded out (Tukey window): 0 none, 1 a Hann window.
    :raises InputError: for volumes of different sizes, fewer than 16 voxels along an axis, or NaN.
    """
    check_shapes(reference.voxels, image.voxels)
    shape = tuple(min(count, block) for count in reference.voxels.shape)
    _check_size(shape, "blocks")
    shells = FrequencyRings(shape, reference.spacing[::-1], taper)
    places = list(product(*map(_starts, reference.voxels.shape, shape)))

    def sums(number: int) -> np.ndarray:
        part = tuple(slice(start, start + count) for start, count in zip(places[number], shape, strict=True))
        where = f"The block from voxel {places[number]} (z, y, x)"
        return _sums(shells, reference.voxels[part], image.voxels[part], where)

    total = sum(each_slice(sums, len(places), threads))
    # Where blocks overlap the same voxels are not counted twice.
    return _correlation(shells, total, shells.samples * (reference.voxels.size / np.prod(shape)))


def _starts(count: int, block: int) -> list[int]:
    """First voxels of blocks along one axis, from the first to the last voxel."""
    pieces = -(-count // block)
    return [round(start) for start in np.linspace(0, count - block, pieces)]


def _sums(rings: FrequencyRings, reference: np.ndarray, image: np.ndarray, where: str) -> np.ndarray:
    """By ring: the cross term and the power of both images, shape (3, k)."""
    check_finite(reference, image, where)
    first, second = rings.transform(reference), rings.transform(image)
    cross = first.real * second.real + first.imag * second.imag
    powers = (values.real**2 + values.imag**2 for values in (first, second))
    return np.stack([rings.sums(values) for values in (cross, *powers)])


def _correlation(rings: FrequencyRings, sums: np.ndarray, samples: np.ndarray) -> FourierCorrelation:
    cross, first, second = sums
    power = np.sqrt(first) * np.sqrt(second)
    correlation = np.divide(cross, power, out=np.full_like(cross, np.nan), where=power > 0)
    return FourierCorrelation(rings.frequency_per_mm, correlation, samples, rings.nyquist)


def _check_size(shape: tuple[int, ...], what: str) -> None:
    if min(shape) < _LEAST_VOXELS:
        raise InputError(
            f"A Fourier correlation needs {what} of at least {_LEAST_VOXELS} voxels along each side, "
            f"these are {' x '.join(map(str, shape[::-1]))}.",
            "Compare a larger part.",
        )
