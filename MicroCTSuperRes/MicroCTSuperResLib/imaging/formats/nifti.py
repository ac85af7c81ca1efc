"""NIfTI-1: .nii and .nii.gz, with units and metadata in a JSON sidecar.

Format: https://nifti.nimh.nih.gov/nifti-1. ITK turns NIfTI's RAS world into LPS and its length units into mm. It
fills a truncated file with zeros, takes a zero or absent pixel size as 1, and turns NaN and infinite voxels into zeros,
so the header's bytes are read here too, and those of floating-point voxels.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError, OutputError
from .header import SPACING_HINT, settled_spacing
from .itk_files import header_from, image_of, information, read_voxels, write_image
from .payload import check_claim_of_compressed, check_compressed, check_raw
from .sidecar import Sidecar, read_sidecar, sidecar_of, write_sidecar

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from ..volume import Volume
    from .header import Header
    from .options import WriteOptions
    from .region import Region

NAME = "NIfTI"
IMAGE_IO = "NiftiImageIO"
HEADER_BYTES = 348
_MM_PER_UNIT = {0: 1.0, 1: 1e3, 2: 1.0, 3: 1e-3}  # xyzt_units: unknown (taken as mm, as everywhere), m, mm, um
_FLOATS = {16: "f4", 64: "f8"}  # datatype codes of the header
_CHUNK_VOXELS = 2**20
_LARGEST_SPACING_DISAGREEMENT = 1e-3  # between pixdim and sform; float32 keeps seven digits


@dataclass(frozen=True)
class _Bytes:
    """What the 348 bytes of the header say."""

    dimension: int
    pixdim_mm: tuple[float, float, float]
    sform_mm: tuple[float, float, float] | None
    needed_bytes: int
    offset: int
    float_type: str | None


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the header and the sidecar say."""
    raw = _parse(path)
    stored = path.stat().st_size
    if _is_compressed(path):
        check_claim_of_compressed(path, needed_bytes=raw.needed_bytes, stored_bytes=stored)
    else:
        check_raw(path, needed_bytes=raw.needed_bytes, stored_bytes=stored - raw.offset)
    if given is None:
        _check_agreement(path, raw)
    spacing = settled_spacing(path, raw.pixdim_mm[: raw.dimension], given)
    told = information(path, IMAGE_IO)
    size = told.size + (1,) * (3 - len(told.size))
    sidecar = read_sidecar(sidecar_of(path), size) or Sidecar()
    return header_from(path, NAME, told, spacing=spacing, **sidecar.meaning.for_header())


def read(header: Header, region: Region) -> np.ndarray:
    """The voxels of a region with the file's scale slope and intercept applied, compressed ones checked first."""
    raw = _parse(header.path)
    if _is_compressed(header.path):
        check_compressed(header.path, offset=0, needed_bytes=raw.offset + raw.needed_bytes)
    voxels = read_voxels(header.path, IMAGE_IO)
    if raw.float_type is not None:
        _restore_non_finite(voxels, header.path, raw.offset, np.dtype(raw.float_type))
    return voxels[region]


def write(volume: Volume, path: Path, options: WriteOptions) -> None:
    """Write voxels and sidecar; `.nii.gz` is always compressed, `.nii` never."""
    if max(volume.size) > np.iinfo(np.int16).max:
        raise OutputError(
            f"NIfTI holds at most 32767 voxels along an axis, this volume is {volume.size}.", "Use .nrrd."
        )
    write_image(image_of(volume), path, compress=_is_compressed(path))
    _check_written(path)
    write_sidecar(volume, sidecar_of(path), options.line, geometry=False)


def companions(path: Path, compress: bool) -> tuple[str, ...]:
    return (sidecar_of(path).name,)


