"""Clicks on points of plot views, which VTK tells twice and does not forget."""

import pytest


@pytest.fixture
def view(slicer_scene, host):
    """A plot view with a chart of two series, "LR" and "DL"."""
    import numpy as np
    import slicer
    from MicroCTSuperResLib.scene.tables import fill_table

    table = slicer_scene.AddNewNodeByClass("vtkMRMLTableNode")
    fill_table(table, [("x", np.arange(5.0)), ("LR", np.arange(5.0)), ("DL", 5 - np.arange(5.0))])
    chart = slicer_scene.AddNewNodeByClass("vtkMRMLPlotChartNode")
    for name in ("LR", "DL"):
        series = slicer_scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", name)
        series.SetAndObserveTableNodeID(table.GetID())
        series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
        series.SetXColumnName("x")
        series.SetYColumnName(name)
        chart.AddAndObservePlotSeriesNodeID(series.GetID())
    slicer.modules.plots.logic().ShowChartInLayout(chart)
    return host.layout_manager.plotWidget(0).plotView()


def test_every_click_is_heard_once_by_all_who_listen_whatever_was_clicked_before(view):
    import slicer
    from MicroCTSuperResLib.panel.plot_clicks import PlotClicks

    heard = [[], []]
    listeners = [PlotClicks(lambda series, row, to=to: to.append((series.GetName(), row))) for to in heard]
    for listener in listeners:
        listener.listen(view)
        listener.listen(view)  # sections do so whenever something changes
        listener.listen(None)
    lr, dl = slicer.util.getNode("LR"), slicer.util.getNode("DL")
    clicks = [(lr, 1), (dl, 4), (dl, 4), (lr, 1), (lr, 2)]
    for series, row in clicks:
        view.select(series, [row])
    assert heard == 2 * [[(series.GetName(), row) for series, row in clicks]]
    for listener in listeners:
        listener.close()
    view.select(lr, [3])
    assert len(heard[0]) == len(clicks)
