"""Rows for a cohort's table from the names of the files in a folder."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

SCANS = ("lr", "hr", "mask")
FIELDS = ("specimen", "animal", "site", "group", "scan")
TABLE_COLUMNS = ("specimen", "animal", "site", "group", "lr", "hr", "mask", "split")
_FIELD = re.compile(r"\{(\w+)\}")
_HINT = "Write it as {animal}-{site}-{scan}.nrrd: {scan} stands for lr, hr or mask, * for anything."


def rows_in_folder(folder: str | Path, pattern: str) -> list[dict[str, str]]:
    """One row for each specimen, in the order of their names.

    A specimen whose LR or HR is missing has a row with an empty cell, so that it is seen. Where the pattern names no
    `{specimen}`, animal and site together are its name. What the pattern does not tell stays empty.

    :param pattern: of a file's path below the folder (with /), or of its name alone. `{specimen}`, `{animal}`, `{site}`
        and `{group}` stand for texts without a slash, `{scan}` for lr, hr or mask in any case, * for anything.
    :returns: cells by the names of :data:`TABLE_COLUMNS`; paths are relative to the folder.
    :raises InputError: for a pattern that cannot be understood, a folder that is none, or two files for one cell.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.", "Choose the folder with the scans.")
    expression = _expression(pattern)
    rows: dict[str, dict[str, str]] = {}
    for path in _paths_in(folder, deep="/" in pattern):
        match = expression.fullmatch(path)
        if match is not None:
            _take(match.groupdict(), path, rows)
    if not rows:
        raise InputError(f"No file in {folder} is named like {pattern}.", _HINT)
    return [rows[name] for name in sorted(rows)]


def _expression(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression with a group for each field.

    :raises InputError: if it cannot be understood.
    """
    fields = _FIELD.findall(pattern)
    unknown = [field for field in fields if field not in FIELDS]
    if unknown:
        raise InputError(f"The pattern {pattern!r} names {{{unknown[0]}}}.", f"Fields are {', '.join(FIELDS)}.")
    if "scan" not in fields or not {"specimen", "animal"} & set(fields):
        raise InputError(f"The pattern {pattern!r} does not tell scans and specimens apart.", _HINT)
    parts, seen = [], set()
    for position, part in enumerate(_FIELD.split(pattern)):
        if position % 2 == 0:
            parts.append(re.escape(part).replace(r"\*", ".*"))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part}>{'lr|hr|mask' if part == 'scan' else '[^/]+?'})")
    return re.compile("".join(parts), re.IGNORECASE)


def _paths_in(folder: Path, *, deep: bool) -> Iterable[str]:
    """Files, and folders of slices, below a folder, with slashes."""
    if not deep:
        return sorted(path.name for path in folder.iterdir())
    found = []
    for root, folders, files in os.walk(folder):
        place = Path(root).relative_to(folder)
        found += [(place / name).as_posix() for name in (*folders, *files)]
    return sorted(found)


def _take(fields: dict[str, str], path: str, rows: dict[str, dict[str, str]]) -> None:
    scan = fields.pop("scan").lower()
    told = "-".join(fields[name] for name in ("animal", "site") if name in fields)
    name = fields.get("specimen") or told
    row = rows.setdefault(name, {**dict.fromkeys(TABLE_COLUMNS, ""), **fields, "specimen": name})
    if row[scan]:
        raise InputError(
            f"{row[scan]} and {path} are both {scan.upper()} of {name}.", "Make the pattern tell them apart."
        )
    row[scan] = path
