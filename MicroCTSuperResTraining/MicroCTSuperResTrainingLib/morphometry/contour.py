"""The tissue area: what the periosteal contour of a bone encloses in each slice."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_fill_holes, distance_transform_edt, find_objects, label

# Bridges the openings of vessels and the gaps of a thin cortex; wider gaps leave the contour open.
CLOSING_MM = 0.1
# Smaller pieces (0.1 mm across) are noise or debris, not a bone.
LEAST_AREA_MM2 = 0.01


def tissue_mask(bone: np.ndarray, pixel_mm: tuple[float, float], closing_mm: float = CLOSING_MM) -> np.ndarray:
    """Bone and everything inside its periosteal contour, slice by slice.

    In every slice the bone is closed with a disk, the holes of each connected piece are filled, and pieces smaller than
    0.01 mm2 are left out. The bone must lie whole within the slice: where the image border cuts it, the contour is open
    there and the marrow beside the border is not enclosed. A vertebral foramen that the arch encloses counts as inside.

    :param bone: True where there is bone (of HR, where there is HR), axes (z, y, x).
    :param pixel_mm: voxel size along x and y.
    :param closing_mm: radius of the disk.
    :return: bool, the same shape.
    """
    mask = np.zeros(bone.shape, dtype=bool)
    for number, one_slice in enumerate(bone):
        # All that is enclosed lies within the rectangle around the bone, which is a fraction of the slice.
        for box in find_objects(one_slice.view(np.uint8)):
            mask[number][box] = _enclosed(one_slice[box], pixel_mm, closing_mm)
    return mask


def _enclosed(bone: np.ndarray, pixel_mm: tuple[float, float], closing_mm: float) -> np.ndarray:
    filled = binary_fill_holes(_closed(bone, pixel_mm, closing_mm))
    pieces, _ = label(filled)
    areas_mm2 = np.bincount(pieces.ravel()) * (pixel_mm[0] * pixel_mm[1])
    large = areas_mm2 >= LEAST_AREA_MM2
    large[0] = False
    return large[pieces]


def _closed(bone: np.ndarray, pixel_mm: tuple[float, float], radius_mm: float) -> np.ndarray:
    """Morphological closing with a disk: what is nearer than its radius to bone, less what is as near to the rest."""
    sampling = (pixel_mm[1], pixel_mm[0])
    # A rim of background, so that the image border does not take part in the erosion.
    rim = tuple(int(np.ceil(radius_mm / size)) + 1 for size in sampling)
    padded = np.pad(bone, [(width, width) for width in rim])
    dilated = distance_transform_edt(~padded, sampling=sampling) <= radius_mm
    closed = distance_transform_edt(dilated, sampling=sampling) > radius_mm
    return closed[rim[0] : -rim[0], rim[1] : -rim[1]]
