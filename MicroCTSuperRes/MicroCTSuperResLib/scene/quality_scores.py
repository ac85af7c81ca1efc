"""PSNR and SSIM along z as Slicer's tables and charts: one set for a DL volume, used again when it is scored again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer

from .charts import label_chart, leave_room
from .layouts import DL_VIEW, HR_VIEW, LR_VIEW
from .lineage import (
    DL_ROLE,
    HR_ROLE,
    PURPOSE,
    SCENE_PREFIX,
    connect,
    connected,
    find,
    find_or_add,
    nodes_of_class,
    remove,
)
from .tables import fill_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..quality.slice_scores import Scores, SliceScores

TABLE_CLASS, SERIES_CLASS, CHART_CLASS = "vtkMRMLTableNode", "vtkMRMLPlotSeriesNode", "vtkMRMLPlotChartNode"
SLICE_COLUMN, POSITION_COLUMN, VOLUME_COLUMN = "slice", "z (mm)", "volume"
PSNR, SSIM = "PSNR (dB)", "SSIM"
_PURPOSE = "scores: "
_TABLE, _SUMMARY = _PURPOSE + "slices", _PURPOSE + "whole volume"
_OUTDATED = SCENE_PREFIX + "outdated"
_BEFORE = ", before "
_COLOURS = {"LR": LR_VIEW.colour, "DL": DL_VIEW.colour, "HR": HR_VIEW.colour}


@dataclass(frozen=True)
class ScoreNodes:
    """The nodes of one comparison; get them anew from :func:`find_scores`, do not keep them.

    :param table: one row for each slice; columns "slice", "z (mm)", and "LR PSNR (dB)", "LR SSIM" for each volume.
    :param summary: one row for each volume: means over the slices.
    :param psnr_chart: along z, one series for each volume.
    :param ssim_chart: likewise.
    """

    table: slicer.vtkMRMLTableNode
    summary: slicer.vtkMRMLTableNode
    psnr_chart: slicer.vtkMRMLPlotChartNode
    ssim_chart: slicer.vtkMRMLPlotChartNode


def show_scores(
    dl_node: slicer.vtkMRMLScalarVolumeNode, hr_node: slicer.vtkMRMLScalarVolumeNode, scores: SliceScores
) -> ScoreNodes:
    """Put scores into tables and charts; those of the same DL volume are used again.

    A slice that is identical to HR's has an infinite PSNR: it is left empty (NaN), as a chart cannot show it.
    """
    scene, title = dl_node.GetScene(), dl_node.GetName()
    table = find_or_add(scene, TABLE_CLASS, _TABLE, f"{title} scores of slices", dl=dl_node)
    summary = find_or_add(scene, TABLE_CLASS, _SUMMARY, f"{title} scores", dl=dl_node)
    fill_table(table, _columns(scores).items())
    fill_table(summary, _summary_columns(scores).items())
    charts = [_chart(dl_node, table, measure, scores) for measure in (PSNR, SSIM)]
    for node in _nodes(dl_node):
        connect(node, HR_ROLE, hr_node)
    table.RemoveAttribute(_OUTDATED)
    return ScoreNodes(table, summary, *charts)


def find_scores(dl_node: slicer.vtkMRMLScalarVolumeNode) -> ScoreNodes | None:
    """The tables and charts of a DL volume; None where it was not scored, or one of them was deleted."""
    scene = dl_node.GetScene()
    nodes = [find(scene, TABLE_CLASS, purpose, dl=dl_node) for purpose in (_TABLE, _SUMMARY)]
    nodes += [find(scene, CHART_CLASS, _PURPOSE + measure, dl=dl_node) for measure in (PSNR, SSIM)]
    return None if None in nodes else ScoreNodes(*nodes)


def remove_scores(dl_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Remove the tables, series and charts of a DL volume."""
    for node in _nodes(dl_node):
        remove(node)


def mark_outdated(nodes: ScoreNodes, names: Sequence[str]) -> None:
    """Say in scores and their charts that volumes have changed since; it is saved with them, new scores take it off.

    :param names: of the volumes: "LR", "DL", "HR".
    """
    told = ", ".join(names)
    nodes.table.SetAttribute(_OUTDATED, told)
    for chart in (nodes.psnr_chart, nodes.ssim_chart):
        chart.SetTitle(f"{chart.GetTitle().split(_BEFORE)[0]}{_BEFORE}{told} changed")


