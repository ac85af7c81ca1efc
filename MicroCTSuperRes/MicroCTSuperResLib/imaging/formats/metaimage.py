"""MetaImage: .mha, and .mhd with its voxels in a file beside it.

Format: https://itk.org/Wiki/ITK/MetaIO/Documentation. SimpleITK gives a missing spacing as 1, so the header's text is
read here as well.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError
from .detached import detached_file, outside_warnings
from .fields import from_fields, to_fields
from .header import mm_per, settled_spacing
from .itk_files import header_from, image_of, information, write_image
from .meaning import Meaning
from .payload import check_claim_of_compressed, check_raw
from .plain_voxels import PlainOrItk, PlainVoxels, are_axes
from .text_header import header_lines

if TYPE_CHECKING:
    from pathlib import Path

    from ..volume import Volume
    from .header import Header
    from .options import WriteOptions

NAME = "MetaImage"
IMAGE_IO = "MetaImageIO"
_FROM_END = -1  # HeaderSize that counts from the end of the file
_INTENSITY = "ElementToIntensityFunction"
# The format's own field names: they are told by the header or computed, and are no metadata.
# fmt: off
_RESERVED = frozenset({
    "objecttype", "objectsubtype", "objecttypename", "ndims", "name", "id", "parentid", "color", "colour",
    "binarydata", "binarydatabyteordermsb", "elementbyteordermsb", "compresseddata", "compresseddatasize",
    "compressionlevel", "position", "origin", "offset", "orientation", "rotation", "transformmatrix",
    "centerofrotation", "distanceunits", "anatomicalorientation", "elementspacing", "elementsize", "dimsize",
    "headersize", "modality", "sequenceid", "elementmin", "elementmax", "elementnumberofchannels", "elementnbits",
    "elementtype", "elementdatafile", "elementtointensityfunctionslope", "elementtointensityfunctionoffset",
    "acquisitiondate",
})
# fmt: on


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the header says; its DistanceUnits are turned into mm."""
    fields, offset = _parse(path)
    scale = mm_per(path, fields.get("DistanceUnits", ""))
    declared = fields.get("ElementSpacing", fields.get("ElementSize"))
    if declared is not None:
        declared = [_number(token) * scale for token in declared.split()][:3]
    spacing = settled_spacing(path, declared, given)
    told = information(path, IMAGE_IO)
    data_file, start = _data_file(path, fields, offset)
    meaning = from_fields(path, {key: value for key, value in fields.items() if key.lower() not in _RESERVED})
    header = header_from(
        path,
        NAME,
        told,
        spacing=spacing,
        origin_scale=scale,
        data_file=data_file,
        warnings=(*_warnings(fields), *outside_warnings(path, data_file)),
        **meaning.for_header(),
    )
    plain = _plain(header)
    if plain is not None:
        plain.check_claim(path)
    elif data_file is not None:
        _check_claim(header, fields, data_file.stat().st_size - start)
    return header


def write(volume: Volume, path: Path, options: WriteOptions) -> None:
    fields = to_fields(Meaning.of(volume, options.line), _RESERVED)
    write_image(image_of(volume), path, compress=options.compress, fields=fields)


def companions(path: Path, compress: bool) -> tuple[str, ...]:
    """The name of the file that ITK puts the voxels of a .mhd in."""
    if path.suffix.lower() != ".mhd":
        return ()
    return (path.stem + (".zraw" if compress else ".raw"),)


def _parse(path: Path) -> tuple[dict[str, str], int]:
    """The header's fields, and where it ends in bytes."""
    lines, offset = header_lines(path, ends=lambda line: line.split("=")[0].strip() == "ElementDataFile")
    fields = {}
    for line in lines:
        key, separator, value = (part.strip() for part in line.partition("="))
        if separator and key in fields and key.lower() in _RESERVED:
            raise FormatError(f"{path} tells {key} twice.", "Correct its header.")
        if separator:
            fields[key] = value
    if "DimSize" not in fields or "ElementDataFile" not in fields:
        raise FormatError(f"{path} has no MetaImage header (DimSize, ElementDataFile).", "Check the file's name.")
    _check_dimensions(path, fields)
    return fields, offset


