"""BA/TA along z in the scene: tables of slices and volumes, and a chart whose points are slices.

One measurement at a time: a new one takes the place of the one before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer
from MicroCTSuperResLib.scene.charts import label_chart, leave_room
from MicroCTSuperResLib.scene.lineage import PURPOSE, SCENE_PREFIX, connect, connected, find, find_or_add
from MicroCTSuperResLib.scene.tables import column_of, fill_table

from ..agreement.measurements import REFERENCE
from .cohort_tree import put_into_cohort
from .column_titles import show_with_titles
from .measurement_table import columns_from_rows, mark_simulated
from .plot_series import (
    CHART_CLASS,
    TABLE_CLASS,
    Style,
    draw_series,
    remove_others,
    set_series,
    styles_of,
    with_two_rows,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = "Morphometry"
SPECIMEN, METHOD, BONE, SLICE, POSITION, AREA = "specimen", "method", "bone", "slice", "z_mm", "ba_ta"
_PURPOSE = "morphometry: "
_SLICES, _VOLUMES, _CHART = _PURPOSE + "slices", _PURPOSE + "volumes", _PURPOSE + "chart"
_POINTS, _SERIES = _PURPOSE + "points ", _PURPOSE + "series "
_NOTES = SCENE_PREFIX + "notes"
_OF_HR = "#000000"
_FIRST = (SPECIMEN, METHOD)


@dataclass(frozen=True)
class AreaNodes:
    """The nodes of a measurement; get them anew from :func:`find_areas`, do not keep them.

    :param slices: a row for each slice; the columns of the command `morphometry`, and the method.
    :param volumes: a row for each volume or bone.
    :param chart: BA/TA along z, a series for each method.
    """

    slices: slicer.vtkMRMLTableNode
    volumes: slicer.vtkMRMLTableNode
    chart: slicer.vtkMRMLPlotChartNode

    @property
    def notes(self) -> list[str]:
        """What the user should know about the measurement."""
        return json.loads(self.slices.GetAttribute(_NOTES) or "[]")


@dataclass(frozen=True)
class AreaSlice:
    """A slice that a row of the table or a point of the chart stands for.

    :param position: along z in mm.
    :param text: what is told of it.
    """

    specimen: str
    method: str
    number: int
    position: float
    text: str


def show_areas(
    scene: slicer.vtkMRMLScene,
    slices: Sequence[dict],
    volumes: Sequence[dict],
    *,
    notes: Sequence[str] = (),
    simulated: bool = False,
    nodes: Mapping[str, slicer.vtkMRMLScalarVolumeNode] | None = None,
) -> AreaNodes:
    """Put a measurement into the scene, in place of an earlier one.

    :param slices: rows of texts, as the CSV files of the command `morphometry` have them, with the key `method`.
    :param volumes: likewise.
    :param nodes: the volumes that were measured, by method; empty for volumes that are not in the scene.
    """
    slice_table = _table(scene, _SLICES, "Morphometry of slices", slices)
    volume_table = _table(scene, _VOLUMES, "Morphometry of volumes", volumes)
    slice_table.SetAttribute(_NOTES, json.dumps(list(dict.fromkeys(notes))))
    if simulated:
        mark_simulated(slice_table)
    else:
        slice_table.RemoveAttribute(SCENE_PREFIX + "simulated")
    methods = list(dict.fromkeys(row[METHOD] for row in slices))
    styles = styles_of([method for method in methods if method != REFERENCE])
    made, series = [slice_table, volume_table], []
    for method in methods:
        rows = [row for row in slices if row[METHOD] == method]
        points = _points(scene, method, rows, (nodes or {}).get(method))
        colour = styles[method].colour if method in styles else _OF_HR
        style = Style(colour, "Circle", "Solid", size=5.0, width=1.5)
        series.append(draw_series(_SERIES + method, method, points, (POSITION, AREA), style))
        made += [points, series[-1]]
    chart = _chart(scene, series, np.array([float(row[AREA] or "nan") for row in slices]), simulated=simulated)
    remove_others(scene, _PURPOSE, [*made, chart])
    for node in (slice_table, volume_table, chart):
        put_into_cohort(node, FOLDER)
    return AreaNodes(slice_table, volume_table, chart)


def find_areas(scene: slicer.vtkMRMLScene) -> AreaNodes | None:
    """The measurement of the scene; None where there is none, or a part of it was deleted."""
    tables = [find(scene, TABLE_CLASS, purpose) for purpose in (_SLICES, _VOLUMES)]
    chart = find(scene, CHART_CLASS, _CHART)
    return None if chart is None or None in tables else AreaNodes(*tables, chart)


def slice_at(table: slicer.vtkMRMLTableNode, row: int) -> AreaSlice | None:
    """The slice of a row of the table of slices, or of the table of a chart's series; None for other tables."""
    purpose = table.GetAttribute(PURPOSE) or ""
    if purpose != _SLICES and not purpose.startswith(_POINTS):
        return None
    values = {name: column_of(table, name) for name in (SPECIMEN, METHOD, SLICE, POSITION, AREA)}
    if not 0 <= row < len(values[SLICE]) or not np.isfinite(values[SLICE][row]):
        return None
    specimen, method, number, position, area = (values[name][row] for name in values)
    told = _number(area)
    return AreaSlice(
        specimen, method, int(number), float(position), f"{specimen} {method}, slice {int(number)}: BA/TA {told}"
    )


