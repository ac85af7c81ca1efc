"""Whether two scans show the same specimen: how well their fine detail agrees, place by place.

The bones of two animals are alike in their outline, and correlate well when they lie on one another. They differ in
their trabeculae and pores. So the correlation is taken within windows of some voxels, of detail without the coarse
shape, and what counts is how far the worst quarter of the places that have any detail agrees: in two scans of one
specimen the detail agrees everywhere, in those of two specimens only where their cortices happen to meet.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

# Detail is what is left between these two Gaussians (standard deviations in voxels); the window has the last one.
_FINE, _COARSE, _WINDOW = 1.0, 3.0, 3.0
# Places with less than this part of the detail of the richest places show air or fluid, hence noise.
_LEAST_DETAIL, _RICHEST_PERCENT = 0.1, 99
_WORST_PERCENT = 25
_FEWEST_PLACES = 100
_BORDER = 3  # voxels
_MOST_VOXELS = 3_000_000


def likeness(still: np.ndarray, moved: np.ndarray, matrix: np.ndarray, offset: np.ndarray) -> float:
    """The local correlation of detail that three quarters of the places exceed.

    :param still: (z, y, x), one scan.
    :param moved: the same shape, the other.
    :param matrix: with `offset`, where a place x of `still` is found in `moved`: matrix x + offset, in voxels z, y, x.
    :returns: 1 for equal detail, near 0 for none in common; 0 where there is too little to compare.
    """
    part = _part(still.shape, matrix, offset)
    if part is None:
        return 0.0
    start = np.array([each.start for each in part])
    first = still[part]
    second = ndimage.affine_transform(
        moved, matrix, matrix @ start + offset, first.shape, np.float32, order=3, mode="nearest"
    )
    return _worst_local_correlation(_detail(first), _detail(second))


def _part(shape: tuple[int, ...], matrix: np.ndarray, offset: np.ndarray) -> tuple[slice, ...] | None:
    """Voxels of the middle whose places in the other scan are inside, as many slices of them as are needed; or None."""
    middle = (np.array(shape) - 1) / 2
    away = np.abs((matrix - np.eye(3)) @ np.diag(middle)).sum(axis=1)
    shift = matrix @ middle + offset - middle
    low = [int(np.ceil(max(0, -move) + turn)) for move, turn in zip(shift, away, strict=True)]
    high = [count - int(np.ceil(max(0, move) + turn)) for count, move, turn in zip(shape, shift, away, strict=True)]
    if any(first >= last for first, last in zip(low, high, strict=True)):
        return None
    slices = max(8 * _BORDER, _MOST_VOXELS // ((high[1] - low[1]) * (high[2] - low[2])))
    spare = max(0, high[0] - low[0] - slices) // 2
    low[0], high[0] = low[0] + spare, high[0] - spare
    return tuple(slice(first, last) for first, last in zip(low, high, strict=True))


def _detail(image: np.ndarray) -> np.ndarray:
    return _blurred(image, _FINE) - _blurred(image, _COARSE)


def _worst_local_correlation(first: np.ndarray, second: np.ndarray) -> float:
    inner = tuple(slice(_BORDER, -_BORDER) if count > 4 * _BORDER else slice(None) for count in first.shape)
    own, other, common = (_blurred(product, _WINDOW)[inner] for product in (first**2, second**2, first * second))
    richest = [np.percentile(energy, _RICHEST_PERCENT) for energy in (own, other)]
    if min(richest) <= 0:
        return 0.0
    rich = (own > _LEAST_DETAIL * richest[0]) & (other > _LEAST_DETAIL * richest[1])
    if np.count_nonzero(rich) < _FEWEST_PLACES:
        return 0.0
    return float(np.percentile(common[rich] / np.sqrt(own[rich] * other[rich]), _WORST_PERCENT))


def _blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(image.astype(np.float32, copy=False), sigma, mode="nearest")
