"""Bone as a surface: the thresholded volumes side by side in the 3-D views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import vtk
from vtk.util import numpy_support

from .lineage import find, find_all, find_or_add, remove
from .volume_nodes import array_of

if TYPE_CHECKING:
    import slicer

_PURPOSE = "bone surface"
_CLASS = "vtkMRMLModelNode"
_BONE = (0.89, 0.85, 0.76)
# A surface of a whole scan would have tens of millions of triangles: larger volumes are averaged first.
MOST_VOXELS = 8_000_000


def show_surface(
    volume_node: slicer.vtkMRMLScalarVolumeNode,
    threshold: float,
    view_node: slicer.vtkMRMLViewNode,
    most_voxels: int = MOST_VOXELS,
) -> slicer.vtkMRMLModelNode:
    """The surface of everything brighter than a threshold, in one 3-D view alone; made before, it is used again.

    :param threshold: in the node's stored numbers.
    :param most_voxels: of a larger volume blocks of 2x2x2, 3x3x3 ... voxels are averaged until it has no more.
    """
    scene = volume_node.GetScene()
    model = find_or_add(scene, _CLASS, _PURPOSE, f"{volume_node.GetName()} bone", image=volume_node)
    model.SetAndObservePolyData(surface_of(volume_node, threshold, most_voxels))
    model.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    if model.GetDisplayNode() is None:
        model.CreateDefaultDisplayNodes()
        model.GetDisplayNode().SetColor(*_BONE)
    display = model.GetDisplayNode()
    display.RemoveAllViewNodeIDs()
    display.AddViewNodeID(view_node.GetID())
    display.SetVisibility2D(False)
    return model


def find_surface(volume_node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLModelNode | None:
    """The surface made of a volume, or None."""
    return find(volume_node.GetScene(), _CLASS, _PURPOSE, image=volume_node)


def remove_surface(volume_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Remove the surface made of a volume, with its display."""
    for model in find_all(volume_node.GetScene(), _CLASS, _PURPOSE, image=volume_node):
        model.GetScene().RemoveNode(model.GetDisplayNode())
        remove(model)


def surface_of(volume_node: slicer.vtkMRMLScalarVolumeNode, threshold: float, most_voxels: int) -> vtk.vtkPolyData:
    """The surface in the node's own RAS coordinates; parameters as in :func:`show_surface`.

    The volume is taken to be dark outside, so that bone is closed where the scan ends.
    """
    voxels, step = _averaged(array_of(volume_node), most_voxels)
    # One dark voxel all around: below every threshold that the volume's own values pass.
    dark = min(float(voxels.min()), threshold) - 1.0
    padded = np.pad(voxels, 1, constant_values=np.float32(dark))
    image = vtk.vtkImageData()
    image.SetDimensions(*padded.shape[::-1])
    scalars = numpy_support.numpy_to_vtk(padded.reshape(-1), deep=True)
    image.GetPointData().SetScalars(scalars)
    edges = vtk.vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, threshold)
    edges.ComputeScalarsOff()
    edges.ComputeGradientsOff()
    edges.ComputeNormalsOn()
    placed = vtk.vtkTransformPolyDataFilter()
    placed.SetInputConnection(edges.GetOutputPort())
    placed.SetTransform(_to_ras(volume_node, step))
    facing = vtk.vtkReverseSense()
    facing.SetInputConnection(placed.GetOutputPort())
    # Left-handed axes turn the triangles round; the normals, which follow the grey values, face outwards in any case.
    facing.SetReverseCells(placed.GetTransform().GetMatrix().Determinant() < 0)
    facing.ReverseNormalsOff()
    facing.Update()
    return facing.GetOutput()


def _averaged(voxels: np.ndarray, most_voxels: int) -> tuple[np.ndarray, int]:
    """Blocks of step x step x step voxels averaged, float32, and the step; voxels that fill no block are left out."""
    step = 1
    while voxels.size / step**3 > most_voxels:
        step += 1
    if step == 1:
        return voxels.astype(np.float32), 1
    z, y, x = (max(count // step, 1) for count in voxels.shape)
    depth, height, width = (min(step, count) for count in voxels.shape)
    means = np.empty((z, y, x), np.float32)
    # A block of slices at a time stays in the processor's cache, which the mean over all axes at once does not.
    for number in range(z):
        block = voxels[number * depth : (number + 1) * depth, : y * height, : x * width].sum(axis=0, dtype=np.float32)
        rows = block.reshape(y, height, x * width).sum(axis=1)
        means[number] = sum(rows[:, first::width] for first in range(width))
    means /= depth * height * width
    return means, step


def _to_ras(volume_node: slicer.vtkMRMLScalarVolumeNode, step: int) -> vtk.vtkTransform:
    """From the index in the padded, averaged volume to RAS: the centre of block i lies at step * i + (step - 1) / 2."""
    matrix = vtk.vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    transform = vtk.vtkTransform()
    transform.SetMatrix(matrix)
    transform.Translate(*[(step - 1) / 2] * 3)
    transform.Scale(step, step, step)
    transform.Translate(-1, -1, -1)
    return transform