def volume_of(scene: slicer.vtkMRMLScene, method: str) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The volume node in which the slices of a method are counted; None where it is not in the scene."""
    points = find(scene, TABLE_CLASS, _POINTS + method)
    return connected(points, SCENE_PREFIX + "image") if points is not None else None


def _table(scene: slicer.vtkMRMLScene, purpose: str, name: str, rows: Sequence[dict]) -> slicer.vtkMRMLTableNode:
    node = find_or_add(scene, TABLE_CLASS, purpose, name)
    names = dict.fromkeys(name for row in rows for name in row)
    fill_table(node, columns_from_rows(list(rows), [*_FIRST, *(name for name in names if name not in _FIRST)]))
    show_with_titles(node)
    return node


def _points(
    scene: slicer.vtkMRMLScene, method: str, rows: Sequence[dict], node: slicer.vtkMRMLScalarVolumeNode | None
) -> slicer.vtkMRMLTableNode:
    """What a series is drawn from; a row of NaN between two specimens or bones ends the line."""
    points = find_or_add(scene, TABLE_CLASS, _POINTS + method, f"Morphometry points, {method}")
    points.SetHideFromEditors(True)
    kept: list[dict] = []
    for row in rows:
        if kept and [kept[-1].get(name) for name in (SPECIMEN, BONE)] != [row.get(name) for name in (SPECIMEN, BONE)]:
            kept.append({SPECIMEN: row[SPECIMEN], METHOD: method, BONE: row.get(BONE)})
        kept.append(row)
    numbers = [(name, np.array([float(row.get(name) or "nan") for row in kept])) for name in (SLICE, POSITION, AREA)]
    names = [(SPECIMEN, [row[SPECIMEN] for row in kept]), (METHOD, [method] * len(kept))]
    fill_table(points, with_two_rows([*names, *numbers]))
    connect(points, SCENE_PREFIX + "image", node)
    return points


def _chart(
    scene: slicer.vtkMRMLScene, series: Sequence[slicer.vtkMRMLPlotSeriesNode], areas: np.ndarray, *, simulated: bool
) -> slicer.vtkMRMLPlotChartNode:
    chart = find_or_add(scene, CHART_CLASS, _CHART, "BA/TA along z")
    blocked = chart.StartModify()
    label_chart(chart, "BA/TA of each slice" + (", simulated" if simulated else ""), "z (mm)", "BA/TA (mm2/mm2)")
    set_series(chart, series)
    leave_room(chart, areas)
    chart.EndModify(blocked)
    return chart


def _number(value: float) -> str:
    return f"{value:.4f}" if np.isfinite(value) else "none"
