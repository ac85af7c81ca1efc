"""What the comparison views show, and how they move together.

Everything here works on view nodes; a slice logic is needed only where Slicer itself broadcasts a move. A composite
node says what one slice view shows; Slicer makes it when the view appears.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
import vtk

from .geometry import ras_of_voxel
from .layouts import PLOT_CLASS, SCORES_VIEW, SLICE_VIEWS, SURFACE_VIEWS, VIEW_GROUP, View

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPOSITE_CLASS = "vtkMRMLSliceCompositeNode"
# Linked views also hand each other what they show, unless told otherwise. Labels may be handed on: a segmentation of
# the bone belongs into every view; LR, DL and HR belong into one.
_HANDED_ON = slicer.vtkMRMLSliceCompositeNode.LabelVolumeFlag | slicer.vtkMRMLSliceCompositeNode.LabelOpacityFlag


def view_node(scene: slicer.vtkMRMLScene, view: View) -> slicer.vtkMRMLAbstractViewNode | None:
    """The node of a view; None as long as no layout with this view was shown."""
    return scene.GetSingletonNode(view.tag, view.class_name)


def composite_node(scene: slicer.vtkMRMLScene, view: View) -> slicer.vtkMRMLSliceCompositeNode:
    """What a slice view shows; made where Slicer has not done so yet, under the name by which Slicer looks for it."""
    node = scene.GetSingletonNode(view.tag, COMPOSITE_CLASS)
    if node is None:
        node = scene.CreateNodeByClass(COMPOSITE_CLASS)
        node.UnRegister(None)
        node.SetLayoutName(view.tag)
        node = scene.AddNode(node)
    return node


def show_volumes(scene: slicer.vtkMRMLScene, volumes: Mapping[View, slicer.vtkMRMLVolumeNode | None]) -> None:
    """Show one volume in each view and nothing over it.

    :param volumes: None empties a view; a view that is not named stays as it is.
    """
    for view, volume in volumes.items():
        composite = composite_node(scene, view)
        composite.SetBackgroundVolumeID(volume.GetID() if volume else None)
        composite.SetForegroundVolumeID(None)
        composite.SetForegroundOpacity(0.0)


def set_up_views(scene: slicer.vtkMRMLScene) -> None:
    """Give the comparison views what a scene file does not keep: call it after a layout is chosen, whenever the module
    is entered, and after a scene was closed or loaded.

    The views form one linked group, each keeps its own volume, and a volume that another module shows in all views
    does not appear in these.
    """
    for view in (*SLICE_VIEWS, *SURFACE_VIEWS, SCORES_VIEW):
        node = view_node(scene, view)
        if node is None:
            continue
        node.SetViewGroup(VIEW_GROUP)
        node.SetLayoutLabel(view.label)
        if view in SLICE_VIEWS:
            composite = composite_node(scene, view)
            composite.SetDoPropagateVolumeSelection(False)
            composite.SetInteractionFlagsModifier(_HANDED_ON)
            link(composite)
        elif view in SURFACE_VIEWS:
            node.SetLinkedControl(True)


def link(composite: slicer.vtkMRMLSliceCompositeNode) -> None:
    """Let a slice view move others of its group while the mouse moves, not only at the end."""
    composite.SetLinkedControl(True)
    composite.SetHotLinkedControl(True)


def link_views(scene: slicer.vtkMRMLScene, on: bool) -> None:
    """Let the comparison views scroll, zoom and pan together, or each alone."""
    for view in SLICE_VIEWS:
        if view_node(scene, view) is not None:
            composite = composite_node(scene, view)
            composite.SetLinkedControl(on)
            composite.SetHotLinkedControl(on)


def turn_to_volume(scene: slicer.vtkMRMLScene, volume: slicer.vtkMRMLVolumeNode) -> None:
    """Turn all comparison views into the planes of a volume: in an oblique scan a slice view would otherwise cut across
    the slices. All get the same orientation, without which linked views do not move together."""
    for view in SLICE_VIEWS:
        node = view_node(scene, view)
        if node is not None:
            node.RotateToVolumePlane(volume)


def jump_to(scene: slicer.vtkMRMLScene, position: tuple[float, float, float], *, centre: bool = False) -> None:
    """Move all comparison views to a point of the world, linked or not.

    :param position: in RAS, mm.
    :param centre: bring the point into the middle of the views; otherwise they only change the slice.
    """
    mode = slicer.vtkMRMLSliceNode.CenteredJumpSlice if centre else slicer.vtkMRMLSliceNode.OffsetJumpSlice
    slicer.vtkMRMLSliceNode.JumpAllSlices(scene, *position, mode, VIEW_GROUP)


def jump_to_slice(scene: slicer.vtkMRMLScene, volume: slicer.vtkMRMLVolumeNode, number: int) -> None:
    """Move all comparison views to a slice of a volume.

    :param number: counted from 0 along the volume's third axis.
    """
    x, y, _ = volume.GetImageData().GetDimensions()
    jump_to(scene, ras_of_voxel(volume, ((x - 1) / 2, (y - 1) / 2, number)))


def move_linked(slice_logic: slicer.vtkMRMLSliceLogic, offset: float) -> None:
    """Move one view as the user's mouse would: those linked with it follow.

    :param slice_logic: of the view.
    :param offset: of the slice in mm along the view's normal.
    """
    slice_logic.StartSliceOffsetInteraction()
    slice_logic.SetSliceOffset(offset)
    slice_logic.EndSliceOffsetInteraction()


def fit_linked(slice_logic: slicer.vtkMRMLSliceLogic) -> None:
    """Show the whole volume of one view, at the same zoom in all views linked with it."""
    flags = slicer.vtkMRMLSliceNode
    slice_logic.StartSliceNodeInteraction(flags.FieldOfViewFlag | flags.XYZOriginFlag | flags.SliceToRASFlag)
    slice_logic.FitSliceToBackground()
    slice_logic.EndSliceNodeInteraction()


def slice_shown(volume: slicer.vtkMRMLVolumeNode, slice_node: slicer.vtkMRMLSliceNode) -> int | None:
    """The slice of a volume that lies at the middle of a view, counted from 0; None outside the volume."""
    matrix = slice_node.GetSliceToRAS()
    world = [matrix.GetElement(row, 3) for row in range(3)]
    local = [0.0, 0.0, 0.0]
    volume.TransformPointFromWorld(world, local)
    to_ijk = vtk.vtkMatrix4x4()
    volume.GetRASToIJKMatrix(to_ijk)
    number = round(to_ijk.MultiplyPoint((*local, 1.0))[2])
    return number if 0 <= number < volume.GetImageData().GetDimensions()[2] else None


def show_chart(scene: slicer.vtkMRMLScene, chart: slicer.vtkMRMLPlotChartNode | None) -> None:
    """Show a chart in the view for scores; None empties it."""
    view = scene.GetSingletonNode(SCORES_VIEW.tag, PLOT_CLASS)
    if view is not None:
        view.SetDoPropagatePlotChartSelection(False)
        view.SetPlotChartNodeID(chart.GetID() if chart else None)
