"""Clicks on the points of a plot view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer

from .timers import single_shot

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNAL = "dataSelected(vtkStringArray*,vtkCollection*)"


class PlotClicks:
    """Hears clicks in one plot view at a time.

    VTK keeps what was clicked in one series when another one is clicked, and tells each click twice, first with what
    was clicked before. So the view forgets a click once all who listen have heard it: what it tells next is new.

    :param on_point: called with the vtkMRMLPlotSeriesNode and the row of its table.
    """

    def __init__(self, on_point: Callable) -> None:
        self._on_point = on_point
        self._view = None
        self._forget = single_shot(0, self._forget_click)

    def listen(self, view) -> None:
        """Hear this view from now on.

        :param view: a qMRMLPlotView; None changes nothing.
        """
        if view is not None and view is not self._view:
            view.connect(_SIGNAL, self._selected)
            self._view = view

    def close(self) -> None:
        """Hear nothing any more."""
        self._forget.stop()
        if self._view is not None:
            self._view.disconnect(_SIGNAL, self._selected)
            self._view = None

    def _selected(self, ids, rows) -> None:
        for number in range(ids.GetNumberOfValues()):
            series = slicer.mrmlScene.GetNodeByID(ids.GetValue(number))
            selected = rows.GetItemAsObject(number)
            if series is not None and selected is not None and selected.GetNumberOfValues():
                self._forget.start()
                self._on_point(series, selected.GetValue(0))
                return

    def _forget_click(self) -> None:
        if self._view is not None:
            self._view.RemovePlotSelections()
