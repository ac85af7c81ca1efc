"""PSNR and SSIM of every slice, and of the whole, for volumes that lie on the grid of HR."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Cancelled
from ..progress import Progress
from .data_range import DataRange, data_range_of
from .signal_to_noise import mean_psnr, psnr_per_slice
from .similarity import ssim_per_slice

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pairing import Paired


@dataclass(frozen=True, eq=False)
class Scores:
    """One volume against HR.

    :param psnr_db: of each slice, shape (z,); infinite where the slices are identical.
    :param ssim: of each slice, shape (z,).
    """

    psnr_db: np.ndarray
    ssim: np.ndarray

    @property
    def mean_psnr_db(self) -> float:
        """See :func:`~.signal_to_noise.mean_psnr`."""
        return mean_psnr(self.psnr_db)

    @property
    def mean_ssim(self) -> float:
        return float(self.ssim.mean())


@dataclass(frozen=True, eq=False)
class SliceScores:
    """Volumes against HR along z.

    :param first_slice: the slice of HR that the first value belongs to, counted from 0.
    :param slice_distance: in mm.
    :param data_range: what PSNR and SSIM refer to.
    :param of: by name of the volume ("LR", "DL"), all of the same length.
    """

    first_slice: int
    slice_distance: float
    data_range: DataRange
    of: dict[str, Scores]

    @property
    def slices(self) -> np.ndarray:
        """Number of each slice in HR, shape (z,)."""
        count = len(next(iter(self.of.values())).ssim)
        return np.arange(self.first_slice, self.first_slice + count, dtype=np.int32)

    @property
    def positions_mm(self) -> np.ndarray:
        """Distance of each slice from the first one of HR, shape (z,)."""
        return self.slices * self.slice_distance

    def to_json(self) -> dict:
        """As an object that JSON can hold; PSNR of identical slices is null. See :meth:`from_json`."""
        return {
            "data_range": asdict(self.data_range),
            "slices": self.slices.tolist(),
            "slice_distance_mm": self.slice_distance,
            "z_mm": self.positions_mm.tolist(),
            "volumes": {
                name: {
                    "psnr_db": [_finite(value) for value in scores.psnr_db.tolist()],
                    "ssim": scores.ssim.tolist(),
                    "mean_psnr_db": _finite(scores.mean_psnr_db),
                    "mean_ssim": scores.mean_ssim,
                }
                for name, scores in self.of.items()
            },
        }

    @classmethod
    def from_json(cls, scores: dict) -> SliceScores:
        """The scores that :meth:`to_json` told."""
        volumes = {
            name: Scores(
                np.array([math.inf if value is None else value for value in volume["psnr_db"]]),
                np.array(volume["ssim"]),
            )
            for name, volume in scores["volumes"].items()
        }
        first, distance = scores["slices"][0], scores["slice_distance_mm"]
        return cls(first, distance, DataRange(**scores["data_range"]), volumes)


def score_slices(
    paired: Paired,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> SliceScores:
    """PSNR and SSIM of every slice.

    :param on_progress: told after each slice of each volume.
    :param should_cancel: asked before each slice.
    :raises InputError: for volumes that cannot be scored (a constant reference, slices smaller than SSIM's window).
    :raises Cancelled: when `should_cancel` says so.
    """
    reference = paired.reference
    data_range = data_range_of(reference.voxels, reference.units)
    total, done, began = len(paired.images) * len(reference.voxels), 0, time.monotonic()
    scores = {}
    for name, image in paired.images.items():
        measured = []
        for expected, got in zip(reference.voxels, image.voxels, strict=True):
            if should_cancel is not None and should_cancel():
                raise Cancelled("The comparison was cancelled.")
            measured.append([score(expected, got, data_range.value)[0] for score in (psnr_per_slice, ssim_per_slice)])
            done += 1
            if on_progress is not None:
                on_progress(Progress(done, total, "slices compared", time.monotonic() - began))
        scores[name] = Scores(*np.transpose(measured))
    return SliceScores(paired.box.start[2], reference.spacing[2], data_range, scores)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
