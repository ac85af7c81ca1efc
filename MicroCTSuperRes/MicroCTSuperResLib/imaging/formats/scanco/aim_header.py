"""The header of an AIM file, parsed from its bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError
from . import vms

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

MAGIC_030 = b"AIMDATA_V030   "
# Compressed types: eight voxels in a byte; runs of a value; runs of two values in turn.
PACKED_BITS, RUNS, BINARY_RUNS = 0x00060001, 0x00080002, 0x00150001
_COMPRESSED = (PACKED_BITS, RUNS, BINARY_RUNS)
_MOST_LOG_BYTES = 2**24
_MOST_HEADER_BYTES = 512
# Lengths of the list of blocks in front: with and without that of associated data.
_LISTS_OF_BLOCKS = (4, 5)
_OLD_STRUCTURES = (92, 96)
_HINT = "Copy or export it again."


@dataclass(frozen=True)
class Layout:
    """Where the fields of an image structure stand; tuples of three along x, y, z.

    :param version: as the field `aim_version` tells it.
    :param place: bytes in front of everything (the text that begins version 030).
    :param number: format of a number: "i" of 32 or "q" of 64 bits.
    :param length: bytes of the structure.
    :param type_place: of the voxel type; the nine numbers position, size and frame begin at `numbers_place`.
    :param element_place: of the voxel size.
    """

    version: str
    place: int
    number: str
    length: int
    type_place: int
    numbers_place: int
    element_place: int

    @property
    def number_bytes(self) -> int:
        return struct.calcsize(self.number)


V020 = Layout("020", 0, "i", 140, 20, 24, 108)
V030 = Layout("030", 16, "q", 224, 12, 16, 184)


@dataclass(frozen=True)
class AimHeader:
    """An AIM file without its voxels.

    :param type_code: voxel type as Aimpack numbers it.
    :param position: of the first voxel in the scan that the file was cut from, in voxels.
    :param frame: width of a border of voxels that are not valid, which belongs to `size`.
    :param spacing: in mm.
    :param data_offset: where the voxels begin, in bytes.
    :param data_bytes: how many bytes of voxels the header claims and the file holds.
    """

    layout: Layout
    type_code: int
    position: tuple[int, int, int]
    size: tuple[int, int, int]
    frame: tuple[int, int, int]
    spacing: tuple[float, float, float]
    log: str
    data_offset: int
    data_bytes: int

    @property
    def version(self) -> str:
        return self.layout.version

    @property
    def is_compressed(self) -> bool:
        return self.type_code in _COMPRESSED


def read_aim_header(path: Path) -> AimHeader:
    """Parse the header and the processing log.

    :raises FormatError: if it is no AIM file of a known version, or the file is shorter than its header claims.
    """
    file_bytes = path.stat().st_size
    with path.open("rb") as file:
        content = file.read(_MOST_HEADER_BYTES)
        layout = V030 if content.startswith(MAGIC_030) else V020
        blocks, start = _block_lengths(path, content, layout)
        _check_blocks(path, blocks, layout)
        structure = content[start : start + layout.length]
        data_offset = start + layout.length + blocks[1]
        if len(structure) < layout.length or data_offset > file_bytes:
            raise FormatError(f"{path} ends within its header of {data_offset} bytes.", _HINT)
        log = _log(file, start + layout.length, blocks[1])
    held_bytes = file_bytes - data_offset
    type_code, position, size, frame = _structure(structure, layout)
    if min(size) < 1 or min(frame) < 0 or any(2 * width >= count for width, count in zip(frame, size, strict=True)):
        told = " x ".join(str(count) for count in size)
        raise FormatError(f"{path} has an impossible header: {told} voxels with a frame of {frame}.", _HINT)
    return AimHeader(
        layout=layout,
        type_code=type_code,
        position=position,
        size=size,
        frame=frame,
        spacing=_spacing(structure, layout),
        log=log,
        data_offset=data_offset,
        data_bytes=min(held_bytes, blocks[2]),
    )


def _block_lengths(path: Path, content: bytes, layout: Layout) -> tuple[tuple[int, ...], int]:
    """Bytes of the structure, the log, the voxels (and associated data), and where the structure begins."""
    unit = layout.number_bytes
    if len(content) < layout.place + unit:
        raise FormatError(f"{path} ends within its header.", _HINT)
    list_bytes = struct.unpack_from(f"<{layout.number}", content, layout.place)[0]
    if list_bytes not in tuple(count * unit for count in _LISTS_OF_BLOCKS):
        raise FormatError(f"{path} is no AIM file of the version 020 or 030.", "Check the file's name.")
    start = layout.place + list_bytes
    if len(content) < start:
        raise FormatError(f"{path} ends within its header.", _HINT)
    count = list_bytes // unit - 1
    return struct.unpack_from(f"<{count}{layout.number}", content, layout.place + unit), start


def _check_blocks(path: Path, blocks: tuple[int, ...], layout: Layout) -> None:
    structure_bytes, log_bytes, data_bytes = blocks[:3]
    if layout is V020 and structure_bytes in _OLD_STRUCTURES:
        raise FormatError(f"{path} is an AIM file older than version 020.", "Save it again as version 020 or 030.")
    if structure_bytes != layout.length:
        raise FormatError(f"{path} is no AIM file of the version 020 or 030.", "Check the file's name.")
    if not 0 <= log_bytes <= _MOST_LOG_BYTES or data_bytes < 0:
        raise FormatError(
            f"{path} claims a processing log of {log_bytes} bytes and {data_bytes} bytes of voxels.", _HINT
        )


def _structure(structure: bytes, layout: Layout) -> tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Voxel type, position, size, frame."""
    numbers = struct.unpack_from(f"<9{layout.number}", structure, layout.numbers_place)
    type_code = struct.unpack_from("<I", structure, layout.type_place)[0]
    return type_code, numbers[:3], numbers[3:6], numbers[6:]


def _spacing(structure: bytes, layout: Layout) -> tuple[float, float, float]:
    """In mm: version 020 has floating-point numbers in mm, version 030 whole ones in nm."""
    if layout is V030:
        return tuple(count / 1e6 for count in struct.unpack_from("<3q", structure, layout.element_place))
    words = np.frombuffer(structure, "<u4", count=3, offset=layout.element_place)
    # The shortest decimal that is this 32-bit number: 0.02, not 0.0199999996.
    return tuple(float(str(number)) for number in vms.float32_of(words))


def _log(file: BinaryIO, place: int, length: int) -> str:
    file.seek(place)
    return file.read(length).split(b"\0", 1)[0].decode("latin-1")
