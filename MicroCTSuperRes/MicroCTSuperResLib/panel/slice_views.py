"""Which volume Slicer's own slice views show."""

import slicer


def show_in_slice_views(node):
    """Show a volume in all slice views and fit them to it, as Slicer does with a volume that it loads itself."""
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActiveVolumeID(node.GetID())
    logic.PropagateVolumeSelection()
