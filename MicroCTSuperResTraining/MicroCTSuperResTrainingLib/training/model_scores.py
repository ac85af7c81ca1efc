"""How well a model does on specimens that it was not trained on, beside interpolation.

A specimen counts once: its scores are means over its slices, and the intervals are those of the mean over specimens by
Student's t. Slices of one specimen are no independent observations.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.enhancement.engine import enhance
from MicroCTSuperResLib.errors import Cancelled, MicroCTError
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.progress import Progress
from MicroCTSuperResLib.quality.cohort_quality import Estimate, estimate
from MicroCTSuperResLib.quality.gains import gain
from MicroCTSuperResLib.quality.otsu import otsu_threshold

from ..evaluation.comparison import Comparison, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from MicroCTSuperResLib.imaging.volume import Volume
    from MicroCTSuperResLib.networks.loading import Model

    from ..cohort.pairing import SpecimenPair
    from .store import StoredPair

METHODS = ("bilinear", "bicubic", "dl")
# What a specimen is scored by, and its unit. The error of BA/TA is the absolute value of the specimen's bias.
MEASURES = {"psnr_db": "dB", "psnr_bone_db": "dB", "ssim": "", "ba_ta_bias": "", "ba_ta_error": ""}


@dataclass(frozen=True, eq=False)
class HeldOutPair:
    """The scans of a specimen that no network was trained on.

    :param specimen: its name; `animal`, `site` and `group` as in the cohort's table.
    :param lr: the LR scan.
    :param hr: the HR scan on `hr_grid(lr)`, in the units of LR.
    :param mask: the tissue in HR, bool of the shape of HR; None where it is to be found from HR's bone.
    """

    specimen: str
    animal: str
    site: str
    group: str
    lr: Volume
    hr: Volume
    mask: np.ndarray | None = None

    @classmethod
    def of(cls, pair: SpecimenPair) -> HeldOutPair:
        """A pair in memory."""
        told = pair.specimen
        return cls(told.specimen, told.animal, told.site, told.group, pair.lr, pair.hr, pair.mask)

    @classmethod
    def of_stored(cls, pair: StoredPair) -> HeldOutPair:
        """A pair of a slice store; its voxels are mapped, not read."""
        return cls(**pair.facts["specimen"], lr=pair.lr(), hr=pair.hr(), mask=pair.mask())


@dataclass(frozen=True)
class SpecimenScores:
    """The scores of one specimen.

    :param comparison: of bilinear and bicubic interpolation and DL with HR, means over slices.
    """

    specimen: str
    animal: str
    site: str
    group: str
    comparison: Comparison

    def value(self, method: str, measure: str) -> float:
        """One score.

        :param method: of `METHODS`.
        :param measure: of `MEASURES`.
        """
        scores = next(row for row in self.comparison.rows if row.method == method)
        return abs(scores.ba_ta_bias) if measure == "ba_ta_error" else getattr(scores, measure)


@dataclass(frozen=True)
class Failure:
    """A specimen that could not be scored, and why."""

    specimen: str
    message: str


@dataclass(frozen=True)
class ModelScores:
    """The scores of a model.

    :param rows: one a specimen.
    :param failures: the specimens that could not be scored.
    """

    rows: tuple[SpecimenScores, ...]
    failures: tuple[Failure, ...] = ()

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites of the specimens, sorted."""
        return tuple(sorted({row.site for row in self.rows}))

    @property
    def animals(self) -> int:
        """Number of animals."""
        return len({row.animal for row in self.rows})

    def of_site(self, site: str) -> ModelScores:
        """The scores of one site's specimens."""
        return ModelScores(tuple(row for row in self.rows if row.site == site))

    def mean(self, method: str, measure: str) -> Estimate:
        """The mean of a measure over the specimens."""
        return estimate([row.value(method, measure) for row in self.rows])

    def gain(self, measure: str, over: str = "bicubic") -> Estimate:
        """The mean paired difference, DL less another method; of BA/TA's error, less than 0 is better."""
        return estimate([gain(row.value("dl", measure), row.value(over, measure)).difference for row in self.rows])

    def to_json(self) -> dict:
        """As an object that JSON can hold: `specimens`, `failed`, and the means under `all` and each site's name."""
        parts = {"all": self} | ({site: self.of_site(site) for site in self.sites} if len(self.sites) > 1 else {})
        return {
            "means": {name: _means(part) for name, part in parts.items() if part.rows},
            "specimens": [_row_to_json(row) for row in self.rows],
            "failed": [{"specimen": each.specimen, "message": each.message} for each in self.failures],
        }


