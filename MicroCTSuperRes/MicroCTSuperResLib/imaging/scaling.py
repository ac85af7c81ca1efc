"""Grey values of a volume to the 0..1 that a network works in, and back.

The bounds come from the LR volume or from fixed physical values, never from an HR volume: what is not known when the
network is used must not be used to undo the scaling. Whatever is scaled by bounds is scaled back by the same bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .volume import Volume

if TYPE_CHECKING:
    from ..networks.card import GreyScaling

# Percentiles of some millions of voxels differ from those of all by far less than the noise, and cost no second copy.
_LARGEST_SAMPLE = 4_000_000


@dataclass(frozen=True)
class Scaling:
    """The line that brings `low` to 0 and `high` to 1.

    :param low: grey value in the volume's own units.
    :param high: grey value above `low`.
    """

    low: float
    high: float

    def apply(self, grey: np.ndarray) -> np.ndarray:
        """Grey values to 0..1 (and beyond, nothing is clipped), float32."""
        return (np.asarray(grey, np.float32) - np.float32(self.low)) / np.float32(self.high - self.low)

    def invert(self, scaled: np.ndarray) -> np.ndarray:
        """Back to grey values, float32."""
        return np.asarray(scaled, np.float32) * np.float32(self.high - self.low) + np.float32(self.low)


def scaling_of(lr: Volume, wanted: GreyScaling) -> Scaling:
    """The bounds for one LR volume.

    :param wanted: what the model card asks for. "image-minmax" uses the smallest and largest value of the whole volume
        here, so that neighbouring slices keep one scale.
    :returns: bounds at least a hair apart, also for a constant volume.
    :raises ModelError: if the model knows fixed bounds in other units only.
    """
    wanted = wanted.for_units(lr.units)
    if wanted.kind == "bounds":
        return Scaling(float(wanted.lower), float(wanted.upper))
    if wanted.kind == "image-minmax":
        low, high = float(lr.voxels.min()), float(lr.voxels.max())
    else:
        low, high = (float(v) for v in np.percentile(_sample(lr.voxels), (wanted.lower, wanted.upper)))
    # A volume that is constant but for a few voxels has no span between percentiles; then any span will do.
    return Scaling(low, high if high > low else low + max(1.0, abs(low) * 1e-3))


def _sample(voxels: np.ndarray) -> np.ndarray:
    """Every n-th voxel of every axis, the same ones each time."""
    step = max(1, int(np.ceil((voxels.size / _LARGEST_SAMPLE) ** (1 / 3))))
    # Short axes are kept whole: a stack of few slices still counts all of them.
    return voxels[tuple(slice(None, None, step if n > 4 * step else 1) for n in voxels.shape)]
