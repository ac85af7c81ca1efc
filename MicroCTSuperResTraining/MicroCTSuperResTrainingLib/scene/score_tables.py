"""An evaluation in the scene: tables of means, specimens, slices and sites, and charts with a point for each specimen.

One evaluation at a time: a new one takes the place of the one before; its files stay where they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer
from MicroCTSuperResLib.scene.charts import label_chart, leave_room
from MicroCTSuperResLib.scene.lineage import PURPOSE, SCENE_PREFIX, find, find_or_add
from MicroCTSuperResLib.scene.tables import column_of, fill_table, show_read_only

from ..agreement.figure import looks_of
from .cohort_tree import put_into_cohort
from .measurement_table import columns_from_rows, mark_simulated
from .plot_series import CHART_CLASS, TABLE_CLASS, Style, draw_series, remove_others, set_series, with_two_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = "Evaluation"
SPECIMEN, METHOD, NUMBER = "specimen", "method", "number"
MEASURES = {"ssim": "SSIM", "psnr_db": "PSNR (dB)", "ba_ta": "BA/TA (mm2/mm2)"}
SLICE_COLUMNS = [SPECIMEN, "site", METHOD, "slice", "z_mm", "ba_ta", "psnr_db", "ssim"]
_PURPOSE = "evaluation: "
_SUMMARY, _SPECIMENS, _SLICES = (_PURPOSE + name for name in ("summary", "specimens", "slices"))
_CROSS_SITE, _POINTS = _PURPOSE + "cross-site", _PURPOSE + "points "
_NOTES, _DIRECTORY, _MODEL = (SCENE_PREFIX + name for name in ("notes", "folder", "model"))
_HR, _CUBIC = "hr", "bicubic"
_MARKERS = {"LR": "Diamond", "HR": "Square"}


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
    def model(self) -> tuple[str, str]:
        """Name and checksum of the model that made the first DL; both "" where it was read from files."""
        name, sha256 = json.loads(self.summary.GetAttribute(_MODEL) or '["", ""]')
        return name, sha256


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
    model = scores["methods"].get("dl", {}).get("model") or {}
    summary.SetAttribute(_MODEL, json.dumps([model.get("name") or "", model.get("sha256") or ""]))
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
    drawn = [label for key, label in labels.items() if key != _CUBIC]
    points = {label: _points(scene, label, specimens) for label in drawn}
    charts, series = {}, []
    for measure in MEASURES:
        charts[measure], of_chart = _chart(scene, measure, points, simulated=scores["simulated"] != "none")
        series += of_chart
    kept = [*filter(None, tables.values()), *points.values(), *series, *charts.values()]
    remove_others(scene, _PURPOSE, kept)
    for node in (*filter(None, tables.values()), *charts.values()):
        put_into_cohort(node, FOLDER)
    return EvaluationNodes(**tables, charts=charts)


def find_evaluation(scene: slicer.vtkMRMLScene) -> EvaluationNodes | None:
    """The evaluation of the scene; None where there is none, or a part of it was deleted."""
    tables = [find(scene, TABLE_CLASS, purpose) for purpose in (_SUMMARY, _SPECIMENS, _SLICES)]
    charts = {measure: find(scene, CHART_CLASS, _PURPOSE + measure) for measure in MEASURES}
    if None in tables or None in charts.values():
        return None
    return EvaluationNodes(*tables, find(scene, TABLE_CLASS, _CROSS_SITE), charts)


def specimen_at(table: slicer.vtkMRMLTableNode, row: int) -> tuple[str, str] | None:
    """The specimen and the method of a row, or of a point whose series has this table; None for other tables."""
    purpose = table.GetAttribute(PURPOSE) or ""
    if purpose != _SPECIMENS and not purpose.startswith(_POINTS):
        return None
    names = column_of(table, SPECIMEN)
    return (names[row], column_of(table, METHOD)[row]) if 0 <= row < len(names) else None


def summary_columns(scores: dict) -> list[tuple[str, list[str]]]:
    """The table of means: a row for each method, as texts."""
    keys = list(scores["methods"])
    return [
        (METHOD, [scores["methods"][key]["label"] for key in keys]),
        ("specimens", [str(scores[key]["n"]) for key in keys]),
        *((title, [_mean(scores[key], name) for key in keys]) for name, title in _MEANS.items()),
        ("BA/TA bias", [_with_interval(scores[key]["ba_ta"], "bias", "bias_ci") for key in keys]),
        ("BA/TA limits of agreement", [_range(scores[key]["ba_ta"]["limits"]) for key in keys]),
        ("limits of", [scores[key]["ba_ta"]["level"] or "" for key in keys]),
    ]


_MEANS = {"psnr_db": "PSNR (dB)", "psnr_bone_db": "PSNR near bone (dB)", "ssim": "SSIM"}


def _labels(scores: dict) -> dict[str, str]:
    """How the methods are called in tables and charts, by their keys in the files."""
    return {**{key: told["label"] for key, told in scores["methods"].items()}, _HR: "HR"}


def _notes(scores: dict) -> list[str]:
    notes = [*scores["warnings"], *scores["notes"]]
    notes += [f"{failed['specimen']} could not be evaluated: {failed['message']}" for failed in scores["failed"]]
    if scores["simulated"] != "none":
        notes.append("Simulated specimens: they show that the software works, and say nothing about biology.")
    return list(dict.fromkeys(notes))


def _table(
    scene: slicer.vtkMRMLScene, purpose: str, name: str, rows: Sequence[dict], names: list[str]
) -> slicer.vtkMRMLTableNode:
    node = find_or_add(scene, TABLE_CLASS, purpose, name)
    fill_table(node, columns_from_rows(list(rows), names))
    show_read_only(node)
    return node


def _points(scene: slicer.vtkMRMLScene, label: str, specimens: Sequence[dict]) -> slicer.vtkMRMLTableNode:
    """The values of one method by the number of the specimen."""
    numbers = {name: place for place, name in enumerate(dict.fromkeys(row[SPECIMEN] for row in specimens), start=1)}
    rows = [row for row in specimens if row[METHOD] == label]
    node = find_or_add(scene, TABLE_CLASS, _POINTS + label, f"Evaluation points, {label}")
    node.SetHideFromEditors(True)
    values = [(measure, np.array([float(row.get(measure) or "nan") for row in rows])) for measure in MEASURES]
    place = np.array([float(numbers[row[SPECIMEN]]) for row in rows])
    names = [(SPECIMEN, [row[SPECIMEN] for row in rows]), (METHOD, [label] * len(rows))]
    fill_table(node, with_two_rows([*names, (NUMBER, place), *values]))
    return node


def _chart(
    scene: slicer.vtkMRMLScene, measure: str, points: Mapping[str, slicer.vtkMRMLTableNode], *, simulated: bool
) -> tuple[slicer.vtkMRMLPlotChartNode, list[slicer.vtkMRMLPlotSeriesNode]]:
    """A chart, and its series: methods without any value (HR has no PSNR against itself) are left out."""
    looks = looks_of([label for label in points if label != "HR"])
    series, values = [], []
    for label, table in points.items():
        of_method = np.array(column_of(table, measure))
        if not np.isfinite(of_method).any():
            continue
        colour = looks[label].colour if label in looks else "#000000"
        style = Style(colour, _MARKERS.get(label, "Circle"), size=9.0)
        one = draw_series(f"{_PURPOSE}series {measure} {label}", label, table, (NUMBER, measure), style)
        one.SetLabelColumnName(SPECIMEN)
        series.append(one)
        values.append(of_method)
    name = MEASURES[measure].split(" (")[0]
    against = "" if measure == "ba_ta" else " against HR"
    chart = find_or_add(scene, CHART_CLASS, _PURPOSE + measure, f"{name} of each specimen")
    blocked = chart.StartModify()
    title = f"{name} of each specimen{against}" + (", simulated" if simulated else "")
    label_chart(chart, title, "specimen, by its place in the table", MEASURES[measure])
    count = max((table.GetNumberOfRows() for table in points.values()), default=1)
    chart.SetXAxisRangeAuto(False)
    chart.SetXAxisRange(0.0, count + 1.0)
    set_series(chart, series)
    leave_room(chart, np.concatenate(values) if values else np.zeros(0))
    chart.EndModify(blocked)
    return chart, series


def _mean(values: dict, name: str) -> str:
    return _with_interval(values, name, f"{name}_ci95")


def _with_interval(values: dict, name: str, interval: str) -> str:
    if values[name] is None:
        return "\N{EM DASH}"
    return f"{values[name]:.4g}" + (f" {_range(values[interval], ', ', '[', ']')}" if values[interval] else "")


def _range(interval: Sequence[float] | None, between: str = " to ", before: str = "", after: str = "") -> str:
    if interval is None:
        return "\N{EM DASH}"
    return f"{before}{interval[0]:.4g}{between}{interval[1]:.4g}{after}"
