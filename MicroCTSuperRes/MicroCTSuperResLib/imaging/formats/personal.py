"""Which text fields may name a person, by their names alone.

A reader knows it of its own format. A file that was written with `--keep-personal`, or by another program, holds the
same fields among all others: they must not go into the next result unless that is asked for again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .dicom.series import PERSONAL_TEXT
from .scanco import fields as scanco_fields
from .scanco import log as scanco_log
from .stacks import skyscan

if TYPE_CHECKING:
    from .header import Header

_NAMES = frozenset(
    {
        *PERSONAL_TEXT.values(),
        *(scanco_fields.PREFIX + name for name, _ in scanco_log.PERSONAL),
        scanco_fields.PREFIX + scanco_log.WHOLE_LOG,
        *(skyscan.PREFIX + name for name, *_ in skyscan.PERSONAL),
    }
)
# DICOM tags as programs write them among the fields of NRRD and MetaImage files: 0010|0010, 0010_0010, (0010,0010).
_TAGS = frozenset(tag.replace("|", "") for tag in PERSONAL_TEXT)
_TAG = re.compile(r"(?<![0-9a-f])([0-9a-f]{4})[|_,]?([0-9a-f]{4})(?![0-9a-f])")
_WORDS = re.compile(r"patient|operator|physician|institution|birth|subject|user.?name|computer.?name|accession")


def may_name_a_person(field: str) -> bool:
    """Whether a field of this name is passed on only when that is asked for."""
    name = field.lower()
    tag = _TAG.search(name)
    return field in _NAMES or _WORDS.search(name) is not None or (tag is not None and tag[1] + tag[2] in _TAGS)


def set_apart(header: Header) -> Header:
    """The header with such fields of its metadata among the personal ones."""
    found = {name: text for name, text in header.metadata.items() if may_name_a_person(name)}
    if not found:
        return header
    others = {name: text for name, text in header.metadata.items() if name not in found}
    return replace(header, metadata=others, personal={**found, **header.personal})
