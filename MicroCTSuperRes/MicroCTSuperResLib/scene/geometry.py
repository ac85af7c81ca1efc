"""The place of a volume node's voxels: RAS in Slicer, LPS in the engine; the node's own place and that in the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk

from ..errors import InputError
from ..imaging.sampling import Grid

if TYPE_CHECKING:
    from ..imaging.volume import Volume

# x and y point the other way; the same matrix leads from LPS to RAS and back.
_FLIP = np.diag((-1.0, -1.0, 1.0, 1.0))
_PERPENDICULAR = 1e-6


@dataclass(frozen=True, eq=False)
class Placement:
    """Where a result belongs that was computed from a node's volume: see :func:`placement_of`.

    :param transform_id: of the node's parent transform; None without one.
    :param to_world: 4x4, from the node's own coordinates to those of the volume, both LPS. The identity where the
        volume was given in the node's own coordinates.
    """

    transform_id: str | None = None
    to_world: tuple[tuple[float, ...], ...] = tuple(map(tuple, np.eye(4).tolist()))


def local_grid(node: slicer.vtkMRMLVolumeNode) -> Grid:
    """The voxels' place in the node's own coordinates, parent transforms left aside; exact.

    :raises InputError: for a node without voxels.
    """
    image = node.GetImageData()
    if image is None or 0 in image.GetDimensions():
        raise InputError(f"The volume {node.GetName()} has no voxels.", "Choose a volume that is loaded.")
    directions = vtk.vtkMatrix4x4()
    node.GetIJKToRASDirectionMatrix(directions)
    direction = (_FLIP @ _array(directions))[:3, :3]
    # + 0.0 turns -0.0 into 0.0
    return Grid(
        size=tuple(image.GetDimensions()),
        spacing=tuple(node.GetSpacing()),
        origin=tuple((_FLIP[:3, :3] @ node.GetOrigin() + 0.0).tolist()),
        direction=tuple((direction + 0.0).ravel().tolist()),
    )


def world_grid(node: slicer.vtkMRMLVolumeNode) -> Grid:
    """The voxels' place in the world: linear parent transforms are applied.

    :raises InputError: for a node without voxels, or under a transform that is not linear.
    """
    if node.GetParentTransformNode() is None:
        return local_grid(node)
    matrix = _linear_transform(node)
    if matrix is None:
        raise InputError(
            f"The volume {node.GetName()} is under a transform that is not linear, so its voxels form no grid.",
            "Harden the transform on the volume, or take the volume out of it.",
        )
    return moved(local_grid(node), matrix)


def placement_of(node: slicer.vtkMRMLVolumeNode) -> Placement:
    """What brings a result computed from this node to its place under the node's parent transform.

    A linear transform that keeps the axes perpendicular becomes part of the volume's geometry, so that a scaling counts
    in its voxel size. Under any other transform (warped, sheared) the volume is taken in the node's own coordinates.
    """
    transform = node.GetParentTransformNode()
    if transform is None:
        return Placement()
    matrix = _linear_transform(node)
    if matrix is None or not _is_perpendicular(moved(local_grid(node), matrix)):
        return Placement(transform.GetID())
    return Placement(transform.GetID(), tuple(map(tuple, matrix.tolist())))


def placed_grid(node: slicer.vtkMRMLVolumeNode, placement: Placement) -> Grid:
    """The voxels' place in the coordinates that :class:`Placement` speaks of."""
    return _moved_unless_same(local_grid(node), np.array(placement.to_world))


def set_place(node: slicer.vtkMRMLVolumeNode, volume: Volume | Grid, placement: Placement) -> None:
    """Give a node the place of a volume, under the parent transform of its placement.

    :param volume: anything with spacing, origin and direction (LPS).
    """
    grid = Grid(volume.size, volume.spacing, volume.origin, volume.direction)
    local = _moved_unless_same(grid, np.linalg.inv(placement.to_world))
    direction = _FLIP[:3, :3] @ np.reshape(local.direction, (3, 3)) + 0.0
    node.SetSpacing(*local.spacing)
    node.SetOrigin(*(_FLIP[:3, :3] @ local.origin + 0.0).tolist())
    node.SetIJKToRASDirections(*direction.ravel().tolist())
    node.SetAndObserveTransformNodeID(placement.transform_id)


def moved(grid: Grid, matrix: np.ndarray) -> Grid:
    """A grid after a linear transform.

    :param matrix: 4x4, LPS to LPS.
    """
    axes = matrix[:3, :3] @ np.reshape(grid.direction, (3, 3)) @ np.diag(grid.spacing)
    spacing = np.linalg.norm(axes, axis=0)
    return Grid(
        size=grid.size,
        spacing=tuple(spacing.tolist()),
        origin=tuple((matrix @ (*grid.origin, 1.0))[:3].tolist()),
        direction=tuple((axes / spacing).ravel().tolist()),
    )


def ras_of_voxel(node: slicer.vtkMRMLVolumeNode, index: tuple[float, float, float]) -> tuple[float, float, float]:
    """The centre of a voxel in the world in RAS, as the slice views count; any parent transform is applied.

    :param index: along x, y, z; may lie between voxels.
    """
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    position = matrix.MultiplyPoint((*index, 1.0))[:3]
    world = [0.0, 0.0, 0.0]
    node.TransformPointToWorld(position, world)
    return tuple(world)


def _moved_unless_same(grid: Grid, matrix: np.ndarray) -> Grid:
    return grid if np.array_equal(matrix, np.eye(4)) else moved(grid, matrix)


def _linear_transform(node: slicer.vtkMRMLVolumeNode) -> np.ndarray | None:
    """From the node's own coordinates to the world, 4x4, LPS; None where that is not linear."""
    transform = node.GetParentTransformNode()
    if not transform.IsTransformToWorldLinear():
        return None
    matrix = vtk.vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(matrix)
    return _FLIP @ _array(matrix) @ _FLIP


def _is_perpendicular(grid: Grid) -> bool:
    direction = np.reshape(grid.direction, (3, 3))
    return bool(np.allclose(direction.T @ direction, np.eye(3), rtol=0, atol=_PERPENDICULAR))


def _array(matrix: vtk.vtkMatrix4x4) -> np.ndarray:
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
