"""Scanco AIM of the versions 020 and 030: a part of a scan, or what Scanco's programs made of it.

The lengths of the blocks that follow (32-bit numbers; in version 030, behind the text "AIMDATA_V030", of 64 bits), the
image structure, the processing log, and the voxels, x fastest, little-endian, some types compressed. Layout: the
structures D3FileImage020 and D3FileImage030 of AimIO.cxx (https://github.com/Numerics88/AimIO).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError
from ..header import Header, settled_spacing
from ..payload import check_raw
from ..raw_voxels import read_raw
from ..region import is_whole
from . import vms
from .aim_header import AimHeader, read_aim_header
from .compressed import check_claim, expanded
from .fields import named
from .log import calibration_in, fields_in, personal_in, values_in

if TYPE_CHECKING:
    from pathlib import Path

    from ..region import Region

NAME = "Scanco AIM"
# The numbers of Aimpack's D1T... types: a code in the high half, bytes of a voxel in the low one.
_PLAIN_TYPES = {
    0x00010001: "i1",
    0x000D0001: "u1",
    0x00160001: "u1",
    0x00020002: "<i2",
    0x00170002: "<u2",
    0x00030004: "<i4",
    0x001A0004: "<f4",
}
_VMS_FLOAT = 0x00040004


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the header and the processing log of an AIM file say."""
    aim = read_aim_header(path)
    stored_type = _stored_type(path, aim)
    _check_length(path, aim)
    spacing = settled_spacing(path, aim.spacing, given)
    log = values_in(aim.log)
    calibration, warnings = calibration_in(log, path.name, labels=stored_type.itemsize == 1)
    return Header(
        path=path,
        format=NAME,
        size=aim.size,
        spacing=spacing,
        origin=tuple(place * step for place, step in zip(aim.position, spacing, strict=True)),
        stored_type=stored_type.newbyteorder("=").name,
        calibration=calibration,
        metadata=named(_fields(aim) | fields_in(log)),
        personal=named(personal_in(log, aim.log)),
        warnings=(*_frame_warnings(path, aim), *warnings),
        files=(path,),
    )


def read(header: Header, region: Region) -> np.ndarray:
    """The stored numbers of a region; compressed voxels are expanded as a whole first."""
    path, aim = header.path, read_aim_header(header.path)
    if aim.is_compressed:
        voxels = expanded(path, aim)
        return voxels if is_whole(region, aim.size) else voxels[region].copy()
    dtype = "<u4" if aim.type_code == _VMS_FLOAT else _PLAIN_TYPES[aim.type_code]
    stored = read_raw(path, offset=aim.data_offset, dtype=dtype, size=aim.size, region=region)
    return vms.float32_of(stored) if aim.type_code == _VMS_FLOAT else stored


def reads_parts(header: Header) -> bool:
    return not read_aim_header(header.path).is_compressed


def _stored_type(path: Path, aim: AimHeader) -> np.dtype:
    if aim.is_compressed:
        return np.dtype("int8")
    if aim.type_code == _VMS_FLOAT:
        return np.dtype("float32")
    if aim.type_code not in _PLAIN_TYPES:
        raise FormatError(
            f"{path} holds voxels of the type {aim.type_code:#010x}, which is not known.",
            "Export it as 16-bit or 8-bit AIM, or as DICOM.",
        )
    return np.dtype(_PLAIN_TYPES[aim.type_code])


def _check_length(path: Path, aim: AimHeader) -> None:
    """Compare the claimed size with what the file holds."""
    if aim.is_compressed:
        check_claim(path, aim)
    else:
        needed_bytes = math.prod(aim.size) * _stored_type(path, aim).itemsize
        check_raw(path, needed_bytes=needed_bytes, stored_bytes=aim.data_bytes)


def _fields(aim: AimHeader) -> dict[str, object]:
    frame = aim.frame if any(aim.frame) else None
    return {"aim_version": aim.version, "position_voxels": aim.position, "frame_voxels": frame}


def _frame_warnings(path: Path, aim: AimHeader) -> tuple[str, ...]:
    if not any(aim.frame):
        return ()
    told = " x ".join(str(width) for width in aim.frame)
    return (f"{path.name} has a frame of {told} voxels (x, y, z) whose grey values are not valid: crop it away.",)
