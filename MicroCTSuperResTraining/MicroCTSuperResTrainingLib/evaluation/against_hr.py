"""One specimen measured: image quality and bone area of volumes on the grid of HR, slice by slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.quality import bone_region
from MicroCTSuperResLib.quality.slice_scores import score_slices

from ..morphometry.bone_area import SliceArea, areas_in, ba_ta_of
from ..morphometry.contour_doubts import CUT, NO_TISSUE, OPEN, ranges
from ..morphometry.measuring import own_tissue
from ..morphometry.results import Masks
from ..morphometry.segmentation import Segmentation, segment_bone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from MicroCTSuperResLib.imaging.volume import Volume
    from MicroCTSuperResLib.progress import Progress
    from MicroCTSuperResLib.quality.pairing import Paired
    from MicroCTSuperResLib.quality.slice_scores import Scores, SliceScores

    from ..morphometry.measuring import OwnTissue

HR = "hr"
GIVEN_MASK, HR_CONTOURS = "given mask", "contours of HR"


@dataclass(frozen=True, eq=False)
class Areas:
    """The bone areas of one volume, slice by slice.

    :param shared: inside the tissue area that all volumes share.
    :param own: inside the volume's own contours; None where there are none.
    :param notes: one a slice, why its own contour is to be doubted; empty for none.
    """

    shared: list[SliceArea]
    own: list[SliceArea] | None
    notes: list[str]


@dataclass(frozen=True, eq=False)
class AgainstHr:
    """One specimen.

    :param scores: of each volume, slice by slice.
    :param areas: of each volume and of HR, under "hr".
    :param masks: bone and tissue of HR.
    :param tissue: where the tissue area is from, in words.
    :param warnings: what the user should know, a sentence each.
    """

    scores: SliceScores
    segmentation: Segmentation
    areas: dict[str, Areas]
    masks: Masks
    tissue: str
    warnings: tuple[str, ...]

    def means(self, name: str) -> dict[str, float]:
        """The means over slices of one volume, or of HR; NaN for what does not exist, infinity for no difference."""
        areas, of_hr = self.areas[name], self.areas[HR]
        ba_ta = ba_ta_of(areas.shared)
        told = {
            "ba_ta": _mean(ba_ta),
            "bv_tv": sum(area.bone_pixels for area in areas.shared) / sum(area.tissue_pixels for area in areas.shared),
            "ba_ta_own": np.nan if areas.own is None else _mean(ba_ta_of(areas.own)),
        }
        if name == HR:
            return told
        return {
            **self._quality(name),
            **told,
            "ba_ta_bias": _mean(ba_ta - ba_ta_of(of_hr.shared)),
            "ba_ta_own_bias": told["ba_ta_own"] - self.means(HR)["ba_ta_own"],
        }

    def _quality(self, name: str) -> dict[str, float]:
        means = self.scores.of[name].means
        return {measure: means.get(measure, np.nan) for measure in ("psnr_db", "psnr_bone_db", "ssim", "ssim_bone")}

    def slice_rows(self, name: str) -> list[dict]:
        """One row for each slice of one volume, or of HR."""
        areas = self.areas[name]
        quality = self.scores.of.get(name)
        first = self.scores.first_slice
        return [
            {
                "slice": first + area.slice,
                "z_mm": round(area.z_mm, 6),
                **_of_slice(quality, area.slice),
                "b_ar_mm2": area.b_ar_mm2,
                "t_ar_mm2": area.t_ar_mm2,
                "ba_ta": area.ba_ta,
                **_own(areas, area.slice),
                "note": _note(area, areas),
            }
            for area in areas.shared
        ]


def measure_against_hr(
    paired: Paired,
    segmentation: Segmentation,
    *,
    tissue: np.ndarray | None = None,
    without_foramen: bool = False,
    own_contours: bool = True,
    labels: Mapping[str, str] | None = None,
    threads: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> AgainstHr:
    """Measure the volumes of a specimen.

    :param tissue: T.Ar as a mask of the shape of HR; by default what the contours of HR's bone enclose.
    :param without_foramen: leave the vertebral foramen out of contours.
    :param own_contours: measure inside each volume's own contours, too.
    :param labels: what the volumes are called in warnings, by their names.
    :param threads: see :func:`~MicroCTSuperResLib.quality.slice_scores.score_slices`, also for the others.
    :raises InputError: for an HR without bone where no mask is given, an empty mask, and what `score_slices` refuses.
    :raises Cancelled: when `should_cancel` says so.
    """
    hr, warnings = paired.reference, _Warnings(paired.box.start[2], labels or {})
    of_hr = _contours(hr, segmentation, without_foramen, warnings, HR, threads, required=tissue is None)
    bone = segment_bone(hr.voxels, segmentation, threads) if of_hr is None else of_hr.bone
    if tissue is not None and not tissue.any():
        raise InputError("The mask of the tissue is empty.", "Check the mask, and that it lies where HR does.")
    shared = of_hr.tissue if tissue is None else np.asarray(tissue, bool)
    if not (bone & shared).any():
        warnings.add(f"no voxel inside the tissue area reaches {segmentation.threshold:g} {hr.units}.", HR)
    scores = score_slices(
        paired,
        bone=bone_region(bone) if bone.any() else None,
        threads=threads,
        on_progress=on_progress,
        should_cancel=should_cancel,
    )
    areas = {HR: _areas(hr, bone, shared, of_hr if own_contours else None, threads)}
    for name, image in paired.images.items():
        own = _contours(image, segmentation, without_foramen, warnings, name, threads) if own_contours else None
        of_image = segment_bone(image.voxels, segmentation, threads) if own is None else own.bone
        areas[name] = _areas(image, of_image, shared, own, threads)
    source = HR_CONTOURS if tissue is None else GIVEN_MASK
    return AgainstHr(scores, segmentation, areas, Masks(bone, shared, None), source, warnings.told())


def _contours(
    volume: Volume,
    segmentation: Segmentation,
    without_foramen: bool,
    warnings: _Warnings,
    name: str,
    threads: int | None,
    *,
    required: bool = False,
) -> OwnTissue | None:
    """The volume's own tissue area; None, with a warning, where it has none."""
    try:
        found = own_tissue(volume, segmentation, without_foramen=without_foramen, threads=threads)
    except InputError as error:
        if required:
            raise
        warnings.add(f"there are no contours of its own: {error.message}", name)
        return None
    for flags, text in ((found.doubts.cut, CUT), (found.doubts.may_be_open, OPEN)):
        if flags.any():
            numbers = ranges(warnings.first_slice + np.flatnonzero(flags))
            warnings.add(f"in slices {numbers} {text}; look at the overlays, or give a mask.", name)
    for warning in found.warnings:
        if warning not in found.doubts.warnings():
            warnings.add(warning, name)
    return found


