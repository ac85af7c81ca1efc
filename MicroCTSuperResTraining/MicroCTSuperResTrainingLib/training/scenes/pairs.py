"""An endless stream of LR/HR training pairs cut from blocks of scenes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from .blocks import BLOCK_SHAPE, random_part, real_scenes, simulated_block
from .degradation import UnblurredShares, random_acquisition, scan
from .draws import random_cut

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTEXT = 5
WINDOWS = 2  # neighbouring LR slices predicted from one acquisition
PATCH = 64  # LR pixels along y and x
MARGIN = (2, 4, 4)  # LR voxels around the patch that are scanned and then cut away, so that no border effect is learnt


def make_blocks(count: int, real_data: Path | None, real_share: float, seed: int) -> np.ndarray:
    """A pool of scenes, float16 (count, z, y, x); the real share is 0 where no real data is found."""
    rng = np.random.default_rng(seed)
    scenes = real_scenes(real_data) if real_data is not None else []
    real_count = round(count * real_share) if scenes else 0
    pool = np.empty((count, *BLOCK_SHAPE), np.float16)
    for index in range(count):
        if index < real_count:
            pool[index] = random_part(scenes[index % len(scenes)], rng)
        else:
            pool[index] = simulated_block(rng)
    return pool


class PairStream(IterableDataset):
    """Yields batches (lr, hr): float32 tensors (n, 5, 64, 64) and (n, 2, 128, 128).

    :param blocks: the pool of `make_blocks`.
    :param draws: acquisitions in a batch; each gives `WINDOWS` pairs.
    :param seed: with the worker's number it fixes the stream.
    :param unblurred: how many LR scans have no blur of their own.
    """

    def __init__(self, blocks: np.ndarray, draws: int, seed: int, unblurred: UnblurredShares | None = None) -> None:
        self.blocks = blocks
        self.draws = draws
        self.seed = seed
        self.unblurred = unblurred or UnblurredShares()

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        while True:
            pairs = [self._draw(rng) for _ in range(self.draws)]
            lr, hr = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
            yield torch.from_numpy(lr), torch.from_numpy(hr)

    def _draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        block = self.blocks[rng.integers(len(self.blocks))]
        lr_shape = np.array((WINDOWS + CONTEXT - 1, PATCH, PATCH)) + 2 * np.array(MARGIN)
        scene = random_part_in_plane(block, 2 * lr_shape, rng).astype(np.float32)
        if rng.random() < 0.1:
            scene = 1 - scene
        hr, lr = scan(scene, random_acquisition(rng, self.unblurred), rng)
        hr = hr[tuple(slice(2 * m, -2 * m) for m in MARGIN)]
        lr = lr[tuple(slice(m, -m) for m in MARGIN)]
        half = CONTEXT // 2
        lr_windows = np.stack([lr[i : i + CONTEXT] for i in range(WINDOWS)])
        hr_windows = np.stack([hr[2 * (i + half) : 2 * (i + half) + 2] for i in range(WINDOWS)])
        return lr_windows, hr_windows


def random_part_in_plane(block: np.ndarray, shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random part of `shape`, mirrored and turned by quarter turns at random in the slice plane, mirrored in z."""
    part = np.rot90(random_cut(block, shape, rng), rng.integers(4), axes=(1, 2))
    return part[:: rng.choice((-1, 1)), :, :: rng.choice((-1, 1))]


def pair_loader(stream: PairStream, workers: int) -> DataLoader:
    """Batches made by worker processes, a few ahead of the network."""
    return DataLoader(
        stream, batch_size=None, num_workers=workers, prefetch_factor=8 if workers else None,
        worker_init_fn=lambda _: torch.set_num_threads(1),
    )  # fmt: skip
