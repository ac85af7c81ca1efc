"""The live preview: one enhanced slice in a hidden node, laid over what a view shows, never saved with the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .display import remove_display, share_display
from .geometry import Placement
from .lineage import IMAGE_ROLE, VOLUME_CLASS, connect, connected, find, remove, set_purpose
from .views import composite_node
from .volume_nodes import update_node

if TYPE_CHECKING:
    import slicer

    from ..imaging.volume import Volume
    from .layouts import View

_PURPOSE = "preview"


def preview_node(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The preview of the scene, or None."""
    return find(scene, VOLUME_CLASS, _PURPOSE)


def update_preview(
    lr_node: slicer.vtkMRMLScalarVolumeNode, enhanced: Volume, placement: Placement
) -> slicer.vtkMRMLScalarVolumeNode:
    """Put an enhanced slice into the preview, which is made where there is none; it is shown with LR's window.

    :param enhanced: one slice or a few, with its place in the world.
    :param placement: of the LR volume that it was computed from.
    """
    node = preview_node(lr_node.GetScene()) or _new(lr_node.GetScene())
    if connected(node, IMAGE_ROLE) is not lr_node or node.GetDisplayNode() is not lr_node.GetDisplayNode():
        _share_display_of(node, lr_node)
    update_node(node, enhanced, placement)
    return node


def show_preview(scene: slicer.vtkMRMLScene, view: View) -> None:
    """Lay the preview over what a view shows; nothing happens where there is no preview."""
    node = preview_node(scene)
    if node is None:
        return
    composite = composite_node(scene, view)
    composite.SetForegroundVolumeID(node.GetID())
    composite.SetForegroundOpacity(1.0)


def hide_preview(scene: slicer.vtkMRMLScene, view: View) -> None:
    """Take the preview off a view; another volume that is laid over it stays."""
    node, composite = preview_node(scene), composite_node(scene, view)
    if node is not None and composite.GetForegroundVolumeID() == node.GetID():
        composite.SetForegroundVolumeID(None)
        composite.SetForegroundOpacity(0.0)


def remove_preview(scene: slicer.vtkMRMLScene) -> None:
    """Remove the preview; views that show it show what lies below."""
    node = preview_node(scene)
    if node is not None:
        remove_display(node)
        remove(node)


def _new(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode:
    """Hidden before it enters the scene, so that no selector and no tree shows it for a moment."""
    node = scene.CreateNodeByClass(VOLUME_CLASS)
    node.UnRegister(None)
    node.SetName("DL preview")
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    node.SetUndoEnabled(False)
    set_purpose(node, _PURPOSE)
    return scene.AddNode(node)


def _share_display_of(node: slicer.vtkMRMLScalarVolumeNode, lr_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    connect(node, IMAGE_ROLE, lr_node)
    share_display([lr_node, node])
