"""The enhanced volume of a specimen, made by a worker when the user wants to see it, and kept beside the evaluation."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from .job_runner import JobRunner, ended_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..cohort.specimen import Specimen

FOLDER = "dl"


class SpecimenDl:
    """Enhances one specimen at a time.

    :param on_change: called after the state has changed.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.runner = JobRunner(on_change)
        self._name = ""

    @staticmethod
    def path(folder: str, name: str) -> Path | None:
        """The file of a specimen beside an evaluation; None where it was not made."""
        path = Path(folder) / FOLDER / f"{name}.nrrd"
        return path if folder and path.is_file() else None

    def make(self, specimen: Specimen, folder: str, model: str, device: str, on_made: Callable[[], None]) -> None:
        """Enhance a specimen, unless that goes on already; another one's enhancement is ended.

        :param folder: of the evaluation.
        :param on_made: called when the file is there.
        """
        name = specimen.specimen
        if self.runner.is_running:
            if self._name != name:
                self.runner.cancel()
            return
        self._name = name
        target = Path(folder) / FOLDER / f"{name}.nrrd"
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
