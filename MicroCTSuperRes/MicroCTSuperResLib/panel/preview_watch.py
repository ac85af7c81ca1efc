"""Where the user is in a slice view, for the live preview."""

from dataclasses import dataclass

import slicer
import vtk

# A view that is turned by more than this from the slices of LR shows parts of many of them. Cosine of 5 degrees.
_PARALLEL = 0.996


@dataclass(frozen=True)
class Place:
    """What a slice view shows of a volume.

    :param slice_index: along the volume's third axis; None outside the volume, or in a view across the slices.
    :param region: y0, y1, x0, x1 of the voxels in view, up to but not including y1 and x1; None where none is.
    :param is_across: whether the view lies across the slices.
    """

    slice_index: int | None
    region: tuple | None
    is_across: bool = False


def place_in(volume: slicer.vtkMRMLScalarVolumeNode, slice_node: slicer.vtkMRMLSliceNode) -> Place:
    """The slice and the part of it that a view shows."""
    from ..scene.views import slice_shown

    to_ijk = _view_to_ijk(volume, slice_node)
    if not _is_parallel(to_ijk):
        return Place(None, None, is_across=True)
    number = slice_shown(volume, slice_node)
    region = _region(volume, slice_node, to_ijk)
    return Place(number if region is not None else None, region)


def _view_to_ijk(volume, slice_node):
    """From pixels of the view to voxels. A warped volume is taken as it is at the middle of the view."""
    world_to_volume = vtk.vtkMatrix4x4()
    if volume.GetParentTransformNode() is not None:
        volume.GetParentTransformNode().GetMatrixTransformFromWorld(world_to_volume)
    to_ijk = vtk.vtkMatrix4x4()
    volume.GetRASToIJKMatrix(to_ijk)
    whole = vtk.vtkMatrix4x4()
    vtk.vtkMatrix4x4.Multiply4x4(to_ijk, world_to_volume, whole)
    vtk.vtkMatrix4x4.Multiply4x4(whole, slice_node.GetXYToRAS(), whole)
    return whole


def _is_parallel(to_ijk) -> bool:
    """Whether moves within the view leave the slice."""
    for column in (0, 1):
        steps = [to_ijk.GetElement(row, column) for row in range(3)]
        length = sum(step * step for step in steps) ** 0.5
        if length == 0 or abs(steps[2]) / length > (1 - _PARALLEL**2) ** 0.5:
            return False
    return True


def _region(volume, slice_node, to_ijk):
    width, height, _ = slice_node.GetDimensions()
    corners = [to_ijk.MultiplyPoint((x, y, 0.0, 1.0)) for x in (0, width) for y in (0, height)]
    region = []
    for axis in (1, 0):
        values = [corner[axis] for corner in corners]
        count = volume.GetImageData().GetDimensions()[axis]
        # Voxel i reaches from i - 1/2 to i + 1/2.
        first, end = max(0, int(min(values) + 0.5)), min(count, int(max(values) + 0.5) + 1)
        if first >= end:
            return None
        region += [first, end]
    return tuple(region)
