"""The headers of many slices of one series, of which GDCM reads one.

GDCM takes a millisecond for each file, and a series has thousands of them. The slices of a series differ in their
place and little else: where an own look at the tags finds a slice that is stored plainly (little endian, not
compressed, no sequence of unknown length, nothing after its pixels) and alike in all that decides on size, type and
series, it has what GDCM told of the one before it. Any other slice is read by GDCM. Layout: DICOM PS3.5, chapter 7.1.
"""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from .geometry import PLACE_TAGS
from .pixels import checked_information

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..itk_files import Information

_HEAD_BYTES = 2**16  # longer headers are left to GDCM
_META_PLACE = 132  # after preamble and mark, PS3.10 7.1
_META_GROUP = 0x0002
_TRANSFER_SYNTAX = (0x0002, 0x0010)
_IMPLICIT, _EXPLICIT = b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1"
_LONG_LENGTHS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_KIND = re.compile(rb"[A-Z]{2}")
_UNKNOWN_LENGTH = 0xFFFFFFFF
_PIXELS = (0x7FE0, 0x0010)
_PLACES = {(int(tag[:4], 16), int(tag[5:], 16)): tag for tag in PLACE_TAGS}
_DECIMALS = re.compile(rb"[0-9eE+\-.\\ ]*")
# Class, modality, series and mapping to real world values; and all of the group that describes the pixels but their
# extremes (0106, 0107) and the window to show them in (1050, 1051, 1055), which differ from slice to slice.
_ALIKE = frozenset(
    {_TRANSFER_SYNTAX, (0x0002, 0x0002), (0x0008, 0x0016), (0x0008, 0x0060), (0x0020, 0x000E), (0x0040, 0x9096)}
)
_PIXEL_GROUP = 0x0028
_DIFFERENT = frozenset({0x0106, 0x0107, 0x1050, 0x1051, 0x1055})
# Doses (3004), functional groups (5200) and overlays (6000 to 60FF) are more than plain slices have.
_FIRST_UNUSUAL_GROUP = 0x3000


class SliceReader:
    """Reads the headers of slices one after the other."""

    def __init__(self) -> None:
        self._told: dict[tuple, Information] = {}

    def information(self, file: Path) -> Information:
        """What :func:`~.pixels.checked_information` says of a slice, where another one of its kind was read before
        with only the tags of its place as its own.

        :raises FormatError: for a slice that is damaged, or no grey image.
        """
        found = _plain_tags(file)
        if found is None:
            return checked_information(file)
        kind, places = found
        before = self._told.get(kind)
        if before is None:
            self._told[kind] = checked_information(file)
            return self._told[kind]
        tags = {tag: text for tag, text in before.metadata.items() if tag not in PLACE_TAGS}
        return replace(before, metadata=tags | places)


def _plain_tags(file: Path) -> tuple[tuple, dict[str, str]] | None:
    """What slices of one kind have in common, and the text of the tags of its place; None for a file that is not
    stored plainly."""
    length = file.stat().st_size
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    alike, places, last = [], {}, (0, 0)
    try:
        for tag, kind, start, count in _elements(head):
            if tag <= last or count == _UNKNOWN_LENGTH:
                return None
            last = tag
            if tag == _PIXELS:
                alike.append((tag, kind, count))
                return (tuple(alike), places) if start + count == length else None
            if tag[0] >= _FIRST_UNUSUAL_GROUP:
                return None
            content = head[start : start + count]
            if tag in _PLACES:
                if kind not in (b"", b"DS") or not _DECIMALS.fullmatch(content):
                    return None
                places[_PLACES[tag]] = content.decode("ascii").strip()
            elif tag in _ALIKE or (tag[0] == _PIXEL_GROUP and tag[1] not in _DIFFERENT):
                alike.append((tag, kind, content))
    except (struct.error, ValueError):
        return None
    return None


def _elements(head: bytes) -> Iterator[tuple[tuple[int, int], bytes, int, int]]:
    """Tag, kind of value (empty where it is implicit), place and length of each element.

    :raises ValueError: for another transfer syntax or a kind of value that is none.
    :raises struct.error: at the end of `head`.
    """
    place, explicit = _META_PLACE, True
    syntax = b""
    while True:
        group = struct.unpack_from("<H", head, place)[0]
        if group != _META_GROUP:
            if syntax not in (_IMPLICIT, _EXPLICIT):
                raise ValueError("not little endian without compression")
            explicit = syntax == _EXPLICIT
        element, kind, start, count = (_explicit if explicit else _implicit)(head, place)
        if (group, element) == _TRANSFER_SYNTAX:
            syntax = head[start : start + count].rstrip(b"\0 ")
        yield (group, element), kind, start, count
        place = start + count


def _implicit(head: bytes, place: int) -> tuple[int, bytes, int, int]:
    _, element, count = struct.unpack_from("<HHI", head, place)
    return element, b"", place + 8, count


def _explicit(head: bytes, place: int) -> tuple[int, bytes, int, int]:
    _, element, kind, count = struct.unpack_from("<HH2sH", head, place)
    if not _KIND.fullmatch(kind):
        raise ValueError("no kind of value")
    if kind not in _LONG_LENGTHS:
        return element, kind, place + 8, count
    return element, kind, place + 12, struct.unpack_from("<I", head, place + 8)[0]
