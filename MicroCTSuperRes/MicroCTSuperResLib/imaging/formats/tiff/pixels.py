"""The pixels of TIFF pages in strips, uncompressed or deflated: only those of the rows that are wanted are read.

Layout: TIFF 6.0 (strips; section 14, differencing predictor) and TIFF Technical Note 2 (deflate).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from ....errors import FormatError
from ..region import shape_of
from .page import DIFFERENCES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..region import Region
    from .page import Page

_DAMAGED = "The file is truncated or damaged: copy or export it again."


def read_region(path: Path, pages: Sequence[Page], region: Region) -> np.ndarray:
    """The values of a region, shape (z, y, x), native byte order.

    :param pages: all pages of the volume, alike, each with `reads_parts`.
    :raises FormatError: for strips that are truncated or damaged.
    """
    voxels = np.empty(shape_of(region), pages[0].stored_type)
    numbers, rows, columns = region
    with path.open("rb") as file:
        for result, page in zip(voxels, pages[numbers], strict=True):
            result[...] = _rows(path, file, page, rows)[:: rows.step, columns]
    return voxels


def _rows(path: Path, file: BinaryIO, page: Page, rows: slice) -> np.ndarray:
    """The rows of a page from the first to the last that is wanted, shape (y, x)."""
    first, last = rows.start, range(rows.start, rows.stop, rows.step)[-1]
    parts = []
    for number in range(first // page.strip_rows, last // page.strip_rows + 1):
        start = number * page.strip_rows
        low, high = max(first - start, 0), min(last - start + 1, page.rows_of_strip(number))
        if page.is_compressed:
            parts.append(_expanded(path, file, page, number)[low:high])
        else:
            parts.append(_stored(path, file, page, page.places[number], low, high))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _stored(path: Path, file: BinaryIO, page: Page, place: int, low: int, high: int) -> np.ndarray:
    file.seek(place + low * page.row_bytes)
    content = file.read((high - low) * page.row_bytes)
    if len(content) < (high - low) * page.row_bytes:
        raise FormatError(f"{path} ends inside its pixels.", _DAMAGED)
    return _values(content, page)


def _expanded(path: Path, file: BinaryIO, page: Page, number: int) -> np.ndarray:
    """A whole deflated strip; one byte more than it should hold is asked for, so that zlib compares its checksum."""
    needed = page.rows_of_strip(number) * page.row_bytes
    file.seek(page.places[number])
    try:
        content = zlib.decompressobj().decompress(file.read(page.lengths[number]), needed + 1)
    except zlib.error as error:
        raise FormatError(f"{path} has damaged compressed pixels ({error}).", _DAMAGED) from error
    if len(content) < needed:
        raise FormatError(f"{path} has compressed pixels of {len(content)} bytes instead of {needed}.", _DAMAGED)
    values = _values(content[:needed], page)
    if page.predictor == DIFFERENCES:  # each value is stored as the difference from the one before it in its row
        return np.add.accumulate(values, axis=1, dtype=values.dtype)
    return values


def _values(content: bytes, page: Page) -> np.ndarray:
    stored = np.dtype(page.stored_type).newbyteorder(page.byte_order)
    return np.frombuffer(content, stored).astype(page.stored_type, copy=False).reshape(-1, page.width)
