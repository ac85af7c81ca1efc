"""Metadata and units as the text fields of a file's header (NRRD and MetaImage).

A field is stored under its own name where every reader gets it back as it was: plain ASCII, one line. The others
(other alphabets, line breaks, names that the format itself uses) go together into one field as JSON.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS_FIELD = "MicroCTSuperRes.units"
OTHERS_FIELD = "MicroCTSuperRes.metadata"
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
_PLAIN_VALUE = re.compile(r"[!-~]([ -~]{0,2000}[!-~])?")
_ITK_PREFIXES = ("itk_", "nrrd_")


def to_fields(metadata: Mapping[str, str], units: str, reserved: frozenset[str]) -> dict[str, str]:
    """The fields to store in a file's header, units among them.

    :param reserved: names in lower case that mean something to the format itself.
    """
    every = {str(key): str(value) for key, value in metadata.items() if key != OTHERS_FIELD}
    every[UNITS_FIELD] = units
    fields = {key: value for key, value in every.items() if _is_plain(key, value, reserved)}
    others = {key: value for key, value in every.items() if key not in fields}
    if others:
        fields[OTHERS_FIELD] = json.dumps(others, ensure_ascii=True)
    return fields


def from_fields(fields: Mapping[str, str]) -> tuple[dict[str, str], str | None]:
    """Metadata and units of a header's fields; units are None where the file does not name them."""
    metadata = dict(fields)
    try:
        others = json.loads(metadata.get(OTHERS_FIELD, "{}"))
        metadata.update({str(key): str(value) for key, value in others.items()})
        metadata.pop(OTHERS_FIELD, None)
    except (ValueError, AttributeError):
        pass  # somebody else's text under our name stays what it is: a text field
    return metadata, metadata.pop(UNITS_FIELD, None)


def _is_plain(key: str, value: str, reserved: frozenset[str]) -> bool:
    name = key.lower()
    return (
        _PLAIN_NAME.fullmatch(key) is not None
        and _PLAIN_VALUE.fullmatch(value) is not None
        and name not in reserved
        and not name.startswith(_ITK_PREFIXES)
    )
