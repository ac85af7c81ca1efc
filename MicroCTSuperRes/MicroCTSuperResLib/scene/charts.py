"""How charts of the scene look: fonts that fit a small view, and room for the legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import slicer

# The legend lies in the upper right corner of the chart and is told no other place: above the points there is room for
# it, this part of their range, and a margin below them.
_HEAD_ROOM, _MARGIN = 0.6, 0.05


def label_chart(chart: slicer.vtkMRMLPlotChartNode, title: str, x_title: str, y_title: str) -> None:
    """Write on a chart what it shows. The plot may have the width of one of three views."""
    chart.SetTitle(title)
    chart.SetXAxisTitle(x_title)
    chart.SetYAxisTitle(y_title)
    chart.SetTitleFontSize(12)
    chart.SetAxisTitleFontSize(12)
    chart.SetLegendFontSize(11)
    chart.SetAxisLabelFontSize(10)


def leave_room(chart: slicer.vtkMRMLPlotChartNode, values: np.ndarray, head_room: float = _HEAD_ROOM) -> None:
    """Let the y axis reach beyond these values, so that the legend covers none.

    :param values: all that is drawn; NaN and infinite ones are left out.
    :param head_room: of the range of the values.
    """
    finite = values[np.isfinite(values)]
    chart.SetYAxisRangeAuto(not finite.size)
    if finite.size:
        low, high = float(finite.min()), float(finite.max())
        span = (high - low) or abs(high) or 1.0
        chart.SetYAxisRange(low - _MARGIN * span, high + head_room * span)
