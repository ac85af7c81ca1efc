"""Training on an endless stream of pairs, without validation: the bundled model and comparisons of networks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lightning.pytorch.callbacks import Callback

from ..fit import device_type, run_trainer, steps_per_epoch, trainer_for
from ..module import TrainingModule

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from lightning.pytorch import Trainer
    from torch import nn
    from torch.utils.data import DataLoader

    from ..config import TrainingConfig

_STEPS_BETWEEN_REPORTS = 100


def train_on_stream(
    network: nn.Module,
    loader: DataLoader,
    config: TrainingConfig,
    report: Callable[[dict], None] = lambda line: None,
    loss: Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor] | None = None,
) -> nn.Module:
    """Train for one epoch of `samples_per_epoch` and return the network that is used in the end, in evaluation mode.

    :param loader: yields batches (lr, hr) of `batch` samples.
    :param report: gets step, samples, loss (mean since the beginning), rate and seconds every 100 steps.
    :param loss: takes the network, lr and hr; None for that of the config.
    """
    steps = steps_per_epoch(config, config.samples_per_epoch)
    module = TrainingModule(network, config, steps, loss=loss)
    device = device_type(config)
    with trainer_for(config, device, [_Reports(report, config.batch)], steps=steps) as trainer:
        run_trainer(trainer, module, config, train_dataloaders=loader)
    return module.trained.cpu().eval()


class _Reports(Callback):
    def __init__(self, report: Callable[[dict], None], batch: int) -> None:
        self._report = report
        self._batch = batch
        self._began = time.monotonic()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: TrainingModule, outputs: object, batch: object, batch_idx: int
    ) -> None:
        """A line now and then."""
        step = trainer.global_step
        if step % _STEPS_BETWEEN_REPORTS == 0:
            self._report(
                {
                    "step": step,
                    "samples": step * self._batch,
                    "loss": pl_module.mean_loss,
                    "rate": pl_module.last_learning_rate,
                    "seconds": time.monotonic() - self._began,
                }
            )
