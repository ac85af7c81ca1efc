"""Cortex and marrow cavity of a long bone, slice by slice, and the cortical values of Bouxsein et al. 2010.

The endosteal contour follows the idea of Buie et al., "Automatic segmentation of cortical and trabecular compartments
based on a dual threshold technique for in vivo micro-CT bone analysis", Bone 41(4), 2007,
doi:10.1016/j.bone.2007.07.007: what is not bone is opened, so that canals stay with the cortex, and closed, so that
trabeculae go with the marrow. Here it is done slice by slice, with one threshold and disks in micrometres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_fill_holes, distance_transform_edt, find_objects, label

from .local_thickness import local_thickness

# Canals and pores of a mouse's cortex are up to some 50 um wide, the spaces between trabeculae 200 um and more.
PORE_RADIUS_MM = 0.03
# Trabeculae are 40 to 60 um thick; where several join or meet the cortex, two or three times that.
TRABECULA_RADIUS_MM = 0.1
# A space of the marrow has a section as large as this circle of 0.16 mm; smaller ones are pores of the cortex.
LEAST_CAVITY_MM2 = 0.02


@dataclass(frozen=True)
class CorticalSlice:
    """The cortex of one slice; names after Bouxsein 2010 and Dempster 2013.

    :param tt_ar_mm2: Tt.Ar, the area inside the periosteal contour.
    :param ma_ar_mm2: Ma.Ar, the area inside the endosteal contour: marrow and trabeculae.
    :param ct_ar_mm2: Ct.Ar = Tt.Ar - Ma.Ar, pores included.
    :param ct_po: Ct.Po, the part of Ct.Ar that is pores; NaN without cortex.
    :param ct_th_mm: Ct.Th, the mean over the cortex of the diameter of the largest disk in it; NaN without cortex.
    """

    tt_ar_mm2: float
    ma_ar_mm2: float
    ct_ar_mm2: float
    ct_po: float
    ct_th_mm: float

    @property
    def ct_ar_tt_ar(self) -> float:
        """Ct.Ar / Tt.Ar, from 0 to 1; NaN without tissue."""
        return self.ct_ar_mm2 / self.tt_ar_mm2 if self.tt_ar_mm2 > 0 else float("nan")


def marrow_cavity(bone: np.ndarray, tissue: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """What the endosteal contour encloses, slice by slice.

    1. What is not bone inside the periosteal contour, opened with a disk of 30 um radius: canals go.
    2. Pieces of less than 0.02 mm2 are pores and go, too.
    3. Closed with a disk of 0.1 mm radius inside the periosteal contour, and holes filled: trabeculae come in.

    :param bone: True where there is bone, (z, y, x).
    :param tissue: what the periosteal contour encloses, the same shape.
    :param pixel_mm: voxel size along x and y.
    :return: bool, the same shape.
    """
    cavity = np.zeros(bone.shape, bool)
    sampling = pixel_mm[::-1]
    # As far around the tissue as the closing looks: the rest of the slice changes nothing.
    margins = [math.ceil(TRABECULA_RADIUS_MM / edge) + 2 for edge in sampling]
    for number, one_slice in enumerate(tissue):
        for box in find_objects(one_slice.view(np.uint8)):
            wide = tuple(slice(max(0, s.start - more), s.stop + more) for s, more in zip(box, margins, strict=True))
            cavity[number][wide] = _cavity(bone[number][wide], one_slice[wide], sampling)
    return cavity


def cortical_slices(
    bone: np.ndarray, tissue: np.ndarray, cavity: np.ndarray, pixel_mm: tuple[float, float]
) -> list[CorticalSlice]:
    """The cortical values of every slice, in order.

    :param cavity: see :func:`marrow_cavity`.
    :param pixel_mm: voxel size along x and y, which are the same.
    """
    return [_measured(*masks, pixel_mm) for masks in zip(bone, tissue, cavity & tissue, strict=True)]


def _cavity(bone: np.ndarray, tissue: np.ndarray, sampling: tuple[float, float]) -> np.ndarray:
    space = tissue & ~bone
    core = space & (_distance(space, sampling) > PORE_RADIUS_MM)
    opened = _near(core, sampling, PORE_RADIUS_MM)
    pieces, _ = label(opened)
    large = np.bincount(pieces.ravel()) * (sampling[0] * sampling[1]) >= LEAST_CAVITY_MM2
    large[0] = False
    cavity = large[pieces]
    near = _near(cavity, sampling, TRABECULA_RADIUS_MM)
    closed = cavity | (near & (_distance(near, sampling) > TRABECULA_RADIUS_MM))
    return binary_fill_holes(closed & tissue)


def _distance(mask: np.ndarray, sampling: tuple[float, float]) -> np.ndarray:
    """Distance in mm of the voxels of a mask to what lies outside it; beyond the image the mask goes on."""
    return distance_transform_edt(mask, sampling=sampling) if not mask.all() else np.full(mask.shape, np.inf)


def _near(mask: np.ndarray, sampling: tuple[float, float], radius_mm: float) -> np.ndarray:
    return _distance(~mask, sampling) <= radius_mm


def _measured(bone: np.ndarray, tissue: np.ndarray, cavity: np.ndarray, pixel_mm: tuple[float, float]) -> CorticalSlice:
    cortex = tissue & ~cavity
    pixel_mm2 = pixel_mm[0] * pixel_mm[1]
    pixels = np.count_nonzero(cortex)
    po = th = float("nan")
    if pixels:
        po = 1 - np.count_nonzero(bone & cortex) / pixels
        # The largest disks of a sheet that fills the whole slice have no bound: no value.
        diameters = local_thickness(cortex)[cortex]
        th = float(diameters.mean()) * pixel_mm[0] if diameters.any() else float("nan")
    tt_ar, ma_ar = np.count_nonzero(tissue) * pixel_mm2, np.count_nonzero(cavity) * pixel_mm2
    return CorticalSlice(float(tt_ar), float(ma_ar), float(pixels * pixel_mm2), float(po), th)
