"""The slice store: paired specimens as memory-mapped arrays, so that a training reads slices as fast as memory.

    STORE/index.json                 the specimens in order, the settings of the pairing, the checksum of the whole
    STORE/<specimen>/lr.npy          float32 (z, y, x), grey values in the units of the pair
    STORE/<specimen>/hr.npy          float32 (2z, 2y, 2x), on `hr_grid(lr)`
    STORE/<specimen>/mask.npy        bool, the shape of hr; where the specimen has a mask
    STORE/<specimen>/facts.json      geometry, units, shift, the specimen's row, the SHA-256 of the arrays

Grey values are not scaled, so that one store serves trainings with any settings. `store_building.py` writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import FormatError, InputError
from MicroCTSuperResLib.files import sha256_of
from MicroCTSuperResLib.imaging.sampling import hr_grid
from MicroCTSuperResLib.imaging.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Iterable

INDEX_FILE, FACTS_FILE = "index.json", "facts.json"
LR_FILE, HR_FILE, MASK_FILE = "lr.npy", "hr.npy", "mask.npy"
SCHEMA = 1

_BUILD_AGAIN = "Delete it; it is made again from the scans."


@dataclass(frozen=True)
class StoredPair:
    """One specimen of a store; its arrays are mapped, not read.

    :param folder: of the specimen.
    :param facts: of facts.json.
    """

    folder: Path
    facts: dict

    @property
    def name(self) -> str:
        """The specimen's name."""
        return self.facts["specimen"]["specimen"]

    @property
    def lr_shape(self) -> tuple[int, int, int]:
        """(z, y, x)."""
        return tuple(self.facts["lr_shape"])

    @property
    def units(self) -> str:
        """Of the grey values."""
        return self.facts["units"]

    def lr(self) -> Volume:
        """LR, its voxels mapped."""
        return Volume(
            np.load(self.folder / LR_FILE, mmap_mode="r"),
            spacing=tuple(self.facts["spacing_mm"]),
            origin=tuple(self.facts["origin_mm"]),
            direction=tuple(self.facts["direction"]),
            units=self.units,
        )

    def hr(self) -> Volume:
        """HR on `hr_grid(lr)`, its voxels mapped."""
        lr = self.lr()
        grid = hr_grid(lr)
        return lr.with_voxels(np.load(self.folder / HR_FILE, mmap_mode="r"), spacing=grid.spacing, origin=grid.origin)

    def mask(self) -> np.ndarray | None:
        """The specimen's mask on the grid of HR, mapped; None where it has none."""
        path = self.folder / MASK_FILE
        return np.load(path, mmap_mode="r") if path.exists() else None


@dataclass(frozen=True)
class SliceStore:
    """A store that was read and found whole.

    :param folder: of the store.
    :param pairs: in the order of the cohort.
    :param fingerprint: SHA-256 over all arrays and the settings of the pairing: the same for the same training data.
    """

    folder: Path
    pairs: tuple[StoredPair, ...]
    fingerprint: str

    def of(self, names: Iterable[str]) -> tuple[StoredPair, ...]:
        """The specimens of these names, in their order.

        :raises InputError: if the store lacks one.
        """
        known = {pair.name: pair for pair in self.pairs}
        missing = [name for name in names if name not in known]
        if missing:
            raise InputError(
                f"The slice store {self.folder} has no specimen {', '.join(missing)}.",
                "Choose the store of this cohort, or another folder for a new one.",
            )
        return tuple(known[name] for name in names)


def open_store(folder: str | Path, *, verify: bool = True) -> SliceStore:
    """Open a store.

    :param verify: read all arrays once and compare them with their checksums.
    :raises FormatError: if it is absent, incomplete or altered.
    """
    folder = Path(folder)
    index = read_json(folder / INDEX_FILE)
    if index.get("schema") != SCHEMA:
        raise FormatError(f"The slice store {folder} is of schema {index.get('schema')!r}, not {SCHEMA}.", _BUILD_AGAIN)
    pairs = tuple(read_stored_pair(folder / each["folder"]) for each in index["specimens"])
    for pair, each in zip(pairs, index["specimens"], strict=True):
        if pair.facts["sha256"] != each["sha256"]:
            raise FormatError(f"{pair.folder} does not belong to the store's {INDEX_FILE}.", _BUILD_AGAIN)
        if verify:
            verify_pair(pair)
    return SliceStore(folder, pairs, index["fingerprint"])


def read_stored_pair(folder: Path) -> StoredPair:
    """One specimen's folder; its arrays are looked at, not read.

    :raises FormatError: if a file is absent or the arrays are not those that the facts tell of.
    """
    facts = read_json(folder / FACTS_FILE)
    for name in facts["sha256"]:
        try:
            shape = np.load(folder / name, mmap_mode="r").shape
        except (OSError, ValueError) as error:
            raise FormatError(f"{folder / name} cannot be read ({error}).", _BUILD_AGAIN) from error
        factor = 1 if name == LR_FILE else 2
        if list(shape) != [factor * count for count in facts["lr_shape"]]:
            raise FormatError(f"{folder / name} has shape {shape}, which its facts do not tell.", _BUILD_AGAIN)
    return StoredPair(folder, facts)


def verify_pair(pair: StoredPair) -> None:
    """Read a specimen's arrays and compare their SHA-256 with that of its facts.

    :raises FormatError: if one was altered.
    """
    for name, expected in pair.facts["sha256"].items():
        if sha256_of(pair.folder / name) != expected:
            raise FormatError(f"{pair.folder / name} was altered or damaged.", _BUILD_AGAIN)


def read_json(path: Path) -> dict:
    """The JSON object in a file of a store or run.

    :raises FormatError: if it is absent or no JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}).", "Check the path.") from error
    except ValueError as error:
        raise FormatError(f"{path} is not valid JSON ({error}).", "It was altered or damaged.") from error
    if not isinstance(value, dict):
        raise FormatError(f"{path} holds no JSON object.", "It was altered or damaged.")
    return value
