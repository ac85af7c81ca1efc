"""The order of the samples: it follows from the seed and the number of a sample alone.

Samples are numbered through all epochs. The number of a sample says which slice it is and how it is cut and turned, so
nothing has to be remembered when a training goes on after an interruption, no process that prepares samples changes
anything, and several devices together see the same batches as one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

# Numbers for different purposes are drawn from different streams of the same seed.
_ORDER_STREAM, _CUT_STREAM = 1, 2


@dataclass(frozen=True)
class SampleOrder:
    """Which slice a sample is: one random permutation of all slices after the other.

    :param slices: how many there are.
    :param seed: of the training.
    """

    slices: int
    seed: int
    _round: dict = field(default_factory=dict, repr=False, compare=False)

    def slice_of(self, number: int) -> int:
        """The slice (0 ... slices-1) of a sample."""
        which, place = divmod(number, self.slices)
        if which not in self._round:
            self._round.clear()
            self._round[which] = np.random.default_rng((_ORDER_STREAM, self.seed, which)).permutation(self.slices)
        return int(self._round[which][place])


def draws_of(number: int, seed: int) -> np.random.Generator:
    """The random numbers of a sample."""
    # Philox takes its key as it is, which is a hundred times faster than what default_rng makes of a seed.
    return np.random.Generator(np.random.Philox(key=[seed + (_CUT_STREAM << 60), number]))


class GlobalBatches:
    """The numbers of the samples in each batch that one of several devices trains on.

    :param steps: batches in an epoch.
    :param batch: samples in a batch, over all devices; a multiple of `world_size`.
    :param rank: of this device.
    :param world_size: how many devices there are.
    """

    def __init__(self, steps: int, batch: int, rank: int = 0, world_size: int = 1) -> None:
        self.steps = steps
        self.batch = batch
        self.rank = rank
        self.world_size = world_size
        self.epoch = 0

    @property
    def sampler(self) -> GlobalBatches:
        """Lightning looks here for what is to be told the epoch."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """The epoch that comes next, from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[int]]:
        share = self.batch // self.world_size
        for step in range(self.epoch * self.steps, (self.epoch + 1) * self.steps):
            first = step * self.batch + self.rank * share
            yield list(range(first, first + share))
