"""The plot of a result in the view area, and the clicks on its points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
from MicroCTSuperResLib.panel.plot_clicks import PlotClicks
from MicroCTSuperResLib.scene.layouts import register_layouts

from ..scene.layouts import RESULT, RESULT_ALONE, RESULT_VIEW, TRAINING_LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from MicroCTSuperResLib.scene.layouts import Layout


class ResultPlot:
    """One view for the charts of all sections; each has an object of this class.

    :param on_point: called with the series and the row of its table that the user has clicked, of whosever chart.
    """

    def __init__(self, on_point: Callable) -> None:
        self._clicks = PlotClicks(on_point)

    def show(self, chart: slicer.vtkMRMLPlotChartNode, *, with_volumes: bool | None = None) -> None:
        """Show a chart.

        :param with_volumes: below the views of a specimen, or alone; None shows these views unless they are empty.
        """
        manager = slicer.app.layoutManager()
        if manager is None:  # a Slicer without a main window
            return
        from MicroCTSuperResLib.scene.views import set_up_views

        register_layouts(manager.layoutLogic().GetLayoutNode(), TRAINING_LAYOUTS)
        below = with_volumes if with_volumes is not None else _is_specimen_shown()
        manager.setLayout((RESULT if below else RESULT_ALONE).number)
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
        self._clicks.listen(widget.plotView() if widget is not None else None)

    def close(self) -> None:
        """The panel goes for good."""
        self._clicks.close()


def _shown_layout() -> Layout | None:
    number = slicer.app.layoutManager().layout
    return next((layout for layout in (RESULT, RESULT_ALONE) if layout.number == number), None)


def _is_specimen_shown() -> bool:
    """Whether the views of the comparison have a volume."""
    from MicroCTSuperResLib.scene.layouts import SLICE_VIEWS
    from MicroCTSuperResLib.scene.views import COMPOSITE_CLASS

    shown = (slicer.mrmlScene.GetSingletonNode(view.tag, COMPOSITE_CLASS) for view in SLICE_VIEWS)
    return any(node is not None and node.GetBackgroundVolumeID() for node in shown)