class _Warnings:
    """Each text once, with the names of the volumes that it is about.

    :param first_slice: number of the first slice of the volumes, for texts that name slices.
    :param labels: what the volumes are called, by their names.
    """

    def __init__(self, first_slice: int, labels: Mapping[str, str]) -> None:
        self.first_slice = first_slice
        self._labels = {HR: "HR", **labels}
        self._names: dict[str, list[str]] = {}

    def add(self, text: str, name: str) -> None:
        self._names.setdefault(text, []).append(name)

    def told(self) -> tuple[str, ...]:
        return tuple(
            f"{', '.join(self._labels.get(name, name) for name in names)}: {text}"
            for text, names in self._names.items()
        )


def _areas(volume: Volume, bone: np.ndarray, shared: np.ndarray, own: OwnTissue | None, threads: int | None) -> Areas:
    of_shared = areas_in(volume, bone, shared, threads)
    if own is None:
        return Areas(of_shared, None, [""] * len(of_shared))
    notes = [own.doubts.note(number) for number in range(len(of_shared))]
    return Areas(of_shared, areas_in(volume, bone, own.tissue, threads), notes)


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _of_slice(quality: Scores | None, number: int) -> dict[str, float | None]:
    measures = ("psnr_db", "ssim", "psnr_bone_db", "ssim_bone")
    values = {name: None if quality is None else getattr(quality, name) for name in measures}
    return {name: None if array is None else float(array[number]) for name, array in values.items()}


def _own(areas: Areas, number: int) -> dict[str, float | None]:
    area = None if areas.own is None else areas.own[number]
    return {
        f"{name}_own{unit}": None if area is None else getattr(area, f"{name}{unit}")
        for name, unit in (("b_ar", "_mm2"), ("t_ar", "_mm2"), ("ba_ta", ""))
    }


def _note(area: SliceArea, areas: Areas) -> str:
    told = [NO_TISSUE] if area.t_ar_mm2 == 0 else []
    if areas.notes[area.slice]:
        told.append(f"own contour: {areas.notes[area.slice]}")
    return "; ".join(told)
