"""Morphometry of one volume: slice by slice, and of each bone as a whole."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume

from ..evaluation.bone_area import SliceArea, areas_in
from ..evaluation.contour import tissue_mask
from ..evaluation.segmentation import Segmentation, segment_bone
from .contour_doubts import NO_TISSUE, Doubts, doubts_about
from .cortex import CorticalSlice, cortical_slices, marrow_cavity
from .foramen import vertebral_foramen
from .plate_model import PlateModel, check_isotropic, plate_model
from .separate_bones import bone_numbers
from .trabeculae import BoneVolume, Diameters, bone_volume, diameters_in

ALL_BONES = "all"


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


@dataclass(frozen=True, eq=False)
class Masks:
    """Of one volume, all bool, (z, y, x); `cavity` is what the endosteal contour encloses, if it was looked for."""

    bone: np.ndarray
    tissue: np.ndarray
    cavity: np.ndarray | None


@dataclass(frozen=True)
class SliceResult:
    """One row of the table of slices.

    :param note: why values are missing or to be doubted; empty for none.
    """

    area: SliceArea
    cortex: CorticalSlice | None
    note: str


@dataclass(frozen=True, eq=False)
class BoneResult:
    """One bone, or all of a volume together.

    :param bone: "all", or its number from 1.
    :param region: where `volume`, `thickness`, `separation` and `plates` were measured, in words.
    :param volume: None where the region is empty.
    :param note: why values are missing; empty for none.
    """

    bone: str
    slices: tuple[SliceResult, ...]
    region: str
    volume: BoneVolume | None
    thickness: Diameters | None
    separation: Diameters | None
    plates: PlateModel | None
    note: str


@dataclass(frozen=True, eq=False)
class Measured:
    """All of one volume.

    :param warnings: what the user should know, a sentence each.
    """

    masks: Masks
    bones: tuple[BoneResult, ...]
    warnings: tuple[str, ...]


def own_tissue(volume: Volume, segmentation: Segmentation, *, without_foramen: bool = False) -> OwnTissue:
    """Find T.Ar by the volume's own periosteal contours.

    :param without_foramen: whether to leave the vertebral foramen out.
    :raises InputError: for NaN voxels, or if there is no bone.
    """
    volume.check_grey_values()
    bone = segment_bone(volume.voxels, segmentation)
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


def measure(volume: Volume, segmentation: Segmentation, tissue: np.ndarray | OwnTissue, wanted: Features) -> Measured:
    """Measure a volume.

    :param volume: grey values in the units of the segmentation's threshold.
    :param tissue: T.Ar as a mask of the volume's shape, or by this volume's own contours.
    :raises InputError: for NaN voxels, an empty mask, or voxels whose edges differ where a feature needs them equal.
    """
    _check_edges(volume.spacing, wanted)
    if isinstance(tissue, OwnTissue):
        bone, mask, doubts, warnings = tissue.bone, tissue.tissue, tissue.doubts, list(tissue.warnings)
    else:
        volume.check_grey_values()
        bone, mask, doubts, warnings = segment_bone(volume.voxels, segmentation), tissue, None, []
        if not (bone & mask).any():
            warnings.append(f"No voxel inside the tissue area reaches {segmentation.threshold:g} {volume.units}.")
    if not mask.any():
        raise InputError(
            f"{volume.source or 'The volume'} has no tissue area: it is empty where the volume reaches.",
            "Check that the mask or the reference shows the same part of the specimen.",
        )
    masks = Masks(bone, mask, marrow_cavity(bone, mask, volume.spacing[:2]) if wanted.cortex else None)
    bones, told = _bones(volume, masks, doubts, wanted)
    return Measured(masks, bones, (*warnings, *told))


def _bones(
    volume: Volume, masks: Masks, doubts: Doubts | None, wanted: Features
) -> tuple[tuple[BoneResult, ...], list[str]]:
    """The bones one by one or all together, and what the user should know about that."""
    numbers, count = bone_numbers(masks.tissue, volume.spacing)
    if wanted.each_bone:
        parts = ((str(number), _within(masks, numbers == number)) for number in range(1, count + 1))
        return tuple(_of_bone(volume, part, doubts, wanted, name) for name, part in parts), []
    told = f"{count} bones lie apart and are measured together; --each-bone tells them one by one."
    return (_of_bone(volume, masks, doubts, wanted, ALL_BONES),), [told] if count > 1 else []


def _check_edges(spacing: tuple[float, float, float], wanted: Features) -> None:
    if wanted.thickness:
        check_isotropic(spacing, "Tb.Th by sphere fitting")
    if wanted.plates:
        check_isotropic(spacing, "The plate model")
    if wanted.cortex:
        check_isotropic((*spacing[:2], spacing[0]), "Ct.Th")


def _within(masks: Masks, part: np.ndarray) -> Masks:
    """The masks of one bone; `bone` goes on outside its tissue, as in the scan."""
    return Masks(masks.bone, masks.tissue & part, None if masks.cavity is None else masks.cavity & part)


def _of_bone(volume: Volume, masks: Masks, doubts: Doubts | None, wanted: Features, name: str) -> BoneResult:
    region, told = (masks.tissue, "tissue area") if masks.cavity is None else (masks.cavity, "inside the cortex")
    slices = tuple(_slices(volume, masks, doubts))
    if not region.any():
        return BoneResult(name, slices, told, None, None, None, None, f"the region ({told}) is empty")
    edge = volume.spacing[0]
    found = {
        "thickness": diameters_in(masks.bone, region, edge) if wanted.thickness else None,
        "separation": diameters_in(~masks.bone, region, edge) if wanted.thickness else None,
        "plates": plate_model(masks.bone, region, edge) if wanted.plates else None,
    }
    of_region = bone_volume(masks.bone, region, volume.spacing)
    return BoneResult(name, slices, told, of_region, **found, note=_missing(of_region, found, wanted))


def _missing(volume: BoneVolume, found: dict, wanted: Features) -> str:
    """Why values that were wanted are missing."""
    told = ["no bone in the region"] if volume.bv_mm3 == 0 else []
    if wanted.thickness:
        told += [f"nothing to fit spheres into for {name}" for name, key in _FITTED.items() if found[key] is None]
    if wanted.plates and found["plates"] is None:
        told.append("no surface of bone for the plate model")
    return "; ".join(told)


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
    if cortex is not None and any(np.isnan(getattr(cortex, field.name)) for field in fields(cortex)):
        told.append("no cortex")
    return "; ".join(filter(None, told))
