"""What a threshold makes bone, laid over slice views: one slice of each volume in a hidden label map, never saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk
from MicroCTSuperResLib.scene.lineage import (
    IMAGE_ROLE,
    connect,
    connected,
    find,
    find_all,
    nodes_of_class,
    remove,
    set_purpose,
)
from MicroCTSuperResLib.scene.node_meaning import meaning_of
from MicroCTSuperResLib.scene.volume_nodes import array_of
from vtk.util import numpy_support

from ..morphometry.segmentation import Segmentation, segment_bone

if TYPE_CHECKING:
    from collections.abc import Collection

_CLASS, _PURPOSE = "vtkMRMLLabelMapVolumeNode", "bone preview"
_COLOUR_CLASS, _COLOUR_PURPOSE = "vtkMRMLColorTableNode", "bone preview colour"
_COMPOSITE_CLASS = "vtkMRMLSliceCompositeNode"
# Okabe and Ito's bluish green, as in the pictures for checking.
_BONE = (0.0, 158 / 255, 115 / 255)
_OPACITY = 0.45
# Views that are linked stand in the middle of an LR slice, which is the border between two slices of HR and DL.
_THICKER = 1.02


def show_bone(
    volume_node: slicer.vtkMRMLScalarVolumeNode,
    number: int,
    segmentation: Segmentation,
    grid_node: slicer.vtkMRMLScalarVolumeNode | None = None,
) -> slicer.vtkMRMLLabelMapVolumeNode:
    """Lay the bone of one slice over all slice views that show the volume as their background.

    The Gaussian takes the neighbouring slices that it needs, so that the slice is the one that is measured.

    :param number: of the slice of the grid, from 0.
    :param grid_node: on whose grid the volume is measured, as LR is on that of HR; None for its own.
    """
    grid_node = grid_node or volume_node
    bone = bone_of_slice(volume_node, number, segmentation, grid_node)
    node = find(volume_node.GetScene(), _CLASS, _PURPOSE, image=volume_node) or _new(volume_node)
    node.SetAndObserveTransformNodeID(grid_node.GetTransformNodeID())
    node.SetIJKToRASMatrix(_place_of_slice(grid_node, number))
    node.SetAndObserveImageData(_image_of(bone))
    for composite in _views_of(volume_node):
        composite.SetLabelVolumeID(node.GetID())
        composite.SetLabelOpacity(_OPACITY)
    return node


def bone_of_slice(
    volume_node: slicer.vtkMRMLScalarVolumeNode,
    number: int,
    segmentation: Segmentation,
    grid_node: slicer.vtkMRMLScalarVolumeNode | None = None,
) -> np.ndarray:
    """Where there is bone in one slice of the grid: bool, (y, x). See :func:`show_bone`."""
    reach = 0 if segmentation.in_plane else segmentation.support_voxels
    first, count = max(number - reach, 0), (grid_node or volume_node).GetImageData().GetDimensions()[2]
    # At the ends of the volume there are fewer neighbours: the image goes on with its last slice there, as it does
    # when all of it is measured.
    last = min(number + reach, count - 1)
    if grid_node is None or grid_node is volume_node:
        voxels = array_of(volume_node)[first : last + 1]
    else:
        voxels = _slices_on_grid(volume_node, grid_node, first, last)
    return segment_bone(meaning_of(volume_node).line.applied_to(voxels), segmentation)[number - first]


def keep_bone_of(scene: slicer.vtkMRMLScene, volumes: Collection[slicer.vtkMRMLScalarVolumeNode]) -> None:
    """Remove the previews of other volumes, and take those of these off views that show something else by now."""
    previews = find_all(scene, _CLASS, _PURPOSE)
    for node in previews:
        image = connected(node, IMAGE_ROLE)
        is_kept = image is not None and any(image is volume for volume in volumes)
        for composite in nodes_of_class(scene, _COMPOSITE_CLASS):
            is_its_view = is_kept and composite.GetBackgroundVolumeID() == image.GetID()
            if composite.GetLabelVolumeID() == node.GetID() and not is_its_view:
                composite.SetLabelVolumeID(None)
        if not is_kept:
            scene.RemoveNode(node.GetDisplayNode())
            remove(node)


def hide_bone(scene: slicer.vtkMRMLScene) -> None:
    """Remove all previews; views show no label then."""
    keep_bone_of(scene, [])
    for colour in find_all(scene, _COLOUR_CLASS, _COLOUR_PURPOSE):
        remove(colour)


def _slices_on_grid(
    volume_node: slicer.vtkMRMLScalarVolumeNode, grid_node: slicer.vtkMRMLScalarVolumeNode, first: int, last: int
) -> np.ndarray:
    """Slices of the grid by linear interpolation, as volumes are brought onto the grid of HR to be measured.

    :param first: number of the first slice; `last`: of the last one.
    :return: float32, (z, y, x).
    """
    from scipy.ndimage import affine_transform

    x, y, _ = grid_node.GetImageData().GetDimensions()
    to_volume = _to_voxels_of(volume_node, grid_node)
    corners = [to_volume @ (i, j, k, 1) for i in (0, x - 1) for j in (0, y - 1) for k in (first, last)]
    depths = [corner[2] for corner in corners]
    voxels = array_of(volume_node)
    begin = min(max(int(np.floor(min(depths))), 0), len(voxels) - 1)
    end = min(max(int(np.ceil(max(depths))), begin), len(voxels) - 1)
    # From the order x, y, z of the matrix to z, y, x of the arrays.
    turn = to_volume[2::-1, 2::-1]
    offset = to_volume[2::-1, 3] + turn @ (first, 0, 0) - (begin, 0, 0)
    shape = (last - first + 1, y, x)
    part = voxels[begin : end + 1].astype(np.float32)
    if np.allclose(turn, np.diag(np.diag(turn))):  # axes are parallel, as nearly always: scipy is faster then
        turn = np.diag(turn)
    return affine_transform(part, turn, offset, shape, order=1, mode="nearest")


def _to_voxels_of(volume_node: slicer.vtkMRMLScalarVolumeNode, grid_node: slicer.vtkMRMLScalarVolumeNode) -> np.ndarray:
    """From the voxels of a grid to those of a volume: 4 x 4, both in the order x, y, z, 1."""
    to_ras, to_ras_of_volume, to_ijk = (vtk.vtkMatrix4x4() for _ in range(3))
    grid_node.GetIJKToRASMatrix(to_ras)
    slicer.vtkMRMLTransformNode.GetMatrixTransformBetweenNodes(
        grid_node.GetParentTransformNode(), volume_node.GetParentTransformNode(), to_ras_of_volume
    )
    volume_node.GetRASToIJKMatrix(to_ijk)
    return _array(to_ijk) @ _array(to_ras_of_volume) @ _array(to_ras)


def _array(matrix: vtk.vtkMatrix4x4) -> np.ndarray:
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def _views_of(volume_node: slicer.vtkMRMLScalarVolumeNode) -> list[slicer.vtkMRMLSliceCompositeNode]:
    composites = nodes_of_class(volume_node.GetScene(), _COMPOSITE_CLASS)
    return [node for node in composites if node.GetBackgroundVolumeID() == volume_node.GetID()]


def _new(volume_node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLLabelMapVolumeNode:
    """Hidden before it enters the scene, so that no selector and no tree shows it for a moment."""
    scene = volume_node.GetScene()
    node = _hidden(scene, _CLASS, f"{volume_node.GetName()} bone preview")
    set_purpose(node, _PURPOSE)
    node = scene.AddNode(node)
    connect(node, IMAGE_ROLE, volume_node)
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
