"""PSNR and SSIM of every slice, and of the whole, for volumes that lie on the grid of HR."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Cancelled, InputError
from ..progress import Progress
from .data_range import DataRange, data_range_of
from .pairs import check_finite, check_pair, slice_masks
from .signal_to_noise import mean_psnr, psnr_of_errors
from .similarity import SimilarityMap, check_large_enough, mean_of_map, mean_ssim
from .slice_threads import each_slice

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pairing import Paired


@dataclass(frozen=True, eq=False)
class Scores:
    """One volume against HR.

    :param psnr_db: of each slice, shape (z,); infinite where the slices are identical.
    :param ssim: of each slice, shape (z,).
    :param psnr_bone_db: in the bone region alone, shape (z,), NaN in slices without it; None where no region was given.
    :param ssim_bone: SSIM of the windows around the voxels of the bone region, likewise.
    """

    psnr_db: np.ndarray
    ssim: np.ndarray
    psnr_bone_db: np.ndarray | None = None
    ssim_bone: np.ndarray | None = None

    @property
    def mean_psnr_db(self) -> float:
        """See :func:`~.signal_to_noise.mean_psnr`."""
        return mean_psnr(self.psnr_db)

    @property
    def mean_ssim(self) -> float:
        return mean_ssim(self.ssim)

    @property
    def means(self) -> dict[str, float]:
        """The means over the slices by measure; those of the bone region only where one was given."""
        means = {"psnr_db": self.mean_psnr_db, "ssim": self.mean_ssim}
        if self.psnr_bone_db is not None and self.ssim_bone is not None:
            means |= {"psnr_bone_db": mean_psnr(self.psnr_bone_db), "ssim_bone": mean_ssim(self.ssim_bone)}
        return means

    def to_json(self) -> dict:
        """Lists of the slices and the means, null where a value is infinite or does not exist."""
        slices = {name: [finite(value) for value in getattr(self, name).tolist()] for name in self.means}
        return slices | {f"mean_{name}": finite(value) for name, value in self.means.items()}

    @classmethod
    def from_json(cls, scores: dict) -> Scores:
        """The scores that :meth:`to_json` told."""
        psnr = np.array([math.inf if value is None else value for value in scores["psnr_db"]])
        if "ssim_bone" not in scores:
            return cls(psnr, np.array(scores["ssim"]))
        similarity = np.array(scores["ssim_bone"], dtype=float)
        # Without a region there is no SSIM either; with one only identical slices have no PSNR that JSON can hold.
        missing = np.where(np.isnan(similarity), math.nan, math.inf)
        near_bone = np.array(scores["psnr_bone_db"], dtype=float)
        return cls(psnr, np.array(scores["ssim"]), np.where(np.isnan(near_bone), missing, near_bone), similarity)


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
            "volumes": {name: scores.to_json() for name, scores in self.of.items()},
        }

    @classmethod
    def from_json(cls, scores: dict) -> SliceScores:
        """The scores that :meth:`to_json` told."""
        volumes = {name: Scores.from_json(volume) for name, volume in scores["volumes"].items()}
        first, distance = scores["slices"][0], scores["slice_distance_mm"]
        return cls(first, distance, DataRange(**scores["data_range"]), volumes)


def score_slices(
    paired: Paired,
    *,
    bone: np.ndarray | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
    threads: int | None = None,
) -> SliceScores:
    """PSNR and SSIM of every slice, the same for any number of threads; memory stays that of a few slices.

    :param bone: the bone region, see :func:`~.regions.bone_region`, of the shape of `paired.reference`; without it only
        the whole slices are scored.
    :param on_progress: told after each slice of each volume, in order.
    :param should_cancel: asked before each slice.
    :param threads: by default one for each core that this process may use, at most 8.
    :raises InputError: for volumes that cannot be scored (a constant reference, slices smaller than SSIM's window, NaN)
        and a bone region of another shape or without voxels.
    :raises Cancelled: when `should_cancel` says so.
    """
    reference = paired.reference
    data_range = data_range_of(reference.voxels, reference.units)
    regions = slice_masks(bone, reference.voxels.shape)
    if bone is not None and not np.any(bone):
        raise InputError("The bone region is empty.", "Check the mask, or the threshold that it was made with.")
    count, began = len(reference.voxels), time.monotonic()
    scores = {}
    for before, (name, image) in enumerate(paired.images.items()):
        score = _slice_scorer(reference.voxels, image.voxels, data_range.value, regions)
        measured = []
        for values in each_slice(score, count, threads):
            if should_cancel is not None and should_cancel():
                raise Cancelled("The comparison was cancelled.")
            measured.append(values)
            if on_progress is not None:
                done = before * count + len(measured)
                on_progress(Progress(done, len(paired.images) * count, "slices compared", time.monotonic() - began))
        scores[name] = Scores(*np.transpose(measured))
    return SliceScores(paired.box.start[2], reference.spacing[2], data_range, scores)


def _slice_scorer(
    reference: np.ndarray, image: np.ndarray, data_range: float, regions: list[np.ndarray | None]
) -> Callable[[int], tuple[float, ...]]:
    """A function that scores the slice of a number: PSNR, SSIM, and both in its region where there is one."""
    check_pair(reference, image, data_range)
    check_large_enough(reference.shape)

    own = threading.local()

    def score(number: int) -> tuple[float, ...]:
        if not hasattr(own, "similarity"):
            own.similarity = SimilarityMap(reference.shape[1:], data_range)
            own.pair = np.empty((2, *reference.shape[1:]))
        expected, got = own.pair
        # Converted once: numpy takes several times as long for a step that converts on its way.
        np.copyto(expected, reference[number])
        np.copyto(got, image[number])
        check_finite(expected, got, f"Slice {number}")
        similarity = own.similarity.of(expected, got)
        errors = np.subtract(got, expected, out=got)
        region = regions[number]
        whole = (psnr_of_errors(errors, data_range, None), mean_of_map(similarity, None))
        if region is None:
            return whole
        return (*whole, psnr_of_errors(errors, data_range, region), mean_of_map(similarity, region))

    return score


def finite(value: float) -> float | None:
    """The value, or None where JSON has none for it: infinite, or not a number."""
    return value if math.isfinite(value) else None
