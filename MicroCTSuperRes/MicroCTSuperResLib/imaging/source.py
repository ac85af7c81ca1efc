"""Where a volume came from: its file, the part that was read and a checksum, as text fields for what is made of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from ..files import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .volume import Volume

PREFIX = "MicroCTSuperRes."
# What the last reading did. Kept in a file they would be wrong for the next reading, which puts its own in their place.
CROP_FIELD, WHOLE_SIZE_FIELD, UNITS_BEFORE_FIELD, FILES_FIELD = READING_FIELDS = (
    f"{PREFIX}crop_voxels",
    f"{PREFIX}crop_of_size",
    f"{PREFIX}converted_from",
    f"{PREFIX}files_read",
)


def source_fields(volume: Volume) -> dict[str, str]:
    """What leads back from a result to the file that `volume` was read from, names without the prefix.

    A file that was read whole is known by the checksum of the file (`source_sha256`). Of a file of which a part was
    read, perhaps 1 % of 10 GB, only that part is looked at: `source_voxels_sha256` is the SHA-256 of the grey values
    that were read (`source_voxel_type`, order z, y, x, little endian). The same is told of a scan in several files of
    which one was named (a header with its voxels beside it, one slice of a series, a pattern).
    """
    source = volume.source
    if source is None:
        return {}
    fields = {"source_file": source.name}
    if UNITS_BEFORE_FIELD in volume.metadata:
        fields["source_units"] = volume.metadata[UNITS_BEFORE_FIELD]
    is_part, files = CROP_FIELD in volume.metadata, volume.metadata.get(FILES_FIELD)
    if is_part:
        fields |= _fields_of_part(volume)
    if files is not None:
        fields["source_files"] = files
    if is_part or files is not None:
        fields |= {"source_voxel_type": volume.voxel_type, "source_voxels_sha256": sha256_of_voxels(volume.voxels)}
    # The file may be gone since it was read: its voxels are here, only its size and checksum cannot be told.
    elif source.exists():
        fields["source_sha256"] = sha256_of(source)
    if is_part and files is None and source.exists():
        fields["source_size_bytes"] = str(_size_of(source))
    return fields


def kept_fields(metadata: Mapping[str, str], *replaced: str) -> dict[str, str]:
    """The text fields that travel on to a result: all but those of the reading, and of the groups to be replaced.

    :param replaced: beginnings of names, without the prefix.
    """
    beginnings = tuple(PREFIX + name for name in replaced)
    return {
        name: text
        for name, text in metadata.items()
        if name not in READING_FIELDS and not (beginnings and name.startswith(beginnings))
    }


def sha256_of_voxels(voxels: np.ndarray) -> str:
    """The SHA-256 of voxels in the order z, y, x as little-endian numbers, slice by slice: no second copy of them.

    :returns: 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for values in voxels:
        digest.update(np.ascontiguousarray(values, values.dtype.newbyteorder("<")).data)
    return digest.hexdigest()


def _fields_of_part(volume: Volume) -> dict[str, str]:
    return {
        "source_crop_voxels": volume.metadata[CROP_FIELD],
        "source_crop_of_size": volume.metadata.get(WHOLE_SIZE_FIELD, ""),
    }


def _size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())
