"""What was reached in each epoch: kept inside the checkpoints, told as history.csv."""

from __future__ import annotations

import csv
import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.files import atomic_path

if TYPE_CHECKING:
    from pathlib import Path

    from .config import TrainingConfig

BASELINES = ("bilinear", "bicubic")


@dataclass(frozen=True)
class EpochRow:
    """One epoch. No time of day and no duration: a training that was interrupted has the same history.

    :param epoch: from 1.
    :param step: steps of the optimizer so far.
    :param samples: pairs seen so far.
    :param learning_rate: of the epoch's last step.
    :param train_loss: mean over the epoch's steps.
    :param validation_loss: mean over the validation slices, with the weights that are used in the end.
    :param psnr_db: mean over the validation slices; `ssim` likewise.
    :param ba_ta_error: mean absolute difference of BA/TA from HR, over the validation slices with tissue; NaN where
        none has.
    """

    epoch: int
    step: int
    samples: int
    learning_rate: float
    train_loss: float
    validation_loss: float
    psnr_db: float
    ssim: float
    ba_ta_error: float


COLUMNS = tuple(each.name for each in fields(EpochRow))


class History:
    """The epochs so far.

    :param rows: in order.
    """

    def __init__(self, rows: list[EpochRow] | None = None) -> None:
        self.rows = list(rows or [])

    def state(self) -> list[dict]:
        """As a checkpoint keeps it."""
        return [asdict(row) for row in self.rows]

    @classmethod
    def from_state(cls, state: list[dict]) -> History:
        """What :meth:`state` gave."""
        return cls([EpochRow(**row) for row in state])

    def best(self, best_by: str) -> EpochRow | None:
        """The first of the epochs that are best by that column; None before the first epoch.

        An epoch without a value (NaN) is never better than one with.
        """
        sign = -1.0 if best_by == "validation_loss" else 1.0

        def worth(row: EpochRow) -> float:
            value = sign * getattr(row, best_by)
            return -math.inf if math.isnan(value) else value

        return max(self.rows, key=worth, default=None)

    def is_over(self, config: TrainingConfig) -> bool:
        """Whether the training has come to its end: all epochs, or `patience` epochs without a new best."""
        best = self.best(config.best_by)
        if best is None:
            return False
        done = self.rows[-1].epoch
        return done >= config.epochs or (config.patience is not None and done - best.epoch >= config.patience)

    def write(self, path: Path) -> None:
        """Write history.csv whole; numbers have all their digits.

        :raises OutputError: if it cannot be written.
        """
        with atomic_path(path, overwrite=True) as partial, partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in self.rows:
                writer.writerow("" if value != value else repr(value) for value in asdict(row).values())


def read_history(path: Path) -> History:
    """The history in a file.

    :raises FormatError: if it cannot be read.
    """
    kinds = {each.name: int if each.type == "int" else float for each in fields(EpochRow)}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return History(
                [
                    EpochRow(**{name: kinds[name](row[name]) if row[name] else math.nan for name in COLUMNS})
                    for row in csv.DictReader(file)
                ]
            )
    except (OSError, ValueError, KeyError) as error:
        raise FormatError(
            f"{path} cannot be read as the history of a training ({error}).", "Check the path."
        ) from error
