"""What a Bland-Altman chart draws of one method: its points, and bias, limits of agreement and intervals as lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.scene.lineage import find_or_add
from MicroCTSuperResLib.scene.tables import fill_table

from ..agreement.result_files import ROWS, SPECIMENS
from ..agreement.words import bias_and_limits
from .column_titles import show_with_titles
from .plot_series import TABLE_CLASS, Style, draw_series, with_two_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import slicer

PURPOSE_PREFIX = "agreement: "
POINTS = PURPOSE_PREFIX + "points "
LEVEL_NAMES = {SPECIMENS: "specimen means", ROWS: "single slices"}
SPECIMEN_COLUMN, SLICE_COLUMN, MEAN, DIFFERENCE = "specimen", "slice", "mean", "difference"


@dataclass(frozen=True)
class DrawnMethod:
    """The nodes of one method.

    :param series: its points first.
    :param points: the table of the points; `lines`: of the lines.
    """

    series: list[slicer.vtkMRMLPlotSeriesNode]
    points: slicer.vtkMRMLTableNode
    lines: slicer.vtkMRMLTableNode


def draw_method(
    scene: slicer.vtkMRMLScene,
    result: dict,
    level: str,
    method: str,
    rows: Sequence[dict],
    values: dict,
    ends: tuple[float, float],
    style: Style,
) -> DrawnMethod:
    """Draw one method.

    :param rows: of agreement_points.csv, those of the level and the method.
    :param values: what the result tells of them.
    :param ends: of the lines along x.
    :param style: of the points; the lines have their colour.
    """
    key, difference = f"{level} {method}", f"{method} - {result['settings']['reference']}"
    points = find_or_add(scene, TABLE_CLASS, f"{POINTS}{key}", f"Agreement points, {difference}, {LEVEL_NAMES[level]}")
    fill_table(points, with_two_rows(list(_point_columns(rows, level).items())))
    show_with_titles(points)
    count = values["n"] if level == SPECIMENS else values["rows"]
    dots = replace(style, size=9.0) if level == SPECIMENS else replace(style, size=5.0, opacity=0.6)
    series = [draw_series(f"{POINTS}{key}", f"{difference}, n = {count}", points, (MEAN, DIFFERENCE), dots)]
    series[0].SetLabelColumnName(SPECIMEN_COLUMN)
    lines = find_or_add(
        scene, TABLE_CLASS, f"{PURPOSE_PREFIX}lines {key}", f"Agreement lines, {difference}, {LEVEL_NAMES[level]}"
    )
    lines.SetHideFromEditors(True)
    fill_table(lines, _line_columns(values, ends).items())
    bias, limits = bias_and_limits(values)
    percent = f"{100 * result['settings']['confidence']:g} %"
    colour = style.colour
    told = [("bias", f"{method} bias {bias}", Style(colour, line="Solid", width=2.5))]
    if limits is not None:
        told.append(("limits", f"{method} limits {limits}", Style(colour, line="Dash", width=2.0)))
        told.append(("intervals", f"{method} {percent} intervals", Style(colour, line="Solid", width=0.7, opacity=0.6)))
    series += [
        draw_series(f"{PURPOSE_PREFIX}{name} {key}", text, lines, ("x", name), look) for name, text, look in told
    ]
    return DrawnMethod(series, points, lines)


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
