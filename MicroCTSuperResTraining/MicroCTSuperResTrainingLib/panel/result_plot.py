"""The plot of a result in the view area, and the clicks on its points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
from MicroCTSuperResLib.scene.layouts import register_layouts

from ..scene.layouts import RESULT, RESULT_ALONE, RESULT_VIEW, TRAINING_LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from MicroCTSuperResLib.scene.layouts import Layout

_CLICK = "dataSelected(vtkStringArray*,vtkCollection*)"


class ResultPlot:
    """One view for the charts of all sections; each has an object of this class.

    :param on_point: called with the series and the row of its table that the user has clicked, of whosever chart.
    """

    def __init__(self, on_point: Callable) -> None:
        self._on_point = on_point
        self._view = None

    def show(self, chart: slicer.vtkMRMLPlotChartNode, *, alone: bool = False) -> None:
        """Show a chart, below the views of a specimen or alone."""
        manager = slicer.app.layoutManager()
        if manager is None:  # a Slicer without a main window
            return
        from MicroCTSuperResLib.scene.views import set_up_views

        register_layouts(manager.layoutLogic().GetLayoutNode(), TRAINING_LAYOUTS)
        manager.setLayout((RESULT_ALONE if alone else RESULT).number)
        set_up_views(slicer.mrmlScene)
        self.replace(chart)
        self.listen()

    def replace(self, chart: slicer.vtkMRMLPlotChartNode) -> None:
        """Show another chart in the view, if the view is there; the layout stays."""
        node = slicer.mrmlScene.GetSingletonNode(RESULT_VIEW.tag, RESULT_VIEW.class_name)
        if node is not None:
            node.SetDoPropagatePlotChartSelection(False)
            node.SetPlotChartNodeID(chart.GetID())

    def shows(self, chart: slicer.vtkMRMLPlotChartNode | None) -> bool:
        """Whether the view has this chart; an earlier result's has it still after a new one took its place."""
        node = slicer.mrmlScene.GetSingletonNode(RESULT_VIEW.tag, RESULT_VIEW.class_name)
        return node is not None and chart is not None and node.GetPlotChartNodeID() == chart.GetID()

    def listen(self) -> None:
        """Hear clicks; call it whenever the view may have been made."""
        manager = slicer.app.layoutManager()
        if manager is None or _shown_layout() is None:
            return
        from MicroCTSuperResLib.panel.comparison_views import view_widget

        widget = view_widget(RESULT_VIEW)
        view = widget.plotView() if widget is not None else None
        if view is not None and view is not self._view:
            view.connect(_CLICK, self._clicked)
            self._view = view

    def close(self) -> None:
        """The panel goes for good."""
        if self._view is not None:
            self._view.disconnect(_CLICK, self._clicked)
            self._view = None

    def _clicked(self, ids, rows) -> None:
        """Slicer tells each click twice, and all series that it may have met."""
        for number in range(ids.GetNumberOfValues()):
            series = slicer.mrmlScene.GetNodeByID(ids.GetValue(number))
            selected = rows.GetItemAsObject(number)
            if series is not None and selected is not None and selected.GetNumberOfValues():
                self._on_point(series, selected.GetValue(0))
                return


def _shown_layout() -> Layout | None:
    number = slicer.app.layoutManager().layout
    return next((layout for layout in (RESULT, RESULT_ALONE) if layout.number == number), None)
