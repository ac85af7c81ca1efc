"""scores.json: everything that an evaluation found, so that a report needs nothing else but the tables and figures.

    schema        1
    software      name and version of this software; `created` is the date of the evaluation
    simulated     "all", "some" or "none" of the specimens are simulated
    settings      data_range (value, units, rule), ssim and psnr (in words), segmentation (threshold, units, sigma in
                  voxels and um, support, smoothing), masks (primary and secondary, in words), each a list where
                  specimens differ; bone_region_margin_voxels, pairing, evaluation, confidence, device, slices,
                  slices_with_tissue
    cohort        table, its sha256, split, specimens, animals, sites; null for a single specimen
    voxel_sizes   lr_um and hr_um: lists of the voxel sizes x, y, z that occur, in um
    methods       by key: label, and the key facts of the model's card (null for interpolations and files)
    specimens_n   number of specimens, animals_n of animals
    hr            ba_ta.mean, ba_ta_own.mean, edge_width_um.mean
    bilinear      also bicubic, dl (dl2 ... of further models): n, psnr_db, psnr_bone_db, ssim, ssim_bone,
                  resolution_um, resolution_3d_um, edge_width_um (means over specimens, each with NAME_ci95 and
                  NAME_n), resolution_at_nyquist, resolution_3d_at_nyquist (in how many specimens the voxels end the
                  resolution); ba_ta: mean, bias, bias_ci, sd, limits, limits_ci, limits_ci_exact, n, level; ba_ta_own
                  the same inside each volume's own contours
    gains         by "dl_minus_bilinear" ...: mean, ci95, n of the differences of each measure, and in percent
    sites         by site: the keys from `hr` to `gains` for its specimens; only where there are several sites
    cross_site    rows as in cross_site.csv; empty for one model on one site
    specimens     what each was measured with: files with sha256, voxel sizes, likeness, warnings, means; shift_um by
                  how much it lies farther along x, y, z in LR than in HR, left_um the same after refinement (null:
                  none), resampled whether the voxels of HR are not those of its file
    failed        specimen and message of those that could not be evaluated
    warnings      what the reader should know, with the specimen's name where there is one
    notes         what cannot be told, and why
    files         of tables, figures and overlays, relative to the folder of scores.json

What does not exist (a PSNR of identical images, the interval of one specimen) is null, with the reason among the notes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from MicroCTSuperResLib import __version__
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.quality.regions import MARGIN_VOXELS
from MicroCTSuperResLib.quality.similarity import SETTINGS as SSIM_SETTINGS

from ..agreement.bland_altman import CONFIDENCE
from ..cohort.pair_settings import PairingSettings
from .area_agreement import ONE_SPECIMEN, AreaAgreement
from .methods import Method
from .motion import motion_notes
from .settings import EvaluationSettings
from .sharpness import SHARPNESS_SETTINGS
from .summary import cross_site, summary_of

SCORES = "scores.json"
SCHEMA = 1
SOFTWARE = f"MicroCTSuperRes {__version__}"
_SECONDARY = "T.Ar by each volume's own periosteal contours"


@dataclass(frozen=True)
class Evaluation:
    """What was evaluated, and how.

    :param results: of :func:`~.specimen_evaluation.evaluate_specimen`, at least one.
    :param failed: specimen and message of those that could not be evaluated.
    :param device: that models ran on; None where a file holds DL.
    :param cohort: facts about the table; None for a single specimen.
    :param warnings: about all of it.
    """

    results: Sequence[dict]
    methods: Sequence[Method]
    settings: EvaluationSettings
    pairing: PairingSettings
    device: str | None = None
    failed: Sequence[dict] = ()
    cohort: dict | None = None
    warnings: Sequence[str] = field(default_factory=tuple)

    @property
    def simulated(self) -> str:
        """ "all", "some" or "none"."""
        told = {result["simulated"] for result in self.results}
        return "some" if len(told) > 1 else "all" if told == {True} else "none"


def scores_of(
    evaluation: Evaluation, shared: AreaAgreement | None, own: AreaAgreement | None, files: dict[str, object]
) -> dict:
    """The object of scores.json.

    :param shared: the agreement inside the tissue areas of HR; `own` inside own contours.
    :param files: for `files`.
    """
    results, methods = evaluation.results, evaluation.methods
    overall = summary_of(results, methods, shared, own)
    sites = sorted({result["site"] for result in results})
    return {
        "schema": SCHEMA,
        "software": SOFTWARE,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "simulated": evaluation.simulated,
        "settings": _settings(evaluation),
        "cohort": evaluation.cohort,
        "voxel_sizes": {f"{kind}_um": _voxel_sizes(results, f"{kind}_spacing_mm") for kind in ("lr", "hr")},
        "methods": {method.key: method.to_json() for method in methods},
        "specimens_n": overall.pop("specimens"),
        "animals_n": overall.pop("animals"),
        **overall,
        "sites": {site: summary_of([result for result in results if result["site"] == site], methods) for site in sites}
        if len(sites) > 1
        else {},
        "cross_site": cross_site(results, methods),
        "specimens": [
            {name: value for name, value in result.items() if name not in ("slices", "curves")} for result in results
        ],
        "failed": list(evaluation.failed),
        "warnings": [
            *evaluation.warnings,
            *(f"{result['specimen']}: {warning}" for result in results for warning in result["warnings"]),
        ],
        "notes": _notes(evaluation, shared, own),
        "files": files,
    }


def write_scores(scores: dict, folder: Path) -> Path:
    """Write scores.json, in place of an earlier one.

    :raises OutputError: where it cannot be written.
    """
    path = folder / SCORES
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_text(json.dumps(scores, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return path


def _settings(evaluation: Evaluation) -> dict:
    results = evaluation.results
    return {
        "data_range": _one_or_all([result["data_range"] for result in results]),
        "ssim": SSIM_SETTINGS,
        "psnr": "10 log10(data range^2 / mean squared difference) of each slice, averaged over slices, then specimens",
        "segmentation": _one_or_all([result["segmentation"] for result in results]),
        "masks": {
            "primary": _one_or_all([f"T.Ar of all volumes: {result['tissue']}" for result in results]),
            "secondary": _SECONDARY if evaluation.settings.own_contours else None,
        },
        **SHARPNESS_SETTINGS,
        "bone_region_margin_voxels": MARGIN_VOXELS,
        "pairing": asdict(evaluation.pairing),
        "evaluation": evaluation.settings.to_json(),
        "confidence": CONFIDENCE,
        "device": evaluation.device,
        "slices": sum(result["hr_voxels"][2] for result in results),
        "slices_with_tissue": sum(result["slices_with_tissue"] for result in results),
    }


def _one_or_all(values: list) -> object:
    """The value that all specimens share, or the list of those that occur."""
    different = [value for place, value in enumerate(values) if value not in values[:place]]
    return different[0] if len(different) == 1 else different


def _voxel_sizes(results: Sequence[dict], name: str) -> list[list[float]]:
    return [
        list(size) for size in sorted({tuple(round(1000 * edge, 4) for edge in result[name]) for result in results})
    ]


def _notes(evaluation: Evaluation, shared: AreaAgreement | None, own: AreaAgreement | None) -> list[str]:
    notes = []
    if len(evaluation.results) == 1:
        notes.append(ONE_SPECIMEN)
    notes += motion_notes(evaluation.results)
    animals = len({result["animal"] for result in evaluation.results})
    if animals < len(evaluation.results):
        notes.append(
            f"{len(evaluation.results)} specimens are of {animals} animals: those of one animal are not independent, "
            "so that intervals and tests over all of them look better than they are; see those of each site."
        )
    if shared is None:
        notes.append("BA/TA inside the tissue area of HR exists in no specimen, so there is no agreement to tell.")
    if own is None and evaluation.settings.own_contours:
        notes.append("A method or HR has no contours of its own in any specimen: there is no secondary analysis.")
    if len(evaluation.results) > 1:
        notes += _agreement_notes([each for each in (shared, own) if each is not None], evaluation.methods)
    if any(values["psnr_db"] is None for result in evaluation.results for values in result["methods"].values()):
        notes.append("A PSNR of identical volumes is infinite, told as null and left out of means.")
    if len({result["units"] for result in evaluation.results}) > 1:
        notes.append("The specimens have different units: means over them mix calibrated and uncalibrated scans.")
    return notes


def _agreement_notes(agreements: Sequence[AreaAgreement], methods: Sequence[Method]) -> list[str]:
    """What the analyses noted, each sentence once with what it is about."""
    about: dict[str, list[str]] = {}
    for agreement in agreements:
        for note in agreement.result["notes"]:
            about.setdefault(note, []).append(agreement.value)
        of_methods: dict[str, list[str]] = {}
        for method in methods:
            for note in agreement.result[method.label]["notes"]:
                of_methods.setdefault(note, []).append(method.label)
        for note, labels in of_methods.items():
            whose = "all methods" if len(labels) == len(methods) else " and ".join(labels)
            about.setdefault(note, []).append(f"{agreement.value} of {whose}")
    return [f"{', '.join(names)}: {note}" for note, names in about.items()]
