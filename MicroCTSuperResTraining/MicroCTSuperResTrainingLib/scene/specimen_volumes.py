"""The volumes of specimens in the scene: which node is LR, DL or HR of which specimen, found again after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from MicroCTSuperResLib.scene.display import remove_display
from MicroCTSuperResLib.scene.geometry import ras_of_voxel
from MicroCTSuperResLib.scene.lineage import SCENE_PREFIX, VOLUME_CLASS, enhanced_from, nodes_of_class, remove

from .cohort_tree import take_out

if TYPE_CHECKING:
    from pathlib import Path

    import slicer

SCANS = ("LR", "DL", "HR")
_SPECIMEN, _SCAN, _FILE = SCENE_PREFIX + "specimen", SCENE_PREFIX + "scan", SCENE_PREFIX + "file"
# A volume that one of these refers to is in use: a choice in a panel, a segmentation, a volume made of it, a table.
_USERS = ("vtkMRMLScriptedModuleNode", "vtkMRMLSegmentationNode", "vtkMRMLVolumeNode", "vtkMRMLTableNode")


def mark(node: slicer.vtkMRMLScalarVolumeNode, specimen: str, scan: str, file: str | Path) -> None:
    """Remember that a node shows a scan of a specimen.

    :param scan: one of :data:`SCANS`.
    :param file: that it was read from.
    """
    node.SetAttribute(_SPECIMEN, specimen)
    node.SetAttribute(_SCAN, scan)
    node.SetAttribute(_FILE, str(file))


def volume_of(
    scene: slicer.vtkMRMLScene, specimen: str, scan: str, file: str | None = None
) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The node that shows a scan of a specimen; None if there is none.

    :param file: only one that was read from this file.
    """
    for node in _marked(scene):
        is_scan = (node.GetAttribute(_SPECIMEN), node.GetAttribute(_SCAN)) == (specimen, scan)
        if is_scan and file in (None, node.GetAttribute(_FILE)):
            return node
    return None


def enhanced_of(scene: slicer.vtkMRMLScene, specimen: str) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The last volume that was made of a specimen's LR in this scene by enhancing; None without one."""
    lr = volume_of(scene, specimen, "LR")
    made = enhanced_from(lr) if lr is not None else []
    return made[-1] if made else None


def remove_others(scene: slicer.vtkMRMLScene, specimen: str) -> None:
    """Remove the volumes of other specimens that were loaded to be looked at, and that nothing else uses."""
    for node in _marked(scene):
        if node.GetAttribute(_SPECIMEN) != specimen and not _is_used(scene, node):
            take_out(node)
            remove_display(node)
            remove(node)


def slice_at(node: slicer.vtkMRMLScalarVolumeNode, z_mm: float) -> int:
    """The slice whose first voxel has the third coordinate next to `z_mm`, as tables of slices tell it; from 0."""
    first, second = (ras_of_voxel(node, (0, 0, number))[2] for number in (0, 1))
    count = node.GetImageData().GetDimensions()[2]
    step = second - first
    return min(max(round((z_mm - first) / step), 0), count - 1) if step else 0


def _marked(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLScalarVolumeNode]:
    return [node for node in nodes_of_class(scene, VOLUME_CLASS) if node.GetAttribute(_SPECIMEN)]


def _is_used(scene: slicer.vtkMRMLScene, node: slicer.vtkMRMLScalarVolumeNode) -> bool:
    return any(_refers(user, node) for name in _USERS for user in nodes_of_class(scene, name))


def _refers(user: slicer.vtkMRMLNode, node: slicer.vtkMRMLNode) -> bool:
    roles = [user.GetNthNodeReferenceRole(number) for number in range(user.GetNumberOfNodeReferenceRoles())]
    return any(
        user.GetNthNodeReferenceID(role, number) == node.GetID()
        for role in roles
        for number in range(user.GetNumberOfNodeReferences(role))
    )
