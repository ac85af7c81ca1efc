"""Metadata, units, calibration and rescale as the text fields of a file's header (NRRD and MetaImage).

A field is stored under its own name where every reader gets it back as it was: plain ASCII, one line. The others
(other alphabets, line breaks, names that the format itself uses) go together into one field as JSON.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ...errors import CalibrationError, FormatError, OutputError
from ..calibration import SAME, UNCALIBRATED, Calibration
from .meaning import Meaning, line_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNITS_FIELD = "MicroCTSuperRes.units"
CALIBRATION_FIELD = "MicroCTSuperRes.calibration"
RESCALE_FIELD = "MicroCTSuperRes.rescale"
OTHERS_FIELD = "MicroCTSuperRes.metadata"
_OWN_FIELDS = (UNITS_FIELD, CALIBRATION_FIELD, RESCALE_FIELD, OTHERS_FIELD)
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
_PLAIN_VALUE = re.compile(r"[!-~]([ -~]{0,2000}[!-~])?")
# A MetaImage header with a line of 33,000 characters cannot be read again; one of 31,000 can.
_LONGEST_LINE, _MOST_PARTS = 16_000, 64
_ITK_PREFIXES = ("itk_", "nrrd_")


def to_fields(meaning: Meaning, reserved: frozenset[str]) -> dict[str, str]:
    """The fields to store in a file's header.

    :param reserved: names in lower case that mean something to the format itself.
    """
    every = {str(key): str(value) for key, value in meaning.metadata.items() if key not in _OWN_FIELDS}
    every |= {UNITS_FIELD: meaning.units or ""}
    if meaning.calibration:
        every[CALIBRATION_FIELD] = json.dumps(meaning.calibration.as_dict())
    if meaning.line != SAME:
        every[RESCALE_FIELD] = f"{meaning.line.factor!r} {meaning.line.offset!r}"
    fields = {key: value for key, value in every.items() if _is_plain(key, value, reserved)}
    others = {key: value for key, value in every.items() if key not in fields}
    return fields | _as_json_fields(others)


def from_fields(path: Path, fields: Mapping[str, str]) -> Meaning:
    """What a header's fields say.

    :raises FormatError: for a calibration or rescale that is damaged: without it the numbers mean something else.
    """
    names = [name for name in _names_of_parts() if name in fields]
    metadata = {key: value for key, value in fields.items() if key not in names}
    try:
        others = json.loads("".join(fields[name] for name in names) or "{}")
        metadata.update({str(key): str(value) for key, value in others.items()})
    except (ValueError, AttributeError, RecursionError):
        metadata = dict(fields)  # somebody else's text under our name stays what it is: a text field
    units = metadata.pop(UNITS_FIELD, None) or None
    calibration, rescale = metadata.pop(CALIBRATION_FIELD, None), metadata.pop(RESCALE_FIELD, None)
    try:
        return Meaning(
            units=units,
            calibration=UNCALIBRATED if calibration is None else Calibration.from_dict(json.loads(calibration)),
            line=SAME if rescale is None else line_from(rescale.split()),
            metadata=metadata,
        )
    except (ValueError, CalibrationError, RecursionError) as error:
        raise FormatError(
            f"{path} has a damaged calibration or rescale ({error}).", "Write it again, or correct its header."
        ) from error


def _as_json_fields(others: Mapping[str, str]) -> dict[str, str]:
    """Text that a header cannot hold as it is, as JSON; parts of it may be cut out of a longer text."""
    if not others:
        return {}
    # A part must not begin or end with a blank, which readers take away.
    text = json.dumps(others, ensure_ascii=True, separators=(",", ":")).replace(" ", "\\u0020")
    parts = [text[start : start + _LONGEST_LINE] for start in range(0, len(text), _LONGEST_LINE)]
    if len(parts) > _MOST_PARTS:
        raise OutputError(
            f"The text fields of the volume take {len(text)} characters, more than a header can hold.",
            "Write .zarr, or leave out the longest of them.",
        )
    return dict(zip(_names_of_parts(), parts, strict=False))


def _names_of_parts() -> list[str]:
    return [OTHERS_FIELD, *(f"{OTHERS_FIELD}.{number}" for number in range(2, _MOST_PARTS + 1))]


def _is_plain(key: str, value: str, reserved: frozenset[str]) -> bool:
    name = key.lower()
    return (
        _PLAIN_NAME.fullmatch(key) is not None
        and _PLAIN_VALUE.fullmatch(value) is not None
        and name not in reserved
        and not name.startswith(_ITK_PREFIXES)
    )
