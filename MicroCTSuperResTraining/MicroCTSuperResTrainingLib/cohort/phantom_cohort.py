"""A cohort of simulated animals: small, with everything that a real one has, to learn and to test with.

Each specimen is a phantom that two scans show: HR, and LR with voxels of twice the size and noise of its own. Between
the scans of some specimens the stage has moved the bone by a known part of a voxel. Results on them test the software,
not biology.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import Cancelled, InputError, OutputError
from MicroCTSuperResLib.files import atomic_path, check_writable
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.progress import Progress
from MicroCTSuperResLib.simulation.acquisition import simulate_lr
from MicroCTSuperResLib.simulation.noise import backprojection_noise
from MicroCTSuperResLib.simulation.phantoms import HR_NOISE, SITES, make_phantom
from scipy import ndimage

from .specimen import Specimen
from .table import Cohort, read_cohort, write_cohort

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from MicroCTSuperResLib.imaging.volume import Volume

TABLE = "cohort.csv"
SHIFT_COLUMNS = ("true_shift_x_um", "true_shift_y_um", "true_shift_z_um")
_GROUPS = ("A", "B")
# Every so manyth animal lay still between its scans.
_STILL = 3
# The bone is made larger by so many voxels on all sides than what is kept, so that it goes on where it was moved.
_MARGIN = 6
_SMALLEST_SIZE = 16
_BYTES_PER_HR_VOXEL = 4 * (1 + 1 / 8)  # LR has an eighth of the voxels; single precision


@dataclass(frozen=True)
class PhantomCohortSettings:
    """What is made.

    :param sites: the bones of each animal, "femur", "spine" or both.
    :param animals: how many.
    :param size: HR voxels along x, y, z; even numbers.
    :param spacing_mm: edge of the HR voxel. The defaults show a whole bone in a fortieth of the study's voxels.
    :param frames: frame averages of the LR scans.
    :param largest_shift: by which the bone moves between the scans at most, along each axis, in HR voxels.
    :param seed: each seed makes other animals.
    :raises InputError: for settings that make no cohort.
    """

    sites: tuple[str, ...] = ("femur",)
    animals: int = 9
    size: tuple[int, int, int] = (160, 160, 40)
    spacing_mm: float = 0.02
    frames: int = 1
    largest_shift: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.sites or set(self.sites) - set(SITES) or len(set(self.sites)) != len(self.sites):
            raise InputError(f"There are no phantoms of {', '.join(self.sites)}.", f"Choose from {', '.join(SITES)}.")
        if self.animals < 1 or self.seed < 0:
            raise InputError(
                f"{self.animals} animals with seed {self.seed} cannot be made.", "Give 1 animal and seed 0 or more."
            )
        if len(self.size) != 3 or min(self.size) < _SMALLEST_SIZE or any(count % 2 for count in self.size):
            raise InputError(
                f"A phantom of {' x '.join(map(str, self.size))} voxels has no LR scan.",
                f"Give even numbers of at least {_SMALLEST_SIZE} voxels along x, y and z.",
            )
        if not 0 <= self.largest_shift <= _MARGIN - 2:
            raise InputError(
                f"A shift of {self.largest_shift:g} HR voxels is not simulated.", f"Give 0 to {_MARGIN - 2}."
            )


def make_phantom_cohort(
    folder: Path,
    settings: PhantomCohortSettings,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Cohort:
    """Make the scans and the table `cohort.csv` of a cohort that is not split yet.

    The columns `true_shift_x_um`, `_y_` and `_z_` tell how far the bone lies in LR from where it lies in HR.

    :param folder: is made; it appears whole or not at all.
    :param on_progress: told after each specimen.
    :param should_cancel: asked before each specimen.
    :returns: the cohort as it was written.
    :raises OutputError: if there is something at `folder` already, or it cannot be written.
    :raises Cancelled: when `should_cancel` says so.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} exists already.", "Name a folder that does not exist yet.")
    needed_bytes = settings.animals * len(settings.sites) * math.prod(settings.size) * _BYTES_PER_HR_VOXEL
    check_writable(folder, overwrite=folder.is_dir(), needed_bytes=int(needed_bytes))
    started = time.monotonic()
    names = [(number, site) for number in range(1, settings.animals + 1) for site in settings.sites]
    with atomic_path(folder, overwrite=folder.is_dir()) as temporary:
        temporary.mkdir()
        specimens = []
        for number, site in names:
            if should_cancel is not None and should_cancel():
                raise Cancelled("Making the cohort was cancelled.")
            specimens.append(_make_specimen(temporary, number, site, settings))
            if on_progress is not None:
                on_progress(Progress(len(specimens), len(names), "specimens", time.monotonic() - started))
        columns = ("specimen", "animal", "site", "group", "lr", "hr", "split", *SHIFT_COLUMNS, "simulated")
        write_cohort(Cohort(temporary / TABLE, tuple(specimens), columns), temporary / TABLE)
    return read_cohort(folder / TABLE)


def scan_pair(
    site: str,
    settings: PhantomCohortSettings,
    seed: int,
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> tuple[Volume, Volume]:
    """LR and HR of one phantom, each with noise of its own.

    :param shift: by which the bone lies farther along x, y, z in LR than in HR, in HR voxels.
    """
    size = tuple(count + 2 * _MARGIN for count in settings.size)
    bone = make_phantom(site, size=size, spacing_mm=settings.spacing_mm, seed=seed, noise=0)
    kept = Box((_MARGIN,) * 3, tuple(_MARGIN + count for count in settings.size))
    rng = np.random.default_rng([seed, 1])
    hr = bone.cropped(kept)
    hr = hr.with_voxels(hr.voxels + np.float32(HR_NOISE) * backprojection_noise(hr.voxels.shape, rng), origin=(0, 0, 0))
    # The bone was blurred by the phantom's HR scan, so that splines of order 5 move it nearly without loss.
    moved = ndimage.shift(bone.voxels, shift[::-1], order=5, mode="nearest") if any(shift) else bone.voxels
    still = bone.with_voxels(np.ascontiguousarray(moved[kept.slices]), origin=(0, 0, 0))
    return simulate_lr(still, seed=seed, frames=settings.frames), hr


def _make_specimen(folder: Path, number: int, site: str, settings: PhantomCohortSettings) -> Specimen:
    """Write the scans of one specimen."""
    seed = 1000 * settings.seed + number
    shift = _shift(number, site, settings)
    lr, hr = scan_pair(site, settings, seed, shift)
    animal = f"A{number:0{len(str(settings.animals))}}"
    name = f"{animal}-{site}"
    paths = {kind: volume.write(folder / f"{name}-{kind}.nrrd") for kind, volume in (("lr", lr), ("hr", hr))}
    told = [f"{1000 * settings.spacing_mm * step:.3f}" for step in shift]
    further = {**dict(zip(SHIFT_COLUMNS, told, strict=True)), "simulated": "yes"}
    return Specimen(name, animal, site, _GROUPS[(number - 1) % len(_GROUPS)], paths["lr"], paths["hr"], further=further)


def _shift(number: int, site: str, settings: PhantomCohortSettings) -> tuple[float, float, float]:
    """How far the stage moved between the scans of a specimen, in HR voxels along x, y, z."""
    if number % _STILL == 1:
        return (0.0, 0.0, 0.0)
    rng = np.random.default_rng([settings.seed, number, SITES.index(site)])
    return tuple(rng.uniform(-settings.largest_shift, settings.largest_shift, 3).tolist())
