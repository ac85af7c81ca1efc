"""How near LR and DL come to HR: one row of scores for each volume."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality import DataRange, bone_region
from MicroCTSuperResLib.quality.pairing import Paired
from MicroCTSuperResLib.quality.similarity import SETTINGS as SSIM_SETTINGS
from MicroCTSuperResLib.quality.slice_scores import score_slices

from ..morphometry.bone_area import areas_in, ba_ta_of, slice_areas
from ..morphometry.contour import tissue_mask
from ..morphometry.segmentation import Segmentation, segment_bone, segmentation_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from MicroCTSuperResLib.progress import Progress


@dataclass(frozen=True)
class Scores:
    """One volume against HR; every value is a mean over slices.

    :param method: what the volume is ("bilinear", "bicubic", "dl" ...).
    :param psnr_db: over the whole image.
    :param psnr_bone_db: over the bone of HR and its surroundings (3 voxels).
    :param ssim: over the whole image.
    :param ba_ta: inside the tissue mask of HR.
    :param ba_ta_bias: mean difference of BA/TA from HR.
    """

    method: str
    psnr_db: float
    psnr_bone_db: float
    ssim: float
    ba_ta: float
    ba_ta_bias: float


@dataclass(frozen=True)
class Comparison:
    """The scores of several volumes against one HR, with the settings that they depend on.

    :param slices: number of slices of HR.
    :param slices_with_tissue: those that BA/TA is the mean of.
    :param hr_ba_ta: BA/TA of HR itself.
    """

    data_range: DataRange
    segmentation: Segmentation
    slices: int
    slices_with_tissue: int
    hr_ba_ta: float
    rows: tuple[Scores, ...]

    def to_json(self) -> dict:
        """As an object that JSON can hold: `settings`, `hr`, and one key for each method.

        An infinite PSNR (identical volumes) is null.
        """
        settings = {
            "data_range": asdict(self.data_range),
            "ssim": SSIM_SETTINGS,
            "segmentation": asdict(self.segmentation),
            "slices": self.slices,
            "slices_with_tissue": self.slices_with_tissue,
        }
        return {
            "settings": settings,
            "hr": {"ba_ta": {"mean": self.hr_ba_ta}},
            **{row.method: _row_to_json(row) for row in self.rows},
        }


def compare(
    hr: Volume,
    images: Mapping[str, Volume],
    *,
    threshold: float | None = None,
    tissue: np.ndarray | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Comparison:
    """Score volumes against HR: PSNR, SSIM and BA/TA, slice by slice.

    :param hr: the reference.
    :param images: name and volume, each on the grid of HR and in its units.
    :param threshold: of bone; needed where HR is not in mg HA/cm3.
    :param tissue: T.Ar as a mask of HR's shape; by default what the contour of HR's bone encloses.
    :param on_progress: told of every slice compared.
    :param should_cancel: asked before every slice.
    :raises InputError: for volumes that are not on the grid of HR or not in its units, an HR without bone, and what
        :func:`~MicroCTSuperResLib.quality.psnr` and :func:`segmentation_for` refuse.
    :raises Cancelled: when `should_cancel` says so.
    """
    for name, image in images.items():
        check_same_grid(hr, image, name)
    segmentation = segmentation_for(hr, threshold)
    bone = segment_bone(hr.voxels, segmentation)
    if not bone.any():
        raise InputError(
            f"No slice of HR shows bone at {segmentation.threshold:g} {hr.units} or more.",
            "Check the units of HR, or give another threshold.",
        )
    tissue = _tissue(hr, bone, tissue)
    hr_ba_ta = ba_ta_of(areas_in(hr, bone, tissue))
    scores = score_slices(
        Paired(hr, images, Box.whole(hr.size)),
        bone=bone_region(bone),
        on_progress=on_progress,
        should_cancel=should_cancel,
    )
    rows = []
    for name, image in images.items():
        means = scores.of[name].means
        quality = (means[measure] for measure in ("psnr_db", "psnr_bone_db", "ssim"))
        ba_ta = ba_ta_of(slice_areas(image, tissue, segmentation))
        rows.append(Scores(name, *quality, float(np.nanmean(ba_ta)), float(np.nanmean(ba_ta - hr_ba_ta))))
    return Comparison(
        scores.data_range,
        segmentation,
        slices=len(bone),
        slices_with_tissue=int(np.count_nonzero(~np.isnan(hr_ba_ta))),
        hr_ba_ta=float(np.nanmean(hr_ba_ta)),
        rows=tuple(rows),
    )


def check_same_grid(hr: Volume, image: Volume, name: str) -> None:
    """See to it that a volume has the voxels of HR at the places of HR, to a tenth of a voxel, and its units.

    :raises InputError: otherwise.
    """
    tolerance = 0.1 * min(hr.spacing)
    same_place = (
        image.size == hr.size
        and np.allclose(image.spacing, hr.spacing, rtol=1e-3, atol=0)
        and np.allclose(image.origin, hr.origin, rtol=0, atol=tolerance)
        and np.allclose(image.direction, hr.direction, rtol=0, atol=1e-3)
    )
    if not same_place:
        raise InputError(
            f"{name} is not on the HR grid: size {image.size}, spacing {image.spacing} mm, origin {image.origin} mm; "
            f"HR {hr.size}, {hr.spacing} mm, {hr.origin} mm.",
            "Interpolate it to the grid of HR first.",
        )
    if image.units != hr.units:
        raise InputError(f"{name} is in {image.units} units and HR in {hr.units}.", "Convert one of them first.")


def _tissue(hr: Volume, bone: np.ndarray, given: np.ndarray | None) -> np.ndarray:
    """The mask that was given, else what the contour of HR's bone encloses."""
    tissue = tissue_mask(bone, hr.spacing[:2]) if given is None else np.asarray(given, dtype=bool)
    if tissue.any():
        return tissue
    if given is not None:
        raise InputError("The mask of the tissue is empty.", "Check the mask.")
    raise InputError(
        "HR shows no piece of bone that is large enough for a contour.",
        "Check the units of HR and its voxel size, or give another threshold.",
    )


def _row_to_json(row: Scores) -> dict:
    return {
        "psnr_db": _finite(row.psnr_db),
        "psnr_bone_db": _finite(row.psnr_bone_db),
        "ssim": row.ssim,
        "ba_ta": {"mean": row.ba_ta, "bias": row.ba_ta_bias},
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
