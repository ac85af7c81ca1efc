"""The pages of a TIFF file as its directories describe them.

ITK silently drops the pages that a truncated file has lost, reads half-precision numbers as integers and colour-table
indices as grey values; so the directories are read here, without the pixels. Format: TIFF 6.0 and BigTIFF.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from ....errors import FormatError
from .page import UNCOMPRESSED, Page

if TYPE_CHECKING:
    from pathlib import Path

_TRUNCATED = "The file is truncated or damaged: copy or export it again."
_STRUCT_OF_TYPE = {1: "B", 2: "c", 3: "H", 4: "I", 5: "II", 13: "I", 16: "Q", 18: "Q"}
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _DESCRIPTION = 254, 256, 257, 258, 259, 262, 270
_STRIP_OFFSETS, _SAMPLES, _STRIP_BYTES, _X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 273, 277, 279, 282, 283, 296
_TILE_OFFSETS, _TILE_BYTES, _SAMPLE_FORMAT = 324, 325, 339
_FILL_ORDER, _ORIENTATION, _ROWS_PER_STRIP, _PREDICTOR = 266, 274, 278, 317
_WANTED = frozenset({_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _DESCRIPTION, _STRIP_OFFSETS,
                     _SAMPLES, _STRIP_BYTES, _X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _TILE_OFFSETS,
                     _TILE_BYTES, _SAMPLE_FORMAT, _FILL_ORDER, _ORIENTATION, _ROWS_PER_STRIP,
                     _PREDICTOR})  # fmt: skip
# The types that TIFF 6.0 allows: text, fractions, and whole numbers of every width for all the others.
_TEXT, _FRACTION, _WHOLE = 2, 5, (1, 3, 4, 13, 16, 18)
_LARGEST_TAG_BYTES = 2**26
# LZW codes strings of at most 4096 bytes in 9 bits or more, deflate 258 bytes in 2 bits: a generous bound for both.
_MOST_COMPRESSION_SHRINKS = 4096


def read_pages(path: Path) -> list[Page]:
    """All full-size pages in order (thumbnails left out).

    :raises FormatError: for a file that is not TIFF, or whose directories or pixels reach beyond its end.
    """
    with path.open("rb") as file:
        try:
            directories = _Directories(path, file)
            pages = [page for page in directories.pages() if not page.reduced]
            _check_total(path, pages, directories.end)
            return pages
        except (struct.error, IndexError, KeyError, ValueError, OverflowError) as error:
            raise FormatError(f"{path} has a damaged TIFF directory.", _TRUNCATED) from error


def _check_total(path: Path, pages: list[Page], stored_bytes: int) -> None:
    """Refuse directories that list the same pixels again and again to claim more than the file can hold."""
    shrinks = _MOST_COMPRESSION_SHRINKS if any(page.is_compressed for page in pages) else 1
    if sum(page.row_bytes * page.height for page in pages) > stored_bytes * shrinks:
        raise FormatError(f"{path} lists more pixels than its {stored_bytes} bytes can hold.", _TRUNCATED)


class _Directories:
    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self.file = path, file
        self.end = path.stat().st_size
        head = file.read(16)
        self.order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        magic = struct.unpack(self.order + "H", head[2:4])[0] if self.order and len(head) >= 8 else 0
        if magic not in (42, 43):
            raise FormatError(f"{path} is not a TIFF file.", "Check the file's name.")
        self.big = magic == 43
        self.word = self.order + ("Q" if self.big else "I")
        self.first = struct.unpack_from(self.word, head, 8 if self.big else 4)[0]

    def pages(self) -> list[Page]:
        pages, seen, place = [], set(), self.first
        while place:
            if place in seen or place >= self.end:
                raise FormatError(f"{self.path} ends before page {len(pages) + 1}.", _TRUNCATED)
            seen.add(place)
            tags, place = self._directory(place)
            pages.append(self._page(tags, number=len(pages) + 1))
        return pages

    def _directory(self, place: int) -> tuple[dict[int, tuple], int]:
        count_format, entry_bytes = (self.order + "Q", 20) if self.big else (self.order + "H", 12)
        count_bytes = struct.calcsize(count_format)
        self.file.seek(place)
        count = struct.unpack(count_format, self.file.read(count_bytes))[0]
        if place + count * entry_bytes > self.end:
            raise FormatError(f"{self.path} ends inside its TIFF directory.", _TRUNCATED)
        entries = self.file.read(count * entry_bytes)
        following = struct.unpack(self.word, self.file.read(struct.calcsize(self.word)))[0]
        tags = {}
        for start in range(0, len(entries), entry_bytes):
            tag, kind = struct.unpack_from(self.order + "HH", entries, start)
            if tag in _WANTED and kind in _allowed_types(tag):
                tags[tag] = self._values(kind, entries[start + 4 : start + entry_bytes])
        return tags, following

    def _values(self, kind: int, rest: bytes) -> tuple:
        """The values of a tag; `rest` is its count and the values, or their place if they are too many."""
        letters = _STRUCT_OF_TYPE[kind]
        count = struct.unpack_from(self.word, rest)[0]
        word_bytes = struct.calcsize(self.word)
        needed = struct.calcsize(self.order + letters) * count
        if needed > min(self.end, _LARGEST_TAG_BYTES):
            raise FormatError(f"{self.path} has a damaged TIFF directory.", _TRUNCATED)
        content = rest[word_bytes : word_bytes + needed]
        if needed > word_bytes:
            self.file.seek(struct.unpack_from(self.word, rest, word_bytes)[0])
            content = self.file.read(needed)
        if kind == _TEXT:
            return (content.rstrip(b"\0"),)
        return struct.unpack(f"{self.order}{letters * count}", content)

    def _page(self, tags: dict[int, tuple], number: int) -> Page:
        self._check_pixels(tags, number)
        bits, formats = tags.get(_BITS, (1,)), tags.get(_SAMPLE_FORMAT, (1,))
        return Page(
            width=tags[_WIDTH][0],
            height=tags[_HEIGHT][0],
            bits=bits[0],
            samples=tags.get(_SAMPLES, (1,))[0],
            sample_format=formats[0],
            photometric=tags.get(_PHOTOMETRIC, (1,))[0],
            reduced=bool(tags.get(_SUBFILE, (0,))[0] & 0b101),  # thumbnail or transparency mask
            tiled=_TILE_OFFSETS in tags,
            description=tags.get(_DESCRIPTION, (b"",))[0].decode("utf-8", "replace"),
            resolution=(_ratio(tags.get(_X_RESOLUTION)), _ratio(tags.get(_Y_RESOLUTION))),
            resolution_unit=tags.get(_RESOLUTION_UNIT, (2,))[0],
            byte_order=self.order,
            compression=tags.get(_COMPRESSION, (UNCOMPRESSED,))[0],
            predictor=tags.get(_PREDICTOR, (1,))[0],
            plain=tags.get(_FILL_ORDER, (1,))[0] == 1 and tags.get(_ORIENTATION, (1,))[0] == 1,
            places=tags.get(_STRIP_OFFSETS) or tags[_TILE_OFFSETS],
            lengths=tags.get(_STRIP_BYTES) or tags[_TILE_BYTES],
            strip_rows=max(1, min(tags.get(_ROWS_PER_STRIP, (tags[_HEIGHT][0],))[0], tags[_HEIGHT][0])),
        )

    def _check_pixels(self, tags: dict[int, tuple], number: int) -> None:
        if min(tags[_WIDTH][0], tags[_HEIGHT][0]) < 1:
            raise FormatError(f"{self.path} has no pixels in page {number}.", _TRUNCATED)
        places = tags.get(_STRIP_OFFSETS) or tags.get(_TILE_OFFSETS)
        lengths = tags.get(_STRIP_BYTES) or tags.get(_TILE_BYTES)
        if not places or not lengths or len(places) != len(lengths):
            raise FormatError(f"{self.path} has no pixels in page {number}.", _TRUNCATED)
        if any(place + length > self.end for place, length in zip(places, lengths, strict=True)):
            raise FormatError(f"{self.path} ends inside the pixels of page {number}.", _TRUNCATED)
        row_bytes = (tags[_WIDTH][0] * tags.get(_BITS, (1,))[0] * tags.get(_SAMPLES, (1,))[0] + 7) // 8
        needed = row_bytes * tags[_HEIGHT][0]
        most = sum(lengths) * (1 if tags.get(_COMPRESSION, (1,))[0] == UNCOMPRESSED else _MOST_COMPRESSION_SHRINKS)
        if most < needed:
            raise FormatError(
                f"{self.path} holds {sum(lengths)} bytes for page {number}, its size asks for {needed}.", _TRUNCATED
            )


def _allowed_types(tag: int) -> tuple[int, ...]:
    if tag == _DESCRIPTION:
        return (_TEXT,)
    return (_FRACTION,) if tag in (_X_RESOLUTION, _Y_RESOLUTION) else _WHOLE


def _ratio(values: tuple | None) -> float | None:
    if not values or len(values) < 2 or not values[0] or not values[1]:
        return None
    return values[0] / values[1]
