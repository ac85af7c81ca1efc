"""Bone on the slices as the user moves through them or changes the threshold."""
# ruff: noqa: N803 - panels name what they connect in Slicer's style

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
import vtk
from MicroCTSuperResLib.panel.timers import single_shot
from slicer.util import VTKObservationMixin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..morphometry.segmentation import Segmentation

# A slice takes some 20 ms; while the user moves only the last one is worth it.
_DELAY_MS = 30
_SLICE_CLASS, _COMPOSITE_CLASS = "vtkMRMLSliceNode", "vtkMRMLSliceCompositeNode"


class BonePreview(VTKObservationMixin):
    """Lays bone over the slice views that show one of the volumes.

    :param volumes: gives the volume nodes whose bone is shown, none while the preview is off, each with the node on
        whose grid it is measured.
    :param segmentation: tells how bone is told.
    :param onTrouble: called with what is wrong, "" where nothing is.
    """

    def __init__(
        self, volumes: Callable[[], Iterable], segmentation: Callable[[], Segmentation], onTrouble: Callable
    ) -> None:
        VTKObservationMixin.__init__(self)
        self._volumes, self._segmentation, self._on_trouble = volumes, segmentation, onTrouble
        self._timer = single_shot(_DELAY_MS, self._draw)
        self._shown = False
        self._drawn_for: tuple = ()  # volumes and slices

    def update(self) -> None:
        """Draw soon; call it after anything has changed."""
        if self._shown or any(True for _ in self._volumes()):
            self._timer.start()

    def stop(self) -> None:
        """Take all away."""
        self._timer.stop()
        self.removeObservers()
        if self._shown:
            self._shown = False
            from ..scene.bone_preview import hide_bone

            hide_bone(slicer.mrmlScene)

    def _draw(self) -> None:
        volumes = list(self._volumes())
        if not volumes or slicer.mrmlScene.IsBatchProcessing() or slicer.mrmlScene.IsClosing():
            self.stop()
            return
        from MicroCTSuperResLib.errors import MicroCTError

        from ..scene.bone_preview import hide_bone, keep_bone_of, show_bone

        self._shown = True
        self._drawn_for = self._state()
        shown = dict(self._drawn_for)
        try:
            keep_bone_of(slicer.mrmlScene, [volume for volume, _ in volumes])
            for volume, grid in volumes:
                if volume.GetID() in shown:
                    show_bone(volume, shown[volume.GetID()], self._segmentation(), grid)
            self._on_trouble("")
        except MicroCTError as error:
            hide_bone(slicer.mrmlScene)
            self._on_trouble(str(error))
        self._follow()

    def _follow(self) -> None:
        """Hear the views that there are now move, and show other volumes."""
        for class_name in (_SLICE_CLASS, _COMPOSITE_CLASS):
            for node in _nodes(class_name):
                if not self.hasObserver(node, vtk.vtkCommand.ModifiedEvent, self._moved):
                    self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._moved)

    def _moved(self, _caller, _event) -> None:
        # What the preview itself writes into the views is told here, too.
        state = self._state()
        if state != self._drawn_for:
            self._drawn_for = state
            self._timer.start()

    def _state(self) -> tuple:
        return tuple((volume.GetID(), number) for volume, number in _shown_slices(list(self._volumes())))


def _shown_slices(volumes: list[tuple]) -> list[tuple]:
    """Each volume that a slice view shows in the plane of its slices, with the number of the slice on its grid."""
    from MicroCTSuperResLib.panel.preview_watch import place_in

    by_id, views = {volume.GetID(): (volume, grid) for volume, grid in volumes}, {}
    for node in _nodes(_SLICE_CLASS):
        views[node.GetLayoutName()] = node
    found = {}
    for composite in _nodes(_COMPOSITE_CLASS):
        volume, grid = by_id.get(composite.GetBackgroundVolumeID(), (None, None))
        view = views.get(composite.GetLayoutName())
        if volume is None or view is None or not view.IsMappedInLayout() or grid.GetImageData() is None:
            continue
        number = place_in(grid, view).slice_index
        if number is not None:
            found.setdefault(volume.GetID(), (volume, number))
    return list(found.values())


def _nodes(class_name: str) -> list:
    return slicer.util.getNodesByClass(class_name)