def _check_dimensions(path: Path, fields: dict[str, str]) -> None:
    """ITK trusts NDims and reads as many numbers, beyond its memory if they are not there."""
    dimensions, counts = fields.get("NDims", ""), fields["DimSize"].split()
    if not re.fullmatch(r"[1-9]", dimensions) or len(counts) != int(dimensions):
        raise FormatError(f"{path} has NDims {dimensions} and DimSize {' '.join(counts)}.", "Correct its header.")


def _number(token: str) -> float:
    try:
        return float(token)
    except ValueError:
        return math.nan


def _is_compressed(fields: dict[str, str]) -> bool:
    return _is_true(fields.get("CompressedData", ""))


def _is_true(value: str) -> bool:
    return value.lower().startswith(("t", "1"))


def _warnings(fields: dict[str, str]) -> tuple[str, ...]:
    slope, offset = (_number(fields.get(_INTENSITY + name, told)) for name, told in (("Slope", "1"), ("Offset", "0")))
    if (slope, offset) == (1, 0):
        return ()
    return (
        f"The file tells a rescale ({_INTENSITY}Slope {slope:g}, Offset {offset:g}), which is not applied, as in ITK.",
    )


def _data_file(path: Path, fields: dict[str, str], offset: int) -> tuple[Path | None, int]:
    """The file that holds the voxels and where they begin; None where they are spread over several files."""
    name = fields["ElementDataFile"]
    if name.upper() == "LOCAL":
        return path, offset
    if name.upper().startswith("LIST") or "%" in name:
        return None, 0
    return detached_file(path, name), 0


def _plain(header: Header) -> PlainVoxels | None:
    """The voxels where they can be read without ITK: binary, in one file, of a told byte order."""
    fields, header_bytes = _parse(header.path)
    data_file, offset = _data_file(header.path, fields, header_bytes)
    stored = np.dtype(header.stored_type)
    order = "=" if stored.itemsize == 1 else _byte_order(fields)
    skip = fields.get("HeaderSize", "0")
    is_known = _is_true(fields.get("BinaryData", "")) and re.fullmatch(r"-1|\d{1,15}", skip)
    if data_file is None or order is None or not is_known or not are_axes(fields["DimSize"].split(), header.size):
        return None
    voxels = PlainVoxels(data_file, stored.newbyteorder(order), header.size, offset, _is_compressed(fields))
    if int(skip) == 0:
        return voxels
    if voxels.compressed:
        return None
    if int(skip) == _FROM_END:
        return voxels.at_the_end()
    # A positive number counts from the beginning of the file, even of one that begins with this header.
    return replace(voxels, offset=int(skip))


def _byte_order(fields: dict[str, str]) -> str | None:
    """As numpy writes it; None where it is not told, or in two ways."""
    told = {
        ">" if _is_true(fields[name]) else "<"
        for name in ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")
        if name in fields
    }
    return told.pop() if len(told) == 1 else None


def _check_claim(header: Header, fields: dict[str, str], stored_bytes: int) -> None:
    """Refuse what ITK is to read, where the file cannot hold it."""
    if _is_compressed(fields):
        check_claim_of_compressed(header.path, needed_bytes=header.stored_bytes, stored_bytes=stored_bytes)
    elif _is_true(fields.get("BinaryData", "")):
        check_raw(header.path, needed_bytes=header.stored_bytes, stored_bytes=stored_bytes)
    else:  # a digit and a blank for every voxel
        check_raw(header.path, needed_bytes=2 * math.prod(header.size) - 1, stored_bytes=stored_bytes)


_READER = PlainOrItk(_plain, IMAGE_IO)
read, reads_parts, keeps_parts = _READER.read, _READER.reads_parts, _READER.keeps_parts
