"""The points of Bland-Altman charts: what each stands for, and the ring around the chosen one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.scene.lineage import PURPOSE, find_or_add, nodes_of_class
from MicroCTSuperResLib.scene.tables import column_of, fill_table

from .bland_altman_series import DIFFERENCE, MEAN, POINTS, PURPOSE_PREFIX, SLICE_COLUMN, SPECIMEN_COLUMN
from .plot_series import CHART_CLASS, TABLE_CLASS, Style, draw_series, with_two_rows

if TYPE_CHECKING:
    import slicer

_SELECTED = PURPOSE_PREFIX + "selected"


@dataclass(frozen=True)
class Point:
    """A point of a chart.

    :param method: that is compared with the reference.
    :param number: of the slice; None for the mean of a specimen.
    :param text: what the point tells.
    """

    specimen: str
    method: str
    number: int | None
    text: str


def point_at(series: slicer.vtkMRMLPlotSeriesNode, row: int) -> Point | None:
    """What a point of a chart stands for; None for lines and the series of others.

    :param row: of the table of the series.
    """
    purpose, table = series.GetAttribute(PURPOSE) or "", series.GetTableNode()
    if not purpose.startswith(POINTS) or table is None:
        return None
    columns = {name: column_of(table, name) for name in (SPECIMEN_COLUMN, SLICE_COLUMN, MEAN, DIFFERENCE)}
    if not 0 <= row < len(columns[MEAN]) or not np.isfinite(columns[MEAN][row]):
        return None
    specimen, number = columns[SPECIMEN_COLUMN][row], None
    if columns[SLICE_COLUMN]:
        number = _whole_number(columns[SLICE_COLUMN][row])
    told = specimen if number is None else f"{specimen}, slice {number}"
    method = purpose.removeprefix(POINTS).partition(" ")[2]
    difference = series.GetName().rpartition(", n = ")[0]
    text = f"{told}: {difference} = {columns[DIFFERENCE][row]:+.4g}, mean {columns[MEAN][row]:.4g}"
    return Point(specimen, method, number, text)


def mark_point(chart: slicer.vtkMRMLPlotChartNode, series: slicer.vtkMRMLPlotSeriesNode, row: int) -> None:
    """Draw a ring around a point; the one before goes."""
    scene, table, point = chart.GetScene(), series.GetTableNode(), point_at(series, row)
    if point is None:
        return
    ring = find_or_add(scene, TABLE_CLASS, _SELECTED, "Agreement selection")
    ring.SetHideFromEditors(True)
    fill_table(ring, with_two_rows([(name, np.array([column_of(table, name)[row]])) for name in (MEAN, DIFFERENCE)]))
    legend = point.specimen if point.number is None else f"{point.specimen}, slice {point.number}"
    mark = draw_series(_SELECTED, legend, ring, (MEAN, DIFFERENCE), Style("#000000", "Circle", size=15, opacity=0.45))
    for other in nodes_of_class(scene, CHART_CLASS):
        if other is not chart and other.HasPlotSeriesNodeID(mark.GetID()):
            other.RemovePlotSeriesNodeID(mark.GetID())
    if not chart.HasPlotSeriesNodeID(mark.GetID()):
        chart.AddAndObservePlotSeriesNodeID(mark.GetID())


def _whole_number(text: str) -> int | None:
    try:
        return round(float(text))
    except ValueError:
        return None
