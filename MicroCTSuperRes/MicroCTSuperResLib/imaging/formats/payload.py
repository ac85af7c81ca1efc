"""Whether a file holds the voxels that its header claims, found before memory is taken for them.

ITK fills up a truncated NIfTI file with zeros and returns damaged compressed voxels without an error, so this is
checked here.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ...errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path

# A deflate stream codes at most 258 bytes in 2 bits: see "Maximum compression factor" of the zlib documentation.
MOST_DEFLATE_SHRINKS = 1032
_CHUNK_BYTES = 2**20
_EITHER_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_HINT = "The file is truncated or its header is wrong: copy or export it again."


def check_raw(path: Path, *, needed_bytes: int, stored_bytes: int) -> None:
    """Refuse a file with fewer bytes of voxels than its header claims.

    :raises FormatError: if `stored_bytes` is less than `needed_bytes`.
    """
    if stored_bytes < needed_bytes:
        raise FormatError(
            f"{path} holds {max(stored_bytes, 0)} bytes of voxels, its header claims {needed_bytes}.", _HINT
        )


def check_claim_of_compressed(path: Path, *, needed_bytes: int, stored_bytes: int) -> None:
    """Refuse a claim that no gzip or zlib stream of this length can meet, at no cost.

    :raises FormatError: if `needed_bytes` exceeds what `stored_bytes` can expand to.
    """
    if needed_bytes > stored_bytes * MOST_DEFLATE_SHRINKS:
        raise FormatError(
            f"{path} holds {max(stored_bytes, 0)} bytes of compressed voxels, its header claims {needed_bytes} bytes.",
            _HINT,
        )


def check_compressed(path: Path, *, offset: int, needed_bytes: int) -> None:
    """Expand a gzip or zlib stream once, keeping nothing, and compare its length and checksum.

    :param offset: where the stream begins in the file.
    :param needed_bytes: how many bytes it must expand to, at least.
    :raises FormatError: for a stream that is truncated, damaged or too short.
    """
    expanded = 0
    stream = zlib.decompressobj(_EITHER_GZIP_OR_ZLIB)
    with path.open("rb") as file:
        file.seek(offset)
        try:
            while chunk := file.read(_CHUNK_BYTES):
                while chunk:
                    expanded += len(stream.decompress(chunk))
                    chunk = stream.unused_data if stream.eof else b""
                    if stream.eof and not chunk.startswith(b"\x1f\x8b"):
                        break
                    if stream.eof:  # a gzip file may be several streams one after the other
                        stream = zlib.decompressobj(_EITHER_GZIP_OR_ZLIB)
                if stream.eof and expanded >= needed_bytes:
                    return
        except zlib.error as error:
            raise FormatError(f"{path} has damaged compressed voxels ({error}).", _HINT) from error
    if not stream.eof or expanded < needed_bytes:
        raise FormatError(f"{path} has compressed voxels of {expanded} bytes, its header claims {needed_bytes}.", _HINT)
