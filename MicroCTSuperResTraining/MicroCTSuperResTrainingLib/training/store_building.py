"""Making a slice store from paired specimens: each specimen whole or not at all, the index last."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import Cancelled, FormatError, InputError
from MicroCTSuperResLib.files import atomic_path, check_writable, sha256_of, sweep
from MicroCTSuperResLib.folder_lock import alone_in
from MicroCTSuperResLib.progress import Progress

from .store import (
    FACTS_FILE,
    HR_FILE,
    INDEX_FILE,
    LR_FILE,
    MASK_FILE,
    SCHEMA,
    SliceStore,
    StoredPair,
    open_store,
    read_stored_pair,
    verify_pair,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..cohort.pairing import SpecimenPair
    from ..cohort.specimen import Specimen


def build_store(
    folder: str | Path,
    specimens: Sequence[Specimen],
    pair_of: Callable[[Specimen], SpecimenPair],
    settings: dict,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_warning: Callable[[str], None] = lambda text: None,
    should_cancel: Callable[[], bool] = lambda: False,
) -> SliceStore:
    """Make a store, or open the one that is there if it was made of the same scans with the same settings.

    Specimens that an interrupted run has already stored are taken as they are once their checksums were found right.

    :param folder: of the store; its parent must exist.
    :param specimens: of the cohort, those that are to be trained, validated or tested on.
    :param pair_of: pairs one specimen.
    :param settings: of the pairing, as JSON can hold them: they are part of what the store was made of.
    :raises InputError: if specimens come in different units, or the folder holds another store.
    :raises FormatError: if a stored array was altered.
    :raises OutputError: if the disk is full or cannot be written, or another process makes a store there.
    :raises Cancelled: if `should_cancel` answered true; what was stored stays for the next time.
    """
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    wanted = [_origin_of(specimen, settings) for specimen in specimens]
    if (folder / INDEX_FILE).exists():
        return _reused(folder, specimens, wanted)
    with alone_in(folder, on_warning):
        sweep(folder)
        pairs = _stored(folder, specimens, wanted, pair_of, on_progress, on_warning, should_cancel)
        _write_index(folder, pairs, settings)
    return open_store(folder, verify=False)


def folder_name(specimen: Specimen) -> str:
    """The folder of a specimen in a store: its name where that can be a folder's, made unmistakable by a checksum."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in specimen.specimen)[:40]
    return f"{plain}-{hashlib.sha256(specimen.specimen.encode()).hexdigest()[:8]}"


def _stored(
    folder: Path,
    specimens: Sequence[Specimen],
    wanted: list[dict],
    pair_of: Callable[[Specimen], SpecimenPair],
    on_progress: Callable[[Progress], None],
    on_warning: Callable[[str], None],
    should_cancel: Callable[[], bool],
) -> list[StoredPair]:
    """All specimens, those that are not there yet paired and stored."""
    began = time.monotonic()
    pairs: list[StoredPair] = []
    for done, (specimen, origin) in enumerate(zip(specimens, wanted, strict=True)):
        if should_cancel():
            raise Cancelled(
                f"Cancelled after {done} of {len(specimens)} specimens were stored.", "They are kept for the next time."
            )
        pair = _stored_before(folder / folder_name(specimen), origin)
        if pair is None:
            pair = _store(folder / folder_name(specimen), pair_of(specimen), origin, len(specimens) - done, on_warning)
        pairs.append(pair)
        _check_units(pairs)
        on_progress(Progress(done + 1, len(specimens), "specimens", time.monotonic() - began))
    return pairs


def changed_since(pairs: Sequence[StoredPair], specimens: Sequence[Specimen]) -> list[str]:
    """The names of the specimens whose files are not those that were stored, as far as size and time of change tell.

    Files that were moved with all paths to them are the same.
    """
    return [
        pair.name
        for pair, specimen in zip(pairs, specimens, strict=True)
        if list(pair.facts["origin"]["files"].values()) != list(_origin_of(specimen, {})["files"].values())
    ]


def _origin_of(specimen: Specimen, settings: dict) -> dict:
    """What a stored specimen was made of: another answer means that it has to be made again."""
    files = [path for path in (specimen.lr, specimen.hr, specimen.mask) if path is not None]
    return {
        "files": {str(path): _state_of(path) for path in files},
        "reading": _plain(asdict(specimen.reading)),
        "settings": _plain(settings),
    }


