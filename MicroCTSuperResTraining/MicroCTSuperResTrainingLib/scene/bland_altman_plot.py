"""Bland-Altman plots in the scene: specimen means and single slices, as tables, series and charts.

One analysis at a time: a new one takes the place of the one before. Nothing is kept outside the scene. More methods
than can be told apart in one chart have several, all with the same axes, as in the figure of the command line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.scene.charts import label_chart, leave_room
from MicroCTSuperResLib.scene.lineage import PURPOSE, SCENE_PREFIX, find, find_or_add, nodes_of_class
from MicroCTSuperResLib.scene.tables import fill_table, show_read_only

from ..agreement.figure import PRETTY_VALUES
from ..agreement.looks import plots_of
from ..agreement.result_files import ROWS, SPECIMENS, methods_of
from .agreement_table import notes_of, statistics_of
from .bland_altman_series import LEVEL_NAMES, PURPOSE_PREFIX, DrawnMethod, draw_method
from .cohort_tree import put_into_cohort
from .plot_series import CHART_CLASS, TABLE_CLASS, remove_others, set_series, styles_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import slicer

FOLDER = "Agreement"
LEVELS = (SPECIMENS, ROWS)
_STATISTICS = PURPOSE_PREFIX + "statistics"
_NOTES = SCENE_PREFIX + "notes"
# Beyond the points on both sides, as part of their range.
_MARGIN = 0.08
_ROOM_FOR_LEGEND = 0.9


@dataclass(frozen=True)
class AgreementNodes:
    """The nodes of the analysis; get them anew from :func:`find_agreement`, do not keep them.

    :param statistics: one row a statistic, one column a method.
    :param charts: by level ("specimens" and, for repeated measures, "rows"), then by the method that a chart
        shows beside LR; "" for all methods in one chart.
    """

    statistics: slicer.vtkMRMLTableNode
    charts: dict[str, dict[str, slicer.vtkMRMLPlotChartNode]]

    @property
    def notes(self) -> list[str]:
        """What a reader has to know beside the numbers."""
        return json.loads(self.statistics.GetAttribute(_NOTES) or "[]")

    @property
    def drawn(self) -> list[str]:
        """The methods that have a chart of their own; [""] where all are in one."""
        return list(self.charts[SPECIMENS])

    def chart(self, level: str = SPECIMENS, method: str = "") -> slicer.vtkMRMLPlotChartNode:
        """The chart of a level and a method, or else that of specimen means, or of the first method."""
        of_level = self.charts.get(level) or self.charts[SPECIMENS]
        return of_level.get(method) or next(iter(of_level.values()))


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
    seen: list[slicer.vtkMRMLNode] = [statistics]
    charts = {}
    for level in LEVELS:
        of_level = [row for row in points if row["level"] == level]
        if of_level:
            charts[level], drawn = _show_level(scene, result, level, of_level)
            for one in drawn:
                made += [*one.series, one.points, one.lines]
                seen.append(one.points)
            made += charts[level].values()
            seen += charts[level].values()
    remove_others(scene, PURPOSE_PREFIX, made)
    for node in seen:
        put_into_cohort(node, FOLDER)
    return AgreementNodes(statistics, charts)


def find_agreement(scene: slicer.vtkMRMLScene) -> AgreementNodes | None:
    """The analysis of the scene; None where there is none, or a part of it was deleted."""
    statistics = find(scene, TABLE_CLASS, _STATISTICS)
    charts: dict[str, dict[str, slicer.vtkMRMLPlotChartNode]] = {}
    for node in nodes_of_class(scene, CHART_CLASS):
        purpose = node.GetAttribute(PURPOSE) or ""
        level, _, method = purpose.removeprefix(PURPOSE_PREFIX).partition(" ")
        if purpose.startswith(PURPOSE_PREFIX) and level in LEVELS:
            charts.setdefault(level, {})[method] = node
    return None if statistics is None or SPECIMENS not in charts else AgreementNodes(statistics, charts)


def remove_agreement(scene: slicer.vtkMRMLScene) -> None:
    """Remove all that an analysis has put into the scene."""
    remove_others(scene, PURPOSE_PREFIX, [])


def _show_level(
    scene: slicer.vtkMRMLScene, result: dict, level: str, points: Sequence[dict]
) -> tuple[dict[str, slicer.vtkMRMLPlotChartNode], list[DrawnMethod]]:
    """The charts of a level, and what they draw."""
    means = np.array([float(row["mean"]) for row in points])
    margin = _MARGIN * (float(np.ptp(means)) or abs(float(means[0])) or 1.0)
    ends = (float(means.min()) - margin, float(means.max()) + margin)
    told = {
        method: result[method] if level == SPECIMENS else result[method]["repeated"] for method in methods_of(result)
    }
    told = {method: values for method, values in told.items() if values is not None}
    plots = plots_of(list(told))
    together = {methods[-1] if len(plots) > 1 else "": methods for methods in plots}
    styles = {method: style for methods in together.values() for method, style in styles_of(methods).items()}
    drawn = {}
    for method, values in told.items():
        rows = [row for row in points if row["method"] == method]
        if rows:
            drawn[method] = draw_method(scene, result, level, method, rows, values, ends, styles[method])
    heights = _worth_seeing(np.array([float(row["difference"]) for row in points]), told.values())
    charts = {}
    for name, methods in together.items():
        charts[name] = _chart(scene, result, level, name, {each: drawn[each] for each in methods if each in drawn})
        charts[name].SetXAxisRangeAuto(False)
        charts[name].SetXAxisRange(*ends)
        leave_room(charts[name], heights, _ROOM_FOR_LEGEND)
    return charts, list(drawn.values())


def _chart(
    scene: slicer.vtkMRMLScene, result: dict, level: str, name: str, drawn: Mapping[str, DrawnMethod]
) -> slicer.vtkMRMLPlotChartNode:
    settings = result["settings"]
    purpose, title = f"{PURPOSE_PREFIX}{level} {name}".rstrip(), f"Bland-Altman, {LEVEL_NAMES[level]}"
    chart = find_or_add(scene, CHART_CLASS, purpose, f"{title}, {name}" if name else title)
    blocked = chart.StartModify()
    value, usual_units = PRETTY_VALUES.get(settings["value"].casefold(), (settings["value"], ""))
    units = f" ({settings['units'] or usual_units})" if settings["units"] or usual_units else ""
    simulated = ", simulated" if settings.get("simulated") else ""
    label_chart(
        chart,
        f"Agreement of {value} with {settings['reference']}, {LEVEL_NAMES[level]}{simulated}",
        f"mean {value} of {settings['reference']} and {' or '.join(drawn)}{units}",
        f"difference of {value} from {settings['reference']}{units}",
    )
    set_series(chart, [series for one in drawn.values() for series in one.series])
    chart.EndModify(blocked)
    return chart


def _worth_seeing(differences: np.ndarray, told: Iterable[dict]) -> np.ndarray:
    """What the axis has to hold: all points and limits, and intervals that leave them more than a third of it. Those of
    two or three specimens are so wide that nothing else could be seen; the legend tells them in any case.

    :param told: what the result tells of each method.
    """
    told = list(told)
    lines = [height for values in told for height in (values["bias"], *(values["limits"] or []))]
    drawn = np.array([*differences, *lines, 0.0])
    with_limits = [values for values in told if values["limits"] is not None]
    intervals = np.array([end for values in with_limits for interval in values["limits_ci"] for end in interval])
    low, high = float(drawn.min()), float(drawn.max())
    span = high - low
    return np.concatenate([drawn, intervals[(intervals >= low - span) & (intervals <= high + span)]])
