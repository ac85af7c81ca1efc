"""Where Lightning gets the samples from."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import torch
from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader

from .sampling import GlobalBatches

if TYPE_CHECKING:
    from .dataset import SliceSamples

_MOST_WORKERS = 12


class SliceData(LightningDataModule):
    """The share of one device of every batch.

    :param samples: of the training specimens.
    :param steps: batches in an epoch.
    :param batch: samples in a batch, over all devices.
    :param validation_slices: how many slices are scored after each epoch.
    :param workers: processes that prepare samples for this device.
    """

    def __init__(self, samples: SliceSamples, steps: int, batch: int, validation_slices: int, workers: int) -> None:
        super().__init__()
        self._samples = samples
        self._steps = steps
        self._batch = batch
        self._validation_slices = validation_slices
        self._workers = workers

    def train_dataloader(self) -> DataLoader:
        """Batches (lr, hr) in the order of `sampling.py`."""
        trainer = self.trainer
        batches = GlobalBatches(self._steps, self._batch, trainer.global_rank, trainer.world_size)
        # Lightning tells the epoch later than it lets worker processes begin with the first batches.
        batches.set_epoch(trainer.fit_loop.epoch_progress.current.processed)
        return slice_loader(
            self._samples, batches, self._workers, pin_memory=trainer.strategy.root_device.type == "cuda"
        )

    def val_dataloader(self) -> DataLoader:
        """The numbers of the validation slices of this device."""
        own = range(self.trainer.global_rank, self._validation_slices, self.trainer.world_size)
        return DataLoader(own, batch_size=None)


def slice_loader(samples: SliceSamples, batches: GlobalBatches, workers: int, *, pin_memory: bool) -> DataLoader:
    """Batches made here, or by worker processes some batches ahead of the network."""
    return DataLoader(
        samples,
        batch_sampler=batches,
        collate_fn=_as_it_is,
        num_workers=workers,
        persistent_workers=workers > 0,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_begin_worker,
        pin_memory=pin_memory,
    )


def workers_for(wanted: int | None, device_type: str, devices: int) -> int:
    """Processes that prepare samples for one device: those wanted, else none on a CPU, which they would only share with
    the network, and on a GPU as many as the cores allow.
    """
    if wanted is not None:
        return wanted
    return 0 if device_type == "cpu" else max(1, min(_MOST_WORKERS, (os.cpu_count() or 1) // devices - 1))


def _as_it_is(batch: object) -> object:
    """`SliceSamples` gives whole batches."""
    return batch


def _begin_worker(_: int) -> None:
    torch.set_num_threads(1)
    # Ctrl-C reaches all processes of a terminal; the training itself ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
