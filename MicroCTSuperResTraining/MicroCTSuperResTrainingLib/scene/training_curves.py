"""Loss, PSNR and SSIM of a training by epoch, as one table and three charts; the run that is shown uses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.scene.charts import label_chart, leave_room
from MicroCTSuperResLib.scene.lineage import PREFIX, find, find_or_add
from MicroCTSuperResLib.scene.tables import fill_table

from ..agreement.looks import ENHANCED, INTERPOLATED, LOOKS, OTHER_LOOKS
from .layouts import LOSS_VIEW, PSNR_VIEW, SSIM_VIEW
from .plot_series import CHART_CLASS, SERIES_CLASS, TABLE_CLASS, Style, draw_series, set_series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import slicer
    from MicroCTSuperResLib.scene.layouts import View

    from ..training.history import EpochRow

EPOCH = "epoch"
_PURPOSE = "training: "
_RUN = PREFIX + "run"
# The same ones as in RUN/curves.png: DL and LR as in all figures, LR cubic as a further method, training loss as none.
_DL, _LINEAR, _CUBIC = LOOKS[ENHANCED].colour, LOOKS[INTERPOLATED].colour, OTHER_LOOKS[0].colour
_TRAINING = OTHER_LOOKS[1].colour


@dataclass(frozen=True)
class _Line:
    """A series of a chart.

    :param column: of the table, and the legend's text.
    :param values: column of the history; for interpolation the measure of the baselines.
    :param baseline: "bilinear" or "bicubic" for a level line, "" for a curve.
    """

    column: str
    values: str
    colour: str
    baseline: str = ""


_CHARTS: dict[str, tuple[View, tuple[_Line, ...]]] = {
    "loss": (
        LOSS_VIEW,
        (_Line("training loss", "train_loss", _TRAINING), _Line("validation loss", "validation_loss", _DL)),
    ),
    "PSNR (dB)": (
        PSNR_VIEW,
        (
            _Line("DL PSNR", "psnr_db", _DL),
            _Line("LR linear PSNR", "psnr_db", _LINEAR, "bilinear"),
            _Line("LR cubic PSNR", "psnr_db", _CUBIC, "bicubic"),
        ),
    ),
    "SSIM": (
        SSIM_VIEW,
        (
            _Line("DL SSIM", "ssim", _DL),
            _Line("LR linear SSIM", "ssim", _LINEAR, "bilinear"),
            _Line("LR cubic SSIM", "ssim", _CUBIC, "bicubic"),
        ),
    ),
}


def show_curves(
    scene: slicer.vtkMRMLScene,
    run: str,
    name: str,
    rows: Sequence[EpochRow],
    baselines: Mapping[str, Mapping[str, float]],
) -> slicer.vtkMRMLTableNode:
    """Put the curves of a run into the scene's table and charts; they are made where there are none.

    :param run: the folder of the run, which the table remembers.
    :param name: told in the charts' titles.
    :param baselines: for "bilinear" and "bicubic" the mean `psnr_db` and `ssim` of interpolation on the validation
        slices; lines of those that are not known are left out.
    :returns: the table, one row for each epoch.
    """
    table = find_or_add(scene, TABLE_CLASS, _PURPOSE + "curves", "Training curves")
    table.SetAttribute(_RUN, run)
    table.SetUseColumnTitleAsColumnHeader(True)
    table.SetLocked(True)
    columns = {EPOCH: np.array([row.epoch for row in rows], np.int32)}
    for _view, lines in _CHARTS.values():
        columns |= {line.column: _values(line, rows, baselines) for line in lines}
    fill_table(table, columns.items())
    for title, (_view, lines) in _CHARTS.items():
        # VTK complains of a line through one point: curves begin with the second epoch.
        drawn = [line for line in lines if len(rows) > 1 and _is_known(line, baselines)]
        chart = _fill_chart(scene, table, title, name, drawn)
        leave_room(chart, np.concatenate([columns[line.column] for line in drawn or lines]))
    return table


def run_shown(scene: slicer.vtkMRMLScene) -> str:
    """Folder of the run whose curves are in the scene; "" if there are none."""
    table = find(scene, TABLE_CLASS, _PURPOSE + "curves")
    return (table.GetAttribute(_RUN) or "") if table is not None else ""


def curve_nodes(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLNode]:
    """The table, charts and series of the curves."""
    found = [find(scene, TABLE_CLASS, _PURPOSE + "curves")]
    found += [_chart(scene, title) for title in _CHARTS]
    for _view, lines in _CHARTS.values():
        found += [find(scene, SERIES_CLASS, _PURPOSE + line.column) for line in lines]
    return [node for node in found if node is not None]


def place_curves(scene: slicer.vtkMRMLScene) -> None:
    """Put the charts into the views of the layout `layouts.CURVES`; call it when that is shown."""
    for title, (view, _lines) in _CHARTS.items():
        node, chart = scene.GetSingletonNode(view.tag, view.class_name), _chart(scene, title)
        if node is not None:
            node.SetDoPropagatePlotChartSelection(False)
            node.SetPlotChartNodeID(chart.GetID() if chart is not None else None)


def _chart(scene: slicer.vtkMRMLScene, title: str) -> slicer.vtkMRMLPlotChartNode | None:
    return find(scene, CHART_CLASS, _PURPOSE + title)


def _is_known(line: _Line, baselines: Mapping[str, Mapping[str, float]]) -> bool:
    return not line.baseline or baselines.get(line.baseline, {}).get(line.values) is not None


def _values(line: _Line, rows: Sequence[EpochRow], baselines: Mapping[str, Mapping[str, float]]) -> np.ndarray:
    if line.baseline:
        level = baselines.get(line.baseline, {}).get(line.values)
        return np.full(len(rows), np.nan if level is None else level)
    return np.array([getattr(row, line.values) for row in rows], np.float64)


def _fill_chart(
    scene: slicer.vtkMRMLScene, table: slicer.vtkMRMLTableNode, title: str, name: str, lines: Sequence[_Line]
) -> slicer.vtkMRMLPlotChartNode:
    chart = find_or_add(scene, CHART_CLASS, _PURPOSE + title, f"Training {title}")
    series = [
        draw_series(_PURPOSE + line.column, line.column, table, (EPOCH, line.column), _style(line)) for line in lines
    ]
    blocked = chart.StartModify()
    label_chart(chart, f"{title} of {name}", EPOCH, title)
    set_series(chart, series)
    chart.EndModify(blocked)
    return chart


def _style(line: _Line) -> Style:
    return Style(line.colour, line="Dash") if line.baseline else Style(line.colour, "Circle", "Solid", size=5.0)
