"""How near LR and DL come to HR: one row of scores for each volume."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import Cancelled, InputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.progress import Progress
from MicroCTSuperResLib.quality import (
    DataRange,
    bone_region,
    data_range_of,
    mean_psnr,
    psnr_per_slice,
    ssim_per_slice,
)

from .bone_area import ba_ta_of, slice_areas
from .contour import tissue_mask
from .segmentation import Segmentation, segment_bone, segmentation_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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
            "ssim": "Wang 2004: Gaussian window 11x11, sigma 1.5, K1 0.01, K2 0.03, population covariance, slice-wise",
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
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Comparison:
    """Score volumes against HR: PSNR, SSIM and BA/TA, slice by slice.

    :param hr: the reference.
    :param images: name and volume, each on the grid of HR and in its units.
    :param threshold: of bone; needed where HR is not in mg HA/cm3.
    :param on_progress: told of every slice compared.
    :param should_cancel: asked before every slice.
    :raises InputError: for volumes that are not on the grid of HR or not in its units, an HR without bone, and what
        :func:`~MicroCTSuperResLib.quality.psnr` and :func:`segmentation_for` refuse.
    :raises Cancelled: when `should_cancel` says so.
    """
    for name, image in images.items():
        check_same_grid(hr, image, name)
    segmentation = segmentation_for(hr, threshold)
    data_range = data_range_of(hr.voxels, hr.units)
    bone = segment_bone(hr.voxels, segmentation)
    tissue = tissue_mask(bone, hr.spacing[:2])
    if not tissue.any():
        raise InputError(
            f"No slice of HR shows bone at {segmentation.threshold:g} {hr.units} or more.",
            "Check the units of HR, or give another threshold.",
        )
    region = bone_region(bone)
    hr_ba_ta = ba_ta_of(slice_areas(hr, tissue, segmentation))
    steps = _Steps(len(images) * len(bone), on_progress, should_cancel)
    rows = []
    for name, image in images.items():
        quality = _image_quality(hr.voxels, image.voxels, data_range.value, region, steps)
        ba_ta = ba_ta_of(slice_areas(image, tissue, segmentation))
        rows.append(Scores(name, *quality, float(np.nanmean(ba_ta)), float(np.nanmean(ba_ta - hr_ba_ta))))
    return Comparison(
        data_range,
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


class _Steps:
    """Counts the slices compared, and stops when asked to."""

    def __init__(self, total: int, on_progress: Callable | None, should_cancel: Callable | None) -> None:
        self.done, self.total = 0, total
        self.on_progress, self.should_cancel = on_progress, should_cancel
        self.started = time.monotonic()

    def next(self) -> None:
        if self.should_cancel is not None and self.should_cancel():
            raise Cancelled("The comparison was cancelled.")
        self.done += 1
        if self.on_progress is not None:
            self.on_progress(Progress(self.done, self.total, "slices compared", time.monotonic() - self.started))


def _image_quality(
    hr: np.ndarray, image: np.ndarray, data_range: float, region: np.ndarray, steps: _Steps
) -> tuple[float, float, float]:
    """PSNR of the whole image, PSNR of the bone region, SSIM."""
    measured = []
    for expected, got, mask in zip(hr, image, region, strict=True):
        whole = psnr_per_slice(expected, got, data_range)[0]
        near_bone = psnr_per_slice(expected, got, data_range, mask)[0]
        measured.append((whole, near_bone, ssim_per_slice(expected, got, data_range)[0]))
        steps.next()
    whole, near_bone, similarity = np.transpose(measured)
    return mean_psnr(whole), mean_psnr(near_bone), float(similarity.mean())


def _row_to_json(row: Scores) -> dict:
    return {
        "psnr_db": _finite(row.psnr_db),
        "psnr_bone_db": _finite(row.psnr_bone_db),
        "ssim": row.ssim,
        "ba_ta": {"mean": row.ba_ta, "bias": row.ba_ta_bias},
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