def _is_compressed(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def _parse(path: Path) -> _Bytes:
    head = _first_bytes(path)
    if len(head) < HEADER_BYTES:
        raise FormatError(f"{path} is too short for a NIfTI header ({len(head)} bytes).", "Copy or export it again.")
    order = next((sign for sign in "<>" if struct.unpack_from(sign + "i", head)[0] == HEADER_BYTES), None)
    if order is None:
        raise FormatError(f"{path} has no NIfTI-1 header.", "Check the file's name; save NIfTI-2 as NIfTI-1.")
    dimensions = struct.unpack_from(order + "8h", head, 40)
    datatype, bits = struct.unpack_from(order + "2h", head, 70)
    pixdim = struct.unpack_from(order + "8f", head, 76)
    offset = struct.unpack_from(order + "f", head, 108)[0]
    scale = _MM_PER_UNIT.get(head[123] & 0x07)
    if scale is None:
        raise FormatError(f"{path} has an unknown length unit ({head[123] & 0x07}).", "Correct its header.")
    if not 1 <= dimensions[0] <= 7 or min(dimensions[1 : dimensions[0] + 1]) < 1 or not 0 <= offset < 2**31:
        raise FormatError(f"{path} has an impossible NIfTI header (dim {dimensions}).", "Copy or export it again.")
    return _Bytes(
        dimension=dimensions[0],
        pixdim_mm=tuple(value * scale for value in pixdim[1:4]),
        sform_mm=_sform_spacing(head, order, scale),
        needed_bytes=math.prod(dimensions[1 : dimensions[0] + 1]) * bits // 8,
        offset=int(offset),
        float_type=order + _FLOATS[datatype] if datatype in _FLOATS else None,
    )


def _first_bytes(path: Path) -> bytes:
    try:
        with _opened(path) as file:
            return file.read(HEADER_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FormatError(f"{path} is not a whole gzip file ({error}).", "Copy or export it again.") from error


def _opened(path: Path) -> BinaryIO:
    return gzip.open(path) if _is_compressed(path) else path.open("rb")


def _restore_non_finite(voxels: np.ndarray, path: Path, offset: int, stored: np.dtype) -> None:
    """Put NaN and infinite voxels back where ITK wrote zeros, so that they are told like those of any format."""
    flat = voxels.reshape(-1)
    with _opened(path) as file:
        file.seek(offset)
        for start in range(0, flat.size, _CHUNK_VOXELS):
            count = min(_CHUNK_VOXELS, flat.size - start)
            values = np.frombuffer(file.read(count * stored.itemsize), stored)
            lost = np.flatnonzero(~np.isfinite(values))
            flat[start + lost] = values[lost]


def _sform_spacing(head: bytes, order: str, scale: float) -> tuple[float, float, float] | None:
    """The voxel size that the sform matrix implies: the length of its columns."""
    if struct.unpack_from(order + "h", head, 254)[0] <= 0:
        return None
    matrix = np.asarray(struct.unpack_from(order + "12f", head, 280), dtype=float).reshape(3, 4)[:, :3]
    return tuple((np.linalg.norm(matrix, axis=0) * scale).tolist())


def _check_agreement(path: Path, raw: _Bytes) -> None:
    if raw.sform_mm is None or not np.all(np.isfinite(raw.pixdim_mm)) or min(raw.pixdim_mm) <= 0:
        return
    if not np.allclose(raw.pixdim_mm, raw.sform_mm, rtol=_LARGEST_SPACING_DISAGREEMENT, atol=0):
        told = [" x ".join(f"{value:g}" for value in values) for values in (raw.pixdim_mm, raw.sform_mm)]
        raise FormatError(
            f"{path} names two voxel sizes: {told[0]} mm (pixdim) and {told[1]} mm (sform).", SPACING_HINT
        )


def _check_written(path: Path) -> None:
    """ITK does not tell when the disk is full: compare the length of what was written."""
    raw = _parse(path)
    expected = raw.offset + raw.needed_bytes
    if _is_compressed(path):  # the last four bytes of a gzip file are its length before compression, modulo 2^32
        written = _gzip_length(path)
        expected %= 2**32
    else:
        written = path.stat().st_size
    if written != expected:
        raise OutputError(f"{path.name} could not be written whole.", "Check the free space on its disk.")


def _gzip_length(path: Path) -> int:
    with path.open("rb") as file:
        file.seek(-4, 2)
        return struct.unpack("<I", file.read(4))[0]
