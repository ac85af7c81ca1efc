"""An evaluation in the scene: tables of means, specimens, slices and sites, and charts with a point for each specimen.

One evaluation at a time: a new one takes the place of the one before; its files stay where they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from MicroCTSuperResLib.scene.lineage import PURPOSE, SCENE_PREFIX, find, find_or_add
from MicroCTSuperResLib.scene.tables import column_of, fill_table, show_read_only

from .cohort_tree import put_into_cohort
from .column_titles import in_words, show_with_titles
from .measurement_table import columns_from_rows, mark_simulated
from .plot_series import CHART_CLASS, TABLE_CLASS, remove_others
from .score_charts import HR, MEASURES, METHOD, POINTS, PURPOSE_PREFIX, SPECIMEN, score_chart, score_points
from .score_summary import summary_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import slicer

FOLDER = "Evaluation"
SLICE_COLUMNS = [SPECIMEN, "site", METHOD, "slice", "z_mm", "ba_ta", "psnr_db", "ssim"]
_SUMMARY, _SPECIMENS, _SLICES = (PURPOSE_PREFIX + name for name in ("summary", "specimens", "slices"))
_CROSS_SITE = PURPOSE_PREFIX + "cross-site"
_NOTES, _DIRECTORY, _MODELS = (SCENE_PREFIX + name for name in ("notes", "folder", "models"))
_HR, _CUBIC, _DL = "hr", "bicubic", "dl"


@dataclass(frozen=True)
class EvaluationFiles:
    """What an evaluation has written.

    :param folder: its folder.
    :param scores: scores.json.
    :param specimens: rows of specimens.csv as texts; likewise `slices`, `cross_site`.
    """

    folder: str
    scores: dict
    specimens: Sequence[dict]
    slices: Sequence[dict]
    cross_site: Sequence[dict]


@dataclass(frozen=True)
class EvaluationNodes:
    """The nodes of the evaluation; get them anew from :func:`find_evaluation`, do not keep them.

    :param summary: a row a method: means over specimens with their intervals, BA/TA against HR.
    :param specimens: a row for each specimen and method.
    :param slices: a row for each slice of each: measurements for the agreement analysis.
    :param cross_site: every model on every site; None for one model on one site.
    :param charts: by the names of :data:`MEASURES`.
    """

    summary: slicer.vtkMRMLTableNode
    specimens: slicer.vtkMRMLTableNode
    slices: slicer.vtkMRMLTableNode
    cross_site: slicer.vtkMRMLTableNode | None
    charts: dict[str, slicer.vtkMRMLPlotChartNode]

    @property
    def notes(self) -> list[str]:
        """What a reader has to know beside the numbers."""
        return json.loads(self.summary.GetAttribute(_NOTES) or "[]")

    @property
    def folder(self) -> str:
        """Where the files of the evaluation are, or were when it was read."""
        return self.summary.GetAttribute(_DIRECTORY) or ""

    @property
    def models(self) -> dict[str, tuple[str, str]]:
        """Name and checksum of the model that made each DL, by its method; both "" where it was read from files."""
        told = json.loads(self.summary.GetAttribute(_MODELS) or "{}")
        return {method: (name, sha256) for method, (name, sha256) in told.items()}


def show_evaluation(scene: slicer.vtkMRMLScene, files: EvaluationFiles) -> EvaluationNodes:
    """Put an evaluation into the scene, in place of an earlier one."""
    scores, labels = files.scores, _labels(files.scores)
    specimens = [{**row, METHOD: labels.get(row[METHOD], row[METHOD])} for row in files.specimens]
    slices = [{**row, METHOD: labels.get(row[METHOD], row[METHOD])} for row in files.slices]
    summary = find_or_add(scene, TABLE_CLASS, _SUMMARY, "Evaluation means")
    fill_table(summary, summary_columns(scores))
    show_read_only(summary)
    summary.SetAttribute(_NOTES, json.dumps(_notes(scores)))
    summary.SetAttribute(_DIRECTORY, files.folder)
    summary.SetAttribute(_MODELS, json.dumps(_models(scores)))
    names = list(dict.fromkeys(name for row in specimens for name in row))
    tables = {
        "summary": summary,
        "specimens": _table(scene, _SPECIMENS, "Evaluation specimens", specimens, names),
        "slices": _table(scene, _SLICES, "Evaluation slices", slices, SLICE_COLUMNS),
        "cross_site": None,
    }
    if scores["simulated"] != "none":
        mark_simulated(tables["slices"])
    else:
        tables["slices"].RemoveAttribute(SCENE_PREFIX + "simulated")
    if files.cross_site:
        names = list(dict.fromkeys(name for row in files.cross_site for name in row))
        tables["cross_site"] = _table(scene, _CROSS_SITE, "Evaluation sites and models", files.cross_site, names)
    points = score_points(scene, [label for key, label in labels.items() if key != _CUBIC], specimens)
    charts, series = {}, []
    for measure in MEASURES:
        charts[measure], of_chart = score_chart(scene, measure, points, simulated=scores["simulated"] != "none")
        series += of_chart
    kept = [*filter(None, tables.values()), *points.values(), *series, *charts.values()]
    remove_others(scene, PURPOSE_PREFIX, kept)
    for node in (*filter(None, tables.values()), *charts.values()):
        put_into_cohort(node, FOLDER)
    return EvaluationNodes(**tables, charts=charts)


def find_evaluation(scene: slicer.vtkMRMLScene) -> EvaluationNodes | None:
    """The evaluation of the scene; None where there is none, or a part of it was deleted."""
    tables = [find(scene, TABLE_CLASS, purpose) for purpose in (_SUMMARY, _SPECIMENS, _SLICES)]
    charts = {measure: find(scene, CHART_CLASS, PURPOSE_PREFIX + measure) for measure in MEASURES}
    if None in tables or None in charts.values():
        return None
    return EvaluationNodes(*tables, find(scene, TABLE_CLASS, _CROSS_SITE), charts)


def specimen_at(table: slicer.vtkMRMLTableNode, row: int) -> tuple[str, str] | None:
    """The specimen and the method of a row, or of a point whose series has this table; None for other tables."""
    purpose = table.GetAttribute(PURPOSE) or ""
    if purpose != _SPECIMENS and not purpose.startswith(POINTS):
        return None
    names = column_of(table, SPECIMEN)
    return (names[row], column_of(table, METHOD)[row]) if 0 <= row < len(names) else None


def _labels(scores: dict) -> dict[str, str]:
    """How the methods are called in tables and charts, by their keys in the files."""
    return {**{key: told["label"] for key, told in scores["methods"].items()}, _HR: HR}


def _models(scores: dict) -> dict[str, list[str]]:
    """Name and checksum of the model of each DL, by its label."""
    models = {told["label"]: told["model"] or {} for key, told in scores["methods"].items() if key.startswith(_DL)}
    return {label: [model.get("name") or "", model.get("sha256") or ""] for label, model in models.items()}


def _notes(scores: dict) -> list[str]:
    notes = [*scores["warnings"], *scores["notes"]]
    notes += [f"{failed['specimen']} could not be evaluated: {failed['message']}" for failed in scores["failed"]]
    if scores["simulated"] != "none":
        notes.append("Simulated specimens: they show that the software works, and say nothing about biology.")
    return list(dict.fromkeys(map(in_words, notes)))


def _table(
    scene: slicer.vtkMRMLScene, purpose: str, name: str, rows: Sequence[dict], names: list[str]
) -> slicer.vtkMRMLTableNode:
    node = find_or_add(scene, TABLE_CLASS, purpose, name)
    fill_table(node, columns_from_rows(list(rows), names))
    show_with_titles(node)
    return node
