"""The chunks of an array on the disk: whether they are all there, and the voxels in them.

Zarr gives a fill value for every chunk that is absent, by design: programs leave out chunks that are empty. A folder
that was copied by half looks the same.
"""

from __future__ import annotations

import itertools
import math
import os
import warnings
from typing import TYPE_CHECKING

from ....errors import FormatError, MicroCTError
from .codecs import compressor_of, expands_beyond

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np

    from .array import ArrayInfo

# An array of which less is there is more likely a wrong claim than a volume.
_LEAST_SHARE = 0.01
_HINT = "Copy the whole folder again, or export it again."


def check_chunks(info: ArrayInfo, *, complete: bool) -> str | None:
    """Compare the files of an array with what its metadata claim; reads none of them.

    :param complete: whether every chunk must be there.
    :returns: what the user should know before trusting the voxels, or None.
    :raises FormatError: for files that are too short or too long, or chunks that are missing.
    """
    claimed, present = math.prod(info.counts), 0
    fewest, most = info.file_bytes
    for entry, name in files_below(info.folder, depth=len(info.shape) + 1):
        if info.position_of(name) is None:
            continue
        present += 1
        length = entry.stat().st_size
        if not fewest <= length <= most:
            raise FormatError(f"{entry.path} has {length} bytes, which is no whole chunk.", _HINT)
    if present == claimed:
        return None
    told = f"{info.folder} holds {present} of {claimed} chunks"
    if complete or present < claimed * _LEAST_SHARE:
        raise FormatError(f"{told}.", _HINT)
    return f"{told}; voxels of the others have the fill value, as zarr has it for empty chunks. Was all of it copied?"


def read_chunks(info: ArrayInfo, selection: tuple[slice, ...], *, complete: bool) -> np.ndarray:
    """The voxels of a selection, in the array's own order of axes.

    :param selection: a slice with start, stop and step for each axis.
    :param complete: whether every chunk must be there.
    :raises FormatError: for chunks that are missing or damaged.
    """
    import zarr

    compressor = None if info.inner_chunks else compressor_of(info.codecs)
    for position in _positions(info, selection):
        _check_chunk(info, position, compressor, complete=complete)
    try:
        with warnings.catch_warnings(action="ignore"):  # of metadata that a later zarr will not read
            store = zarr.storage.LocalStore(info.folder, read_only=True)
            array = zarr.open_array(store=store, mode="r", zarr_format=info.zarr_format)
            return array[selection].astype(info.dtype, copy=False)
    except (MemoryError, MicroCTError):
        raise
    # Zarr and the expanders below it raise whatever comes to them for a damaged chunk: RuntimeError, KeyError ...
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FormatError(f"{info.folder} has damaged chunks ({reason:.200}).", _HINT) from error


def _check_chunk(info: ArrayInfo, position: tuple[int, ...], compressor: str | None, *, complete: bool) -> None:
    file = info.file_of(position)
    if not file.is_file():
        if complete:
            raise FormatError(f"{file} is missing.", _HINT)
        return
    if compressor is None:
        return
    try:
        too_much = expands_beyond(compressor, file, info.most_expanded_bytes)
    except ValueError as error:
        raise FormatError(f"{file} is damaged ({error}).", _HINT) from error
    if too_much:
        raise FormatError(f"{file} expands to more than a chunk has.", _HINT)


def _positions(info: ArrayInfo, selection: tuple[slice, ...]) -> Iterator[tuple[int, ...]]:
    """The places in the grid that a selection touches."""
    along = [
        sorted({number // chunk for number in range(part.start, part.stop, part.step)})
        for part, chunk in zip(selection, info.chunks, strict=True)
    ]
    return itertools.product(*along)


def files_below(folder: str | Path, depth: int, above: str = "") -> Iterator[tuple[os.DirEntry, str]]:
    """All files below a folder, with their names from there on; links to folders are not followed.

    :param depth: how many floors are looked at.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if depth > 1:
                    yield from files_below(entry.path, depth - 1, f"{above}{entry.name}/")
            elif entry.is_file():
                yield entry, above + entry.name
