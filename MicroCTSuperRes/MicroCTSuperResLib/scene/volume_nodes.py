"""Volume <-> vtkMRMLScalarVolumeNode: voxels, place, units, calibration and text fields.

Nodes made here are stored by Slicer's NRRD storage, which writes attributes into the header: a volume keeps its meaning
in a scene file and in a .nrrd that Slicer saves and the engine reads. Slicer's usual storage of volumes writes more
formats and none of the meaning. What that one leaves out when it loads a file brings `file_meaning.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import vtk
from vtk.util import numpy_support

from ..errors import InputError
from ..imaging.calibration import SAME
from ..imaging.formats.fields import RESCALE_FIELD
from ..imaging.formats.meaning import Meaning
from ..imaging.volume import Volume
from .geometry import Placement, placed_grid, placement_of, set_place, world_grid
from .lineage import VOLUME_CLASS
from .node_meaning import meaning_of, write_meaning
from .voxel_types import scene_type

if TYPE_CHECKING:
    import numpy as np
    import slicer

    from ..imaging.sampling import Grid

_AT_HOME = Placement()


def node_from_volume(
    scene: slicer.vtkMRMLScene, volume: Volume, name: str, placement: Placement = _AT_HOME
) -> slicer.vtkMRMLScalarVolumeNode:
    """A new volume node, with a display node of its own; Slicer saves it as .nrrd, with units and provenance.

    :param volume: its voxels are copied; see :func:`~.voxel_types.scene_type` for types that a node cannot hold.
    :param name: a number is added where the scene has a node of this name.
    :param placement: of the node that the volume was computed from, so that it lies under the same transform.
    :raises InputError: for voxels that a node cannot hold.
    """
    image = _image_of(volume.voxels)
    node = scene.AddNewNodeByClass(VOLUME_CLASS, scene.GenerateUniqueName(name))
    _give_display(node, volume)
    _fill(node, volume, image, placement)
    node.SetAndObserveStorageNodeID(scene.AddNewNodeByClass("vtkMRMLNRRDStorageNode").GetID())
    return node


def update_node(node: slicer.vtkMRMLScalarVolumeNode, volume: Volume, placement: Placement = _AT_HOME) -> None:
    """Put another volume into a node; its name, display node and references stay.

    The voxels are copied into new memory first: arrays taken from the node earlier keep their grey values, and a lack
    of memory leaves the node as it was. Parameters and errors as in :func:`node_from_volume`.
    """
    image = _image_of(volume.voxels)
    if node.GetDisplayNode() is None:
        _give_display(node, volume)
    _fill(node, volume, image, placement)


def volume_from_node(node: slicer.vtkMRMLScalarVolumeNode) -> Volume:
    """The volume that a node holds, at its place in the world.

    The voxels are a read-only view of the node's: they change when a module edits the node in place, and stay when the
    node gets other voxels or is removed.

    :raises InputError: for a node without voxels or with colours, or under a transform that is not linear.
    :raises FormatError: for a calibration among its attributes that is damaged.
    """
    _check_grey(node)
    return _volume(node, world_grid(node))


def volume_and_placement(node: slicer.vtkMRMLScalarVolumeNode) -> tuple[Volume, Placement]:
    """The volume that a node holds for work whose result goes back beside the node, and what brings it there.

    Unlike :func:`volume_from_node` this takes nodes under any transform; see :func:`~.geometry.placement_of`. Errors
    are otherwise the same.
    """
    _check_grey(node)
    placement = placement_of(node)
    return _volume(node, placed_grid(node, placement)), placement


def array_of(node: slicer.vtkMRMLScalarVolumeNode) -> np.ndarray:
    """The node's stored numbers, shape (z, y, x), as a read-only view.

    :raises InputError: for a node without voxels or with colours.
    """
    _check_grey(node)
    view = _array_of_image(node.GetImageData())
    view.flags.writeable = False
    return view


def apply_rescale(node: slicer.vtkMRMLScalarVolumeNode) -> bool:
    """Turn the stored numbers of a node into grey values, where its file told how; returns whether it did.

    :func:`volume_from_node` does so in passing; this makes the node itself show grey values, so that it compares with
    others in one window.
    """
    if node.GetAttribute(RESCALE_FIELD) is None:
        return False
    volume, placement = volume_and_placement(node)
    update_node(node, volume, placement)
    return True


def source_of(node: slicer.vtkMRMLScalarVolumeNode) -> Path | None:
    """The file that holds what the node holds; None where there is none, or the node was changed since."""
    storage = node.GetStorageNode()
    name = storage.GetFileName() if storage else None
    if not name or node.GetModifiedSinceRead():
        return None
    return Path(name)


def _volume(node: slicer.vtkMRMLScalarVolumeNode, grid: Grid) -> Volume:
    voxels = array_of(node)
    told = meaning_of(node)
    return Volume(
        voxels if told.line == SAME else told.line.applied_to(voxels),
        spacing=grid.spacing,
        origin=grid.origin,
        direction=grid.direction,
        units=told.units,
        calibration=told.calibration,
        metadata=told.metadata,
        source=source_of(node),
    )


def _give_display(node: slicer.vtkMRMLScalarVolumeNode, volume: Volume) -> None:
    """A display node with the default window. Slicer's automatic one looks at every voxel: 0.7 s for 86 million."""
    from .display import default_window

    node.CreateDefaultDisplayNodes()
    window = default_window(volume.voxels, volume.units)
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevelMinMax(window.low, window.high)


def _fill(node: slicer.vtkMRMLScalarVolumeNode, volume: Volume, image: vtk.vtkImageData, placement: Placement) -> None:
    blocked = node.StartModify()
    try:
        write_meaning(node, Meaning.of(volume))
        set_place(node, volume, placement)
        node.SetAndObserveImageData(image)
    finally:
        node.EndModify(blocked)


def _check_grey(node: slicer.vtkMRMLScalarVolumeNode) -> None:
    image = node.GetImageData()
    if image is not None and image.GetNumberOfScalarComponents() != 1:
        raise InputError(
            f"The volume {node.GetName()} has {image.GetNumberOfScalarComponents()} numbers in a voxel.",
            "Choose a volume of grey values.",
        )
    if image is None or image.GetPointData().GetScalars() is None or 0 in image.GetDimensions():
        raise InputError(f"The volume {node.GetName()} has no voxels.", "Choose a volume that is loaded.")


def _image_of(voxels: np.ndarray) -> vtk.vtkImageData:
    """A copy of the voxels as VTK's image."""
    held = scene_type(voxels)
    image = vtk.vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    image.AllocateScalars(numpy_support.get_vtk_array_type(held), 1)
    _array_of_image(image)[:] = voxels
    return image


def _array_of_image(image: vtk.vtkImageData) -> np.ndarray:
    return numpy_support.vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])