def score_on_specimens(
    model: str | Path | Model,
    pairs: Iterable[HeldOutPair],
    *,
    total: int | None = None,
    device: str = "auto",
    threshold: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_warning: Callable[[str], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> ModelScores:
    """Enhance specimens and compare the result, and both interpolations, with HR.

    A specimen that cannot be scored is told as a warning and does not stop the others.

    :param model: name or folder of a model, or a loaded one.
    :param pairs: the specimens; one at a time is in memory if they are made as they are asked for.
    :param total: how many there are, for the progress; needed where `pairs` has no length.
    :param device: as for `enhance`.
    :param threshold: of bone, in the units of the scans; by default the study's for scans in mg HA/cm3, and Otsu's of
        each HR scan for others.
    :param on_progress: told after each specimen.
    :raises ModelError: if there is no such model.
    :raises DeviceError: for a device that does not exist.
    :raises Cancelled: when `should_cancel` says so; it is also asked within a specimen.
    """
    from MicroCTSuperResLib.enhancement.devices import choose_device
    from MicroCTSuperResLib.networks.loading import Model, load_model

    device = choose_device(device)
    loaded = model if isinstance(model, Model) else load_model(model)
    total = len(pairs) if total is None else total
    rows, failures = [], []
    started = time.monotonic()
    for done, pair in enumerate(pairs, 1):
        try:
            rows.append(_score(loaded, pair, device, threshold, should_cancel))
        except Cancelled:
            raise
        except MicroCTError as problem:
            failures.append(Failure(pair.specimen, str(problem)))
            if on_warning is not None:
                on_warning(f"{pair.specimen} could not be scored: {problem}")
        if on_progress is not None:
            on_progress(Progress(done, total, "specimens scored", time.monotonic() - started))
    return ModelScores(tuple(rows), tuple(failures))


def _score(
    model: Model, pair: HeldOutPair, device: str, threshold: float | None, should_cancel: Callable[[], bool] | None
) -> SpecimenScores:
    if should_cancel is not None and should_cancel():
        raise Cancelled("Scoring the model was cancelled.")
    images = {
        "bilinear": interpolate(pair.lr, order=1),
        "bicubic": interpolate(pair.lr, order=3),
        "dl": enhance(pair.lr, model, device=device, should_cancel=should_cancel),
    }
    if threshold is None and pair.hr.units != DENSITY_UNITS:
        threshold = otsu_threshold(pair.hr.voxels)
    compared = compare(pair.hr, images, threshold=threshold, tissue=pair.mask, should_cancel=should_cancel)
    return SpecimenScores(pair.specimen, pair.animal, pair.site, pair.group, compared)


def _means(scores: ModelScores) -> dict:
    methods = {method: {name: scores.mean(method, name).to_json() for name in MEASURES} for method in METHODS}
    gains = {
        f"dl_minus_{over}": {name: scores.gain(name, over).to_json() for name in MEASURES if name != "ba_ta_bias"}
        for over in METHODS
        if over != "dl"
    }
    return {"specimens": len(scores.rows), "animals": scores.animals, **methods, **gains}


def _row_to_json(row: SpecimenScores) -> dict:
    told = {name: getattr(row, name) for name in ("specimen", "animal", "site", "group")}
    return {**told, **row.comparison.to_json()}
