"""What was made from a volume goes with it when the user deletes it."""

import slicer

from ..scene.lineage import PURPOSE, SCENE_PREFIX, connected, nodes_of_class

# What a node refers to that is nothing without it, by class and by the beginning of its purpose. Charts before series
# before tables, so that none refers to one that is gone.
_NEEDED = (
    ("vtkMRMLScalarVolumeNode", "difference map", ("image", "hr")),
    ("vtkMRMLModelNode", "bone surface", ("image",)),
    ("vtkMRMLPlotChartNode", "scores: ", ("dl",)),
    ("vtkMRMLPlotSeriesNode", "scores: ", ("dl",)),
    ("vtkMRMLTableNode", "scores: ", ("dl",)),
)


def orphans(scene):
    """Maps, surfaces and scores whose volume is gone."""
    return [
        node
        for class_name, purpose, roles in _NEEDED
        for node in nodes_of_class(scene, class_name)
        if (node.GetAttribute(PURPOSE) or "").startswith(purpose)
        and any(connected(node, SCENE_PREFIX + role) is None for role in roles)
    ]


def remove_orphans() -> None:
    """Remove them from the scene, with their displays."""
    found = orphans(slicer.mrmlScene)
    if not found:
        return
    from ..scene.display import remove_display
    from ..scene.lineage import remove
    from .comparison_extras import remove_unused_colours

    for node in found:
        if node.IsA("vtkMRMLVolumeNode"):
            remove_display(node)
        elif node.IsA("vtkMRMLModelNode") and node.GetDisplayNode() is not None:
            slicer.mrmlScene.RemoveNode(node.GetDisplayNode())
        remove(node)
    remove_unused_colours()
