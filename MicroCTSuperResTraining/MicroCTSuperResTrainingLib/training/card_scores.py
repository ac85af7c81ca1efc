"""Scores of a model as its card tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from MicroCTSuperResLib.networks.card import Score

from .model_scores import MEASURES
from .words import counted

if TYPE_CHECKING:
    from .model_scores import ModelScores

_METRICS = {
    "psnr_db": "psnr",
    "psnr_bone_db": "psnr near bone",
    "ssim": "ssim",
    "ba_ta_bias": "BA/TA bias",
    "ba_ta_error": "BA/TA error",
}


def score_entries(scores: ModelScores) -> tuple[Score, ...]:
    """Scores as a card tells them: over all specimens, and over those of each site where there are several."""
    several = len(scores.sites) > 1
    parts = {"": scores, **({f"{site} ": scores.of_site(site) for site in scores.sites} if several else {})}
    return tuple(
        entry
        for site, part in parts.items()
        for measure in MEASURES
        if part.rows and (entry := _entry(part, site, measure)) is not None
    )


def _entry(scores: ModelScores, site: str, measure: str) -> Score | None:
    """One score; None where it is infinite (DL is identical to HR)."""
    dl = scores.mean("dl", measure)
    if dl.mean is None:
        return None
    settings: dict[str, object] = {"specimens": dl.n, "animals": scores.animals}
    settings |= {"ci95": _rounded(dl.ci)} if dl.ci else {"interval": "none: one specimen"}
    for method in ("bilinear", "bicubic"):
        settings |= _known(method, scores.mean(method, measure).mean)
    if measure != "ba_ta_bias":
        gain = scores.gain(measure)
        settings |= _known("gain_over_bicubic", gain.mean)
        settings |= {"gain_ci95": _rounded(gain.ci)} if gain.ci else {}
    settings |= _how_measured(scores, measure)
    dataset = f"{counted(dl.n, f'{site}specimen')} of {counted(scores.animals, 'animal')}, not trained on"
    return Score(dataset, _METRICS[measure], _six(dl.mean), MEASURES[measure], settings)


def _how_measured(scores: ModelScores, measure: str) -> dict[str, object]:
    """What the number depends on, where that is the same for all specimens."""
    first = scores.rows[0].comparison
    if measure.startswith("ba_ta"):
        told, same = first.segmentation, all(row.comparison.segmentation == first.segmentation for row in scores.rows)
        threshold = f"{told.threshold:g} {first.data_range.units}" if same else "Otsu's of each HR scan"
        return {"threshold": threshold, "sigma_voxels": told.sigma_voxels, "support_voxels": told.support_voxels}
    data_range = first.data_range
    same = all(row.comparison.data_range == data_range for row in scores.rows)
    return {"data_range": f"{data_range.value:g} {data_range.units}" if same else data_range.rule}


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [_six(end) for end in interval]


def _six(value: float) -> float:
    return float(f"{value:.6g}")


def _known(name: str, value: float | None) -> dict[str, float]:
    return {} if value is None else {name: _six(value)}
