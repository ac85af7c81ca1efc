"""What a network reaches on the validation specimens: PSNR, SSIM and the error of BA/TA on slices that never change.

The slices go through the network the way that `enhance` takes them: whole, scaled by the bounds of the whole LR volume,
and back by the same bounds. The loss is that of the training, on the same slices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS, STUDY_THRESHOLD
from MicroCTSuperResLib.imaging.sampling import SCALE, interpolate
from MicroCTSuperResLib.imaging.scaling import scaling_of
from MicroCTSuperResLib.quality import data_range_of, psnr_per_slice, ssim_per_slice
from MicroCTSuperResLib.quality.otsu import otsu_threshold

from ..morphometry.contour import tissue_mask
from ..morphometry.segmentation import Segmentation, segment_bone
from .dataset import SampleShape, cut, scaling_of_slice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from MicroCTSuperResLib.enhancement.slices import SliceRunner

    from .config import TrainingConfig
    from .store import StoredPair

METRICS = ("psnr_db", "ssim", "ba_ta_error")
# LR slices around one that cubic interpolation looks at.
_REACH = 2


@dataclass(frozen=True, eq=False)
class _Reference:
    """What the HR slices inside one LR slice are scored by.

    :param data_range: of PSNR and SSIM, that of the whole specimen.
    :param tissue: T.Ar, (2, y, x).
    :param ba_ta: of HR, (2,); NaN where there is no tissue.
    """

    data_range: float
    segmentation: Segmentation
    tissue: np.ndarray
    ba_ta: np.ndarray


class ValidationSlices:
    """LR slices spread evenly over the validation specimens.

    :param pairs: the specimens.
    :param config: of the training.
    :param shape: of a training sample, for the loss.
    :raises InputError: for a specimen whose HR scan is constant.
    """

    def __init__(self, pairs: Sequence[StoredPair], config: TrainingConfig, shape: SampleShape) -> None:
        self._pairs = [(pair.lr(), pair.hr(), pair.mask()) for pair in pairs]
        self._scalings = [scaling_of(lr, config.scaling) for lr, _, _ in self._pairs]
        self._each_image = config.scaling.kind == "image-minmax"
        self._shape = shape
        self._ranges = [data_range_of(hr.voxels, hr.units).value for _, hr, _ in self._pairs]
        self._segmentations = [_segmentation(hr.voxels, hr.units) for _, hr, _ in self._pairs]
        self._references: dict[int, _Reference] = {}
        depths = [lr.voxels.shape[0] for lr, _, _ in self._pairs]
        self.slices = tuple(spread_evenly(depths, config.validation_slices))

    def __len__(self) -> int:
        return len(self.slices)

    def sample(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        """One slice as the loss takes it, unturned: (1, context, y, x) and (1, 2, 2y, 2x)."""
        specimen, number = self.slices[index]
        lr, hr, _ = self._pairs[specimen]
        # A slice that the network's poolings cannot halve is cut to its largest part that they can.
        step = [have // wanted * wanted for have, wanted in zip(lr.voxels.shape[1:], self._shape.patch, strict=True)]
        whole = SampleShape(self._shape.context, SCALE, tuple(step))
        lr_part, hr_part = cut(lr.voxels, hr.voxels, SCALE * number, (0, 0), whole)
        scaling = scaling_of_slice(lr_part) if self._each_image else self._scalings[specimen]
        return tuple(torch.from_numpy(scaling.apply(part)[np.newaxis]) for part in (lr_part, hr_part))

    def scores(self, index: int, runner: SliceRunner) -> np.ndarray:
        """The `METRICS` of one LR slice enhanced by a network; NaN for BA/TA without tissue."""
        specimen, number = self.slices[index]
        lr = self._pairs[specimen][0].voxels
        scaling = self._scalings[specimen]
        window = np.clip(np.arange(number - runner.margin, number + runner.margin + 1), 0, len(lr) - 1)
        enhanced = runner.run(torch.from_numpy(scaling.apply(lr[window])))
        return self._against_hr(index, scaling.invert(enhanced[0].numpy()))

    def baselines(self) -> dict[str, dict[str, float]]:
        """The mean scores of interpolation on the same slices, for "bilinear" and "bicubic"."""
        return {
            name: mean_scores([self._against_hr(index, self._interpolated(index, order)) for index in range(len(self))])
            for name, order in (("bilinear", 1), ("bicubic", 3))
        }

    def _interpolated(self, index: int, order: int) -> np.ndarray:
        specimen, number = self.slices[index]
        lr = self._pairs[specimen][0]
        window = np.clip(np.arange(number - _REACH, number + _REACH + 1), 0, len(lr.voxels) - 1)
        part = interpolate(lr.with_voxels(lr.voxels[window]), order=order).voxels
        return part[SCALE * _REACH : SCALE * (_REACH + 1)]

    def _against_hr(self, index: int, image: np.ndarray) -> np.ndarray:
        """:param image: (2, y, x) in the units of HR."""
        specimen, number = self.slices[index]
        expected = self._pairs[specimen][1].voxels[SCALE * number : SCALE * (number + 1)]
        reference = self._reference(index, expected)
        noise_db = psnr_per_slice(expected, image, reference.data_range)
        similarity = ssim_per_slice(expected, image, reference.data_range)
        error = np.abs(_ba_ta(image, reference.tissue, reference.segmentation) - reference.ba_ta)
        told = error[~np.isnan(error)]
        return np.array([noise_db.mean(), similarity.mean(), told.mean() if told.size else np.nan])

    def _reference(self, index: int, expected: np.ndarray) -> _Reference:
        """Made once for each slice: a contour takes longer than all scores together."""
        if index not in self._references:
            specimen, number = self.slices[index]
            _, hr, mask = self._pairs[specimen]
            segmentation = self._segmentations[specimen]
            tissue = (
                tissue_mask(segment_bone(expected, segmentation), hr.spacing[:2])
                if mask is None
                else np.array(mask[SCALE * number : SCALE * (number + 1)])
            )
            ba_ta = _ba_ta(expected, tissue, segmentation)
            self._references[index] = _Reference(self._ranges[specimen], segmentation, tissue, ba_ta)
        return self._references[index]


def spread_evenly(depths: Sequence[int], wanted: int) -> list[tuple[int, int]]:
    """Slices (specimen, number), at least one of each specimen, evenly spaced along z and not at the ends.

    :param depths: LR slices of each specimen.
    :param wanted: how many in all; at most as many as there are.
    """
    each = [min(depth, max(1, wanted // len(depths))) for depth in depths]
    return [
        (specimen, int((place + 0.5) * depth / count))
        for specimen, (depth, count) in enumerate(zip(depths, each, strict=True))
        for place in range(count)
    ]


def mean_scores(rows: Sequence[np.ndarray]) -> dict[str, float]:
    """The means of several slices' scores by name; BA/TA over the slices with tissue."""
    return {
        name: float(np.mean(known)) if (known := column[~np.isnan(column)]).size else float("nan")
        for name, column in zip(METRICS, np.transpose(rows), strict=True)
    }


def _segmentation(hr: np.ndarray, units: str) -> Segmentation:
    """The study's segmentation, smoothed in each slice alone: the slices scored have no neighbours here.

    :raises InputError: for an HR scan that is constant.
    """
    threshold = STUDY_THRESHOLD if units == DENSITY_UNITS else otsu_threshold(hr)
    if not np.isfinite(threshold):
        raise InputError("An HR scan has NaN or infinite values.", "Replace them, or crop to the valid part.")
    return Segmentation(threshold, in_plane=True)


def _ba_ta(image: np.ndarray, tissue: np.ndarray, segmentation: Segmentation) -> np.ndarray:
    """B.Ar / T.Ar of each slice, NaN where there is no tissue."""
    bone = np.count_nonzero(segment_bone(image, segmentation) & tissue, axis=(1, 2))
    area = np.count_nonzero(tissue, axis=(1, 2))
    return np.where(area > 0, bone / np.maximum(area, 1), np.nan)
