"""What happens around the steps: progress, cancelling, and at an epoch's end checkpoints, history and curves."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from lightning.pytorch.callbacks import Callback, Checkpoint
from MicroCTSuperResLib.errors import Cancelled
from MicroCTSuperResLib.progress import Progress

from .checkpoints import BEST, LAST
from .history import EpochRow, History
from .run_state import HISTORY
from .tensorboard_curves import TensorBoardCurves

if TYPE_CHECKING:
    from lightning.pytorch import Trainer

    from .config import TrainingConfig
    from .listener import Listener
    from .module import TrainingModule


class Steps(Callback):
    """Tells progress after each step and ends the training when the user wants it.

    :param listener: whom to tell.
    :param batch: samples in a step, over all devices.
    :param steps: in the whole training.
    """

    def __init__(self, listener: Listener, batch: int, steps: int) -> None:
        self._listener = listener
        self._batch = batch
        self._steps = steps
        self._began = (0, 0.0)

    def on_train_start(self, trainer: Trainer, pl_module: TrainingModule) -> None:
        """Steps of an earlier run took none of this run's time."""
        self._began = (trainer.global_step, time.monotonic())

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: TrainingModule, outputs: object, batch: object, batch_idx: int
    ) -> None:
        """Tell, and listen."""
        done, (first, began) = trainer.global_step, self._began
        if trainer.is_global_zero and done > first:
            # As if all steps had gone at the speed of this run's: the time left then is right after a resume, too.
            seconds = (time.monotonic() - began) * done / (done - first)
            self._listener.on_progress(Progress(done * self._batch, self._steps * self._batch, "samples", seconds))
        self._stop_if_cancelled()

    def on_validation_batch_end(self, *_: object) -> None:
        """Validation can take long, too."""
        self._stop_if_cancelled()

    def _stop_if_cancelled(self) -> None:
        if self._listener.should_cancel():
            raise Cancelled("The training was cancelled.", "Its checkpoint is kept: --resume goes on with it.")


class EpochEnd(Checkpoint):
    """At an epoch's end, after all else: the best checkpoint, the last one, then what is told of them.

    The history is a part of the checkpoints. Whenever the process is killed, the last checkpoint and its history belong
    together, and what was written beyond them is written again.

    :param folder: of the run, with its folder `checkpoints`.
    :param config: of the training.
    :param listener: whom to tell.
    """

    def __init__(self, folder: Path, config: TrainingConfig, listener: Listener) -> None:
        self.history = History()
        self._folder = folder
        self._config = config
        self._listener = listener
        self._curves = TensorBoardCurves(folder / "tensorboard")
        self._began = 0.0

    def state_dict(self) -> dict:
        """For the checkpoint."""
        return {"history": self.history.state()}

    def load_state_dict(self, state_dict: dict) -> None:
        """Of the checkpoint that the training goes on from."""
        self.history = History.from_state(state_dict["history"])

    def on_train_start(self, trainer: Trainer, pl_module: TrainingModule) -> None:
        """A file that was written after the last checkpoint is brought back to it."""
        if not trainer.is_global_zero:
            return
        self._curves.open(after_epoch=len(self.history.rows))
        if self.history.rows:
            self.history.write(self._folder / HISTORY)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: TrainingModule) -> None:
        """Time each epoch."""
        self._began = time.monotonic()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: TrainingModule) -> None:
        """Keep what was reached."""
        row = self._row(trainer, pl_module)
        self.history.rows.append(row)
        best = self.history.best(self._config.best_by)
        checkpoints = self._folder / "checkpoints"
        if best is row:
            trainer.save_checkpoint(checkpoints / BEST, weights_only=True)
        trainer.save_checkpoint(checkpoints / LAST)
        if trainer.is_global_zero:
            self.history.write(self._folder / HISTORY)
            self._curves.add(row)
            self._listener.on_epoch(epoch_event(row, best, self._config.epochs, time.monotonic() - self._began))
        if self.history.is_over(self._config):
            trainer.should_stop = True

    def teardown(self, trainer: Trainer, pl_module: TrainingModule, stage: str) -> None:
        """Called after a failure, too."""
        self._curves.close()

    def _row(self, trainer: Trainer, module: TrainingModule) -> EpochRow:
        return EpochRow(
            epoch=trainer.current_epoch + 1,
            step=trainer.global_step,
            samples=trainer.global_step * self._config.batch,
            learning_rate=module.last_learning_rate,
            train_loss=module.epoch_loss,
            **{name: _ten_digits(value) for name, value in module.scores.items()},
        )


def _ten_digits(value: float) -> float:
    """numpy sums an array in another order where it lies otherwise in memory, and the last digits differ."""
    return float(f"{value:.10g}")


def epoch_event(row: EpochRow, best: EpochRow, epochs: int, seconds: float) -> dict:
    """The numbers of an epoch, for a program; `is_best` tells whether it is the best one so far."""
    return {**asdict(row), "epochs": epochs, "best_epoch": best.epoch, "is_best": best is row, "seconds": seconds}


def epoch_in_words(event: dict) -> str:
    """The numbers of an epoch, for people; where several networks are trained, `site` tells which one."""
    which = f"{event['site']}: epoch" if "site" in event else "Epoch"
    best = "best so far" if event["is_best"] else f"best: epoch {event['best_epoch']}"
    return (
        f"{which} {event['epoch']} of {event['epochs']}: loss {event['train_loss']:.4g}, validation "
        f"{event['validation_loss']:.4g}, PSNR {event['psnr_db']:.2f} dB, SSIM {event['ssim']:.4f}, "
        f"BA/TA error {event['ba_ta_error']:.4f} ({best}; {event['seconds']:.0f} s)"
    )
