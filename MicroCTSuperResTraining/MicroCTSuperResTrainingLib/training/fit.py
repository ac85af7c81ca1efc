"""Training one network with Lightning, from the first step or from the last checkpoint."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import Checkpoint
from MicroCTSuperResLib.enhancement.devices import choose_device
from MicroCTSuperResLib.errors import InputError, OutOfMemory
from MicroCTSuperResLib.networks.architectures import build_network

from .callbacks import EpochEnd, Steps
from .checkpoints import LAST, WholeCheckpoints
from .config import TrainingConfig
from .data_module import SliceData, workers_for
from .dataset import SliceSamples, sample_shape
from .listener import Listener
from .module import TrainingModule
from .store import open_store
from .validation import ValidationSlices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lightning.pytorch import Callback
    from torch import nn

_PRECISIONS = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


@dataclass(frozen=True)
class FitPlan:
    """What one process needs to know to train; JSON can hold it.

    :param run: the run's folder, which exists.
    :param store: the slice store's folder, complete.
    :param training: names of the specimens to train on.
    :param validation: names of the specimens to validate on.
    :param config: of the training.
    :param resume: go on from the run's last checkpoint.
    """

    run: str
    store: str
    training: tuple[str, ...]
    validation: tuple[str, ...]
    config: TrainingConfig
    resume: bool = False

    def to_dict(self) -> dict:
        """As plain JSON values."""
        return {**{each.name: getattr(self, each.name) for each in fields(self)}, "config": self.config.to_dict()}

    @classmethod
    def from_dict(cls, values: dict) -> FitPlan:
        """What :meth:`to_dict` gave."""
        config = TrainingConfig().with_settings(values["config"])
        names = {part: tuple(values[part]) for part in ("training", "validation")}
        return cls(**{**values, **names, "config": config})


@dataclass(frozen=True)
class Prepared:
    """Everything that Lightning is given.

    :param steps: of the optimizer in an epoch.
    """

    module: TrainingModule
    data: SliceData
    steps: int


def fit(plan: FitPlan, listener: Listener) -> None:
    """Train; what was reached stands in the run's checkpoints and history afterwards.

    :raises OutOfMemory: if the device's memory ends.
    :raises TrainingDiverged: if the loss becomes NaN or infinite.
    :raises OutputError: if a checkpoint cannot be written, for example on a full disk.
    :raises Cancelled: if the listener said so.
    """
    config, run = plan.config, Path(plan.run)
    device = device_type(config)
    prepared = prepare(plan, device)
    callbacks = [Steps(listener, config.batch, prepared.steps * config.epochs), EpochEnd(run, config, listener)]
    with trainer_for(config, device, callbacks, steps=prepared.steps) as trainer:
        run_trainer(
            trainer, prepared.module, config, datamodule=prepared.data,
            ckpt_path=str(run / "checkpoints" / LAST) if plan.resume else None,
        )  # fmt: skip


def prepare(plan: FitPlan, device: str) -> Prepared:
    """Network, samples and validation slices of a plan."""
    config = plan.config
    store = open_store(plan.store, verify=False)
    training, validation = store.of(plan.training), store.of(plan.validation)
    network = first_network(config)
    shape = sample_shape(network, training, config.patch)
    samples = SliceSamples(training, shape, config)
    views = ValidationSlices(validation, config, shape)
    steps = steps_per_epoch(config, len(samples))
    module = TrainingModule(network, config, steps * config.epochs, views)
    workers = workers_for(config.workers, device, config.devices)
    return Prepared(module, SliceData(samples, steps, config.batch, len(views), workers), steps)


def steps_per_epoch(config: TrainingConfig, slices: int) -> int:
    """Whole batches in an epoch, at least one. What is left over begins the next epoch: no slice is passed over."""
    return max(1, (config.samples_per_epoch or slices) // config.batch)


def first_network(config: TrainingConfig) -> nn.Module:
    """The network that the training starts from: with the weights of a model, else with those of the seed.

    :raises ModelError: if there is no such model.
    :raises InputError: if the model is not the one that the training began with.
    """
    if config.from_model is None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            return build_network(config.architecture, dict(config.arguments))
    from MicroCTSuperResLib.networks.loading import load_model

    model = load_model(config.from_model)
    if config.from_sha256 not in (None, model.card.sha256):
        raise InputError(
            f"The model {config.from_model} has other weights now than when the training began.",
            "Give the path of the model that it began with, or train into another folder.",
        )
    return model.network


def device_type(config: TrainingConfig) -> str:
    """ "cpu", "cuda" or "mps".

    :raises DeviceError: if the device that was asked for is not there.
    """
    return choose_device(config.device).split(":")[0]


@contextmanager
def trainer_for(config: TrainingConfig, device: str, callbacks: Sequence[Callback], *, steps: int) -> Iterator[Trainer]:
    """A Lightning trainer that tells nothing but through the callbacks, and leaves torch's settings as they were.

    :param steps: of the optimizer in an epoch.
    """
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    if config.deterministic and device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # torch asks for it with deterministic algorithms
    with _quiet():
        try:
            yield Trainer(
                accelerator={"cuda": "gpu"}.get(device, device),
                devices=config.devices,
                num_nodes=config.nodes,
                strategy=_strategy(config, device),
                precision=_PRECISIONS[config.precision],
                max_epochs=config.epochs,
                limit_train_batches=steps,
                gradient_clip_val=config.clip,
                deterministic=config.deterministic or None,
                benchmark=device == "cuda" and not config.deterministic,
                num_sanity_val_steps=0,
                use_distributed_sampler=False,
                logger=False,
                enable_checkpointing=any(isinstance(each, Checkpoint) for each in callbacks),
                enable_progress_bar=False,
                enable_model_summary=False,
                plugins=[WholeCheckpoints(), _environment()],
                callbacks=list(callbacks),
                inference_mode=True,
            )
        finally:
            torch.use_deterministic_algorithms(was_deterministic)


def run_trainer(trainer: Trainer, module: TrainingModule, config: TrainingConfig, **what: object) -> None:
    """`trainer.fit`, with its failures as errors that a user can act on."""
    try:
        trainer.fit(module, weights_only=True, **what)
    except SystemExit as error:
        # Lightning turns Ctrl-C into the end of the process; whoever called decides about that.
        if isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None
        raise
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemory(
            f"The memory ended while training with a batch of {config.batch}.",
            f"Train with --batch {max(1, config.batch // 2)}"
            + (", or with smaller patches." if config.patch else ", or with --patch 64.")
            + " The last checkpoint is kept.",
        ) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch or Python tell that memory ended. On the CPU torch tells it in its text alone."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "allocate memory" in str(error)


def _strategy(config: TrainingConfig, device: str) -> object:
    if config.world_size == 1:
        return "auto"
    from lightning.pytorch.strategies import DDPStrategy

    # All of a network's weights take part in every step, and none of its buffers change.
    return DDPStrategy(
        process_group_backend="nccl" if device == "cuda" else "gloo", broadcast_buffers=False,
        gradient_as_bucket_view=True,
    )  # fmt: skip


def _environment() -> object:
    """Who started the processes: torchrun (or :mod:`..jobs.ranks`, in its way), SLURM, or nobody.

    Named here, because Lightning would take a SLURM job of one task for a reason to start none.
    """
    from lightning.pytorch.plugins import environments

    if environments.TorchElasticEnvironment.detect():
        return environments.TorchElasticEnvironment()
    if int(os.environ.get("SLURM_NTASKS", "1")) > 1 and environments.SLURMEnvironment.detect():
        return environments.SLURMEnvironment(auto_requeue=False)  # --resume is how a training goes on here
    return environments.LightningEnvironment()


@contextmanager
def _quiet() -> Iterator[None]:
    """Lightning's banners, tips and advice are not for the users of this software."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric", "lightning")]
    former = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"lightning\..*")
        warnings.filterwarnings("ignore", message=".*(lightning|dataloader|num_workers|LeafSpec).*")
        try:
            yield
        finally:
            for logger, level in zip(loggers, former, strict=True):
                logger.setLevel(level)
