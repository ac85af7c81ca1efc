"""NIfTI-1: .nii and .nii.gz, with units, calibration and metadata in a JSON sidecar.

ITK turns NIfTI's RAS world into LPS and its length units into mm. It fills a truncated file with zeros, takes a zero or
absent pixel size as 1, turns NaN and infinite voxels into zeros and writes no rescale, so that header and voxels are
read and written here. The file's rescale (scl_slope and scl_inter, 32-bit numbers) becomes the header's line.
"""

from __future__ import annotations

import gzip
import math
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError, OutputError
from .header import SPACING_HINT, settled_spacing
from .itk_files import header_from, image_of, information, write_image
from .nifti_header import changed, is_compressed, parse, same_in_32_bits
from .plain_voxels import PlainVoxels, are_axes
from .sidecar import Sidecar, read_sidecar, sidecar_of, write_sidecar

if TYPE_CHECKING:
    from pathlib import Path

    from ..calibration import Line
    from ..volume import Volume
    from .header import Header
    from .nifti_header import NiftiHeader
    from .options import WriteOptions
    from .region import Region

NAME = "NIfTI"
IMAGE_IO = "NiftiImageIO"
_LARGEST_SPACING_DISAGREEMENT = 1e-3  # between pixdim and sform; float32 keeps seven digits
_COMPRESSION_LEVEL = 6


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the header and the sidecar say."""
    raw = parse(path)
    if raw.dtype is not None:
        _plain(path, raw, (math.prod(raw.counts), 1, 1)).check_claim(path)
    if given is None:
        _check_agreement(path, raw)
    spacing = settled_spacing(path, raw.pixdim_mm[: len(raw.counts)], given)
    told = information(path, IMAGE_IO)
    size = told.size + (1,) * (3 - len(told.size))
    if raw.dtype is None or not are_axes(raw.counts, size):
        raise FormatError(f"{path} has voxels of an unknown type or order.", "Save it as a 3-D grey image first.")
    meaning = (read_sidecar(sidecar_of(path), size) or Sidecar()).meaning
    # The sidecar has more digits; but if another program changed the file's rescale, the file is right.
    line = meaning.line if same_in_32_bits(meaning.line, raw.line) else raw.line
    header = header_from(path, NAME, told, spacing=spacing, **replace(meaning, line=line).for_header())
    return replace(header, stored_type=raw.dtype.newbyteorder("=").name)


def read(header: Header, region: Region) -> np.ndarray:
    """The stored numbers of a region; compressed ones are checked on the way."""
    return _plain(header.path, parse(header.path), header.size).read(region)


def reads_parts(header: Header) -> bool:
    """Whether the voxels stand in the file as they are."""
    return not is_compressed(header.path)


def keeps_parts(header: Header) -> bool:
    """Compressed voxels are expanded slice by slice."""
    return True


def write(volume: Volume, path: Path, options: WriteOptions) -> None:
    """Write voxels and sidecar; `.nii.gz` is always compressed, `.nii` never.

    :raises OutputError: for more voxels along an axis, or a smaller or larger rescale, than the header can hold.
    """
    if max(volume.size) > np.iinfo(np.int16).max:
        raise OutputError(
            f"NIfTI holds at most 32767 voxels along an axis, this volume is {volume.size}.", "Use .nrrd."
        )
    _check_rescale(options.line)
    voxels = volume.voxels
    stored = np.dtype(np.float32) if voxels.dtype == np.float16 else voxels.dtype.newbyteorder("=")
    head = changed(_itk_header(volume, path), volume.size, options.line)
    opened = gzip.GzipFile(path, "wb", _COMPRESSION_LEVEL, mtime=0) if is_compressed(path) else path.open("wb")
    with closing(opened) as file:
        file.write(head)
        for values in voxels:
            file.write(np.ascontiguousarray(values, stored).data)
    write_sidecar(volume, sidecar_of(path), options.line, geometry=False)


def companions(path: Path, compress: bool) -> tuple[str, ...]:
    return (sidecar_of(path).name,)


def _plain(path: Path, raw: NiftiHeader, size: tuple[int, int, int]) -> PlainVoxels:
    if is_compressed(path):
        return PlainVoxels(path, raw.dtype, size, 0, compressed=True, lead=raw.offset)
    return PlainVoxels(path, raw.dtype, size, raw.offset)


def _itk_header(volume: Volume, path: Path) -> bytes:
    """The bytes before the voxels that ITK writes for an image of one voxel at the same place."""
    example = path.with_name("one-voxel.nii")
    write_image(image_of(volume.with_voxels(volume.voxels[:1, :1, :1])), example)
    offset = parse(example).offset
    head = example.read_bytes()[:offset]
    example.unlink()
    return head


def _check_rescale(line: Line) -> None:
    with np.errstate(over="ignore"):
        kept = np.float32(line)
    if not np.all(np.isfinite(kept)) or kept[0] == 0:
        raise OutputError(
            f"NIfTI cannot hold a rescale of {line.factor:g} and {line.offset:g}: its numbers have 32 bits.",
            "Use .nrrd, or another rescale.",
        )


def _check_agreement(path: Path, raw: NiftiHeader) -> None:
    if raw.sform_mm is None or not np.all(np.isfinite(raw.pixdim_mm)) or min(raw.pixdim_mm) <= 0:
        return
    if not np.allclose(raw.pixdim_mm, raw.sform_mm, rtol=_LARGEST_SPACING_DISAGREEMENT, atol=0):
        told = [" x ".join(f"{value:g}" for value in values) for values in (raw.pixdim_mm, raw.sform_mm)]
        raise FormatError(
            f"{path} names two voxel sizes: {told[0]} mm (pixdim) and {told[1]} mm (sform).", SPACING_HINT
        )
