"""The header blocks of a CTDATA-HEADER_V1 file (ISQ, RSQ), parsed from their bytes.

512 bytes that begin with "CTDATA-HEADER_V1", then more blocks of 512 bytes, as the last number of the first one says.
Layout: the structure ima_data_type in BoneJ's ISQReader (https://github.com/mdoube/BoneJ) and AimIO's IsqIO.cxx
(https://github.com/Numerics88/AimIO); the further blocks: vtkScancoCTReader.cxx (https://github.com/dgobbi/vtk-dicom).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....errors import FormatError
from ..payload import check_raw
from .fields import text_of

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"CTDATA-HEADER_V1"
_BLOCK = 512
_FIRST_BLOCK = struct.Struct("<16s5iq3i3i15i40s2i332xi")
_VOXEL_BYTES = 2
# Of the further header blocks no more than this is looked at; files have a few blocks.
_MOST_HEADER_BYTES = 2**20
_MULTI_HEADER, _CALIBRATION = b"MultiHeader     ", b"Calibration     "
_ENTRY, _ENTRIES = 128, 4
_CALIBRATION_BYTES = 1024
_HINT = "Copy or export it again."


@dataclass(frozen=True)
class FirstBlock:
    """The numbers of the first 512 bytes, as they stand there; lengths in micrometres."""

    data_type: int
    patient_index: int
    scanner_id: int
    creation_date: int
    size: tuple[int, int, int]
    size_um: tuple[int, int, int]
    slice_thickness_um: int
    slice_increment_um: int
    first_slice_um: int
    data_min: int
    data_max: int
    mu_scaling: int
    samples: int
    projections: int
    scan_distance_um: int
    scanner_type: int
    sample_time_us: int
    measurement_index: int
    site: int
    reference_line_um: int
    reconstruction: int
    patient_name: str
    energy_v: int
    intensity_ua: int
    data_offset: int


def header_blocks(path: Path) -> tuple[FirstBlock, bytes]:
    """The first block, and the bytes of the further ones (as far as they are looked at).

    :raises FormatError: if it is no such file, or the file is shorter than its header claims.
    """
    file_bytes = path.stat().st_size
    with path.open("rb") as file:
        content = file.read(_BLOCK)
        if not content.startswith(MAGIC):
            raise FormatError(f"{path} does not begin with {MAGIC.decode()!r}.", "Check the file's name.")
        if len(content) < _BLOCK:
            raise FormatError(f"{path} ends within its header of {_BLOCK} bytes.", _HINT)
        first = _first_block(content)
        if first.data_offset < _BLOCK or min(first.size) < 1:
            told = " x ".join(str(count) for count in first.size)
            raise FormatError(
                f"{path} has an impossible header: {told} voxels that begin at byte {first.data_offset}.", _HINT
            )
        needed_bytes = _VOXEL_BYTES * math.prod(first.size)
        check_raw(path, needed_bytes=needed_bytes, stored_bytes=file_bytes - first.data_offset)
        return first, file.read(min(first.data_offset - _BLOCK, _MOST_HEADER_BYTES))


def _first_block(content: bytes) -> FirstBlock:
    numbers = _FIRST_BLOCK.unpack(content)
    _, data_type, _, _, patient_index, scanner_id, date, *lengths = numbers[:13]
    *codes, name, energy, intensity, last_block = numbers[13:]
    return FirstBlock(
        data_type,
        patient_index,
        scanner_id,
        date,
        tuple(lengths[:3]),
        tuple(lengths[3:]),
        *codes,
        text_of(name),
        energy,
        intensity,
        (last_block + 1) * _BLOCK,
    )


def calibration_block(blocks: bytes) -> bytes | None:
    """The block named "Calibration", if there is one.

    Behind an optional block named "MultiHeader" there is one with four entries of 128 bytes: a name (byte 8) and how
    many blocks belong to it (byte 24). Those follow in the same order.
    """
    directory = _BLOCK if blocks[8:24] == _MULTI_HEADER else 0
    start = directory + _BLOCK
    for entry in range(directory, directory + _ENTRIES * _ENTRY, _ENTRY):
        named_block = blocks[entry : entry + _ENTRY]
        if len(named_block) < _ENTRY:
            return None
        count = struct.unpack_from("<i", named_block, 24)[0]
        end = start + max(count, 0) * _BLOCK
        if named_block[8:24] == _CALIBRATION:
            return blocks[start:end] if _CALIBRATION_BYTES <= end - start <= len(blocks) - start else None
        start = end
    return None
