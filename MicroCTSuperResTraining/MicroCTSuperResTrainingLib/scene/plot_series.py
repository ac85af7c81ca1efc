"""Series of charts: points of a table's rows, and lines between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer
from MicroCTSuperResLib.scene.lineage import PURPOSE, find_or_add, nodes_of_class, remove

from ..agreement.looks import looks_of
from .cohort_tree import take_out

if TYPE_CHECKING:
    from collections.abc import Collection

# The nearest that Slicer has to the marks of the figures.
_MARKERS = {"o": "Circle", "^": "Diamond", "s": "Square", "D": "Cross", "v": "Plus", "P": "Plus"}
TABLE_CLASS, SERIES_CLASS, CHART_CLASS = "vtkMRMLTableNode", "vtkMRMLPlotSeriesNode", "vtkMRMLPlotChartNode"
_KINDS = slicer.vtkMRMLPlotSeriesNode


@dataclass(frozen=True)
class Style:
    """How a series is drawn.

    :param colour: as "#rrggbb".
    :param marker: "None", "Circle", "Square", "Diamond", "Cross" or "Plus".
    :param line: "None", "Solid", "Dash", "Dot" or "DashDot".
    :param size: of the markers, in pixels.
    :param width: of the line, in pixels.
    """

    colour: str
    marker: str = "None"
    line: str = "None"
    size: float = 8.0
    width: float = 2.0
    opacity: float = 1.0


def styles_of(methods: list[str]) -> dict[str, Style]:
    """How the points of each method are drawn, in colour and shape as the figures draw them."""
    return {
        method: Style(look.colour, _MARKERS.get(look.marker, "Square")) for method, look in looks_of(methods).items()
    }


def draw_series(
    purpose: str,
    legend: str,
    table: slicer.vtkMRMLTableNode,
    columns: tuple[str, str],
    style: Style,
) -> slicer.vtkMRMLPlotSeriesNode:
    """A series of this purpose, made before or new.

    :param legend: its text in the chart's legend.
    :param columns: of x and of y; a row with NaN is no point, and ends a line.
    """
    series = find_or_add(table.GetScene(), SERIES_CLASS, purpose, legend)
    blocked = series.StartModify()
    series.SetName(legend)
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetPlotType(_KINDS.PlotTypeScatter)
    series.SetXColumnName(columns[0])
    series.SetYColumnName(columns[1])
    series.SetMarkerStyle(getattr(_KINDS, f"MarkerStyle{style.marker}"))
    series.SetMarkerSize(style.size)
    series.SetLineStyle(getattr(_KINDS, f"LineStyle{style.line}"))
    series.SetLineWidth(style.width)
    series.SetColor(*rgb(style.colour))
    series.SetOpacity(style.opacity)
    series.EndModify(blocked)
    return series


def with_two_rows(
    columns: list[tuple[str, np.ndarray | list[str]]],
) -> list[tuple[str, np.ndarray | list[str]]]:
    """Columns of points, with a row of nothing after a single one: Slicer's plots complain of a line of one point."""
    if any(len(values) != 1 for _, values in columns):
        return columns
    return [
        (name, np.append(values, np.nan) if isinstance(values, np.ndarray) else [*values, ""])
        for name, values in columns
    ]


def set_series(chart: slicer.vtkMRMLPlotChartNode, series: Collection[slicer.vtkMRMLPlotSeriesNode]) -> None:
    """Let a chart show these series, in this order of the legend."""
    chart.RemoveAllPlotSeriesNodeIDs()
    for one in series:
        chart.AddAndObservePlotSeriesNodeID(one.GetID())


def remove_others(scene: slicer.vtkMRMLScene, purpose: str, kept: Collection[slicer.vtkMRMLNode]) -> None:
    """Remove what an earlier result had and this one has not.

    :param purpose: how the purposes of all nodes of such a result begin.
    :param kept: the nodes of this result.
    """
    stay = {node.GetID() for node in kept}
    for class_name in (CHART_CLASS, SERIES_CLASS, TABLE_CLASS):  # so that none refers to a node that is gone
        for node in nodes_of_class(scene, class_name):
            if (node.GetAttribute(PURPOSE) or "").startswith(purpose) and node.GetID() not in stay:
                take_out(node)
                remove(node)


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green and blue from 0 to 1 of "#rrggbb"."""
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue
