"""Building blocks of bone-like geometry: random fields, soft edges, canals and lacunae.

An occupancy is a float32 array (z, y, x) of 0..1: the share of each voxel that is filled, so that edges carry the
partial volume of a real scan instead of steps.
"""

from __future__ import annotations

import numpy as np
from scipy import fft, ndimage
from scipy.special import erfinv


def gaussian_field(
    shape: tuple[int, int, int],
    wavelength: float,
    rng: np.random.Generator,
    *,
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0),
    rotation: np.ndarray | None = None,
    bandwidth: float = 0.25,
) -> np.ndarray:
    """A random field with one dominant wavelength: thresholded, it is a spinodoid, the usual model of trabecular bone.

    :param shape: (z, y, x).
    :param wavelength: voxels from one trabecula to the next.
    :param stretch: factors by which structures are longer along the axes z, y, x (before `rotation`).
    :param rotation: 3x3 rotation of the axes of `stretch`.
    :param bandwidth: relative spread of wavelengths; small is regular, large is irregular.
    :returns: float32, zero mean, unit standard deviation, periodic at the borders.
    """
    spectrum = fft.rfftn(rng.standard_normal(shape, dtype=np.float32), workers=-1)
    axes = [fft.fftfreq(n).astype(np.float32) for n in shape[:2]] + [fft.rfftfreq(shape[2]).astype(np.float32)]
    frequencies = np.meshgrid(*axes, indexing="ij", sparse=True)
    matrix = np.diag(stretch) @ (np.eye(3) if rotation is None else rotation)
    square = np.float32(0)
    for row in matrix.astype(np.float32):
        square = square + (row[0] * frequencies[0] + row[1] * frequencies[1] + row[2] * frequencies[2]) ** 2
    relative = np.sqrt(square) * np.float32(wavelength) - 1
    spectrum *= np.exp(-0.5 * (relative / np.float32(bandwidth)) ** 2)
    field = fft.irfftn(spectrum, s=shape, workers=-1)
    deviation = float(field.std())
    # A wavelength far beyond the block leaves no frequency to excite: such a field is flat.
    return (field - field.mean()) / deviation if deviation > 0 else np.zeros(shape, np.float32)


def threshold_for_fraction(fraction: float) -> float:
    """The level that a unit Gaussian field exceeds in `fraction` of the space."""
    return float(np.sqrt(2) * erfinv(1 - 2 * fraction))


def soft_threshold(field: np.ndarray, level: float | np.ndarray) -> np.ndarray:
    """Occupancy of `field > level`; the edge runs linearly over the one voxel that it cuts."""
    distance = field - level
    slope = np.sqrt(sum(np.gradient(distance, axis=axis) ** 2 for axis in range(3)))
    return np.clip(0.5 + distance / np.maximum(slope, 1e-6), 0, 1).astype(np.float32)


def soft_edge(distance: np.ndarray) -> np.ndarray:
    """Occupancy of a body from a signed distance in voxels, positive inside."""
    return np.clip(0.5 + distance, 0, 1).astype(np.float32)


def union(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Occupancy of either of two overlapping structures."""
    return np.maximum(first, second)


def ellipsoids(
    shape: tuple[int, int, int], centres: np.ndarray, radii: np.ndarray, rotations: np.ndarray
) -> np.ndarray:
    """Occupancy of many small ellipsoids (lacunae).

    :param centres: (n, 3) voxel positions z, y, x.
    :param radii: (n, 3) in voxels.
    :param rotations: (n, 3, 3).
    """
    occupancy = np.zeros(shape, np.float32)
    for centre, radius, rotation in zip(centres, radii, rotations, strict=True):
        box, offsets = _box_around(shape, centre, float(radius.max()) + 1)
        local = np.stack(np.broadcast_arrays(*offsets), axis=-1) @ rotation.T
        scaled = np.sqrt(((local / radius) ** 2).sum(-1))
        np.maximum(occupancy[box], soft_edge((1 - scaled) * radius.min()), out=occupancy[box])
    return occupancy


def canals(
    shape: tuple[int, int, int], starts: np.ndarray, directions: np.ndarray, lengths: np.ndarray, radii: np.ndarray
) -> np.ndarray:
    """Occupancy of straight canals with round ends.

    :param starts: (n, 3) voxel positions z, y, x of one end.
    :param directions: (n, 3) unit vectors.
    :param lengths: (n,) in voxels.
    :param radii: (n,) in voxels.
    """
    occupancy = np.zeros(shape, np.float32)
    for start, direction, length, radius in zip(starts, directions, lengths, radii, strict=True):
        low, high = np.sort([start, start + length * direction], axis=0) + np.array([[-1], [1]]) * (radius + 1)
        box = tuple(slice(max(0, int(a)), max(0, min(n, int(b) + 2))) for a, b, n in zip(low, high, shape, strict=True))
        offsets = np.ogrid[box]
        offsets = [axis.astype(np.float32) - s for axis, s in zip(offsets, start, strict=True)]
        along = np.clip(sum(o * d for o, d in zip(offsets, direction, strict=True)), 0, length)
        away = np.sqrt(sum((o - along * d) ** 2 for o, d in zip(offsets, direction, strict=True)))
        np.maximum(occupancy[box], soft_edge(radius - away), out=occupancy[box])
    return occupancy


def random_rotations(count: int, rng: np.random.Generator) -> np.ndarray:
    """Rotations spread evenly over all orientations, (count, 3, 3)."""
    from scipy.spatial.transform import Rotation

    return Rotation.random(count, rng=rng).as_matrix()


def _box_around(
    shape: tuple[int, int, int], centre: np.ndarray, reach: float
) -> tuple[tuple[slice, ...], list[np.ndarray]]:
    box = tuple(
        slice(max(0, int(c - reach)), max(0, min(n, int(c + reach) + 2))) for c, n in zip(centre, shape, strict=True)
    )
    return box, [axis.astype(np.float32) - c for axis, c in zip(np.ogrid[box], centre, strict=True)]


def blur(image: np.ndarray, sigma: float | tuple[float, ...]) -> np.ndarray:
    """Gaussian blur in voxels, borders reflected; sigma 0 changes nothing."""
    if not np.any(sigma):
        return image
    return ndimage.gaussian_filter(image, sigma, mode="reflect", truncate=3.5)
