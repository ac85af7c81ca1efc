"""Morphometry of one volume: slice by slice, and of each bone as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume

from .bone_area import SliceArea, areas_in
from .contour import tissue_mask
from .contour_doubts import NO_TISSUE, Doubts, doubts_about, ranges
from .cortex import CorticalSlice, cortical_slices, marrow_cavity
from .foramen import vertebral_foramen
from .plate_model import check_isotropic, plate_model
from .results import ALL_BONES, BoneResult, Masks, Measured, SliceResult
from .segmentation import Segmentation, segment_bone
from .separate_bones import bone_numbers
from .trabeculae import BoneVolume, bone_volume, diameters_in

# The cortex of mice has pores of some percent of its area. More of them are the spaces of dense trabeculae, or a marrow
# that is narrower than what counts as one (cortex.LEAST_CAVITY_MM2).
_MANY_PORES = 0.15
POROUS = f"more than {100 * _MANY_PORES:.0f} % of the cortex is not bone: trabeculae or marrow may count as cortex"


@dataclass(frozen=True)
class Features:
    """What is measured beside B.Ar, T.Ar, BA/TA and BV/TV.

    :param thickness: Tb.Th and Tb.Sp by sphere fitting.
    :param plates: the values of the plate model.
    :param cortex: the cortical values; those of trabeculae are then told of what the endosteal contour encloses.
    :param each_bone: tell every bone by itself.
    """

    thickness: bool = False
    plates: bool = False
    cortex: bool = False
    each_bone: bool = False


@dataclass(frozen=True, eq=False)
class OwnTissue:
    """T.Ar by a volume's own periosteal contours.

    :param bone: what the contours are around, bool, (z, y, x).
    :param tissue: what they enclose, the same shape.
    :param doubts: about the contours.
    :param warnings: the same in words, and that there is no foramen where one was to be left out.
    """

    bone: np.ndarray
    tissue: np.ndarray
    doubts: Doubts
    warnings: tuple[str, ...]


def own_tissue(
    volume: Volume, segmentation: Segmentation, *, without_foramen: bool = False, threads: int | None = None
) -> OwnTissue:
    """Find T.Ar by the volume's own periosteal contours.

    :param without_foramen: whether to leave the vertebral foramen out.
    :param threads: of the segmentation, see :func:`~.segmentation.segment_bone`.
    :raises InputError: for NaN voxels, or if there is no bone.
    """
    volume.check_grey_values()
    bone = segment_bone(volume.voxels, segmentation, threads)
    tissue = tissue_mask(bone, volume.spacing[:2])
    if not tissue.any():
        raise InputError(
            f"{volume.source or 'The volume'} shows no bone at {segmentation.threshold:g} {volume.units} or more "
            f"(its grey values are {volume.voxels.min():g} to {volume.voxels.max():g}).",
            "Check its units and calibration, or give another --threshold.",
        )
    doubts = doubts_about(bone, tissue)
    warnings = doubts.warnings()
    if without_foramen:
        foramen = vertebral_foramen(bone, tissue, volume.spacing[:2])
        if not foramen.any():
            warnings.append("No vertebral foramen was found, so nothing was left out of the tissue area.")
        tissue &= ~foramen
    return OwnTissue(bone, tissue, doubts, tuple(warnings))


def measure(
    volume: Volume,
    segmentation: Segmentation,
    tissue: np.ndarray | OwnTissue,
    wanted: Features,
    doubts: Doubts | None = None,
) -> Measured:
    """Measure a volume.

    :param volume: grey values in the units of the segmentation's threshold.
    :param tissue: T.Ar as a mask of the volume's shape, or by this volume's own contours.
    :param doubts: about the contours of another volume that the mask came from.
    :raises InputError: for NaN voxels, an empty mask, or voxels whose edges differ where a feature needs them equal.
    """
    _check_edges(volume.spacing, wanted)
    if isinstance(tissue, OwnTissue):
        bone, mask, doubts, warnings = tissue.bone, tissue.tissue, tissue.doubts, list(tissue.warnings)
        around = None
    else:
        volume.check_grey_values()
        bone, mask, warnings = segment_bone(volume.voxels, segmentation), tissue, []
        if not (bone & mask).any():
            warnings.append(f"No voxel inside the tissue area reaches {segmentation.threshold:g} {volume.units}.")
        around = mask | tissue_mask(bone, volume.spacing[:2]) if wanted.thickness else None
    if not mask.any():
        raise InputError(
            f"{volume.source or 'The volume'} has no tissue area: it is empty where the volume reaches.",
            "Check that the mask or the reference shows the same part of the specimen.",
        )
    masks = Masks(bone, mask, marrow_cavity(bone, mask, volume.spacing[:2]) if wanted.cortex else None, around)
    bones, told = _bones(volume, masks, doubts, wanted)
    porous = sorted({row.area.slice for bone in bones for row in bone.slices if _is_porous(row.cortex)})
    if porous:
        told.append(f"In slices {ranges(np.array(porous))} {POROUS}: look at the pictures (--pictures).")
    return Measured(masks, bones, (*warnings, *told))


def _bones(
    volume: Volume, masks: Masks, doubts: Doubts | None, wanted: Features
) -> tuple[tuple[BoneResult, ...], list[str]]:
    """The bones one by one or all together, and what the user should know about that."""
    numbers, count = bone_numbers(masks.tissue, volume.spacing)
    if wanted.each_bone:
        parts = ((str(number), masks.of_part(numbers == number)) for number in range(1, count + 1))
        return tuple(_of_bone(volume, part, _doubts_of(part, doubts), wanted, name) for name, part in parts), []
    told = f"{count} bones lie apart and are measured together; --each-bone tells them one by one."
    return (_of_bone(volume, masks, doubts, wanted, ALL_BONES),), [told] if count > 1 else []


def _doubts_of(part: Masks, doubts: Doubts | None) -> Doubts | None:
    """Those about the contours of one bone, where doubts are known at all."""
    return None if doubts is None else doubts_about(part.bone, part.tissue)


def _check_edges(spacing: tuple[float, float, float], wanted: Features) -> None:
    if wanted.thickness:
        check_isotropic(spacing, "Tb.Th by sphere fitting")
    if wanted.plates:
        check_isotropic(spacing, "The plate model")
    if wanted.cortex:
        check_isotropic((*spacing[:2], spacing[0]), "Ct.Th")


def _of_bone(volume: Volume, masks: Masks, doubts: Doubts | None, wanted: Features, name: str) -> BoneResult:
    region, told = (masks.tissue, "tissue area") if masks.cavity is None else (masks.cavity, "inside the cortex")
    slices = tuple(_slices(volume, masks, doubts))
    if not region.any():
        return BoneResult(name, slices, told, None, None, None, None, f"the region ({told}) is empty")
    edge, centres = volume.spacing[0], masks.centres()
    found = {
        "thickness": diameters_in(masks.bone, region, edge, centres) if wanted.thickness else None,
        "separation": diameters_in(~masks.bone, region, edge, centres) if wanted.thickness else None,
        "plates": plate_model(masks.bone, region, edge) if wanted.plates else None,
    }
    of_region = bone_volume(masks.bone, region, volume.spacing)
    notes = (_missing(of_region, found, wanted), _unbounded(volume, found))
    return BoneResult(name, slices, told, of_region, **found, note="; ".join(filter(None, notes)))


def _missing(volume: BoneVolume, found: dict, wanted: Features) -> str:
    """Why values that were wanted are missing."""
    told = ["no bone in the region"] if volume.bv_mm3 == 0 else []
    if wanted.thickness:
        told += [f"nothing to fit spheres into for {name}" for name, key in _FITTED.items() if found[key] is None]
    if wanted.plates and found["plates"] is None:
        told.append("no surface of bone for the plate model")
    return "; ".join(told)


def _unbounded(volume: Volume, found: dict) -> str:
    """Which values come from balls that the ends of the volume do not bound: it is thinner than they are."""
    thinnest_mm = min(count * edge for count, edge in zip(volume.size, volume.spacing, strict=True))
    names = [name for name, key in _FITTED.items() if found[key] is not None and found[key].largest_mm > thinnest_mm]
    if not names:
        return ""
    return f"the volume is {thinnest_mm:g} mm thin, less than the largest ball of {' and of '.join(names)}"


_FITTED = {"Tb.Th": "thickness", "Tb.Sp": "separation"}


def _slices(volume: Volume, masks: Masks, doubts: Doubts | None) -> list[SliceResult]:
    areas = areas_in(volume, masks.bone, masks.tissue)
    cortex: list[CorticalSlice | None] = [None] * len(areas)
    if masks.cavity is not None:
        cortex = list(cortical_slices(masks.bone, masks.tissue, masks.cavity, volume.spacing[:2]))
    return [
        SliceResult(area, section, _note(area, section, doubts)) for area, section in zip(areas, cortex, strict=True)
    ]


def _note(area: SliceArea, cortex: CorticalSlice | None, doubts: Doubts | None) -> str:
    if area.t_ar_mm2 == 0:
        return NO_TISSUE
    told = [] if doubts is None else [doubts.note(area.slice)]
    if cortex is not None and cortex.ct_ar_mm2 == 0:
        told.append("no cortex")
    elif cortex is not None and np.isnan(cortex.ct_th_mm):
        told.append("nothing bounds the cortex in the slice")
    if _is_porous(cortex):
        told.append(POROUS)
    return "; ".join(filter(None, told))


def _is_porous(cortex: CorticalSlice | None) -> bool:
    return cortex is not None and cortex.ct_po > _MANY_PORES
