"""The 348 bytes of a NIfTI-1 header. Layout: nifti1.h of https://nifti.nimh.nih.gov/nifti-1."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError
from ..calibration import SAME, Line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER_BYTES = 348
# Where the fields begin.
_DIM, _DATATYPE, _PIXDIM, _VOX_OFFSET, _SCL = 40, 70, 76, 108, 112
_XYZT_UNITS, _SFORM_CODE, _SROW, _MAGIC = 123, 254, 280, 344
_ONE_FILE = b"n+1\0"  # header and voxels in one file
_MM_PER_UNIT = {0: 1.0, 1: 1e3, 2: 1.0, 3: 1e-3}  # xyzt_units: unknown (taken as mm, as everywhere), m, mm, um
# fmt: off
_TYPES = {2: "u1", 256: "i1", 512: "u2", 4: "i2", 768: "u4", 8: "i4", 1280: "u8", 1024: "i8", 16: "f4", 64: "f8"}
# fmt: on


@dataclass(frozen=True)
class NiftiHeader:
    """What the bytes say.

    :param counts: voxels along each axis, the fastest first.
    :param dtype: the type of a voxel with its byte order; None for colours, complex numbers and others.
    :param pixdim_mm: the voxel size.
    :param sform_mm: the voxel size that the sform matrix implies; None without one.
    :param line: turns stored numbers into grey values.
    :param offset: where the voxels begin.
    """

    counts: tuple[int, ...]
    dtype: np.dtype | None
    pixdim_mm: tuple[float, float, float]
    sform_mm: tuple[float, float, float] | None
    line: Line
    offset: int


def is_compressed(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def parse(path: Path) -> NiftiHeader:
    """The header of a file.

    :raises FormatError: if it has none, or an impossible one.
    """
    head = _first_bytes(path)
    if len(head) < HEADER_BYTES:
        raise FormatError(f"{path} is too short for a NIfTI header ({len(head)} bytes).", "Copy or export it again.")
    order = next((sign for sign in "<>" if struct.unpack_from(sign + "i", head)[0] == HEADER_BYTES), None)
    if order is None or head[_MAGIC:] != _ONE_FILE:
        raise FormatError(
            f"{path} has no NIfTI-1 header.", "Check the file's name; save NIfTI-2 and pairs of files as one NIfTI-1."
        )
    dimensions = struct.unpack_from(order + "8h", head, _DIM)
    scale = _MM_PER_UNIT.get(head[_XYZT_UNITS] & 0x07)
    offset = struct.unpack_from(order + "f", head, _VOX_OFFSET)[0]
    if scale is None:
        raise FormatError(f"{path} has an unknown length unit ({head[_XYZT_UNITS] & 0x07}).", "Correct its header.")
    if not 1 <= dimensions[0] <= 7 or min(dimensions[1 : dimensions[0] + 1]) < 1 or not 0 <= offset < 2**31:
        raise FormatError(f"{path} has an impossible NIfTI header (dim {dimensions}).", "Copy or export it again.")
    kind = _TYPES.get(struct.unpack_from(order + "h", head, _DATATYPE)[0])
    return NiftiHeader(
        counts=dimensions[1 : dimensions[0] + 1],
        dtype=None if kind is None else np.dtype(order + kind),
        pixdim_mm=tuple(value * scale for value in struct.unpack_from(order + "3f", head, _PIXDIM + 4)),
        sform_mm=_sform_spacing(head, order, scale),
        line=_line(*struct.unpack_from(order + "2f", head, _SCL)),
        offset=max(int(offset), HEADER_BYTES),  # as the reference library has it
    )


def changed(head: bytes, size: tuple[int, int, int], line: Line) -> bytes:
    """A header of this machine's byte order with other numbers of voxels and another rescale.

    :param head: all bytes before the voxels.
    """
    content = bytearray(head)
    struct.pack_into("=8h", content, _DIM, 3, *size, 1, 1, 1, 1)
    struct.pack_into("=2f", content, _SCL, *line)
    return bytes(content)


def same_in_32_bits(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether the header would hold the same numbers for both lines."""
    with np.errstate(over="ignore"):
        return bool(np.array_equal(np.float32(one), np.float32(other)))


def _line(slope: float, intercept: float) -> Line:
    """A slope of 0 means no rescale (nifti1.h, "DATA SCALING"); numbers that are not finite count as 0."""
    slope, intercept = (value if math.isfinite(value) else 0.0 for value in (slope, intercept))
    return SAME if slope == 0 else Line(slope, intercept)


def _first_bytes(path: Path) -> bytes:
    try:
        with gzip.open(path) if is_compressed(path) else path.open("rb") as file:
            return file.read(HEADER_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FormatError(f"{path} is not a whole gzip file ({error}).", "Copy or export it again.") from error


def _sform_spacing(head: bytes, order: str, scale: float) -> tuple[float, float, float] | None:
    """The voxel size that the sform matrix implies: the length of its columns."""
    if struct.unpack_from(order + "h", head, _SFORM_CODE)[0] <= 0:
        return None
    matrix = np.asarray(struct.unpack_from(order + "12f", head, _SROW), dtype=float).reshape(3, 4)[:, :3]
    return tuple((np.linalg.norm(matrix, axis=0) * scale).tolist())
