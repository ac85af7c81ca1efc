"""Volumes of the scene, one specimen's, measured by a worker."""

from __future__ import annotations

from pathlib import Path

import slicer
from MicroCTSuperResLib.panel import dependencies
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from .job_runner import ended_in_words
from .named_volumes import with_names, without_path


class SceneMeasurement:
    """Measures the volumes that are chosen.

    :param section: the section "Morphometry".
    """

    def __init__(self, section) -> None:
        self._section = section

    def start(self, _checked=False) -> None:
        """Measure."""
        section, volumes = self._section, self._section.volumes()
        if not volumes or not dependencies.ensure(section.module.parent, torch=False):
            return
        from .morphometry_jobs import MASK, scene_job

        names = {f"{method}.nrrd": node.GetName() for method, node in volumes.items()}
        if section.chosen.tissue is not None:
            names[MASK] = section.chosen.tissue.GetName()
        ids = {method: node.GetID() for method, node in volumes.items()}
        tissue = self._tissue_in_words(volumes)
        section.work.start(
            "morphometry",
            lambda folder: scene_job(volumes, _common_name(volumes), section.chosen, folder),
            _("Measuring {names} ...").format(names=", ".join(node.GetName() for node in volumes.values())),
            lambda outcome, folder: self._measured(with_names(outcome, folder, names), folder, ids, tissue),
        )

    def _tissue_in_words(self, volumes: dict) -> str:
        """What the tables tell of the tissue area; "" leaves it to the job."""
        chosen = self._section.chosen.tissue
        if chosen is not None:
            return chosen.GetName()
        is_shared = "HR" in volumes and len(volumes) > 1
        return _("contours of {name}").format(name=volumes["HR"].GetName()) if is_shared else ""

    def _measured(self, outcome, folder: Path, ids: dict[str, str], tissue: str) -> State:
        section = self._section
        state = ended_in_words(outcome, _("Done: the tables are in the scene."))
        if outcome.result and outcome.result["output"] and section.parameters is not None:
            from .morphometry_jobs import tables_in

            nodes = {method: slicer.mrmlScene.GetNodeByID(node_id) for method, node_id in ids.items()}
            names = {method: node.GetName() for method, node in nodes.items() if node is not None}
            notes = [without_path(warning) for warning in outcome.result["warnings"]]
            try:
                section.take(tables_in(folder, names, tissue), notes, nodes)
            except OSError as error:
                state = State(Stage.FAILED, str(error))
        section.removeFiles()
        return state


def _common_name(volumes: dict) -> str:
    """What the names of the volumes begin with; the first one's name where they have nothing in common."""
    names = [node.GetName() for node in volumes.values()]
    common = names[0]
    for name in names[1:]:
        while not name.startswith(common):
            common = common[:-1]
    return common.rstrip(" _-(") or names[0]
