"""Voxels that stand in a file as one gzip or zlib stream, expanded once: read and checked in the same pass.

The libraries underneath give damaged voxels without an error; here the stream's length and checksum are compared.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError
from .raw_voxels import in_native_order
from .region import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .region import Region

_EITHER_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_GZIP_MARK = b"\x1f\x8b"
_CHUNK_BYTES = 2**16  # read at once; small, because what follows a stream's end is copied
_PIECE_BYTES = 2**20  # expanded at once
_HINT = "The file is truncated or its header is wrong: copy or export it again."


def read_compressed(
    path: Path, *, offset: int, lead: int, dtype: np.dtype | str, size: tuple[int, int, int], region: Region
) -> np.ndarray:
    """The voxels of a region, in native byte order.

    The whole stream is expanded and checked; beside the result that needs the memory of one slice.

    :param offset: where the stream begins in the file, in bytes.
    :param lead: bytes of the expanded stream before its first voxel.
    :param dtype: the type of the stored voxels with its byte order.
    :param size: voxels of the whole volume along x, y, z.
    :param region: what is wanted of it, inside the volume.
    :returns: a writable array of the region's shape (z, y, x).
    :raises FormatError: for a stream that is truncated, damaged or shorter than the volume.
    """
    result = np.empty(shape_of(region), dtype)
    slices, rows, columns = region
    wanted = range(slices.start, slices.stop, slices.step)
    whole_slices = (rows, columns) == (slice(0, size[1], 1), slice(0, size[0], 1))
    values = None if whole_slices else np.empty(size[1::-1], result.dtype)
    slice_bytes = size[0] * size[1] * result.itemsize
    stream = _Stream(path, offset)
    stream.skip(lead)
    for number in range(size[2]):
        if number not in wanted:
            stream.skip(slice_bytes)
            continue
        voxels = result[wanted.index(number)]
        stream.fill(voxels if whole_slices else values)
        if not whole_slices:
            voxels[...] = values[rows, columns]
    stream.finish()
    return in_native_order(result)


class _Stream:
    """The bytes of an expanded stream, one after the other."""

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._pieces = _expanded(path, offset)
        self._left = memoryview(b"")

    def fill(self, voxels: np.ndarray) -> None:
        """Fill a contiguous array."""
        room = memoryview(voxels.reshape(-1).view(np.uint8))
        while room:
            piece = self._next(len(room))
            room[: len(piece)] = piece
            room = room[len(piece) :]

    def skip(self, count: int) -> None:
        while count:
            count -= len(self._next(count))

    def finish(self) -> None:
        """Go on to the stream's end, where its checksum is."""
        for _ in self._pieces:
            pass

    def _next(self, most: int) -> memoryview:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                raise FormatError(f"{self._path} has fewer compressed voxels than its header claims.", _HINT)
            self._left = memoryview(piece)
        piece, self._left = self._left[:most], self._left[most:]
        return piece


def _expanded(path: Path, offset: int) -> Iterator[bytes]:
    """A stream piece by piece; a gzip file may be several streams one after the other."""
    stream = zlib.decompressobj(_EITHER_GZIP_OR_ZLIB)
    with path.open("rb") as file:
        file.seek(offset)
        chunk = file.read(_CHUNK_BYTES)
        while chunk:
            try:
                yield stream.decompress(chunk, _PIECE_BYTES)
            except zlib.error as error:
                raise FormatError(f"{path} has damaged compressed voxels ({error}).", _HINT) from error
            if not stream.eof:
                chunk = stream.unconsumed_tail or file.read(_CHUNK_BYTES)
                continue
            chunk = stream.unused_data
            if len(chunk) < len(_GZIP_MARK):
                chunk += file.read(_CHUNK_BYTES)
            if not chunk.startswith(_GZIP_MARK):
                return
            stream = zlib.decompressobj(_EITHER_GZIP_OR_ZLIB)
    if not stream.eof:
        raise FormatError(f"{path} has compressed voxels that end too early.", _HINT)
