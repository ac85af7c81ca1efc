"""One trial: damage a scan's file, read it, and judge what the reader did."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from damage import cut, damaged
from MicroCTSuperResLib.errors import MicroCTError, OutOfMemory
from MicroCTSuperResLib.imaging.formats import open_scan
from MicroCTSuperResLib.imaging.volume import Volume

# A deflate stream expands by at most 1032, run lengths of AIM files by 255; a PNG or JPEG 2000 of nothing by more.
_MOST_EXPANSION = 5000
_LONGEST_MESSAGE = 2000


@dataclass(frozen=True)
class Seed:
    """A whole scan to damage.

    :param path: what a user would name.
    :param files: the files that one trial damages one of.
    :param spacing: given by the user where the format holds none.
    :param may_lose_ends: whether nothing in the scan tells how many slices there are.
    :param units: what the grey values are turned into; None leaves them as they are.
    :param is_text_told: whether a cut may take away text lines that nothing else tells of (a detached header).
    """

    name: str
    path: Path
    files: tuple[Path, ...]
    spacing: tuple[float, float, float] | None = None
    may_lose_ends: bool = False
    is_text_told: bool = False
    units: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of a trial: "read", "refused" or "fault", and why."""

    kind: str
    reason: str = ""


class Trials:
    """All trials of one seed; the scan is whole again after each."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.contents = {file: file.read_bytes() for file in seed.files}
        self.whole = self._opened().volume()

    def run(self, number: int) -> Verdict:
        """The trial of a number; the same number is the same damage."""
        chance = random.Random(f"{self.seed.name} {number}")
        file = chance.choice(self.seed.files)
        kind = chance.choice(("damage",) * 8 + ("cut", "lost"))
        try:
            self._damage(file, kind, chance)
            return self._judged(kind, chance)
        finally:
            file.write_bytes(self.contents[file])

    def _opened(self):
        return open_scan(self.seed.path, spacing=self.seed.spacing, units=self.seed.units)

    def _damage(self, file: Path, kind: str, chance: random.Random) -> None:
        if kind == "lost" and len(self.seed.files) > 1:
            file.unlink()
        elif kind == "damage":
            file.write_bytes(damaged(self.contents[file], chance))
        else:
            file.write_bytes(cut(self.contents[file], chance))

    def _judged(self, kind: str, chance: random.Random) -> Verdict:
        try:
            scan = self._opened()
            volume = scan.volume()
        except OutOfMemory as error:
            return Verdict("fault", f"more memory than the file can need: {error}")
        except MicroCTError as error:
            return _judged_message(error)
        except Exception as error:  # what a reader must never let through
            return Verdict("fault", f"{type(error).__name__}: {error}")
        on_disk = sum(file.stat().st_size for file in self.seed.files if file.exists())
        if volume.voxels.nbytes > _MOST_EXPANSION * max(on_disk, 1):
            return Verdict("fault", f"{volume.voxels.nbytes} bytes of voxels from {on_disk} bytes of files")
        if kind != "damage" and not scan.header.warnings and not self._is_same(volume):
            return Verdict("fault", "missing bytes gave another volume without a word")
        return _judged_part(scan, volume.voxels, chance)

    def _is_same(self, volume) -> bool:
        geometry = volume.spacing == self.whole.spacing or self.seed.is_text_told
        if self.seed.may_lose_ends and volume.size[2] == self.whole.size[2] - 1:
            return geometry and any(np.array_equal(volume.voxels, part) for part in _without_an_end(self.whole))
        return geometry and np.array_equal(volume.voxels, self.whole.voxels)


def _judged_part(scan, whole: np.ndarray, chance: random.Random) -> Verdict:
    """A part with steps is the same voxels as in the whole, or refused: a fault may be found in one of them only."""
    region = tuple(_part_of(count, chance) for count in whole.shape)
    try:
        part = scan.read(region)
    except OutOfMemory as error:
        return Verdict("fault", f"more memory than a part can need: {error}")
    except MicroCTError as error:
        return _judged_message(error)
    except Exception as error:
        return Verdict("fault", f"the part {region}: {type(error).__name__}: {error}")
    if part.dtype != whole.dtype or not np.array_equal(part, whole[region], equal_nan=True):
        return Verdict("fault", f"the part {region} differs from the same part of the whole")
    return Verdict("read")


def _part_of(count: int, chance: random.Random) -> slice:
    """Some of the voxels along an axis, at least one, every one of them or fewer."""
    start, stop = sorted(chance.sample(range(count + 1), 2))
    step = chance.choice((1, 1, 2, 3))
    return slice(start, start + (stop - start - 1) // step * step + 1, step)


def _without_an_end(volume: Volume) -> tuple[np.ndarray, np.ndarray]:
    return volume.voxels[1:], volume.voxels[:-1]


def _judged_message(error: MicroCTError) -> Verdict:
    text = str(error)
    if not error.message or not error.hint or len(text) > _LONGEST_MESSAGE or not text.isprintable():
        return Verdict("fault", f"an error that tells too little or too much: {text[:300]!r}, hint {error.hint[:80]!r}")
    return Verdict("refused", error.message)


def emptied(folder: Path) -> Path:
    """A folder that exists and is empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