def outdated_by(table: slicer.vtkMRMLTableNode) -> str:
    """What :func:`mark_outdated` has said; "" for scores that hold."""
    return table.GetAttribute(_OUTDATED) or ""


def reference_of(table: slicer.vtkMRMLTableNode) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The HR node whose slices a table's rows are."""
    return connected(table, HR_ROLE)


def slice_of_row(table: slicer.vtkMRMLTableNode, row: int) -> int | None:
    """The slice of HR that a row, or a point of a chart, belongs to; None for a row that is not there."""
    slices = table.GetTable().GetColumnByName(SLICE_COLUMN)
    if slices is None or not 0 <= row < slices.GetNumberOfTuples():
        return None
    return int(slices.GetValue(row))


def _columns(scores: SliceScores) -> dict[str, np.ndarray]:
    columns = {SLICE_COLUMN: scores.slices, POSITION_COLUMN: scores.positions_mm}
    for name, score in scores.of.items():
        for measure in (PSNR, SSIM):
            columns[f"{name} {measure}"] = _values(score, measure)
    return columns


def _summary_columns(scores: SliceScores) -> dict[str, np.ndarray | list[str]]:
    return {
        VOLUME_COLUMN: list(scores.of),
        PSNR: np.array([score.mean_psnr_db for score in scores.of.values()]),
        SSIM: np.array([score.mean_ssim for score in scores.of.values()]),
    }


def _chart(
    dl_node: slicer.vtkMRMLScalarVolumeNode, table: slicer.vtkMRMLTableNode, measure: str, scores: SliceScores
) -> slicer.vtkMRMLPlotChartNode:
    data_range = scores.data_range
    scene = dl_node.GetScene()
    chart = find_or_add(scene, CHART_CLASS, _PURPOSE + measure, f"{dl_node.GetName()} {measure}", dl=dl_node)
    blocked = chart.StartModify()
    title = f"{measure.split()[0]} from HR, range {data_range.value:.4g} {data_range.units}"
    label_chart(chart, title, POSITION_COLUMN, measure)
    chart.RemoveAllPlotSeriesNodeIDs()
    for name in scores.of:
        chart.AddAndObservePlotSeriesNodeID(_series(dl_node, table, name, measure).GetID())
    chart.EndModify(blocked)
    leave_room(chart, np.concatenate([_values(score, measure) for score in scores.of.values()]))
    _remove_series_of_others(dl_node, measure, scores)
    return chart


def _values(score: Scores, measure: str) -> np.ndarray:
    """What is drawn of the scores of a volume."""
    return score.ssim if measure == SSIM else np.where(np.isfinite(score.psnr_db), score.psnr_db, np.nan)


def _series(
    dl_node: slicer.vtkMRMLScalarVolumeNode, table: slicer.vtkMRMLTableNode, name: str, measure: str
) -> slicer.vtkMRMLPlotSeriesNode:
    """One line of a chart. Its name is the legend's."""
    series = find_or_add(dl_node.GetScene(), SERIES_CLASS, f"{_PURPOSE}{measure} {name}", name, dl=dl_node)
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleCircle)
    series.SetMarkerSize(5)
    series.SetXColumnName(POSITION_COLUMN)
    series.SetYColumnName(f"{name} {measure}")
    if name in _COLOURS:
        series.SetColor(*(int(_COLOURS[name][start : start + 2], 16) / 255 for start in (1, 3, 5)))
    return series


def _remove_series_of_others(dl_node: slicer.vtkMRMLScalarVolumeNode, measure: str, scores: SliceScores) -> None:
    """Remove the series of volumes that were scored before and are not now."""
    kept = {f"{_PURPOSE}{measure} {name}" for name in scores.of}
    for node in _nodes(dl_node):
        purpose = node.GetAttribute(PURPOSE)
        if node.IsA(SERIES_CLASS) and purpose.startswith(f"{_PURPOSE}{measure} ") and purpose not in kept:
            remove(node)


def _nodes(dl_node: slicer.vtkMRMLScalarVolumeNode) -> list[slicer.vtkMRMLNode]:
    """Charts first, so that on removal none refers to a series that is gone."""
    return [
        node
        for class_name in (CHART_CLASS, SERIES_CLASS, TABLE_CLASS)
        for node in nodes_of_class(dl_node.GetScene(), class_name)
        if (node.GetAttribute(PURPOSE) or "").startswith(_PURPOSE) and connected(node, DL_ROLE) is dl_node
    ]
