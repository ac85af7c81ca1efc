"""NRRD: .nrrd, and .nhdr with its voxels in a file beside it.

Format: https://teem.sourceforge.net/nrrd/format.html. SimpleITK gives a missing spacing as 1 and ignores the units of
the axes, so the header's text is read here as well.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk  # noqa: N813

from ...errors import FormatError
from .detached import detached_file, outside_warnings
from .fields import from_fields, to_fields
from .header import mm_per, settled_spacing
from .itk_files import header_from, image_of, information, write_image
from .meaning import Meaning, units_named
from .payload import check_claim_of_compressed, check_raw
from .plain_voxels import PlainOrItk, PlainVoxels, are_axes
from .text_header import header_lines

if TYPE_CHECKING:
    from pathlib import Path

    from ..volume import Volume
    from .header import Header
    from .options import WriteOptions

NAME = "NRRD"
IMAGE_IO = "NrrdImageIO"
# Key/value pairs have a syntax of their own, so no name is taken by the format.
_RESERVED: frozenset[str] = frozenset()
_GZIP = ("gzip", "gz")
_ORDERS = {"little": "<", "big": ">"}
_FROM_END = -1  # "byte skip" that counts from the end of the file


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the header says; units of the axes are turned into mm."""
    fields, pairs, offset = _parse(path)
    scales = _axis_scales(path, fields)
    spacing = settled_spacing(path, _declared_spacing(fields, scales), given)
    data_file, start = _data_file(path, fields, offset)
    told = information(path, IMAGE_IO)
    header = header_from(
        path,
        NAME,
        told,
        spacing=spacing,
        origin_scale=scales[0],
        data_file=data_file,
        warnings=outside_warnings(path, data_file),
        **from_fields(path, pairs).for_header(_standard_units(fields)),
    )
    plain = _plain(header)
    if plain is not None:
        plain.check_claim(path)
    elif data_file is not None:
        _check_claim(header, fields, data_file.stat().st_size - start)
    return header


def write(volume: Volume, path: Path, options: WriteOptions) -> None:
    fields = to_fields(Meaning.of(volume, options.line), _RESERVED)
    if options.compress or path.suffix.lower() != ".nrrd":
        write_image(image_of(volume), path, compress=options.compress, fields=fields)
    else:
        _write_raw(volume, path, fields)


def _write_raw(volume: Volume, path: Path, fields: dict[str, str]) -> None:
    """ITK writes the header for the first slice; slice by slice the voxels take an eighth of the time it needs."""
    first = image_of(volume.with_voxels(volume.voxels[:1]))
    write_image(first, path, fields=fields)
    stored = sitk.GetArrayViewFromImage(first).dtype
    x, y, z = volume.size
    _, _, header_bytes = _parse(path)
    header, told = path.read_bytes()[:header_bytes], f"\nsizes: {x} {y} 1\n".encode()
    place = header.index(told)
    with path.open("wb") as file:
        file.write(header[:place] + f"\nsizes: {x} {y} {z}\n".encode() + header[place + len(told) :])
        for voxels in volume.voxels:
            file.write(np.ascontiguousarray(voxels, stored).data)


def companions(path: Path, compress: bool) -> tuple[str, ...]:
    """The name of the file that ITK puts the voxels of a .nhdr in."""
    if path.suffix.lower() != ".nhdr":
        return ()
    return (path.stem + (".raw.gz" if compress else ".raw"),)


def _parse(path: Path) -> tuple[dict[str, str], dict[str, str], int]:
    """Fields (names in lower case), key/value pairs, and where the header ends in bytes."""
    lines, offset = header_lines(path, ends=lambda line: not line.strip())
    if not lines or not lines[0].startswith("NRRD"):
        raise FormatError(f"{path} is not a NRRD file: it does not begin with 'NRRD'.", "Check the file's name.")
    if any("\r" in line for line in lines):  # ITK takes one within a line for the line's end
        raise FormatError(f"{path} has a carriage return within a line of its header.", "Save it again.")
    fields, pairs = {}, {}
    for line in lines[1:]:
        if line.startswith("#"):
            continue
        key, separator, value = line.partition(":=")
        name, colon, content = line.partition(": ")
        if colon and (not separator or len(name) < len(key)):
            fields[name.strip().lower()] = content.strip()
        elif separator:
            pairs[_unescaped(key)] = _unescaped(value)
    return fields, pairs, offset


