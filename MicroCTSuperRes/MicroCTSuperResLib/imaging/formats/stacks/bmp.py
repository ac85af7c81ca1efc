"""BMP slices with 8-bit grey values, the usual output of SkyScan reconstructions.

ITK expands their (grey) colour table into three colours and returns the rest of a truncated file as noise, so the few
lines that the format takes are here. Format: BITMAPFILEHEADER and BITMAPINFOHEADER of the Windows API.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path

_FILE_HEADER_BYTES = 14
_SHORTEST_INFO_BYTES = 40
_UNCOMPRESSED = 0


@dataclass(frozen=True)
class Bitmap:
    """Where the pixels of a grey BMP are.

    :param greys: grey value of each of the 256 entries of the colour table.
    :param upwards: whether the bottom row comes first.
    """

    width: int
    height: int
    offset: int
    greys: np.ndarray
    upwards: bool

    @property
    def row_bytes(self) -> int:
        """Rows are padded to a multiple of four bytes."""
        return (self.width + 3) // 4 * 4


def read_bitmap(path: Path) -> Bitmap:
    """The header of a BMP file.

    :raises FormatError: for a file that is truncated, coloured, compressed or not BMP.
    """
    with path.open("rb") as file:
        head = file.read(_FILE_HEADER_BYTES + _SHORTEST_INFO_BYTES)
        if head[:2] != b"BM" or len(head) < _FILE_HEADER_BYTES + _SHORTEST_INFO_BYTES:
            raise FormatError(f"{path} is not a whole BMP file.", "Check the file's name.")
        offset = struct.unpack_from("<I", head, 10)[0]
        info_bytes, width, height, _, bits, compression = struct.unpack_from("<IiiHHI", head, _FILE_HEADER_BYTES)
        colours = struct.unpack_from("<I", head, 46)[0] or 256
        file.seek(_FILE_HEADER_BYTES + info_bytes)
        table = np.frombuffer(file.read(4 * min(colours, 256)), np.uint8)
    if bits != 8 or compression != _UNCOMPRESSED:
        raise FormatError(
            f"{path} has {bits} bits a pixel{'' if compression == _UNCOMPRESSED else ', compressed'}.",
            "Save it as an uncompressed 8-bit grey image.",
        )
    bitmap = Bitmap(width, abs(height), offset, _greys(path, table), upwards=height > 0)
    needed, stored = offset + bitmap.row_bytes * bitmap.height, path.stat().st_size
    if width < 1 or height == 0 or stored < needed:
        raise FormatError(
            f"{path} has {stored} bytes, a BMP of {width} x {height} pixels needs {needed}.",
            "The file is truncated or damaged: copy or export it again.",
        )
    return bitmap


def read_part(path: Path, bitmap: Bitmap, part: tuple[slice, slice]) -> np.ndarray:
    """Grey values, uint8, shape (y, x); only the rows from the first to the last wanted one are read.

    :param part: rows and columns that are wanted, with start, stop and step filled in.
    """
    rows, columns = part
    numbers = range(rows.start, rows.stop, rows.step)
    first, last = numbers[0], numbers[-1]
    lowest = bitmap.height - 1 - last if bitmap.upwards else first
    count = last - first + 1
    offset = bitmap.offset + lowest * bitmap.row_bytes
    stored = np.fromfile(path, np.uint8, bitmap.row_bytes * count, offset=offset)
    if stored.size < bitmap.row_bytes * count:
        raise FormatError(f"{path} ends inside its pixels.", "Copy or export it again.")
    downwards = stored.reshape(count, bitmap.row_bytes)[:: -1 if bitmap.upwards else 1]
    return bitmap.greys[downwards[:: rows.step, columns]]


def _greys(path: Path, table: np.ndarray) -> np.ndarray:
    entries = table[: len(table) // 4 * 4].reshape(-1, 4)
    if len(entries) == 0 or np.any(entries[:, :3] != entries[:, :1]):
        raise FormatError(f"{path} is a colour image.", "Save it as a grey image first.")
    greys = np.zeros(256, np.uint8)
    greys[: len(entries)] = entries[:, 0]
    return greys
