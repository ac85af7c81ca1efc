"""The vertebral foramen, which the arch encloses but which is no bone tissue."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt, label

# Half the 0.5 mm that the spaces between a vertebra's trabeculae seldom reach; a mouse's foramen is about 1 mm wide.
RADIUS_MM = 0.25
# A scan holds several vertebrae, or an arch that is open in some slices. Spaces with less than this part of the largest
# one's volume are no foramina.
_SMALL_PIECE = 0.1


def vertebral_foramen(bone: np.ndarray, tissue: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """The large spaces inside the periosteal contours of vertebrae that are wider than 0.5 mm throughout.

    What is not bone is opened with a disk slice by slice, and of the connected pieces through all slices the large ones
    are taken. The marrow cavity of a long bone would be found in the same way: it is for vertebrae alone.

    :param bone: True where there is bone, (z, y, x).
    :param tissue: what the periosteal contours enclose, the same shape.
    :param pixel_mm: voxel size along x and y.
    :return: bool, the same shape; nothing where no space is that wide.
    """
    wide = np.zeros(bone.shape, bool)
    for number in np.flatnonzero(tissue.any(axis=(1, 2))):
        wide[number] = _opened(tissue[number] & ~bone[number], pixel_mm[::-1])
    pieces, count = label(wide)
    if not count:
        return wide
    voxels = np.bincount(pieces.ravel())
    voxels[0] = 0
    return (voxels >= _SMALL_PIECE * voxels.max())[pieces]


def _opened(space: np.ndarray, sampling: tuple[float, float]) -> np.ndarray:
    if space.all():
        return space
    core = distance_transform_edt(space, sampling=sampling) > RADIUS_MM
    return distance_transform_edt(~core, sampling=sampling) <= RADIUS_MM if core.any() else core