def _unescaped(text: str) -> str:
    return re.sub(r"\\(\\|n)", lambda match: "\n" if match[1] == "n" else "\\", text)


def _declared_spacing(fields: dict[str, str], scales: list[float]) -> list[float] | None:
    """Spacing in mm of each axis in space; NaN where it is not told.

    :param scales: mm in the unit of each axis, or one for all.
    """
    if "space directions" in fields:
        vectors = re.findall(r"\(([^)]*)\)", fields["space directions"])
        told = [math.sqrt(sum(_number(part) ** 2 for part in vector.split(","))) for vector in vectors]
    elif "spacings" in fields:
        told = [_number(token) for token in fields["spacings"].split()]
    else:
        return None
    scales = scales if len(scales) == len(told) else scales[:1] * len(told)
    return [value * scale for value, scale in zip(told, scales, strict=True)][:3]


def _number(token: str) -> float:
    try:
        return float(token)
    except ValueError:
        return math.nan


def _axis_scales(path: Path, fields: dict[str, str]) -> list[float]:
    """Millimetres in the unit of each axis: "space units", or "units" in files without a space; one for all if none."""
    names = re.findall(r'"([^"]*)"', fields.get("space units", fields.get("units", "")))
    return [mm_per(path, name) for name in names][:3] or [1.0]


def _standard_units(fields: dict[str, str]) -> str | None:
    """NRRD's own field for the meaning of the values, where it says something."""
    told = fields.get("sample units", fields.get("sampleunits", "")).strip('" ')
    return units_named(told) or told or None


def _data_file(path: Path, fields: dict[str, str], offset: int) -> tuple[Path | None, int]:
    """The file that holds the voxels and where they begin; None where they are spread over several files."""
    name = fields.get("data file", fields.get("datafile"))
    if name is None:
        return path, offset
    if name.startswith("LIST") or "%" in name:
        return None, 0
    return detached_file(path, name), 0


def _plain(header: Header) -> PlainVoxels | None:
    """The voxels where they can be read without ITK: raw or gzip, in one file, of a told byte order."""
    fields, _, header_bytes = _parse(header.path)
    data_file, offset = _data_file(header.path, fields, header_bytes)
    stored = np.dtype(header.stored_type)
    order = "=" if stored.itemsize == 1 else _ORDERS.get(fields.get("endian", "").lower())
    encoding = fields.get("encoding", "").lower()
    skip = _byte_skip(fields)
    if data_file is None or order is None or skip is None or not are_axes(fields.get("sizes", "").split(), header.size):
        return None
    voxels = PlainVoxels(data_file, stored.newbyteorder(order), header.size, offset, encoding in _GZIP)
    if encoding == "raw" and skip == _FROM_END:
        return voxels.at_the_end()
    if encoding == "raw":
        return replace(voxels, offset=offset + skip)
    return voxels if voxels.compressed and skip == 0 else None


def _byte_skip(fields: dict[str, str]) -> int | None:
    """Bytes to leave out before the voxels, -1 for all but the voxels; None where lines are to be left out."""
    lines = fields.get("line skip", fields.get("lineskip", "0"))
    told = fields.get("byte skip", fields.get("byteskip", "0"))
    return int(told) if lines == "0" and re.fullmatch(r"-1|\d{1,15}", told) else None


def _check_claim(header: Header, fields: dict[str, str], stored_bytes: int) -> None:
    """Refuse what ITK is to read, where the file cannot hold it."""
    encoding = fields.get("encoding", "").lower()
    if encoding in ("ascii", "text", "txt"):  # a digit and a blank for every voxel
        check_raw(header.path, needed_bytes=2 * math.prod(header.size) - 1, stored_bytes=stored_bytes)
    elif encoding == "raw":
        check_raw(header.path, needed_bytes=header.stored_bytes, stored_bytes=stored_bytes)
    elif encoding in _GZIP:
        check_claim_of_compressed(header.path, needed_bytes=header.stored_bytes, stored_bytes=stored_bytes)


_READER = PlainOrItk(_plain, IMAGE_IO)
read, reads_parts, keeps_parts = _READER.read, _READER.reads_parts, _READER.keeps_parts
