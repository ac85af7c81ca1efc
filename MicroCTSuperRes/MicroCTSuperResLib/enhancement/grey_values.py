"""From what a network gives to the grey values of the enhanced volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..imaging.scaling import Scaling


def store_slices(enhanced: np.ndarray, scaling: Scaling, voxels: np.ndarray, slices: slice, z_factor: int) -> int:
    """Put enhanced slices where they belong, in the volume's own grey values and type.

    :param enhanced: (n, 2, y, x) scaled, as the network gives them.
    :param voxels: of the result, (z, y, x).
    :param slices: the LR slices that they belong to.
    :param z_factor: 2, or 1 for the mean of each two.
    :returns: how many voxels had to be limited to the range of the integer type.
    """
    if z_factor == 1:
        enhanced = enhanced.mean(axis=1)
    grey = scaling.invert(enhanced.reshape(-1, *enhanced.shape[-2:]))
    part = voxels[z_factor * slices.start : z_factor * slices.stop]
    if voxels.dtype.kind == "f":
        part[...] = grey
        return 0
    np.rint(grey, out=grey)
    limits = np.iinfo(voxels.dtype)
    outside = int(np.count_nonzero((grey < limits.min) | (grey > limits.max)))
    # float32 cannot hold the ends of 32- and 64-bit integers: the largest float below them is the nearest that casts
    # back.
    highest = np.float32(limits.max)
    highest = highest if int(highest) <= limits.max else np.nextafter(highest, np.float32(0))
    part[...] = np.clip(grey, np.float32(limits.min), highest)
    return outside
