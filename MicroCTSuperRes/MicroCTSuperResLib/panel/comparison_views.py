"""The comparison in the view area: layouts, what each view shows, windows, moves.

Imported inside functions: the engine parts below take half a second to load, which opening the panel must not.
"""

import slicer
from slicer.i18n import tr as _

from ..scene.display import (
    display_of,
    separate_display,
    set_interpolation,
    share_display,
    show_bone,
)
from ..scene.layouts import (
    DL_VIEW,
    HR_VIEW,
    LAYOUTS,
    LR_VIEW,
    PAIR,
    Layout,
    register_layouts,
)
from ..scene.node_meaning import meaning_of
from ..scene.preview import show_preview
from ..scene.views import (
    fit_linked,
    link_views,
    set_up_views,
    show_chart,
    show_volumes,
    turn_to_volume,
    view_node,
)
from .comparison import Compared
from .preview_watch import place_in


def current_layout() -> Layout | None:
    """The comparison layout that is shown; None where Slicer shows another one."""
    number = slicer.app.layoutManager().layout
    return next((layout for layout in LAYOUTS if layout.number == number), None)


def units_of(node) -> str:
    """Units of a volume's grey values."""
    return meaning_of(node).units


def choose_layout(layout: Layout) -> None:
    """Show a layout; its views are set up and empty, or as they were."""
    manager = slicer.app.layoutManager()
    register_layouts(manager.layoutLogic().GetLayoutNode())
    manager.setLayout(layout.number)


def set_up(linked: bool) -> None:
    """Give the views what a scene file does not keep; see :func:`~..scene.views.set_up_views`."""
    set_up_views(slicer.mrmlScene)
    link_views(slicer.mrmlScene, linked)


def fill(volumes: Compared, chart) -> None:
    """Show the volumes and a chart in their views, and the live preview where there is one.

    :param chart: a vtkMRMLPlotChartNode or None.
    """
    show_volumes(slicer.mrmlScene, {LR_VIEW: volumes.lr, DL_VIEW: volumes.dl, HR_VIEW: volumes.hr})
    show_chart(slicer.mrmlScene, chart)
    show_preview(slicer.mrmlScene, DL_VIEW)


def show_pair(volumes: Compared, linked: bool) -> None:
    """Show LR and DL beside each other, for who needs their views."""
    choose_layout(PAIR)
    set_up(linked)
    is_new = not shows(volumes)
    fill(volumes, None)
    if is_new:
        fit(volumes, linked)


def shows(volumes: Compared) -> bool:
    """Whether the LR view shows this LR volume already, so that its slice and zoom are the user's own."""
    node = slicer.mrmlScene.GetSingletonNode(LR_VIEW.tag, "vtkMRMLSliceCompositeNode")
    return node is not None and volumes.lr is not None and node.GetBackgroundVolumeID() == volumes.lr.GetID()


def shows_whole(volumes: Compared) -> bool:
    """Whether the LR view shows all of a slice of LR, so that the user has not zoomed in."""
    node = view_node(slicer.mrmlScene, LR_VIEW)
    if node is None or not node.IsMappedInLayout() or not shows(volumes):
        return False
    x, y, _ = volumes.lr.GetImageData().GetDimensions()
    return place_in(volumes.lr, node).region == (0, y, 0, x)


def fit(volumes: Compared, linked: bool, *, keep_slice: bool = False) -> None:
    """Show a whole slice of LR in the views.

    :param keep_slice: stay at the slice and the orientation; otherwise turn the views into the planes of LR, in its
        middle.
    """
    if volumes.lr is None:
        return
    if not keep_slice:
        turn_to_volume(slicer.mrmlScene, volumes.lr)
    for view in (LR_VIEW,) if linked else (LR_VIEW, DL_VIEW, HR_VIEW):
        logic = _logic(view)
        if logic is None:
            continue
        offset = logic.GetSliceOffset()
        fit_linked(logic)
        logic.SnapSliceOffsetToIJK()
        if keep_slice:
            logic.SetSliceOffset(offset)
    if linked:
        align()


def align() -> None:
    """Bring all linked views to where the LR view is; for views that have just appeared."""
    logic = _logic(LR_VIEW)
    if logic is None:
        return
    flags = slicer.vtkMRMLSliceNode
    logic.StartSliceNodeInteraction(flags.FieldOfViewFlag | flags.XYZOriginFlag | flags.SliceToRASFlag)
    logic.GetSliceNode().Modified()
    logic.EndSliceNodeInteraction()


def apply_windows(volumes: Compared, one_window: bool) -> str:
    """Give all volumes in the units of LR one window, or each its own again.

    :return: what the user has to know: volumes in other units have a window of their own; "" where there are none.
    """
    if volumes.lr is None:
        return ""
    if display_of(volumes.lr).GetAutoWindowLevel():
        show_bone(volumes.lr, units_of(volumes.lr))
    units = units_of(volumes.lr)
    others = {name: node for name, node in volumes.named.items() if node is not volumes.lr}
    alike = [node for node in others.values() if one_window and units_of(node) == units]
    for node in others.values():
        if node not in alike:
            separate_display(node)
            if display_of(node).GetAutoWindowLevel():
                show_bone(node, units_of(node))
    if alike:
        share_display([volumes.lr, *alike])
    apart = [name for name, node in others.items() if units_of(node) != units]
    if not one_window or not apart:
        return ""
    told = ", ".join(f"{name} ({units_of(others[name])})" for name in apart)
    return _("One window needs the same units as LR ({units}); with a window of its own: {others}.").format(
        units=units, others=told
    )


def apply_interpolation(volumes: Compared, smooth: bool) -> None:
    """Show grey values between voxels interpolated, or every voxel as it is."""
    set_interpolation(volumes.named.values(), smooth)


def view_widget(view):
    """The widget of a plot or 3-D view; None while it is not shown.

    :param view: of `scene.layouts`.
    """
    node, manager = view_node(slicer.mrmlScene, view), slicer.app.layoutManager()
    if view.class_name == "vtkMRMLPlotViewNode":
        widgets = (manager.plotWidget(index) for index in range(manager.plotViewCount))
        return next((widget for widget in widgets if widget.mrmlPlotViewNode() is node), None)
    widgets = (manager.threeDWidget(index) for index in range(manager.threeDViewCount))
    return next((widget for widget in widgets if widget.mrmlViewNode() is node), None)


def _logic(view):
    widget = slicer.app.layoutManager().sliceWidget(view.tag)
    return widget.sliceLogic() if widget is not None else None
