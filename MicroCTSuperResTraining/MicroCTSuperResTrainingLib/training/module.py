"""One network in training: the only place where a network learns, whatever its samples are made of."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import torch
from lightning.pytorch import LightningModule
from MicroCTSuperResLib.enhancement.slices import SliceRunner
from MicroCTSuperResLib.errors import MicroCTError

from .losses import loss_named
from .schedule import Schedule
from .validation import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from .config import TrainingConfig
    from .validation import ValidationSlices

# The loss is looked at only now and then: on a GPU each look waits for all steps before it.
_STEPS_BETWEEN_LOOKS = 20


class TrainingDiverged(MicroCTError):
    """The loss became NaN or infinite."""

    code = "diverged"


class TrainingModule(LightningModule):
    """Adam, the learning rate of a schedule, and a running average of the weights.

    :param network: as `build_network` or `load_model` gives it.
    :param config: of the training.
    :param steps: of the optimizer in the whole training.
    :param validation: the slices that are scored after each epoch; None to score nothing.
    :param loss: takes the network, LR and HR of a batch; None for that of the config.
    """

    def __init__(
        self,
        network: nn.Module,
        config: TrainingConfig,
        steps: int,
        validation: ValidationSlices | None = None,
        loss: Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last).train()
        self.averaged = None if config.average is None else _frozen_copy(self.network)
        self.validation = validation
        self.epoch_loss = math.nan
        self.scores: dict[str, float] = {}
        self._config = config
        self._schedule = Schedule(config.learning_rate, steps, config.schedule, config.warm_up)
        self._loss = loss or loss_named(config.loss, config.worse_weight)
        # Kept outside the module's own children, so that the names of the weights stay those of the network.
        self._computed = [torch.compile(network) if config.compile else self.network]
        self._loss_sum: torch.Tensor | None = None
        self._losses = 0
        self._validated: list[tuple[float, ...]] = []
        self._runner: SliceRunner | None = None

    @property
    def trained(self) -> nn.Module:
        """The network that is used in the end: the averaged one, where there is one."""
        return self.network if self.averaged is None else self.averaged

    @property
    def mean_loss(self) -> float:
        """Of this device's steps since the epoch began."""
        return math.nan if self._loss_sum is None else float(self._loss_sum) / self._losses

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam, as in the study."""
        return torch.optim.Adam(self.network.parameters(), lr=self._config.learning_rate)

    def on_train_epoch_start(self) -> None:
        """Begin to sum the loss anew."""
        self._loss_sum, self._losses = None, 0

    def on_train_batch_start(self, batch: object, batch_idx: int) -> None:
        """The rate follows from the number of the step alone, so that nothing has to be restored."""
        for group in self.optimizers(use_pl_optimizer=False).param_groups:
            group["lr"] = self._schedule.rate_at(self.global_step)

    @property
    def last_learning_rate(self) -> float:
        """Of the step before."""
        return self._schedule.rate_at(max(0, self.global_step - 1))

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], batch_idx: int) -> torch.Tensor:
        """The loss of one batch."""
        lr, hr = (part.contiguous(memory_format=torch.channels_last) for part in batch)
        loss = self._loss(self._computed[0], lr, hr)
        told = loss.detach().float()
        self._loss_sum = told if self._loss_sum is None else self._loss_sum + told
        self._losses += 1
        return loss

    def on_train_batch_end(self, outputs: object, batch: object, batch_idx: int) -> None:
        """The running average follows; a loss that is no number ends the training."""
        if self.averaged is not None:
            # A young average would remember the random start for a long time, so it begins by following closely.
            stay = min(self._config.average, self.global_step / (self.global_step + 10))
            _follow(self.averaged, self.network, stay)
        if self.global_step % _STEPS_BETWEEN_LOOKS == 0:
            self._check(self._over_devices([self.mean_loss])[0])

    def on_validation_epoch_start(self) -> None:
        """Scores are those of the network that is used in the end; one that is lost has none."""
        self._check(self._over_devices([self.mean_loss])[0])
        self._runner = SliceRunner(_Holder(self.trained), str(self.device))
        self._validated = []

    def validation_step(self, index: int, batch_idx: int) -> None:
        """Loss and scores of one slice."""
        lr, hr = (part.to(self.device) for part in self.validation.sample(int(index)))
        loss = float(self._loss(self.trained, lr, hr))
        scores = self.validation.scores(int(index), self._runner)
        self._validated.append((loss, *scores))

    def on_validation_epoch_end(self) -> None:
        """The means over the slices of all devices."""
        rows = torch.tensor(self._validated, dtype=torch.float64).reshape(len(self._validated), 1 + len(METRICS))
        known = ~rows.isnan()
        sums = self._over_devices([*torch.where(known, rows, 0.0).sum(0).tolist(), *known.sum(0).tolist()], "sum")
        totals, counts = sums[: len(sums) // 2], sums[len(sums) // 2 :]
        means = [total / count if count else math.nan for total, count in zip(totals, counts, strict=True)]
        self.scores = dict(zip(("validation_loss", *METRICS), means, strict=True))

    def on_train_epoch_end(self) -> None:
        """The epoch's mean loss over all devices, which every device then knows."""
        self.epoch_loss = self._over_devices([self.mean_loss])[0]
        self._check(self.epoch_loss)

    def _over_devices(self, values: list[float], operation: str = "mean") -> list[float]:
        if self.trainer.world_size == 1:
            return values
        reduced = self.trainer.strategy.reduce(
            torch.tensor(values, dtype=torch.float64, device=self.device), reduce_op=operation
        )
        return reduced.tolist()

    def _check(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise TrainingDiverged(
                f"The loss became {loss} in epoch {self.current_epoch + 1}.",
                f"The last checkpoints are kept. Train again with a lower learning rate than "
                f"{self._config.learning_rate:g}, or look for extreme grey values in the scans.",
            )


class _Holder:
    """A network as `SliceRunner` takes it."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network


def _frozen_copy(network: nn.Module) -> nn.Module:
    return copy.deepcopy(network).requires_grad_(False)


def _follow(averaged: nn.Module, network: nn.Module, stay: float) -> None:
    with torch.no_grad():
        for mean, weight in zip(averaged.parameters(), network.parameters(), strict=True):
            mean.lerp_(weight, 1 - stay)
