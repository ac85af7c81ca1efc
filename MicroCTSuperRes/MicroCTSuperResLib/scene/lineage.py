"""Which node belongs to which: references and attributes that are saved with the scene.

Nothing is remembered outside the scene, so everything is found again after a scene was saved, closed and loaded.
A node reference says what a node was made from; an attribute says what the node is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import slicer

PREFIX = "MicroCTSuperRes."
# Attributes of the scene alone: never read as text fields of a scan.
SCENE_PREFIX = PREFIX + "scene."
PURPOSE = SCENE_PREFIX + "purpose"
LR_ROLE = SCENE_PREFIX + "lr"
DL_ROLE = SCENE_PREFIX + "dl"
HR_ROLE = SCENE_PREFIX + "hr"
IMAGE_ROLE = SCENE_PREFIX + "image"

VOLUME_CLASS = "vtkMRMLScalarVolumeNode"


def nodes_of_class(scene: slicer.vtkMRMLScene, class_name: str) -> list[slicer.vtkMRMLNode]:
    """All nodes of a class, in the order in which they were added.

    `slicer.util.getNodesByClass` of Slicer 5.12 looks into the application's scene whichever it is given.
    """
    found = scene.GetNodesByClass(class_name)
    found.UnRegister(None)
    return [found.GetItemAsObject(index) for index in range(found.GetNumberOfItems())]


def connect(node: slicer.vtkMRMLNode, role: str, target: slicer.vtkMRMLNode | None) -> None:
    """Let a node refer to another; None takes the reference away.

    :param role: one of the roles above.
    """
    node.SetNodeReferenceID(role, target.GetID() if target else None)


def connected(node: slicer.vtkMRMLNode, role: str) -> slicer.vtkMRMLNode | None:
    """The node that `node` refers to; None where there is none, or it was removed from the scene."""
    return node.GetNodeReference(role)


def mark_enhanced(dl: slicer.vtkMRMLNode, lr: slicer.vtkMRMLNode) -> None:
    """Remember that `dl` was made from `lr`."""
    connect(dl, LR_ROLE, lr)


def lr_of(dl: slicer.vtkMRMLNode) -> slicer.vtkMRMLNode | None:
    """The LR node that a DL node was made from."""
    return connected(dl, LR_ROLE)


def enhanced_from(lr: slicer.vtkMRMLNode, model: str = "") -> list[slicer.vtkMRMLNode]:
    """The DL nodes made from an LR node, oldest first.

    :param model: only those of this model, as :func:`model_of` names it.
    """
    return [
        node
        for node in nodes_of_class(lr.GetScene(), VOLUME_CLASS)
        if is_enhanced(node) and lr_of(node) is lr and model in ("", model_of(node))
    ]


def is_enhanced(node: slicer.vtkMRMLNode) -> bool:
    """Whether a node holds an enhanced volume, by its provenance."""
    return node.GetAttribute(PREFIX + "image_kind") == "AI-enhanced"


def model_of(dl: slicer.vtkMRMLNode) -> str:
    """Name and version of the model that made a DL node, by its provenance; "" where it does not say."""
    return dl.GetAttribute(PREFIX + "model") or ""


def set_purpose(node: slicer.vtkMRMLNode, purpose: str) -> None:
    """Write what a node is for; see :func:`find`."""
    node.SetAttribute(PURPOSE, purpose)


def find_all(
    scene: slicer.vtkMRMLScene, class_name: str, purpose: str, **references: slicer.vtkMRMLNode | None
) -> list[slicer.vtkMRMLNode]:
    """The nodes of a class that serve a purpose.

    :param references: the nodes that they have to refer to, by the last part of the role: `lr`, `dl`, `hr`, `image`.
        None asks for nodes without such a reference.
    """
    return [
        node
        for node in nodes_of_class(scene, class_name)
        if node.GetAttribute(PURPOSE) == purpose
        and all(connected(node, SCENE_PREFIX + role) is target for role, target in references.items())
    ]


def find(
    scene: slicer.vtkMRMLScene, class_name: str, purpose: str, **references: slicer.vtkMRMLNode | None
) -> slicer.vtkMRMLNode | None:
    """The first node of :func:`find_all`, or None."""
    found = find_all(scene, class_name, purpose, **references)
    return found[0] if found else None


def find_or_add(
    scene: slicer.vtkMRMLScene, class_name: str, purpose: str, name: str, **references: slicer.vtkMRMLNode | None
) -> slicer.vtkMRMLNode:
    """The node that :func:`find` finds, else a new one with this purpose and these references.

    :param name: of a new node; the name of a node that is there already stays as the user may have set it.
    """
    node = find(scene, class_name, purpose, **references)
    if node is None:
        node = scene.AddNewNodeByClass(class_name, name)
        set_purpose(node, purpose)
        for role, target in references.items():
            connect(node, SCENE_PREFIX + role, target)
    return node


def remove(node: slicer.vtkMRMLNode) -> None:
    """Remove a node, and the storage node that it got when the scene was saved."""
    scene = node.GetScene()
    storage = node.GetStorageNode() if node.IsA("vtkMRMLStorableNode") else None
    scene.RemoveNode(node)
    if storage is not None:
        scene.RemoveNode(storage)
