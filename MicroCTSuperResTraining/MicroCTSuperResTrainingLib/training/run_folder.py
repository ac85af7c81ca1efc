"""The folder of a run: what is where, and what it was begun with.

RUN/config.json            the settings, as `--config` takes them
RUN/run.json               settings of the pairing, slice store and its checksum, what the model card tells
RUN/cohort.csv             the cohort as it was used, with its splits
RUN/store/                 the slice store, unless another folder was given
RUN/checkpoints/           best.ckpt (weights) and last.ckpt (all that --resume needs)
RUN/history.csv            one row an epoch
RUN/validation.json        scores of bilinear and bicubic interpolation on the validation slices
RUN/tensorboard/           the history for TensorBoard
RUN/curves.png, .svg       the history as a picture
RUN/model/                 the model's folder, as enhance and models add take it
RUN/scores.json, .csv      the scores on the test specimens
RUN/.in-use.*              who works in the folder now, see `folder_lock.py`
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError, OutputError
from MicroCTSuperResLib.files import atomic_path, sweep

from .checkpoints import BEST, LAST, read_checkpoint
from .config import TrainingConfig, read_config
from .history import History
from .run_state import BASELINES, CONFIG, HISTORY, SCORES
from .store import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class RunRecord:
    """What a run was begun with, beside its settings.

    :param pairing: fields of `PairingSettings`.
    :param words: fields of `ResultWords`.
    :param store: folder of the slice store; relative to the run's folder, or absolute.
    :param fingerprint: of the store; empty until it is complete.
    """

    pairing: Mapping[str, object]
    words: Mapping[str, object]
    store: str = "store"
    fingerprint: str = ""


@dataclass(frozen=True)
class RunFolder:
    """Where the files of a run are.

    :param path: of the folder.
    """

    path: Path

    @property
    def config_file(self) -> Path:
        return self.path / CONFIG

    @property
    def record_file(self) -> Path:
        return self.path / "run.json"

    @property
    def cohort_file(self) -> Path:
        return self.path / "cohort.csv"

    @property
    def history_file(self) -> Path:
        return self.path / HISTORY

    @property
    def baselines_file(self) -> Path:
        return self.path / BASELINES

    @property
    def scores_file(self) -> Path:
        return self.path / SCORES

    @property
    def scores_table(self) -> Path:
        return self.path / "scores.csv"

    @property
    def model(self) -> Path:
        return self.path / "model"

    @property
    def best(self) -> Path:
        return self.path / "checkpoints" / BEST

    @property
    def last(self) -> Path:
        return self.path / "checkpoints" / LAST

    @property
    def is_begun(self) -> bool:
        """Whether a training was begun here."""
        return self.config_file.exists()

    def check_new(self) -> None:
        """See to it that a training can begin here.

        A run that never got its slice store, because a specimen could not be paired, may begin again with a corrected
        cohort; what was stored before is used where it is still right.

        :raises OutputError: if the folder holds a run or anything else.
        """
        if self.is_begun and not self.record().fingerprint:
            return
        if self.is_begun:
            raise OutputError(
                f"{self.path} holds a training already.", "Go on with it with --resume, or choose another folder."
            )
        if self.path.exists() and not self._is_free():
            raise OutputError(f"{self.path} is there already and not empty.", "Choose a new folder for the run.")

    def begin(self, config: TrainingConfig, record: RunRecord) -> None:
        """Make the folder and write what the training begins with.

        :raises OutputError: as :meth:`check_new`, or if it cannot be written.
        """
        self.check_new()
        self.path.mkdir(exist_ok=True)
        self.write_record(record)
        self.write_config(config)  # last: it is what makes the folder a run

    def write_config(self, config: TrainingConfig) -> None:
        """Write the settings."""
        _write_text(self.config_file, config.to_json())

    def write_record(self, record: RunRecord) -> None:
        """Write what the run was begun with."""
        write_json(self.record_file, asdict(record))

    def config(self) -> TrainingConfig:
        """The settings that the run was begun with.

        :raises InputError: if there is no run.
        """
        if not self.is_begun:
            raise InputError(f"{self.path} holds no training to go on with.", "Train without --resume to begin one.")
        return TrainingConfig().with_settings(read_config(self.config_file))

    def record(self) -> RunRecord:
        """What the run was begun with.

        :raises FormatError: if run.json cannot be read.
        """
        return RunRecord(**read_json(self.record_file))

    def store_folder(self, record: RunRecord) -> Path:
        """The slice store."""
        return Path(os.path.normpath(self.path / record.store))  # an absolute path stays as it is

    def store_name(self, store: Path | None) -> str:
        """How the record tells a slice store: relative where it lies beside the run, so that both can be moved."""
        if store is None:
            return RunRecord.store
        run, store = self.path.absolute(), store.absolute()
        return os.path.relpath(store, run) if store.is_relative_to(run.parent) else str(store)

    def history(self) -> History:
        """The epochs that the last checkpoint knows of; none before the first.

        :raises FormatError: if the checkpoint is damaged.
        """
        if not self.last.exists():
            return History()
        return History.from_state(read_checkpoint(self.last)["callbacks"]["EpochEnd"]["history"])

    def sweep(self) -> None:
        """Remove what processes that were killed have left half-written; for who works alone in the run."""
        for folder in (self.path, self.path / "checkpoints"):
            sweep(folder)

    def _is_free(self) -> bool:
        """Whether nothing is in the folder but what a process can have left that was killed before the run began."""
        return self.path.is_dir() and all(
            each == self.record_file or each.name.startswith(".") for each in self.path.iterdir()
        )


def write_json(path: Path, values: dict) -> None:
    """Write a JSON file of a run, replacing the one that is there.

    :raises OutputError: if it cannot be written.
    """
    _write_text(path, json.dumps(values, indent=2) + "\n")


def _write_text(path: Path, text: str) -> None:
    with atomic_path(path, overwrite=True) as partial:
        partial.write_text(text, encoding="utf-8")
