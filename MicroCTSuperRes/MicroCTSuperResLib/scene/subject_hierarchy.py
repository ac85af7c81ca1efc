"""The tree of Slicer's Data module: a result stands beside what it was made from."""

from __future__ import annotations

import slicer
import vtk


def item_of(node: slicer.vtkMRMLNode) -> int:
    """The node's item in the subject hierarchy, made at the top of the tree where there is none."""
    hierarchy = hierarchy_of(node.GetScene())
    item = hierarchy.GetItemByDataNode(node)
    return item or hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)


def place_beside(node: slicer.vtkMRMLNode, neighbour: slicer.vtkMRMLNode) -> None:
    """Put a node's item right after its neighbour's, in the same study or folder."""
    hierarchy = hierarchy_of(node.GetScene())
    item, beside = item_of(node), item_of(neighbour)
    parent = hierarchy.GetItemParent(beside)
    hierarchy.SetItemParent(item, parent)
    siblings = [sibling for sibling in children_of(hierarchy, parent) if sibling != item]
    following = siblings[siblings.index(beside) + 1 :]
    # Without a following sibling the item goes to the end.
    hierarchy.MoveItem(item, following[0] if following else 0)


def children_of(hierarchy: slicer.vtkMRMLSubjectHierarchyNode, item: int) -> list[int]:
    """The items directly below one, in their order."""
    found = vtk.vtkIdList()
    hierarchy.GetItemChildren(item, found)
    return [found.GetId(index) for index in range(found.GetNumberOfIds())]


def hierarchy_of(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLSubjectHierarchyNode:
    """The scene's subject hierarchy; it is made where there is none yet."""
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
