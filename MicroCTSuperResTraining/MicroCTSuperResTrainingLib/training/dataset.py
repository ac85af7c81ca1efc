"""Training samples: slices of LR and HR from a store, scaled, cut and turned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from MicroCTSuperResLib.imaging.sampling import SCALE
from MicroCTSuperResLib.imaging.scaling import Scaling, scaling_of
from torch.utils.data import Dataset

from .sampling import SampleOrder, draws_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from .config import TrainingConfig
    from .store import StoredPair


@dataclass(frozen=True)
class SampleShape:
    """What one sample is made of.

    :param context: LR slices that the network sees, odd.
    :param hr_slices: 2 where a network gives both HR slices inside the LR slice; 1 where each HR slice is a sample of
        its own, paired with the LR slice that contains it.
    :param patch: LR pixels along y and x.
    """

    context: int
    hr_slices: int
    patch: tuple[int, int]

    @property
    def lr(self) -> tuple[int, int, int]:
        """(slices, y, x)."""
        return (self.context, *self.patch)

    @property
    def hr(self) -> tuple[int, int, int]:
        """(slices, y, x)."""
        return (self.hr_slices, *(SCALE * count for count in self.patch))


def sample_shape(network: nn.Module, pairs: Sequence[StoredPair], patch: int | None) -> SampleShape:
    """The samples that a network takes from these specimens.

    :param patch: LR pixels along y and x; None for whole slices. It is made smaller where a specimen's slices are, and
        to what the network's poolings can halve.
    """
    on_hr_grid = network.input_grid == "hr"
    step = max(1, network.multiple // SCALE) if on_hr_grid else network.multiple
    smallest = np.min([pair.lr_shape[1:] for pair in pairs], axis=0)
    wanted = smallest if patch is None else np.minimum(smallest, patch)
    sides = tuple(max(step, int(side) // step * step) for side in wanted)
    return SampleShape(network.context_slices, 1 if on_hr_grid else SCALE, sides)


class SliceSamples(Dataset):
    """Samples by their number; see `sampling.py`.

    :param pairs: the specimens.
    :param shape: of a sample.
    :param config: of the training.
    """

    def __init__(self, pairs: Sequence[StoredPair], shape: SampleShape, config: TrainingConfig) -> None:
        self.pairs = tuple(pairs)
        self.shape = shape
        self._seed = config.seed
        self._augment = config.augment
        self._each_image = config.scaling.kind == "image-minmax"
        self._scalings = [scaling_of(pair.lr(), config.scaling) for pair in pairs]
        per_specimen = [pair.lr_shape[0] * (SCALE // shape.hr_slices) for pair in pairs]
        self._ends = np.cumsum(per_specimen)
        self.order = SampleOrder(int(self._ends[-1]), config.seed)

    def __len__(self) -> int:
        return self.order.slices

    def __getstate__(self) -> dict:
        return {name: value for name, value in self.__dict__.items() if name != "_arrays"}

    @cached_property
    def _arrays(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Mapped once in each process."""
        return [(pair.lr().voxels, pair.hr().voxels) for pair in self.pairs]

    def __getitem__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The sample `number`, (context, y, x) and (hr_slices, 2y, 2x)."""
        lr, hr = self.__getitems__([number])
        return lr[0], hr[0]

    def __getitems__(self, numbers: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """A batch, (n, context, y, x) and (n, hr_slices, 2y, 2x), float32."""
        lr = np.empty((len(numbers), *self.shape.lr), np.float32)
        hr = np.empty((len(numbers), *self.shape.hr), np.float32)
        for place, number in enumerate(numbers):
            self._fill(lr[place], hr[place], number)
        return torch.from_numpy(lr), torch.from_numpy(hr)

    def _fill(self, lr: np.ndarray, hr: np.ndarray, number: int) -> None:
        draws = draws_of(number, self._seed)
        specimen, first_hr = self._place_of(self.order.slice_of(number))
        lr_voxels, hr_voxels = self._arrays[specimen]
        corner = [draws.integers(have - n + 1) for have, n in zip(lr_voxels.shape[1:], self.shape.patch, strict=True)]
        lr_part, hr_part = cut(lr_voxels, hr_voxels, first_hr, corner, self.shape)
        scaling = self._scaling(specimen, lr_part)
        if self._augment:
            lr_part, hr_part = turned(lr_part, hr_part, draws)
        for target, part in ((lr, lr_part), (hr, hr_part)):
            np.subtract(part, np.float32(scaling.low), out=target)
            target /= np.float32(scaling.high - scaling.low)

    def _place_of(self, which: int) -> tuple[int, int]:
        """The specimen of a slice of all, and the number of its first HR slice there."""
        specimen = int(np.searchsorted(self._ends, which, side="right"))
        before = 0 if specimen == 0 else int(self._ends[specimen - 1])
        return specimen, (which - before) * self.shape.hr_slices

    def _scaling(self, specimen: int, lr: np.ndarray) -> Scaling:
        return scaling_of_slice(lr) if self._each_image else self._scalings[specimen]


def scaling_of_slice(lr: np.ndarray) -> Scaling:
    """The study's scaling of one image: by the smallest and largest value of the middle LR slice."""
    middle = lr[len(lr) // 2]
    low, high = float(middle.min()), float(middle.max())
    return Scaling(low, high if high > low else low + max(1.0, abs(low) * 1e-3))


def cut(
    lr: np.ndarray, hr: np.ndarray, first_hr: int, corner: Sequence[int], shape: SampleShape
) -> tuple[np.ndarray, np.ndarray]:
    """A sample's part of both volumes; beyond the first and last LR slice the volume is continued by these.

    :param first_hr: its first HR slice.
    :param corner: its first LR pixel along y and x.
    :returns: (context, y, x) and (hr_slices, 2y, 2x).
    """
    middle, half = first_hr // SCALE, shape.context // 2
    (y, x), (height, width) = corner, shape.patch
    window = slice(middle - half, middle + half + 1)
    if window.start < 0 or window.stop > len(lr):
        window = np.clip(np.arange(window.start, window.stop), 0, len(lr) - 1)
    lr_part = lr[window, y : y + height, x : x + width]
    hr_part = hr[
        first_hr : first_hr + shape.hr_slices,
        SCALE * y : SCALE * (y + height),
        SCALE * x : SCALE * (x + width),
    ]
    return lr_part, hr_part


def turned(lr: np.ndarray, hr: np.ndarray, draws: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Both parts turned by quarter turns in the plane, mirrored in x and mirrored in z, each at random.

    Parts that are no squares are turned by half turns. The LR and HR grids have their edges in common, so each LR voxel
    goes on covering its own HR voxels.
    """
    square = lr.shape[1] == lr.shape[2]
    quarters = int(draws.integers(4)) if square else 2 * int(draws.integers(2))
    mirror_x, mirror_z = draws.integers(2, size=2)
    parts = []
    for part in (lr, hr):
        part = np.rot90(part, quarters, axes=(1, 2))
        parts.append(part[:: -1 if mirror_z else 1, :, :: -1 if mirror_x else 1])
    return parts[0], parts[1]
