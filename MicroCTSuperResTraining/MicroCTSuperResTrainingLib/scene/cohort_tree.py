"""The cohort in the tree of Slicer's Data module: a folder for the cohort, and below it one for each specimen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from MicroCTSuperResLib.scene.subject_hierarchy import children_of, hierarchy_of, item_of

if TYPE_CHECKING:
    import slicer


def put_into_cohort(node: slicer.vtkMRMLNode, cohort: str, specimen: str = "") -> None:
    """Put a node's item into the folder of its cohort, or of its specimen there; folders are made where there are none.

    :param cohort: name of the cohort's folder.
    :param specimen: "" for what belongs to the cohort as a whole.
    """
    hierarchy = hierarchy_of(node.GetScene())
    folder = _folder(hierarchy, hierarchy.GetSceneItemID(), cohort)
    if specimen:
        folder = _folder(hierarchy, folder, specimen)
    item = item_of(node)
    if hierarchy.GetItemParent(item) != folder:
        hierarchy.SetItemParent(item, folder)


def take_out(node: slicer.vtkMRMLNode) -> None:
    """Remove a node's item before the node goes, and the folder around it if nothing else is in it."""
    hierarchy = hierarchy_of(node.GetScene())
    item = hierarchy.GetItemByDataNode(node)
    if not item:
        return
    folder = hierarchy.GetItemParent(item)
    hierarchy.RemoveItem(item, False, False)
    is_folder = folder != hierarchy.GetSceneItemID() and hierarchy.GetItemDataNode(folder) is None
    if is_folder and not children_of(hierarchy, folder):
        hierarchy.RemoveItem(folder, False, False)


def _folder(hierarchy: slicer.vtkMRMLSubjectHierarchyNode, parent: int, name: str) -> int:
    for item in children_of(hierarchy, parent):
        if hierarchy.GetItemName(item) == name and hierarchy.GetItemDataNode(item) is None:
            return item
    return hierarchy.CreateFolderItem(parent, name)
