"""How much memory and time an enhancement needs, known before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..errors import OutOfMemory
from ..imaging.sampling import hr_grid

if TYPE_CHECKING:
    from ..networks.card import ModelCard

# Python, torch and SimpleITK loaded, without any volume.
_PROGRAM_BYTES = 450 * 2**20
# Start-up, and eager float32 on one core: 257x257x495 LR voxels took 49 s on two cores of an AMD EPYC (Zen 4).
_START_SECONDS = 3.0
_MULTIPLY_ADDS_PER_SECOND_AND_CORE = 40e9


class Described(Protocol):
    """What an estimate needs to know of a volume: a Volume or the Header of a file."""

    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]
    voxel_type: str


@dataclass(frozen=True)
class Estimate:
    """What an enhancement will need.

    :param memory_bytes: peak of the whole process, input and output included.
    :param output_bytes: voxels of the result.
    :param seconds: on the CPU of this computer; None for another device, whose speed is not known beforehand.
    """

    memory_bytes: int
    output_bytes: int
    seconds: float | None


def estimate(volume: Described, card: ModelCard, device: str, grid: str, *, reading_bytes: int = 0) -> Estimate:
    """Memory and time to enhance a volume, the LR volume itself or the header of its file.

    :param reading_bytes: memory that reading it takes, where that is more than the volume itself.
    """
    # Slicer has no psutil of its own; without it the rest of this file serves there nevertheless.
    import psutil

    voxel_type = np.dtype(volume.voxel_type)
    lr_voxels = int(np.prod(volume.size))
    item = result_type(voxel_type).itemsize
    output = int(np.prod(hr_grid(volume, grid).size)) * item
    cost = _cost_of(card)
    slice_pixels = min(volume.size[0] * volume.size[1], cost.largest_tile**2)
    # The result exists twice while it is written: as an array and as the image of the file library.
    memory = _PROGRAM_BYTES + lr_voxels * voxel_type.itemsize + 2 * output + slice_pixels * cost.bytes_per_pixel
    cores = psutil.cpu_count(logical=False) or 1
    seconds = _START_SECONDS + lr_voxels * cost.multiply_adds / (_MULTIPLY_ADDS_PER_SECOND_AND_CORE * cores)
    memory = max(memory, _PROGRAM_BYTES + reading_bytes)
    return Estimate(memory, output, seconds if device == "cpu" else None)


def result_type(voxel_type: np.dtype) -> np.dtype:
    """Voxel type of the enhanced volume: the input's own integer type, float32 for floating point."""
    return voxel_type if voxel_type.kind in "iu" else np.dtype(np.float32)


def free_memory(control_groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that this process may still take: what the computer has free, or less where a container or a batch system
    sets a limit (Linux control groups, version 2); beyond such a limit a process is killed without a word.

    :param control_groups: where the system shows them.
    """
    import psutil

    free = psutil.virtual_memory().available
    try:
        own = Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2].lstrip("/")
    except OSError:
        return free
    group = control_groups / own
    for folder in (group, *group.parents):
        if not folder.is_relative_to(control_groups):
            break
        try:
            limit = int((folder / "memory.max").read_text())
            free = min(free, max(0, limit - int((folder / "memory.current").read_text())))
        except (OSError, ValueError):  # no limit here: the file is absent or says "max"
            continue
    return free


def check_memory(needed: Estimate, limit_bytes: int | None = None) -> None:
    """Refuse an enhancement that cannot fit.

    :param limit_bytes: what may be used; by default what is free now.
    :raises OutOfMemory: with both numbers.
    """
    hint = "Close other programs, enhance a smaller part with --crop, or choose --grid in-plane (half the size)."
    check_free_memory("Enhancing this volume", needed.memory_bytes, hint, limit_bytes)


def check_free_memory(work: str, needed_bytes: int, hint: str, limit_bytes: int | None = None) -> None:
    """Refuse work that cannot fit.

    :param work: what needs the memory, as the beginning of a sentence.
    :param limit_bytes: what may be used; by default what is free now.
    :raises OutOfMemory: with both numbers.
    """
    free = free_memory() if limit_bytes is None else limit_bytes
    if needed_bytes > free:
        raise OutOfMemory(
            f"{work} needs about {needed_bytes / 2**30:.1f} GiB of memory, {free / 2**30:.1f} GiB are free.", hint
        )


@dataclass(frozen=True)
class _Cost:
    """Multiply-adds for one LR voxel, bytes of activations alive at once for one LR pixel, and the largest tile."""

    multiply_adds: float
    bytes_per_pixel: int
    largest_tile: int


def _cost_of(card: ModelCard) -> _Cost:
    from .tiles import LARGEST_TILE

    if card.architecture == "unet_abstract":
        channels = card.arguments.get("channels", 64)
        # Summed over its convolutions, with four HR pixels for one LR voxel (one HR slice for each LR slice).
        return _Cost(716 * channels**2, 4 * channels * 4 * 9, LARGEST_TILE)
    channels = card.arguments.get("channels", 32)
    return _Cost(100 * channels**2, channels * 4 * 8, LARGEST_TILE)
