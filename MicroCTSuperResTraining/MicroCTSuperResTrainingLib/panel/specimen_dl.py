"""The enhanced volume of a specimen, made by a worker when the user wants to see it, and kept beside the evaluation."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from .evaluation_tables import evaluation_here
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
        self._method = ""  # whose DL is looked at, as the tables name it
        self._target: Path | None = None  # what is being made, or was made last
        self._next: Callable[[], None] | None = None

    @property
    def told(self) -> str:
        """How it goes with the DL that was asked for last; "" where there was nothing to do."""
        state = self.runner.state
        return f"{state.headline} {state.advice}".strip() if state is not None else ""

    def choose(self, method: str) -> None:
        """Let the DL of a method be the one that is found and made; other methods than those of DL change nothing."""
        found = evaluation_here()
        if found is not None and method in found.models:
            self._method = method

    def forget(self) -> None:
        """The scene closes: end what runs."""
        self._next, self._method = None, ""
        self.runner.cancel()

    def made(self, name: str) -> Path | None:
        """The DL of a specimen as it was evaluated: the file in its row of the table, or the one that was made to be
        looked at; None without an evaluation, or where the file is not there."""
        found = evaluation_here()
        if found is None:
            return None
        model = self._model(found)
        if model[0]:
            path = dl_path(found.folder, *model, name)
            return path if path.is_file() else None
        specimen = next((each for each in self._module.specimens() if each.specimen == name), None)
        path = Path(self._module.cohortPath).parent / (dl_file(specimen) if specimen is not None else "")
        return path if path.is_file() else None

    def make(self, specimen: Specimen, chosen: list[str], device: str, on_made: Callable[[], None]) -> None:
        """Enhance a specimen with the model of the evaluation, if that was not done yet; another one's is ended first.

        :param chosen: names or folders of models: one that is in no store is found by its folder.
        :param on_made: called when the file is there.
        """
        found = evaluation_here()
        model = self._model(found) if found is not None else ("", "")
        target = dl_path(found.folder, *model, specimen.specimen) if model[0] else None
        if self.runner.is_running:
            if target != self._target or self._next is not None:  # with a next one, this one is being cancelled
                self._next = lambda: self.make(specimen, chosen, device, on_made)
                self.runner.cancel()
            return
        self.runner.state = None
        if target is None or target.is_file():
            return
        self._target = target
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.runner.state = State(Stage.FAILED, str(error))
            return
        name = next((each for each in chosen if Path(each).name == model[0]), model[0])
        self.runner.start(
            {"job": "enhance", "arguments": _arguments(specimen, target, name, device)},
            _("Enhancing {name} to show its DL ...").format(name=specimen.specimen),
            lambda outcome: self._ended(outcome, specimen.specimen, on_made),
        )

    def _ended(self, outcome, name: str, on_made: Callable[[], None]) -> State | None:
        following, self._next = self._next, None
        if following is not None:
            following()
            return self.runner.state
        if outcome.kind == "done":
            on_made()
        return ended_in_words(outcome, _("The DL of {name} is ready.").format(name=name))

    def _model(self, found) -> tuple[str, str]:
        """Name and checksum of the model whose DL is looked at; both "" for DL from files."""
        return found.models.get(self._method) or next(iter(found.models.values()), ("", ""))


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
