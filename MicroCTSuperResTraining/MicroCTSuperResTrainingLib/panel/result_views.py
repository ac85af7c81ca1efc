"""Volumes above a plot, and jumps to their slices.

Imported inside functions where it is used first: the engine parts below take half a second to load.
"""

from __future__ import annotations

import slicer


def show_volumes(lr, dl, hr) -> None:
    """Show volumes of one specimen in the comparison views that are there, fitted unless they are shown already.

    :param lr: volume nodes; None empties a view.
    """
    from MicroCTSuperResLib.panel import comparison_views as views
    from MicroCTSuperResLib.panel.comparison import Compared
    from MicroCTSuperResLib.scene.layouts import DL_VIEW, HR_VIEW, LR_VIEW
    from MicroCTSuperResLib.scene.views import composite_node, turn_to_volume

    volumes = Compared(lr, dl, hr)
    first_view, first = next((view, node) for view, node in ((LR_VIEW, lr), (DL_VIEW, dl), (HR_VIEW, hr)) if node)
    is_new = composite_node(slicer.mrmlScene, first_view).GetBackgroundVolumeID() != first.GetID()
    views.set_up(True)
    views.fill(volumes, None)
    views.apply_windows(volumes, True)
    if is_new and lr is not None:
        views.fit(volumes, True)
    elif is_new:
        turn_to_volume(slicer.mrmlScene, first)
        widget = slicer.app.layoutManager().sliceWidget(first_view.tag)
        if widget is not None:
            widget.fitSliceToBackground()


def jump_to_slice(volume, number: int) -> None:
    """Move all slice views to a slice of a volume, those of the comparison and Slicer's own.

    :param number: counted from 0 along the volume's third axis.
    """
    from MicroCTSuperResLib.scene.geometry import ras_of_voxel

    x, y, _z = volume.GetImageData().GetDimensions()
    place = ras_of_voxel(volume, ((x - 1) / 2, (y - 1) / 2, number))
    mode = slicer.vtkMRMLSliceNode.OffsetJumpSlice
    slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *place, mode, -1)
