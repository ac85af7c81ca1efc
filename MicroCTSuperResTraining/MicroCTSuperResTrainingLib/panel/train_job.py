"""The jobs that train, from what the user chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from ..training.run_state import RunStage
from .train_parameters import Preset

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ..training.run_state import RunState
    from .specimens_parameters import Refine
    from .train_parameters import TrainParameters

# As in training/presets.py, which loads too much for a panel; a test compares them.
EPOCHS = {Preset.FAST: 50, Preset.ABSTRACT: 100}
FINE_TUNING_EPOCHS = 10


@dataclass(frozen=True)
class NewRun:
    """A training that was not started yet.

    :param cohort: the table.
    :param runs: the folder of the runs.
    :param name: of the run: of its folder below `runs` and of its model.
    :param chosen: what the user chose.
    :param refine: what is done where a specimen moved between its scans.
    """

    cohort: Path
    runs: Path
    name: str
    chosen: TrainParameters
    refine: Refine

    @property
    def folder(self) -> Path:
        """Of the run."""
        return self.runs / self.name

    def obstacle(self, models: Iterable[str]) -> State | None:
        """What keeps it from being started.

        :param models: the names that models have already.
        """
        from MicroCTSuperResLib.networks.card_checks import is_model_name

        if not is_model_name(self.name):
            return State(
                Stage.NOTHING_SELECTED,
                _("Name the run."),
                _("Use lower-case letters, digits and - . _ in between: its model gets the name."),
            )
        if self.folder.exists():
            told = _("There is a run {name} already.").format(name=self.name)
            return State(Stage.NOTHING_SELECTED, told, _("Choose another name, or resume the run."))
        if self.name in models:
            told = _("There is a model {name} already.").format(name=self.name)
            return State(Stage.NOTHING_SELECTED, told, _("Choose another name for the run."))
        return None

    def job(self) -> dict:
        """The description of the job."""
        chosen = self.chosen
        arguments = {
            "cohort": str(self.cohort),
            "output": str(self.folder),
            "settings": [*settings_of(chosen), f"epochs={chosen.epochs}", f"device={chosen.device.value}"],
            "name": self.name,
            "refine": self.refine.value,
        }
        if chosen.fromModel:
            arguments["from_model"] = chosen.fromModel
        else:
            arguments["preset"] = chosen.preset.value
        return {"job": "train", "arguments": arguments}


def resume_job(run: RunState, epochs: int) -> dict:
    """The description of the job that goes on with a run.

    :param epochs: how many are asked for; those of the run where they are more.
    :raises InputError: for a run that has come to its end.
    """
    more = epochs > run.epochs
    if run.stage is RunStage.FINISHED and not more:
        raise InputError(
            f"The run {run.name} is finished after {run.epochs_done} epochs.",
            f"To go on with it, ask for more than {run.epochs} epochs.",
        )
    settings = [f"epochs={epochs}"] if more else []
    return {"job": "train", "arguments": {"output": str(run.path), "resume": True, "settings": settings}}


def settings_of(chosen: TrainParameters) -> list[str]:
    """The further settings, one each."""
    return [text.strip() for text in chosen.settings.split(";") if text.strip()]


def proposed_epochs(chosen: TrainParameters) -> int:
    """How many epochs a training of this kind takes."""
    return FINE_TUNING_EPOCHS if chosen.fromModel else EPOCHS[chosen.preset]


def proposed_name(chosen: TrainParameters, taken: Iterable[str]) -> str:
    """A name for a run that nothing has yet."""
    begin = f"{chosen.fromModel}-tuned" if chosen.fromModel else chosen.preset.value
    number, names = 1, set(taken)
    while f"{begin}-{number}" in names:
        number += 1
    return f"{begin}-{number}"
