"""The header of a PNG slice; its pixels are decoded by ITK.

Layout: PNG specification (ISO/IEC 15948), 11.2.1 (IHDR) and 11.3.1 (tRNS).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....errors import FormatError
from ..payload import check_claim_of_compressed

if TYPE_CHECKING:
    from pathlib import Path

IMAGE_IO = "PNGImageIO"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IHDR = struct.Struct(">I4sIIBB")
_GREY = 0
_GREY_BITS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class PngHeader:
    """Size and type of a grey PNG; fewer than 8 bits are spread over 0 to 255."""

    width: int
    height: int
    voxel_type: str


def read_header(path: Path) -> PngHeader:
    """What the first chunk says.

    :raises FormatError: for a file that is no PNG, coloured, or claims more pixels than it can hold.
    """
    with path.open("rb") as file:
        head = file.read(len(_SIGNATURE) + _IHDR.size)
        stored = file.seek(0, 2)
    if not head.startswith(_SIGNATURE) or len(head) < len(_SIGNATURE) + _IHDR.size:
        raise FormatError(f"{path} is not a whole PNG file.", "Check the file's name.")
    _, kind, width, height, bits, colours = _IHDR.unpack_from(head, len(_SIGNATURE))
    if kind != b"IHDR" or min(width, height) < 1:
        raise FormatError(f"{path} has a damaged PNG header.", "Copy or export it again.")
    if colours != _GREY:
        raise FormatError(f"{path} is a colour image.", "Save it as a grey image first.")
    if bits not in _GREY_BITS:
        raise FormatError(f"{path} has {bits} bits a pixel, which PNG does not know.", "Copy or export it again.")
    check_claim_of_compressed(path, needed_bytes=(width * bits + 7) // 8 * height, stored_bytes=stored)
    return PngHeader(width, height, "uint16" if bits == 16 else "uint8")
