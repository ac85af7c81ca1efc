"""The charts of an evaluation: a point for each specimen and method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.scene.charts import label_chart, leave_room
from MicroCTSuperResLib.scene.lineage import find_or_add
from MicroCTSuperResLib.scene.tables import column_of, fill_table

from .plot_series import CHART_CLASS, TABLE_CLASS, Style, draw_series, set_series, styles_of, with_two_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import slicer

SPECIMEN, METHOD, NUMBER = "specimen", "method", "number"
MEASURES = {"ssim": "SSIM", "psnr_db": "PSNR (dB)", "ba_ta": "BA/TA (mm2/mm2)"}
PURPOSE_PREFIX = "evaluation: "
POINTS = PURPOSE_PREFIX + "points "
HR = "HR"
_OF_HR = Style("#000000", "Square")
_SIZE = 9.0
# Between the points of two models, whose scores are often the same; specimens are 1 apart.
_APART = 0.16


def score_points(
    scene: slicer.vtkMRMLScene, labels: Sequence[str], specimens: Sequence[dict]
) -> dict[str, slicer.vtkMRMLTableNode]:
    """The tables that the series of the methods are drawn from: values by the number of the specimen.

    :param labels: of the methods that are drawn.
    :param specimens: the rows of all specimens and methods.
    """
    models = [label for label in labels if label.startswith("DL")]
    aside = {label: _APART * (place - (len(models) - 1) / 2) for place, label in enumerate(models)}
    return {label: _points(scene, label, specimens, aside.get(label, 0.0)) for label in labels}


def score_chart(
    scene: slicer.vtkMRMLScene, measure: str, points: Mapping[str, slicer.vtkMRMLTableNode], *, simulated: bool
) -> tuple[slicer.vtkMRMLPlotChartNode, list[slicer.vtkMRMLPlotSeriesNode]]:
    """A chart, and its series: methods without any value (HR has no PSNR against itself) are left out.

    :param measure: one of :data:`MEASURES`.
    :param points: of :func:`score_points`.
    """
    series, values = _series(scene, measure, points)
    name = MEASURES[measure].split(" (")[0]
    against = "" if measure == "ba_ta" else " against HR"
    chart = find_or_add(scene, CHART_CLASS, PURPOSE_PREFIX + measure, f"{name} of each specimen")
    blocked = chart.StartModify()
    title = f"{name} of each specimen{against}" + (", simulated" if simulated else "")
    label_chart(chart, title, "specimen, by its place in the table", MEASURES[measure])
    places = np.concatenate([column_of(table, NUMBER) for table in points.values()])
    chart.SetXAxisRangeAuto(False)
    chart.SetXAxisRange(0.0, round(float(np.nanmax(places))) + 1.0)
    set_series(chart, series)
    leave_room(chart, values)
    chart.EndModify(blocked)
    return chart, series


def _points(scene: slicer.vtkMRMLScene, label: str, specimens: Sequence[dict], aside: float) -> slicer.vtkMRMLTableNode:
    """The values of one method.

    :param aside: how far its points lie beside the number of the specimen.
    """
    numbers = {name: place for place, name in enumerate(dict.fromkeys(row[SPECIMEN] for row in specimens), start=1)}
    rows = [row for row in specimens if row[METHOD] == label]
    node = find_or_add(scene, TABLE_CLASS, POINTS + label, f"Evaluation points, {label}")
    node.SetHideFromEditors(True)
    values = [(measure, np.array([float(row.get(measure) or "nan") for row in rows])) for measure in MEASURES]
    places = np.array([numbers[row[SPECIMEN]] + aside for row in rows])
    names = [(SPECIMEN, [row[SPECIMEN] for row in rows]), (METHOD, [label] * len(rows))]
    fill_table(node, with_two_rows([*names, (NUMBER, places), *values]))
    return node


def _series(
    scene: slicer.vtkMRMLScene, measure: str, points: Mapping[str, slicer.vtkMRMLTableNode]
) -> tuple[list[slicer.vtkMRMLPlotSeriesNode], np.ndarray]:
    """The series of a chart, and all values that they show."""
    styles, series, values = styles_of([label for label in points if label != HR]), [], [np.zeros(0)]
    for label, table in points.items():
        of_method = np.array(column_of(table, measure))
        if not np.isfinite(of_method).any():
            continue
        style = replace(styles.get(label, _OF_HR), size=_SIZE)
        one = draw_series(f"{PURPOSE_PREFIX}series {measure} {label}", label, table, (NUMBER, measure), style)
        one.SetLabelColumnName(SPECIMEN)
        series.append(one)
        values.append(of_method)
    return series, np.concatenate(values)
