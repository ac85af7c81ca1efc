"""Hears of changes in the voxels and the place of volumes."""

import vtk
from slicer.util import VTKObservationMixin


class VolumeWatch(VTKObservationMixin):
    """Observes some volumes at a time.

    :param on_change: called without arguments, also for changes that are of no interest here, such as a new name.
    """

    def __init__(self, on_change):
        VTKObservationMixin.__init__(self)
        self._on_change = on_change
        self._observed = []

    def follow(self, nodes):
        """Observe these volumes, and no others any more."""
        nodes = list(nodes)
        if nodes == self._observed:
            return
        self.removeObservers()
        self._observed = nodes
        for node in nodes:
            for event in (vtk.vtkCommand.ModifiedEvent, node.ImageDataModifiedEvent, node.TransformModifiedEvent):
                if not self.hasObserver(node, event, self._changed):  # a volume may be compared with itself
                    self.addObserver(node, event, self._changed)

    def _changed(self, _caller, _event):
        self._on_change()
