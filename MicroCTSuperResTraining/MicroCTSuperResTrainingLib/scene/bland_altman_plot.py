"""Bland-Altman plots in the scene: specimen means and single slices, as tables, series and charts.

One analysis at a time: a new one takes the place of the one before. Nothing is kept outside the scene.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer
from MicroCTSuperResLib.scene.charts import label_chart, leave_room
from MicroCTSuperResLib.scene.lineage import SCENE_PREFIX, find, find_or_add
from MicroCTSuperResLib.scene.tables import column_of, fill_table, show_read_only

from ..agreement.figure import PRETTY_VALUES, looks_of
from ..agreement.result_files import ROWS, SPECIMENS, methods_of
from ..agreement.words import bias_and_limits
from .agreement_table import notes_of, statistics_of
from .cohort_tree import put_into_cohort
from .plot_series import CHART_CLASS, TABLE_CLASS, Style, draw_series, remove_others, set_series, with_two_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = "Agreement"
LEVELS = (SPECIMENS, ROWS)
SPECIMEN_COLUMN, SLICE_COLUMN, MEAN, DIFFERENCE = "specimen", "slice", "mean", "difference"
_PURPOSE = "agreement: "
_STATISTICS, _SELECTED = _PURPOSE + "statistics", _PURPOSE + "selected"
_NOTES = SCENE_PREFIX + "notes"
# Beyond the points on both sides, as part of their range.
_MARGIN = 0.08
_ROOM_FOR_LEGEND = 0.9
_MARKERS = {"LR": "Diamond", "DL": "Circle"}
_OTHER_MARKERS = ("Square", "Cross", "Plus")


@dataclass(frozen=True)
class AgreementNodes:
    """The nodes of the analysis; get them anew from :func:`find_agreement`, do not keep them.

    :param statistics: one row a statistic, one column a method.
    :param charts: by level, "specimens" and, for repeated measures, "rows".
    """

    statistics: slicer.vtkMRMLTableNode
    charts: dict[str, slicer.vtkMRMLPlotChartNode]

    @property
    def notes(self) -> list[str]:
        """What a reader has to know beside the numbers."""
        return json.loads(self.statistics.GetAttribute(_NOTES) or "[]")


@dataclass(frozen=True)
class Point:
    """A point of a chart.

    :param number: of the slice; None for the mean of a specimen.
    :param text: what the point tells.
    """

    specimen: str
    number: int | None
    text: str


def show_agreement(scene: slicer.vtkMRMLScene, result: dict, points: Sequence[dict]) -> AgreementNodes:
    """Put an analysis into the scene, in place of an earlier one.

    :param result: agreement.json.
    :param points: the rows of agreement_points.csv.
    """
    statistics = find_or_add(scene, TABLE_CLASS, _STATISTICS, f"Agreement of {result['settings']['value']}")
    fill_table(statistics, statistics_of(result).items())
    statistics.SetAttribute(_NOTES, json.dumps(notes_of(result)))
    show_read_only(statistics)
    made: list[slicer.vtkMRMLNode] = [statistics]
    charts, tables = {}, []
    for level in LEVELS:
        of_level = [row for row in points if row["level"] == level]
        if of_level:
            charts[level], nodes = _show_level(scene, result, level, of_level)
            made += [charts[level], *nodes]
            tables += [node for node in nodes if node.IsA(TABLE_CLASS) and not node.GetHideFromEditors()]
    remove_others(scene, _PURPOSE, made)
    for node in (statistics, *charts.values(), *tables):
        put_into_cohort(node, FOLDER)
    return AgreementNodes(statistics, charts)


def find_agreement(scene: slicer.vtkMRMLScene) -> AgreementNodes | None:
    """The analysis of the scene; None where there is none, or a part of it was deleted."""
    statistics = find(scene, TABLE_CLASS, _STATISTICS)
    charts = {level: find(scene, CHART_CLASS, _PURPOSE + level) for level in LEVELS}
    if statistics is None or charts[SPECIMENS] is None:
        return None
    return AgreementNodes(statistics, {level: chart for level, chart in charts.items() if chart is not None})


def point_at(series: slicer.vtkMRMLPlotSeriesNode, row: int) -> Point | None:
    """What a point of a chart stands for; None for lines and the series of others.

    :param row: of the table of the series.
    """
    purpose, table = series.GetAttribute(SCENE_PREFIX + "purpose") or "", series.GetTableNode()
    if not purpose.startswith(_PURPOSE + "points ") or table is None:
        return None
    columns = {name: column_of(table, name) for name in (SPECIMEN_COLUMN, SLICE_COLUMN, MEAN, DIFFERENCE)}
    if not 0 <= row < len(columns[MEAN]):
        return None
    specimen, number = columns[SPECIMEN_COLUMN][row], None
    if columns[SLICE_COLUMN]:
        number = _whole_number(columns[SLICE_COLUMN][row])
    told = specimen if number is None else f"{specimen}, slice {number}"
    method = series.GetName().split(",")[0]
    return Point(specimen, number, f"{told}: {method} = {columns[DIFFERENCE][row]:+.4g}, mean {columns[MEAN][row]:.4g}")


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
    for level in LEVELS:
        other = find(scene, CHART_CLASS, _PURPOSE + level)
        if other is not None and other.HasPlotSeriesNodeID(mark.GetID()):
            other.RemovePlotSeriesNodeID(mark.GetID())
    chart.AddAndObservePlotSeriesNodeID(mark.GetID())


def remove_agreement(scene: slicer.vtkMRMLScene) -> None:
    """Remove all that an analysis has put into the scene."""
    remove_others(scene, _PURPOSE, [])


def _show_level(
    scene: slicer.vtkMRMLScene, result: dict, level: str, points: Sequence[dict]
) -> tuple[slicer.vtkMRMLPlotChartNode, list[slicer.vtkMRMLNode]]:
    """The chart of a level, and its series and tables."""
    settings, methods = result["settings"], methods_of(result)
    means = np.array([float(row["mean"]) for row in points])
    margin = _MARGIN * (float(np.ptp(means)) or abs(float(means[0])) or 1.0)
    ends = (float(means.min()) - margin, float(means.max()) + margin)
    series, tables, intervals = [], [], []
    drawn = [np.array([float(row["difference"]) for row in points]), np.zeros(1)]
    for method in methods:
        rows = [row for row in points if row["method"] == method]
        values = result[method] if level == SPECIMENS else result[method]["repeated"]
        if not rows or values is None:
            continue
        of_method = _show_method(scene, result, level, method, rows, values, ends)
        series += of_method[0]
        tables += of_method[1]
        drawn.append(np.array([values["bias"], *(values["limits"] or [])]))
        intervals += _ends_of_intervals(values)
    chart = find_or_add(scene, CHART_CLASS, _PURPOSE + level, f"Bland-Altman, {_NAMES[level]}")
    blocked = chart.StartModify()
    value, usual_units = PRETTY_VALUES.get(settings["value"].casefold(), (settings["value"], ""))
    units = f" ({settings['units'] or usual_units})" if settings["units"] or usual_units else ""
    simulated = ", simulated" if settings.get("simulated") else ""
    label_chart(
        chart,
        f"Agreement of {value} with {settings['reference']}, {_NAMES[level]}{simulated}",
        f"mean {value} of {settings['reference']} and {' or '.join(methods)}{units}",
        f"difference of {value} from {settings['reference']}{units}",
    )
    chart.SetXAxisRangeAuto(False)
    chart.SetXAxisRange(*ends)
    set_series(chart, series)
    leave_room(chart, _worth_seeing(np.concatenate(drawn), np.array(intervals)), _ROOM_FOR_LEGEND)
    chart.EndModify(blocked)
    return chart, [*series, *tables]


_NAMES = {SPECIMENS: "specimen means", ROWS: "single slices"}


def _show_method(
    scene: slicer.vtkMRMLScene,
    result: dict,
    level: str,
    method: str,
    rows: Sequence[dict],
    values: dict,
    ends: tuple[float, float],
) -> tuple[list[slicer.vtkMRMLPlotSeriesNode], list[slicer.vtkMRMLTableNode]]:
    """Points and lines of one method, and the tables that they are drawn from."""
    reference, colour = result["settings"]["reference"], looks_of(methods_of(result))[method].colour
    difference = f"{method} - {reference}"
    key = f"{level} {method}"
    points = find_or_add(
        scene, TABLE_CLASS, f"{_PURPOSE}points {key}", f"Agreement points, {difference}, {_NAMES[level]}"
    )
    fill_table(points, with_two_rows(list(_point_columns(rows, level).items())))
    show_read_only(points)
    count = values["n"] if level == SPECIMENS else values["rows"]
    size = 9.0 if level == SPECIMENS else 5.0
    marker = _marker(method, methods_of(result))
    dots = Style(colour, marker, size=size, opacity=1.0 if level == SPECIMENS else 0.6)
    series = [draw_series(f"{_PURPOSE}points {key}", f"{difference}, n = {count}", points, (MEAN, DIFFERENCE), dots)]
    lines = find_or_add(scene, TABLE_CLASS, f"{_PURPOSE}lines {key}", f"Agreement lines, {difference}, {_NAMES[level]}")
    lines.SetHideFromEditors(True)
    fill_table(lines, _line_columns(values, ends).items())
    bias, limits = bias_and_limits(values)
    percent = f"{100 * result['settings']['confidence']:g} %"
    told = [("bias", f"{method} bias {bias}", Style(colour, line="Solid", width=2.5))]
    if limits is not None:
        told.append(("limits", f"{method} limits {limits}", Style(colour, line="Dash", width=2.0)))
        told.append(("intervals", f"{method} {percent} intervals", Style(colour, line="Solid", width=0.7, opacity=0.6)))
    series += [draw_series(f"{_PURPOSE}{name} {key}", text, lines, ("x", name), style) for name, text, style in told]
    return series, [points, lines]


def _point_columns(rows: Sequence[dict], level: str) -> dict[str, np.ndarray | list[str]]:
    columns: dict[str, np.ndarray | list[str]] = {SPECIMEN_COLUMN: [row["specimen"] for row in rows]}
    if level == ROWS:
        columns[SLICE_COLUMN] = [row["row"] for row in rows]
    numbers = (rows[0]["reference"], "reference_value"), (rows[0]["method"], "method_value"), (MEAN, MEAN)
    for name, source in (*numbers, (DIFFERENCE, DIFFERENCE)):
        columns[name] = np.array([float(row[source]) for row in rows])
    return columns


def _line_columns(values: dict, ends: tuple[float, float]) -> dict[str, np.ndarray]:
    """Lines from end to end, three rows each: both ends, and a row of NaN that ends the line."""
    heights = {"bias": [values["bias"]]}
    if values["limits"] is not None:
        heights["limits"] = values["limits"]
        heights["intervals"] = [*values["bias_ci"], *values["limits_ci"][0], *values["limits_ci"][1]]
    longest = max(map(len, heights.values()))
    columns = {"x": np.tile([*ends, np.nan], longest)}
    for name, levels in heights.items():
        column = np.full(3 * longest, np.nan)
        for number, height in enumerate(levels):
            column[3 * number : 3 * number + 2] = height
        columns[name] = column
    return columns


def _ends_of_intervals(values: dict) -> list[float]:
    return [] if values["limits"] is None else [*values["limits_ci"][0], *values["limits_ci"][1]]


def _worth_seeing(drawn: np.ndarray, intervals: np.ndarray) -> np.ndarray:
    """What the axis has to hold: all points and limits, and intervals that leave them more than a third of it. Those of
    two or three specimens are so wide that nothing else could be seen; the legend tells them in any case."""
    low, high = float(drawn.min()), float(drawn.max())
    span = high - low
    near = intervals[(intervals >= low - span) & (intervals <= high + span)]
    return np.concatenate([drawn, near])


def _marker(method: str, methods: Sequence[str]) -> str:
    others = [name for name in methods if name.upper() not in _MARKERS]
    if method in others:
        return _OTHER_MARKERS[others.index(method) % len(_OTHER_MARKERS)]
    return _MARKERS[method.upper()]


def _whole_number(text: str) -> int | None:
    try:
        return round(float(text))
    except ValueError:
        return None
