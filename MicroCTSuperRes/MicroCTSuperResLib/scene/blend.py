"""Two volumes in one view: faded from one into the other, or flickered between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .views import composite_node

if TYPE_CHECKING:
    import slicer

    from .layouts import View


def lay_over(scene: slicer.vtkMRMLScene, view: View, volume: slicer.vtkMRMLVolumeNode | None) -> None:
    """Put a second volume over the one that a view shows, invisible until :func:`fade`; None takes it away."""
    composite = composite_node(scene, view)
    composite.SetForegroundOpacity(0.0)
    composite.SetForegroundVolumeID(volume.GetID() if volume else None)
    # Where the two reach differently far, both are shown as far as they reach.
    composite.SetClipToBackgroundVolume(volume is None)


def fade(scene: slicer.vtkMRMLScene, view: View, fraction: float) -> None:
    """Show a mixture of the two volumes.

    :param fraction: 0 shows the view's own volume, 1 the one laid over it.
    """
    composite_node(scene, view).SetForegroundOpacity(min(max(fraction, 0.0), 1.0))


def flicker(scene: slicer.vtkMRMLScene, view: View) -> bool:
    """Show the other of the two volumes, once for each tick of the panel's timer.

    :return: whether the one laid over is now shown.
    """
    composite = composite_node(scene, view)
    over = composite.GetForegroundVolumeID() is not None and composite.GetForegroundOpacity() < 0.5
    composite.SetForegroundOpacity(1.0 if over else 0.0)
    return over
