"""The JSON files of a zarr folder, read with the distrust that files of others deserve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ....errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path

V3_FILE, V2_ATTRIBUTES, V2_GROUP, V2_ARRAY = "zarr.json", ".zattrs", ".zgroup", ".zarray"
METADATA_FILES = (V3_FILE, V2_ATTRIBUTES, V2_GROUP, V2_ARRAY, ".zmetadata")
_IN_WORDS = {dict: "an object", list: "a list", str: "a text"}
_MOST_BYTES = 16 * 2**20
_HINT = "Copy or export it again."


def read_json(path: Path) -> dict:
    """The object that a JSON file holds.

    :raises FormatError: if it cannot be read, holds anything else, or is so large or deep that it is no metadata.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FormatError(f"{path} is larger than metadata ever is ({path.stat().st_size} bytes).", _HINT)
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}).", "Check its permissions.") from error
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is damaged: it is no JSON text ({error}).", _HINT) from error
    return checked(path, "content", content, dict)


def checked(path: Path, name: str, value: object, kind: type) -> object:
    """The value, if it is of this type.

    :raises FormatError: if it is not.
    """
    if not isinstance(value, kind):
        raise FormatError(f"{path}: {name} should be {_IN_WORDS[kind]}, it is {value!r:.80}.", _HINT)
    return value


def attributes_of(folder: Path) -> tuple[Path, dict]:
    """The attributes of a zarr folder, and the file that they are in; those of NGFF 0.5 stand under "ome".

    :raises FormatError: if the folder holds no zarr metadata, or they are damaged.
    """
    if (folder / V3_FILE).is_file():
        path = folder / V3_FILE
        return path, checked(path, "attributes", read_json(path).get("attributes", {}), dict)
    if (folder / V2_ATTRIBUTES).is_file():
        return folder / V2_ATTRIBUTES, read_json(folder / V2_ATTRIBUTES)
    if is_zarr(folder):
        return folder / V2_ATTRIBUTES, {}
    raise FormatError(
        f"{folder} holds no zarr metadata ({V3_FILE}, {V2_GROUP}, {V2_ATTRIBUTES}).",
        "Copy it again with all its files, hidden ones too.",
    )


def is_zarr(folder: Path) -> bool:
    """Whether a folder holds metadata of zarr, of version 2 or 3."""
    return any((folder / name).is_file() for name in METADATA_FILES)
