"""What a threshold makes bone, laid over slice views: one slice of each volume in a hidden label map, never saved."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from MicroCTSuperResLib.scene.lineage import find, find_all, nodes_of_class, remove, set_purpose
from MicroCTSuperResLib.scene.node_meaning import meaning_of
from MicroCTSuperResLib.scene.volume_nodes import array_of
from vtk.util import numpy_support

from ..evaluation.segmentation import Segmentation, segment_bone

_CLASS, _PURPOSE = "vtkMRMLLabelMapVolumeNode", "bone preview"
_COLOUR_CLASS, _COLOUR_PURPOSE = "vtkMRMLColorTableNode", "bone preview colour"
_COMPOSITE_CLASS = "vtkMRMLSliceCompositeNode"
# Okabe and Ito's bluish green, as in the pictures for checking.
_BONE = (0.0, 158 / 255, 115 / 255)
_OPACITY = 0.45
# Views that are linked stand in the middle of an LR slice, which is the border between two slices of HR and DL.
_THICKER = 1.02


def show_bone(
    volume_node: slicer.vtkMRMLScalarVolumeNode, number: int, segmentation: Segmentation
) -> slicer.vtkMRMLLabelMapVolumeNode:
    """Lay the bone of one slice over all slice views that show the volume as their background.

    The Gaussian takes the neighbouring slices that it needs, so that the slice is the one that is measured.

    :param number: of the slice, from 0.
    """
    bone = bone_of_slice(volume_node, number, segmentation)
    node = find(volume_node.GetScene(), _CLASS, _PURPOSE, image=volume_node) or _new(volume_node)
    node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    node.SetIJKToRASMatrix(_place_of_slice(volume_node, number))
    node.SetAndObserveImageData(_image_of(bone))
    for composite in _views_of(volume_node):
        composite.SetLabelVolumeID(node.GetID())
        composite.SetLabelOpacity(_OPACITY)
    return node


def bone_of_slice(volume_node: slicer.vtkMRMLScalarVolumeNode, number: int, segmentation: Segmentation) -> np.ndarray:
    """Where there is bone in one slice: bool, (y, x)."""
    reach = 0 if segmentation.in_plane else segmentation.support_voxels
    first = max(number - reach, 0)
    # At the ends of the volume there are fewer neighbours: the image goes on with its last slice there, as it does
    # when all of it is measured.
    voxels = meaning_of(volume_node).line.applied_to(array_of(volume_node)[first : number + reach + 1])
    return segment_bone(voxels, segmentation)[number - first]


def hide_bone(scene: slicer.vtkMRMLScene) -> None:
    """Remove all previews; views show no label then."""
    for node in find_all(scene, _CLASS, _PURPOSE):
        for composite in nodes_of_class(scene, _COMPOSITE_CLASS):
            if composite.GetLabelVolumeID() == node.GetID():
                composite.SetLabelVolumeID(None)
        scene.RemoveNode(node.GetDisplayNode())
        remove(node)
    for colour in find_all(scene, _COLOUR_CLASS, _COLOUR_PURPOSE):
        remove(colour)


def _views_of(volume_node: slicer.vtkMRMLScalarVolumeNode) -> list[slicer.vtkMRMLSliceCompositeNode]:
    composites = nodes_of_class(volume_node.GetScene(), _COMPOSITE_CLASS)
    return [node for node in composites if node.GetBackgroundVolumeID() == volume_node.GetID()]


def _new(volume_node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLLabelMapVolumeNode:
    """Hidden before it enters the scene, so that no selector and no tree shows it for a moment."""
    scene = volume_node.GetScene()
    node = _hidden(scene, _CLASS, f"{volume_node.GetName()} bone preview")
    set_purpose(node, _PURPOSE)
    node = scene.AddNode(node)
    node.SetNodeReferenceID("MicroCTSuperRes.scene.image", volume_node.GetID())
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetSaveWithScene(False)
    node.GetDisplayNode().SetAndObserveColorNodeID(_colour(scene).GetID())
    return node


def _colour(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLColorTableNode:
    """Nothing for 0, bone's colour for 1."""
    node = find(scene, _COLOUR_CLASS, _COLOUR_PURPOSE)
    if node is None:
        node = _hidden(scene, _COLOUR_CLASS, "Bone preview")
        set_purpose(node, _COLOUR_PURPOSE)
        node.SetTypeToUser()
        node.SetNumberOfColors(2)
        node.SetColor(0, "air", 0.0, 0.0, 0.0, 0.0)
        node.SetColor(1, "bone", *_BONE, 1.0)
        node = scene.AddNode(node)
    return node


def _hidden(scene: slicer.vtkMRMLScene, class_name: str, name: str) -> slicer.vtkMRMLNode:
    node = scene.CreateNodeByClass(class_name)
    node.UnRegister(None)
    node.SetName(name)
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    node.SetUndoEnabled(False)
    return node


def _place_of_slice(volume_node: slicer.vtkMRMLScalarVolumeNode, number: int) -> vtk.vtkMatrix4x4:
    matrix = vtk.vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    origin = matrix.MultiplyPoint((0.0, 0.0, float(number), 1.0))
    for row in range(3):
        matrix.SetElement(row, 2, _THICKER * matrix.GetElement(row, 2))
        matrix.SetElement(row, 3, origin[row])
    return matrix


def _image_of(bone: np.ndarray) -> vtk.vtkImageData:
    image = vtk.vtkImageData()
    image.SetDimensions(bone.shape[1], bone.shape[0], 1)
    scalars = numpy_support.numpy_to_vtk(bone.astype(np.uint8).reshape(-1), deep=True)
    image.GetPointData().SetScalars(scalars)
    return image
