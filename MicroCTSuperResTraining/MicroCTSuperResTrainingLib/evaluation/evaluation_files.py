"""All files of an evaluation, from the results of its specimens.

FOLDER/scores.json       what was found, see `scores_json.py`; written last
FOLDER/specimens.csv     a row for each specimen and method
FOLDER/slices.csv        a row for each slice of each
FOLDER/cross_site.csv    every model on every site, where there are several
FOLDER/agreement/        agreement of BA/TA inside the tissue area of HR; agreement_own/ inside own contours
FOLDER/figures/          A_comparison, B_quality, C_agreement, C_agreement_own, D_resolution as PNG, SVG, PDF
FOLDER/overlays/         contours on slices of each specimen
FOLDER/specimens/        result and pictures of each specimen, see `specimen_evaluation.py`
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from MicroCTSuperResLib.files import atomic_path, sweep

from .area_agreement import FILES as AGREEMENT_FILES
from .area_agreement import OWN, SHARED, AreaAgreement, area_agreement, write_area_agreement
from .curves_figure import draw_curves
from .picture import save_picture
from .quality_figure import draw_quality
from .scores_json import SCORES, SOFTWARE, Evaluation, scores_of, write_scores
from .specimen_task import COMPARISON, OVERLAYS, PICTURE_FORMATS, SPECIMENS
from .summary import cross_site
from .tables import write_cross_site, write_slices, write_specimens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

SPECIMENS_TABLE, SLICES_TABLE, CROSS_SITE_TABLE = "specimens.csv", "slices.csv", "cross_site.csv"
FIGURES = "figures"
AGREEMENTS = {SHARED: "agreement", OWN: "agreement_own"}
AGREEMENT_FIGURES = {SHARED: "C_agreement", OWN: "C_agreement_own"}
PICTURE, QUALITY, CURVES = "A_comparison", "B_quality", "D_resolution"
# Everything that an evaluation writes into its folder.
OWN_NAMES = (
    *(SCORES, SPECIMENS_TABLE, SLICES_TABLE, CROSS_SITE_TABLE),
    *(*AGREEMENTS.values(), FIGURES, OVERLAYS, SPECIMENS),
)


def write_evaluation(evaluation: Evaluation, folder: Path) -> dict:
    """Write everything but what the specimens wrote themselves, in place of what was there.

    :returns: the object of scores.json.
    :raises OutputError: where a file cannot be written.
    """
    results, methods, simulated = evaluation.results, evaluation.methods, evaluation.simulated != "none"
    _remove_earlier(folder)
    write_specimens(results, methods, folder / SPECIMENS_TABLE)
    write_slices(results, methods, folder / SLICES_TABLE)
    rows = cross_site(results, methods)
    if rows:
        write_cross_site(rows, folder / CROSS_SITE_TABLE)
    agreements = {
        value: area_agreement(results, methods, value, margin=evaluation.settings.margin) for value in (SHARED, OWN)
    }
    figures = {QUALITY: draw_quality(results, methods)}
    for value, agreement in agreements.items():
        if agreement is not None:
            write_area_agreement(agreement, folder / AGREEMENTS[value], simulated=simulated, software=SOFTWARE)
            figures[AGREEMENT_FIGURES[value]] = agreement.figure(simulated=simulated)
    curves = draw_curves(results, methods)
    if curves is not None:
        figures[CURVES] = curves
    shown = representative(results)
    names = _write_figures(figures, shown, folder)
    files = {
        "specimens": SPECIMENS_TABLE,
        "slices": SLICES_TABLE,
        "cross_site": CROSS_SITE_TABLE if rows else None,
        "agreement": _agreement_folder(agreements, SHARED),
        "agreement_own": _agreement_folder(agreements, OWN),
        "figures": names,
        "figure_a_shows": shown["specimen"],
        "overlays": {result["specimen"]: f"{OVERLAYS}/{result['specimen']}.png" for result in results},
    }
    scores = scores_of(evaluation, agreements[SHARED], agreements[OWN], files)
    write_scores(scores, folder)
    return scores


def _remove_earlier(folder: Path) -> None:
    """Remove what an earlier evaluation wrote of all specimens together: it would be taken for a part of this one.

    scores.json goes first: without it a folder holds no whole evaluation, whatever happens meanwhile.
    """
    names = [SCORES, SPECIMENS_TABLE, SLICES_TABLE, CROSS_SITE_TABLE]
    names += [f"{agreement}/{name}" for agreement in AGREEMENTS.values() for name in AGREEMENT_FILES.values()]
    figures = (PICTURE, QUALITY, *AGREEMENT_FIGURES.values(), CURVES)
    names += [f"{FIGURES}/{name}.{kind}" for name in figures for kind in PICTURE_FORMATS]
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for name in AGREEMENTS.values():
        with suppress(OSError):  # absent, or it holds what is not ours
            (folder / name).rmdir()


def sweep_evaluation(folder: Path) -> None:
    """Remove what processes that were killed have left half-written; for who works alone in the folder."""
    for parent in (folder, *(folder / name for name in OWN_NAMES), *(folder / SPECIMENS).glob("*")):
        sweep(parent)


def representative(results: Sequence[dict]) -> dict:
    """The specimen of figure A: the one whose gain of SSIM is the median, not the one that looks best."""
    gains = [
        (result["methods"]["dl"]["ssim"] or 0.0) - (result["methods"]["bilinear"]["ssim"] or 0.0) for result in results
    ]
    ordered = sorted(zip(gains, results, strict=True), key=lambda pair: (pair[0], pair[1]["specimen"]))
    return ordered[(len(ordered) - 1) // 2][1]


def _agreement_folder(agreements: dict[str, AreaAgreement | None], value: str) -> str | None:
    return None if agreements[value] is None else AGREEMENTS[value]


def _write_figures(figures: dict[str, Figure], shown: dict, folder: Path) -> dict[str, dict[str, str]]:
    (folder / FIGURES).mkdir(exist_ok=True)
    names = {name: {kind: f"{FIGURES}/{name}.{kind}" for kind in PICTURE_FORMATS} for name in (PICTURE, *figures)}
    for kind, name in names[PICTURE].items():
        with atomic_path(folder / name, overwrite=True) as temporary:
            shutil.copyfile(folder / SPECIMENS / shown["specimen"] / f"{COMPARISON}.{kind}", temporary)
    for name, figure in figures.items():
        for path in names[name].values():
            save_picture(figure, folder / path, overwrite=True)
    return names
