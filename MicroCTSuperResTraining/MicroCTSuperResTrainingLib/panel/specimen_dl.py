"""The enhanced volume of a specimen, made by a worker when the user wants to see it, and kept beside the evaluation."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from .job_runner import JobRunner, ended_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..cohort.specimen import Specimen

FOLDER = "dl"


class SpecimenDl:
    """Finds the DL of specimens, and enhances one at a time.

    :param module: the module's widget.
    :param on_change: called after the state has changed.
    """

    def __init__(self, module, on_change: Callable[[], None]) -> None:
        self._module = module
        self.runner = JobRunner(on_change)
        self._name = ""

    def made(self, name: str) -> Path | None:
        """The DL of a specimen as it was evaluated: the file in its row of the table, or the one that was made to be
        looked at; None without an evaluation, or where the file is not there."""
        from ..scene.score_tables import find_evaluation

        found = find_evaluation(slicer.mrmlScene)
        if found is None:
            return None
        if found.model[0]:
            path = dl_path(found.folder, *found.model, name)
            return path if path.is_file() else None
        specimen = next((each for each in self._module.specimens() if each.specimen == name), None)
        path = Path(self._module.cohortPath).parent / (dl_file(specimen) if specimen is not None else "")
        return path if path.is_file() else None

    def make(self, specimen: Specimen, chosen: list[str], device: str, on_made: Callable[[], None]) -> None:
        """Enhance a specimen with the model of the evaluation, if that was not done yet; another one's is ended.

        :param chosen: names or folders of models: one that is in no store is found by its folder.
        :param on_made: called when the file is there.
        """
        from ..scene.score_tables import find_evaluation

        found = find_evaluation(slicer.mrmlScene)
        if found is None or not found.model[0] or self._module.dlOf(specimen.specimen) is not None:
            return
        model = next((each for each in chosen if Path(each).name == found.model[0]), found.model[0])
        target = dl_path(found.folder, *found.model, specimen.specimen)
        name = specimen.specimen
        if self.runner.is_running:
            if self._name != name:
                self.runner.cancel()
            return
        self._name = name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.runner.state = State(Stage.FAILED, str(error))
            return

        def ended(outcome) -> State:
            state = ended_in_words(outcome, _("DL of {name} is made.").format(name=name))
            if outcome.kind == "done":
                on_made()
            return state

        told = _("Enhancing {name} to show its DL ...").format(name=name)
        self.runner.start({"job": "enhance", "arguments": _arguments(specimen, target, model, device)}, told, ended)


def dl_path(folder: str, model: str, sha256: str, name: str) -> Path:
    """Where the DL of a specimen is kept beside an evaluation, apart for each model and training of it.

    :param folder: of the evaluation.
    """
    return Path(folder) / FOLDER / f"{Path(model).name}-{sha256[:8]}" / f"{name}.nrrd"


def dl_file(specimen) -> str:
    """The file of the enhanced volume that the row of a specimen names in the column dl; "" for none.

    :param specimen: a `cohort.specimen.Specimen`.
    """
    return next((text for name, text in specimen.further.items() if name.strip().lower() == "dl"), "")


def _arguments(specimen: Specimen, target: Path, model: str, device: str) -> dict:
    reading = specimen.reading
    apart = {f"{scan}_{what}" for scan in ("lr", "hr") for what in ("crop", "spacing")}
    given = {each.name: getattr(reading, each.name) for each in fields(reading) if each.name not in apart}
    given |= {"crop": reading.lr_crop, "spacing": reading.lr_spacing}
    return {
        **{name: value for name, value in given.items() if value is not None},
        "inputs": [str(specimen.lr)],
        "output": str(target),
        "model": model,
        "device": device,
    }