def _state_of(path: Path) -> list[int] | None:
    """Size and time of change; None for a specimen that was made in memory."""
    return [path.stat().st_size, path.stat().st_mtime_ns] if path.exists() else None


def _reused(folder: Path, specimens: Sequence[Specimen], wanted: list[dict]) -> SliceStore:
    store = open_store(folder)
    pairs = store.of([specimen.specimen for specimen in specimens])
    for pair, origin in zip(pairs, wanted, strict=True):
        if pair.facts["origin"] != origin:
            raise InputError(
                f"The slice store {folder} was made of other scans or with other settings of the pairing than now "
                f"wanted for {pair.name}: {_difference(pair.facts['origin'], origin)}.",
                "Choose another folder for a new store, or delete this one.",
            )
    return store


def _difference(stored: dict, wanted: dict) -> str:
    """The first differences in words."""
    told = [
        f"{part}.{name} {stored[part].get(name)!r} there, {value!r} now"
        for part in ("files", "reading", "settings")
        for name, value in wanted[part].items()
        if stored[part].get(name) != value
    ]
    return "; ".join(told[:3]) or "files or settings are missing now"


def _stored_before(folder: Path, origin: dict) -> StoredPair | None:
    """The specimen as an interrupted run left it, if it is what is wanted now."""
    try:
        pair = read_stored_pair(folder)
        verify_pair(pair)
    except FormatError:
        return None
    return pair if pair.facts["origin"] == origin else None


def _store(
    target: Path, pair: SpecimenPair, origin: dict, still_to_come: int, on_warning: Callable[[str], None]
) -> StoredPair:
    for warning in pair.warnings:
        on_warning(f"{pair.specimen.specimen}: {warning}")
    bytes_of_pair = 4 * (pair.lr.voxels.size + pair.hr.voxels.size)
    # Specimens of one cohort are of about one size: what the first takes tells what all will take.
    check_writable(target, overwrite=True, needed_bytes=still_to_come * bytes_of_pair)
    with atomic_path(target, overwrite=True) as partial:
        partial.mkdir()
        _write_array(partial / LR_FILE, pair.lr.voxels, np.float32)
        _write_array(partial / HR_FILE, pair.hr.voxels, np.float32)
        if pair.mask is not None:
            _write_array(partial / MASK_FILE, pair.mask, bool)
        names = sorted(path.name for path in partial.iterdir())
        facts = {**_facts_of(pair), "origin": origin, "sha256": {name: sha256_of(partial / name) for name in names}}
        (partial / FACTS_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return read_stored_pair(target)


def _write_array(path: Path, array: np.ndarray, kind: type) -> None:
    with path.open("wb") as file:  # numpy's own opening would hide that a disk is full
        np.lib.format.write_array(file, np.ascontiguousarray(array, kind))


def _facts_of(pair: SpecimenPair) -> dict:
    specimen = pair.specimen
    return {
        "specimen": {name: getattr(specimen, name) for name in ("specimen", "animal", "site", "group")},
        "units": pair.lr.units,
        "lr_shape": list(pair.lr.voxels.shape),
        "spacing_mm": list(pair.lr.spacing),
        "origin_mm": list(pair.lr.origin),
        "direction": list(pair.lr.direction),
        "shift_um": _plain(pair.shift_um),
        "left_um": _plain(pair.left_um),
        "rotation_deg": _plain(pair.rotation_deg),
        "likeness": pair.likeness,
        "placement": pair.placement,
        "resampled": bool(pair.resampled),
        "warnings": list(pair.warnings),
    }


def _check_units(pairs: list[StoredPair]) -> None:
    if pairs[-1].units != pairs[0].units:
        raise InputError(
            f"{pairs[-1].name} is in {pairs[-1].units} and {pairs[0].name} in {pairs[0].units}: a network learns grey "
            "values of one kind.",
            "Calibrate all scans, or read all in the same units (column units).",
        )


def _write_index(folder: Path, pairs: list[StoredPair], settings: dict) -> None:
    specimens = [{"folder": pair.folder.name, "sha256": pair.facts["sha256"]} for pair in pairs]
    content = {"schema": SCHEMA, "settings": _plain(settings), "specimens": specimens}
    fingerprint = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    with atomic_path(folder / INDEX_FILE, overwrite=True) as partial:
        partial.write_text(json.dumps({**content, "fingerprint": fingerprint}, indent=2) + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    """As JSON gives it back: tuples as lists, numpy's numbers as Python's."""
    return json.loads(json.dumps(value, default=float))
