"""MetaImage: .mha, and .mhd with its voxels in a file beside it.

Format: https://itk.org/Wiki/ITK/MetaIO/Documentation. SimpleITK gives a missing spacing as 1, so the header's text is
read here as well.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError
from .fields import from_fields, to_fields
from .header import mm_per, settled_spacing
from .itk_files import Information, header_from, image_of, information, read_voxels, write_image
from .meaning import Meaning
from .payload import check_claim_of_compressed, check_compressed, check_raw
from .text_header import header_lines

if TYPE_CHECKING:
    from pathlib import Path

    from ..volume import Volume
    from .header import Header
    from .options import WriteOptions
    from .region import Region

NAME = "MetaImage"
IMAGE_IO = "MetaImageIO"
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
    if data_file is not None:
        _check_claim(path, fields, told, data_file.stat().st_size - start)
    meaning = from_fields(path, {key: value for key, value in fields.items() if key.lower() not in _RESERVED})
    return header_from(
        path,
        NAME,
        told,
        spacing=spacing,
        origin_scale=scale,
        data_file=data_file,
        **meaning.for_header(),
    )


def read(header: Header, region: Region) -> np.ndarray:
    """The voxels of a region, compressed ones checked first."""
    fields, offset = _parse(header.path)
    if _is_compressed(fields):
        data_file, start = _data_file(header.path, fields, offset)
        if data_file is not None:
            check_compressed(data_file, offset=start, needed_bytes=header.stored_bytes)
    return read_voxels(header.path, IMAGE_IO)[region]


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
        key, separator, value = line.partition("=")
        if separator:
            fields[key.strip()] = value.strip()
    if "DimSize" not in fields or "ElementDataFile" not in fields:
        raise FormatError(f"{path} has no MetaImage header (DimSize, ElementDataFile).", "Check the file's name.")
    return fields, offset


def _number(token: str) -> float:
    try:
        return float(token)
    except ValueError:
        return math.nan


def _is_compressed(fields: dict[str, str]) -> bool:
    return fields.get("CompressedData", "False").lower().startswith(("t", "1"))


def _data_file(path: Path, fields: dict[str, str], offset: int) -> tuple[Path | None, int]:
    """The file that holds the voxels and where they begin; None where they are spread over several files."""
    name = fields["ElementDataFile"]
    if name.upper() == "LOCAL":
        return path, offset
    if name.upper().startswith("LIST") or "%" in name:
        return None, 0
    data_file = path.parent / name
    if not data_file.is_file():
        raise FormatError(f"{path} has its voxels in {data_file}, which does not exist.", "Put that file beside it.")
    return data_file, 0


def _check_claim(path: Path, fields: dict[str, str], told: Information, stored_bytes: int) -> None:
    needed_bytes = math.prod(told.size) * np.dtype(told.voxel_type).itemsize
    if _is_compressed(fields):
        check_claim_of_compressed(path, needed_bytes=needed_bytes, stored_bytes=stored_bytes)
    else:
        check_raw(path, needed_bytes=needed_bytes, stored_bytes=stored_bytes)
