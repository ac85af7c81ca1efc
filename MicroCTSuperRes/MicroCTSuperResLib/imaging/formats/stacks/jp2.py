"""JPEG 2000 slices (JP2 files and bare codestreams), 8 or 16-bit grey, decoded by Pillow.

Pillow opens them through `Jpeg2KImageFile`, past the limit of `Image.open`, which is smaller than the largest slices of
SkyScan scanners; so the size is read and limited here first. Layout: ISO/IEC 15444-1, Annex A.5.1 (SIZ marker segment)
and Annex I (boxes).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from ....errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

EXTENSIONS = (".jp2", ".j2k")
_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
_CODESTREAM = b"\xff\x4f\xff\x51"
# Marker, length and capabilities; size and offset of the image, size and offset of its tiles; components.
_SIZ = struct.Struct(">4sHH8IH")
# Slices of nothing but air take a few hundred bytes at any size, so the file's length bounds nothing: 16384 x 16384
# pixels are more than any SkyScan scanner reconstructs.
_MOST_PIXELS = 2**28
_MOST_BOXES = 64
_PILLOW_MODES = {"uint8": "L", "uint16": "I;16"}
# Besides its own errors, what Pillow lets through where damaged numbers make no sense.
_PILLOW_ERRORS = (OSError, SyntaxError, ValueError, TypeError, ArithmeticError, LookupError, struct.error)
_DAMAGED = "The file is truncated or damaged: copy or export it again."


@dataclass(frozen=True)
class Codestream:
    """Size and type of a grey JPEG 2000 image."""

    width: int
    height: int
    voxel_type: str


def read_codestream(path: Path) -> Codestream:
    """What the header of the codestream says.

    :raises FormatError: for a file that is truncated, coloured, of other than 8 or 16 bits, too large or no JPEG 2000.
    """
    with path.open("rb") as file:
        head = file.read(len(_SIGNATURE))
        if head == _SIGNATURE:
            file.seek(_codestream_place(path, file))
        elif head.startswith(_CODESTREAM):
            file.seek(0)
        else:
            raise FormatError(f"{path} is not a JPEG 2000 file.", "Check the file's name.")
        segment = file.read(_SIZ.size + 3)
    if len(segment) < _SIZ.size + 3 or not segment.startswith(_CODESTREAM):
        raise FormatError(f"{path} ends inside its header.", _DAMAGED)
    _, _, _, right, bottom, left, top, _, _, _, _, components = _SIZ.unpack_from(segment)
    if components != 1:
        raise FormatError(f"{path} is a colour image ({components} components).", "Save it as a grey image first.")
    precision = segment[_SIZ.size]  # bits less one; the highest bit tells signed values
    if precision not in (7, 15):
        signed = "signed " if precision & 0x80 else ""
        raise FormatError(
            f"{path} has {signed}values of {(precision & 0x7F) + 1} bits.", "Save it with 8 or 16 bits a pixel."
        )
    width, height = right - left, bottom - top
    if width < 1 or height < 1 or width * height > _MOST_PIXELS:
        raise FormatError(f"{path} claims {width} x {height} pixels, which cannot be.", _DAMAGED)
    return Codestream(width, height, f"uint{precision + 1}")


def read_pixels(path: Path, told: Codestream) -> np.ndarray:
    """The grey values, shape (y, x).

    :raises FormatError: for damaged pixels, a colour table, or where Pillow is missing.
    """
    plugin = _pillow(path)
    try:
        with plugin.Jpeg2KImageFile(path) as image:
            # The boxes around the codestream tell size and colours once more, and Pillow believes them.
            alike = image.size == (told.width, told.height) and image.mode == _PILLOW_MODES[told.voxel_type]
            pixels = np.asarray(image) if alike else None
    except _PILLOW_ERRORS as error:
        raise FormatError(f"{path} cannot be decoded ({error}).", _DAMAGED) from error
    if pixels is None:
        raise FormatError(f"{path} tells two sizes or has a colour table.", "Save it as a grey image again.")
    return pixels


def _pillow(path: Path) -> ModuleType:
    try:
        from PIL import Jpeg2KImagePlugin, features
    except ImportError as error:
        raise FormatError(
            f"{path} is JPEG 2000, for which Pillow is missing.", "Install it: pip install pillow"
        ) from error
    if not features.check("jpg_2000"):
        raise FormatError(
            f"{path} is JPEG 2000, which this Pillow was built without.", "Install it anew: pip install pillow"
        )
    return Jpeg2KImagePlugin


def _codestream_place(path: Path, file: BinaryIO) -> int:
    """Where the codestream of a JP2 file begins; the boxes before it are stepped over."""
    end, place = path.stat().st_size, len(_SIGNATURE)
    for _ in range(_MOST_BOXES):
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            break
        length, kind = struct.unpack_from(">I4s", head)
        start = place + 8
        if length == 1 and len(head) == 16:  # the length follows as 64 bits
            length, start = struct.unpack_from(">Q", head, 8)[0], place + 16
        following = end if length == 0 else place + length
        if following < start or following > end:
            break
        if kind == b"jp2c":
            return start
        place = following
    raise FormatError(f"{path} is truncated: its boxes reach beyond its end.", _DAMAGED)
