"""Whether a DICOM file holds the pixels that its header claims.

GDCM returns whatever memory holds for the pixels that an uncompressed file lacks.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from ....errors import FormatError
from ..itk_files import information
from ..payload import check_raw

if TYPE_CHECKING:
    from pathlib import Path

    from ..itk_files import Information

IMAGE_IO = "GDCMImageIO"
_META_PLACE = 132  # after preamble and mark, PS3.10 7.1
_META_GROUP = 0x0002
_TRANSFER_SYNTAX = 0x0010
_LONG_LENGTHS = (b"OB", b"OW", b"UN", b"SQ", b"UT")
# Implicit and explicit little endian, explicit big endian: PS3.5 A.1 to A.3.
_UNCOMPRESSED = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")


def checked_information(file: Path) -> Information:
    """What GDCM says of a file, without its pixels.

    :raises FormatError: for a file that is damaged or no grey image.
    """
    told = information(file, IMAGE_IO)
    _check_pixels(file, told)
    return told


def _check_pixels(file: Path, told: Information) -> None:
    """Refuse an uncompressed file that is shorter than its pixels; compressed ones are checked by their decoder.

    :raises FormatError: if pixels are missing.
    """
    if _transfer_syntax(file) not in _UNCOMPRESSED:
        return
    bits = int(told.metadata.get("0028|0100", "8").strip() or 8)
    check_raw(file, needed_bytes=math.prod(told.size) * bits // 8, stored_bytes=file.stat().st_size)


def _transfer_syntax(path: Path) -> str:
    """How the data set is stored: the element (0002,0010) of the file meta information."""
    try:
        with path.open("rb") as file:
            file.seek(_META_PLACE)
            while True:
                group, element, kind, length = struct.unpack("<HH2sH", file.read(8))
                if group != _META_GROUP:
                    return ""
                if kind in _LONG_LENGTHS:
                    length = struct.unpack("<I", file.read(4))[0]
                content = file.read(length)
                if element == _TRANSFER_SYNTAX:
                    return content.decode("ascii").rstrip("\0 ")
    except (struct.error, UnicodeDecodeError) as error:
        raise FormatError(f"{path} is not a whole DICOM file.", "Copy or export it again.") from error
