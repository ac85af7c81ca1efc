"""How volumes are shown: one window for all that are compared, honest voxels, a default window that shows bone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..imaging.calibration import DENSITY_UNITS
from .lineage import nodes_of_class
from .volume_nodes import array_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import slicer

# From below soft tissue (about 0) to dense bone mineral (about 1200), in mg HA/cm3.
DENSITY_WINDOW = (-100.0, 1200.0)
PERCENTILES = (0.5, 99.8)
_MOST_VOXELS_LOOKED_AT = 1_000_000


@dataclass(frozen=True)
class Window:
    """The grey values shown as black and as white.

    :param low: shown as black.
    :param high: shown as white; above `low`.
    """

    low: float
    high: float


def default_window(voxels: np.ndarray, units: str) -> Window:
    """A window that shows bone, whatever single bright or dark voxels there are.

    Densities that reach into bone get one fixed window, so that specimens look alike. Everything else gets the range
    between two percentiles of a million voxels, always the same ones.

    :param voxels: any shape; NaN and infinite ones are left out.
    """
    sample = _sample(voxels)
    low, high = (float(value) for value in np.percentile(sample, PERCENTILES)) if sample.size else (0.0, 1.0)
    if units == DENSITY_UNITS and high > DENSITY_WINDOW[1] / 4:
        return Window(*DENSITY_WINDOW)
    if high > low:
        return Window(low, high)
    return Window(low - 0.5, low + 0.5)


def window_of(node: slicer.vtkMRMLScalarVolumeNode) -> Window:
    """The window that a node is shown with."""
    display = display_of(node)
    return Window(display.GetWindowLevelMin(), display.GetWindowLevelMax())


def set_window(node: slicer.vtkMRMLScalarVolumeNode, window: Window) -> None:
    """Show a node, and all that share its display, with a window that no longer follows the voxels."""
    display = display_of(node)
    display.SetAutoWindowLevel(False)
    display.SetWindowLevelMinMax(window.low, window.high)


def show_bone(node: slicer.vtkMRMLScalarVolumeNode, units: str) -> Window:
    """Give a node the default window for its voxels; returns it."""
    window = default_window(array_of(node), units)
    set_window(node, window)
    return window


def display_of(node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLScalarVolumeDisplayNode:
    """The node's display node, made where there is none (it was removed with another volume, for example)."""
    if node.GetDisplayNode() is None:
        node.CreateDefaultDisplayNodes()
    return node.GetDisplayNode()


def copy_display(source: slicer.vtkMRMLScalarVolumeNode, target: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Show `target` as `source` is shown: window, colours, threshold, interpolation; each with its own display node."""
    given, taken = display_of(source), display_of(target)
    if given is taken:
        return
    blocked = taken.StartModify()
    taken.SetAutoWindowLevel(False)
    taken.SetWindowLevelMinMax(given.GetWindowLevelMin(), given.GetWindowLevelMax())
    taken.SetAutoThreshold(False)
    taken.SetThreshold(given.GetLowerThreshold(), given.GetUpperThreshold())
    taken.SetApplyThreshold(given.GetApplyThreshold())
    taken.SetInterpolate(given.GetInterpolate())
    taken.SetInvertDisplayScalarRange(given.GetInvertDisplayScalarRange())
    taken.SetAndObserveColorNodeID(given.GetColorNodeID())
    taken.EndModify(blocked)


def share_display(nodes: Iterable[slicer.vtkMRMLScalarVolumeNode]) -> None:
    """Let volumes share the display node of the first: its window, changed in any view, is the window of all.

    The display nodes that nobody uses any more are removed. It stays so in a saved scene.
    """
    first, *others = nodes
    shared = display_of(first)
    # A window that follows the voxels would follow those of whichever volume changed last.
    shared.SetAutoWindowLevel(False)
    for node in others:
        own = node.GetDisplayNode()
        if own is not shared:
            node.SetAndObserveDisplayNodeID(shared.GetID())
            _remove_unused(own)


def separate_display(node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Give a volume that shares a display node one of its own, which looks the same."""
    shared = node.GetDisplayNode()
    if shared is None or not _used_by_others(shared, node):
        return
    own = node.GetScene().AddNewNodeByClass("vtkMRMLScalarVolumeDisplayNode")
    own.CopyContent(shared)
    own.SetAndObserveColorNodeID(shared.GetColorNodeID())
    node.SetAndObserveDisplayNodeID(own.GetID())


def set_interpolation(nodes: Iterable[slicer.vtkMRMLScalarVolumeNode], on: bool) -> None:
    """Show volumes smoothed between voxels, or every voxel as the square that it is: LR looks better than it is when
    it is interpolated."""
    for node in nodes:
        display_of(node).SetInterpolate(on)


def remove_display(node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Take the display node from a volume that is about to be removed; it goes where no other volume uses it."""
    display = node.GetDisplayNode()
    node.RemoveAllDisplayNodeIDs()
    _remove_unused(display)


def _remove_unused(display: slicer.vtkMRMLDisplayNode | None) -> None:
    if display is not None and display.GetScene() is not None and not _used_by_others(display, None):
        display.GetScene().RemoveNode(display)


def _used_by_others(display: slicer.vtkMRMLDisplayNode, node: slicer.vtkMRMLNode | None) -> bool:
    volumes = nodes_of_class(display.GetScene(), "vtkMRMLVolumeNode")
    return any(volume.GetDisplayNode() is display and volume is not node for volume in volumes)


def _sample(voxels: np.ndarray) -> np.ndarray:
    flat = voxels.reshape(-1)
    if flat.size > _MOST_VOXELS_LOOKED_AT:
        flat = flat[np.random.default_rng(0).integers(flat.size, size=_MOST_VOXELS_LOOKED_AT)]
    return flat[np.isfinite(flat)]
