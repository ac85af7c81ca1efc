"""Enhancement: an LR volume in, the DL volume on the HR grid out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Cancelled, OutOfMemory
from ..imaging.sampling import factors, hr_grid
from ..imaging.scaling import scaling_of
from ..progress import Progress
from .devices import choose_device
from .grey_values import store_slices
from .memory import check_memory, estimate, result_type
from .provenance import provenance_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..imaging.scaling import Scaling
    from ..imaging.volume import Volume
    from ..networks.loading import Model
    from .slices import SliceRunner

# Pixels of LR slices that go through the network in one call. One 200x200 slice is enough to keep a CPU busy, and
# larger blocks only leave its caches; a GPU wants more. Small slices are gathered into blocks.
_BLOCK_PIXELS = {"cpu": 200 * 200, "cuda": 16 * 200 * 200, "mps": 4 * 200 * 200}
# More voxels than this share beyond the range of an integer type are worth telling.
_TELLING_SHARE = 1e-4


def enhance(
    volume: Volume,
    model: str | Path | Model = "default",
    device: str = "auto",
    grid: str = "isotropic",
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
    on_warning: Callable[[str], None] | None = None,
    block_slices: int | None = None,
    largest_tile: int | None = None,
    memory_limit_bytes: int | None = None,
) -> Volume:
    """Enhance a low-resolution volume.

    A constant volume comes back constant, a volume of one slice is continued by itself above and below.

    :param volume: the LR volume, any real voxel type, finite.
    :param model: name of a stored model, path of a model folder, or a loaded model.
    :param device: "auto", "cpu", "cuda", "cuda:N" or "mps".
    :param grid: "isotropic" halves the voxel along x, y, z; "in-plane" along x and y (mean of the two HR slices).
    :param on_progress: called after each block of slices.
    :param should_cancel: asked before each block; true ends the work.
    :param on_warning: gets what the user should know; the same texts stand in the result's metadata.
    :param block_slices: LR slices in one call of the network; chosen for the device by default.
    :param largest_tile: LR pixels along y and x in one call of the network; larger slices are cut into tiles with
        halos.
    :param memory_limit_bytes: refuse work that needs more; by default what is free now.
    :returns: the DL volume: integer voxels keep their type (rounded, limited to its range), others are float32. Units
        and metadata of the LR volume are kept, provenance is added.
    :raises InputError: for NaN or infinite voxels, grey values beyond single precision, or an unknown grid.
    :raises ModelError: for a model that is absent, broken, or not for this volume.
    :raises DeviceError: for a device that does not exist.
    :raises OutOfMemory: before the work starts, if it cannot fit.
    :raises Cancelled: if `should_cancel` answered true.
    """
    volume.check_grey_values()
    target = hr_grid(volume, grid)
    model = _loaded(model)
    device = choose_device(device)
    check_memory(estimate(volume, model.card, device, grid), memory_limit_bytes)
    scaling = scaling_of(volume, model.card.scaling)
    warnings = _Warnings(on_warning)
    warnings.extend(model.card.range_warnings(volume.spacing, volume.units))

    runner = _Runner(model, device, block_slices or _slices_in_block(volume, device), largest_tile, warnings.append)
    voxels = np.empty(target.shape, result_type(volume.voxels.dtype))
    start = time.monotonic()
    outside = 0
    for done, slices, enhanced in runner.blocks(volume, scaling, should_cancel or (lambda: False)):
        outside += store_slices(enhanced, scaling, voxels, slices, factors(grid)[2])
        if on_progress is not None:
            on_progress(Progress(done, volume.size[2], "slices", time.monotonic() - start))
    if outside > _TELLING_SHARE * voxels.size:
        warnings.append(
            f"{outside / voxels.size:.2%} of the voxels were beyond the range of {voxels.dtype} and were limited to "
            "it: convert the LR volume to a wider type to keep them."
        )
    provenance = provenance_of(
        volume, model.card, scaling=scaling, device=runner.device, grid=grid, warnings=warnings.texts
    )
    return volume.with_voxels(voxels, spacing=target.spacing, origin=target.origin, metadata=provenance, source=None)


def _loaded(model: str | Path | Model) -> Model:
    from ..networks.loading import Model, load_model

    loaded = model if isinstance(model, Model) else load_model(model)
    loaded.card.check_supported()
    return loaded


def _slices_in_block(volume: Volume, device: str) -> int:
    pixels = volume.size[0] * volume.size[1]
    return max(1, min(volume.size[2], _BLOCK_PIXELS[device.split(":")[0]] // pixels))


class _Warnings:
    def __init__(self, tell: Callable[[str], None] | None) -> None:
        self.texts: list[str] = []
        self._tell = tell

    def append(self, text: str) -> None:
        self.texts.append(text)
        if self._tell is not None:
            self._tell(text)

    def extend(self, texts: list[str]) -> None:
        for text in texts:
            self.append(text)


def _is_out_of_memory(error: Exception) -> bool:
    import torch

    # On the CPU torch raises a plain RuntimeError and tells the reason only in its text.
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "allocate memory" in str(error)


@dataclass
class _Runner:
    """Streams blocks of slices through the network and steps down when the device's memory ends."""

    model: Model
    device: str
    block_slices: int
    largest_tile: int | None
    warn: Callable[[str], None]

    def blocks(
        self, volume: Volume, scaling: Scaling, should_cancel: Callable[[], bool]
    ) -> Iterator[tuple[int, slice, np.ndarray]]:
        """Yields (LR slices done, the block's LR slices, enhanced (n, 2, 2y, 2x) scaled float32)."""
        import torch

        runner = self._slice_runner()
        start, count = 0, volume.size[2]
        while start < count:
            if should_cancel():
                raise Cancelled(f"Cancelled after {start} of {count} slices.", "Nothing was written.")
            stop = min(start + self.block_slices, count)
            # Beyond the first and last slice the volume is continued by these.
            wanted = np.clip(np.arange(start - runner.margin, stop + runner.margin), 0, count - 1)
            try:
                enhanced = runner.run(torch.from_numpy(scaling.apply(volume.voxels[wanted])))
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
                runner = self._step_down(runner)
                continue
            yield stop, slice(start, stop), enhanced.numpy()
            start = stop

    def _slice_runner(self) -> SliceRunner:
        from .slices import SliceRunner

        tile = {} if self.largest_tile is None else {"largest_tile": self.largest_tile}
        return SliceRunner(self.model, self.device, **tile)

    def _step_down(self, runner: SliceRunner) -> SliceRunner:
        """Half the block; when it is a single slice, the CPU."""
        import torch

        if runner.device.type == "cuda":
            torch.cuda.empty_cache()
        if self.block_slices > 1:
            self.block_slices //= 2
            return runner
        if runner.device.type == "cpu":
            raise OutOfMemory("The memory ended while enhancing.", "Close other programs or choose a smaller tile.")
        self.warn(
            f"The memory of {self.device} ended with a single slice: the work went on on the CPU, which is slower."
        )
        self.device = "cpu"
        return self._slice_runner()
