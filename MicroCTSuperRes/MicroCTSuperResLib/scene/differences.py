"""Difference maps: where LR and DL are brighter or darker than HR, on the grid of HR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .display import Window, display_of, remove_display, set_window, share_display
from .lineage import VOLUME_CLASS, find, find_all, find_or_add, remove, set_purpose
from .volume_nodes import array_of, update_node

if TYPE_CHECKING:
    from collections.abc import Sequence

    import slicer

    from ..imaging.volume import Volume

_MAP = "difference map"
_COLOURS = "difference colours"
# Blue where darker than HR, red where brighter, light grey where equal: the ends and the middle of the "cool to warm"
# map of Moreland 2009, doi:10.1007/978-3-642-10520-3_9.
_DARKER, _EQUAL, _BRIGHTER = (0.230, 0.299, 0.754), (0.865, 0.865, 0.865), (0.706, 0.016, 0.150)
# Odd, so that a difference of zero has a colour of its own.
_COLOUR_COUNT = 255
# The window holds this percentage of the voxels; the few largest differences are at hard edges.
_PERCENTILE = 99.5
_MOST_VOXELS_LOOKED_AT = 1_000_000


def difference_node(
    image_node: slicer.vtkMRMLScalarVolumeNode, hr_node: slicer.vtkMRMLScalarVolumeNode, values: Volume, name: str
) -> slicer.vtkMRMLScalarVolumeNode:
    """The node that shows the difference of a volume from HR; the one made before is used again.

    :param values: of :func:`~..quality.differences.difference`.
    :param name: of a new node.
    """
    node = find_or_add(hr_node.GetScene(), VOLUME_CLASS, _MAP, name, image=image_node, hr=hr_node)
    update_node(node, values)
    return node


def find_difference(
    image_node: slicer.vtkMRMLScalarVolumeNode, hr_node: slicer.vtkMRMLScalarVolumeNode
) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The difference map of a volume from HR, or None."""
    return find(hr_node.GetScene(), VOLUME_CLASS, _MAP, image=image_node, hr=hr_node)


def show_differences(nodes: Sequence[slicer.vtkMRMLScalarVolumeNode]) -> Window:
    """Show difference maps with one window, symmetric about zero, in colours that part at zero; returns the window."""
    share_display(nodes)
    limit = max(_limit(array_of(node)) for node in nodes) or 1.0
    window = Window(-limit, limit)
    display = display_of(nodes[0])
    display.SetAndObserveColorNodeID(diverging_colours(nodes[0].GetScene()).GetID())
    display.SetInterpolate(False)
    set_window(nodes[0], window)
    return window


def remove_differences(hr_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Remove the difference maps from an HR, with their display."""
    for node in find_all(hr_node.GetScene(), VOLUME_CLASS, _MAP, hr=hr_node):
        remove_display(node)
        remove(node)


def diverging_colours(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLColorTableNode:
    """The colours of difference maps, one node in a scene."""
    node = find(scene, "vtkMRMLColorTableNode", _COLOURS)
    if node is None:
        node = scene.CreateNodeByClass("vtkMRMLColorTableNode")
        node.UnRegister(None)
        node.SetName("Difference from HR")
        node.SetTypeToUser()
        _fill_colours(node)
        set_purpose(node, _COLOURS)
        node.SetAttribute("Category", "MicroCT")
        node = scene.AddNode(node)
    return node


def _fill_colours(node: slicer.vtkMRMLColorTableNode) -> None:
    stops = np.array([_DARKER, _EQUAL, _BRIGHTER])
    node.SetNumberOfColors(_COLOUR_COUNT)
    for number, place in enumerate(np.linspace(0, 2, _COLOUR_COUNT)):
        red, green, blue = (float(np.interp(place, (0, 1, 2), stops[:, channel])) for channel in range(3))
        node.SetColor(number, f"{place - 1:+.2f}", red, green, blue, 1.0)


def _limit(differences: np.ndarray) -> float:
    flat = differences.reshape(-1)
    if flat.size > _MOST_VOXELS_LOOKED_AT:
        flat = flat[np.random.default_rng(0).integers(flat.size, size=_MOST_VOXELS_LOOKED_AT)]
    return float(np.percentile(np.abs(flat), _PERCENTILE))
