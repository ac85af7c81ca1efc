"""The tissue area in the panel: found by a worker, corrected by the user in the Segment Editor."""

from __future__ import annotations

from pathlib import Path

import slicer
from MicroCTSuperResLib.panel import dependencies
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from .job_runner import ended_in_words
from .named_volumes import with_names, without_path


class TissueArea:
    """Finds and edits the segmentation `parameters.morphometry.tissue`.

    :param section: the section "Morphometry".
    """

    def __init__(self, section) -> None:
        self._section = section
        self._shown: dict = {}  # by comparison view: the volume that it showed before the Segment Editor was opened

    def find(self, _checked=False) -> None:
        """Find the contours of HR, or else of the first volume, by the threshold that is chosen."""
        section, volumes = self._section, self._section.volumes()
        if not volumes or not dependencies.ensure(section.module.parent, torch=False):
            return
        node = volumes.get("HR") or next(iter(volumes.values()))
        node_id, names = node.GetID(), {"volume.nrrd": node.GetName()}
        section.work.start(
            "contours",
            lambda folder: _steps(node, section.chosen, folder),
            _("Finding the contours of {name} ...").format(name=node.GetName()),
            lambda outcome, folder: self._found(with_names(outcome, folder, names), folder, node_id),
        )

    def edit(self, _checked=False) -> None:
        """Open the tissue area in the Segment Editor, above the volume that it was found in."""
        from MicroCTSuperResLib.scene.lineage import IMAGE_ROLE, connected

        from ..scene.tissue_segmentation import segment_of

        segmentation = self._section.chosen.tissue
        if segmentation is None:
            return
        self._shown = _shown_volumes()
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        editor.setSegmentationNode(segmentation)
        volume = connected(segmentation, IMAGE_ROLE)
        if volume is not None:
            editor.setSourceVolumeNode(volume)
        segment = segment_of(segmentation)
        if segment:
            editor.setCurrentSegmentID(segment)

    def back(self) -> None:
        """The user has come back: the Segment Editor shows its volume in all views, so LR and DL are shown again."""
        shown, self._shown = self._shown, {}
        for composite, volume_id in shown.items():
            volume = slicer.mrmlScene.GetNodeByID(volume_id) if composite.GetScene() is not None else None
            if volume is not None:
                composite.SetBackgroundVolumeID(volume_id)

    def _found(self, outcome, folder: Path, node_id: str) -> State:
        section = self._section
        state = ended_in_words(outcome, _("Done: look at the contours, and correct them where they are wrong."))
        node = slicer.mrmlScene.GetNodeByID(node_id)
        if outcome.kind == "done" and node is not None and section.parameters is not None:
            from MicroCTSuperResLib.imaging.formats import read_volume
            from MicroCTSuperResLib.panel.busy import wait_cursor

            from ..scene.tissue_segmentation import show_tissue
            from .morphometry_jobs import MASK

            with wait_cursor():
                section.chosen.tissue = show_tissue(node, read_volume(folder / MASK).voxels)
            told = [without_path(warning).removeprefix("volume: ") for warning in outcome.result["warnings"]]
            state = State(Stage.DONE, state.headline, "\n".join(told))
        section.removeFiles()
        return state


def _steps(node, chosen, folder: Path):
    from .morphometry_jobs import contour_job

    yield contour_job(node, chosen, folder)


def _shown_volumes() -> dict:
    """The IDs of the volumes in the comparison views, by the composite nodes of these views."""
    from MicroCTSuperResLib.scene.layouts import SLICE_VIEWS
    from MicroCTSuperResLib.scene.views import COMPOSITE_CLASS

    nodes = (slicer.mrmlScene.GetSingletonNode(view.tag, COMPOSITE_CLASS) for view in SLICE_VIEWS)
    return {node: node.GetBackgroundVolumeID() for node in nodes if node is not None and node.GetBackgroundVolumeID()}
