"""Which codecs of zarr are let through, and what a chunk's bytes claim to expand to, before they are expanded.

Zarr calls whatever codec a file names, numcodecs' pickle among them, which runs code from the file; so only those that
compute on numbers are let through. The expanders underneath take as much memory as a chunk's own header asks for.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COMPRESSORS = frozenset({"blosc", "zstd", "zlib", "gzip", "lz4"})
FILTERS = frozenset(
    {"delta", "shuffle", "fixedscaleoffset", "quantize", "bitround", "astype"}
    | {"crc32", "crc32c", "adler32", "fletcher32"}
)
_V3_ONLY = frozenset({"bytes", "transpose", "sharding_indexed"})
_EITHER_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_CLAIM_BYTES = 32  # more than the header of any of them
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# Width of the field "Frame_Content_Size" by its flag: RFC 8878, 3.1.1.1.1.1.
_ZSTD_SIZE_WIDTH = (0, 2, 4, 8)


def is_known(codec: str, zarr_format: int) -> bool:
    """Whether a codec is let through; version 3 knows those of numcodecs under "numcodecs.NAME"."""
    if zarr_format == 3 and codec in _V3_ONLY:
        return True
    return codec.removeprefix("numcodecs." if zarr_format == 3 else "") in COMPRESSORS | FILTERS


def compressor_of(codecs: Sequence[str]) -> str | None:
    """The one that the stored bytes of a chunk begin with; None for chunks that are not compressed."""
    found = [codec.removeprefix("numcodecs.") for codec in codecs]
    return next((codec for codec in reversed(found) if codec in COMPRESSORS), None)


def expands_beyond(compressor: str, chunk: Path, limit: int) -> bool:
    """Whether a chunk expands to more than `limit` bytes.

    :raises ValueError: for bytes that are damaged, as far as that is seen on the way.
    """
    claim = _CLAIMS.get(compressor)
    with chunk.open("rb") as file:
        if claim is not None:
            return claim(file.read(_CLAIM_BYTES)) > limit
        try:
            return len(zlib.decompressobj(_EITHER_GZIP_OR_ZLIB).decompress(file.read(), limit + 1)) > limit
        except zlib.error as error:
            raise ValueError(str(error)) from error


def _blosc_claim(stored: bytes) -> int:
    """Blosc's header has the expanded size in bytes 4 to 7."""
    return int.from_bytes(stored[4:8], "little")


def _lz4_claim(stored: bytes) -> int:
    """Numcodecs puts the expanded size in front."""
    return int.from_bytes(stored[:4], "little")


def _zstd_claim(stored: bytes) -> int:
    """The size in a frame's header; 0 for a frame that does not tell it."""
    if stored[:4] != _ZSTD_MAGIC or len(stored) < 6:
        raise ValueError("no zstd frame")
    flags = stored[4]
    single, dictionary = bool(flags & 0x20), (0, 1, 2, 4)[flags & 3]
    width = _ZSTD_SIZE_WIDTH[flags >> 6] or int(single)
    start = 5 + int(not single) + dictionary
    return int.from_bytes(stored[start : start + width], "little") + (256 if width == 2 else 0)


_CLAIMS = {"blosc": _blosc_claim, "lz4": _lz4_claim, "zstd": _zstd_claim}
