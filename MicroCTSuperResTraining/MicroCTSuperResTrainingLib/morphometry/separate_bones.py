"""Which tissue belongs to which bone."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import center_of_mass, label

# Pieces with less than this part of the largest one's volume are fragments and belong to no bone of their own.
_SMALL_BONE = 0.05


def bone_numbers(tissue: np.ndarray, spacing: tuple[float, float, float]) -> tuple[np.ndarray, int]:
    """Number the connected pieces of tissue, in their order along the axis on which they lie farthest apart.

    Bones that touch are one piece. Fragments get no number.

    :param tissue: bool, (z, y, x).
    :param spacing: in mm, x, y, z.
    :returns: numbers from 1, 0 elsewhere, (z, y, x); and how many bones there are.
    """
    pieces, count = label(tissue)
    if count <= 1:
        return pieces, count
    voxels = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    kept = np.flatnonzero(voxels >= _SMALL_BONE * voxels.max()) + 1
    places = np.array(center_of_mass(tissue, pieces, kept)) * spacing[::-1]
    along = places[:, np.argmax(np.ptp(places, axis=0))]
    numbers = np.zeros(count + 1, pieces.dtype)
    numbers[kept[np.argsort(along, kind="stable")]] = np.arange(1, len(kept) + 1)
    return numbers[pieces], len(kept)
