"""What can be told of a run from its folder without loading torch: how far it is, and how good."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.folder_lock import Holder, holder_of

from .history import History, read_history

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG, HISTORY, SCORES, BASELINES = "config.json", "history.csv", "scores.json", "validation.json"


class RunStage(Enum):
    """How far a run is."""

    STOPPED = "stopped"
    FINISHED = "finished"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class RunState:
    """One run.

    :param path: its folder.
    :param stage: stopped runs can be resumed; of damaged ones the settings or the history cannot be read.
    :param epochs_done: and `epochs`, of how many.
    :param best_psnr_db: of the best epoch on the validation slices; None before the first.
    :param model: folder of the model; None before there is one.
    :param holder: the process that trains in it now; None where none does, as far as it can be seen.
    """

    path: Path
    stage: RunStage
    epochs_done: int = 0
    epochs: int = 0
    best_psnr_db: float | None = None
    preset: str = ""
    from_model: str = ""
    model: Path | None = None
    holder: Holder | None = None

    @property
    def name(self) -> str:
        """That of its folder."""
        return self.path.name


def run_state(folder: str | Path) -> RunState:
    """How far the run in a folder is. The stage of a run that trains now is that of a stopped one."""
    path = Path(folder)
    config = _read_json(path / CONFIG)
    if config is None or not isinstance(config.get("epochs"), int):  # other programs have files of that name, too
        return RunState(path, RunStage.DAMAGED)
    try:
        history = history_of(path)
    except FormatError:
        return RunState(path, RunStage.DAMAGED)
    best = max((row.psnr_db for row in history.rows if not math.isnan(row.psnr_db)), default=None)
    done, epochs = len(history.rows), config["epochs"]
    # A finished run that goes on to more epochs has the scores of before.
    finished = (path / SCORES).is_file() and (done >= epochs or config.get("patience") is not None)
    return RunState(
        path,
        RunStage.FINISHED if finished else RunStage.STOPPED,
        done,
        epochs,
        best,
        str(config.get("preset", "")),
        str(config.get("from_model") or ""),
        path / "model" if (path / "model" / "card.json").is_file() else None,
        holder_of(path),
    )


def runs_in(folder: str | Path) -> list[RunState]:
    """The runs directly below a folder, by name; none where it cannot be read."""
    try:
        paths = sorted(path for path in Path(folder).iterdir() if (path / CONFIG).is_file())
    except OSError:
        return []
    return [run_state(path) for path in paths]


def history_of(run: str | Path) -> History:
    """The epochs of a run; none before the first.

    :raises FormatError: if its history cannot be read.
    """
    file = Path(run) / HISTORY
    return read_history(file) if file.is_file() else History()


def baselines_of(run: str | Path) -> dict[str, Mapping[str, float]]:
    """Scores of "bilinear" and "bicubic" interpolation on the validation slices; none before they were computed."""
    told = _read_json(Path(run) / BASELINES)
    return dict(told.get("baselines", {})) if told is not None else {}


def _read_json(file: Path) -> dict | None:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
