"""What can be wrong with a table of specimens, told from its text alone."""

from __future__ import annotations

import os
from collections import defaultdict
from difflib import get_close_matches
from typing import TYPE_CHECKING

from MicroCTSuperResLib.imaging.given_constants import contradiction

from .cells import COLUMNS, REQUIRED, column_named
from .problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .specimen import Specimen


def problems_of_header(columns: Sequence[str], row: int) -> list[Problem]:
    """Columns that are missing, without a name, or there twice.

    :param columns: their names as the table has them.
    :param row: the row that they are in.
    """
    problems = [
        Problem(row, "", "", f"Column {number} has no name.", "Name it or delete it.")
        for number, column in enumerate(columns, 1)
        if not column
    ]
    named = [column_named(column) or column for column in columns]
    problems += [
        Problem(row, "", name, f"There are {named.count(name)} columns of this name.", "Keep one of them.")
        for name in dict.fromkeys(named)
        if name and named.count(name) > 1
    ]
    found = ", ".join(columns)
    problems += [
        Problem(row, "", name, f"There is no such column among {found}.", _hint(name, columns))
        for name in REQUIRED
        if name not in named
    ]
    return problems


def misspelt_columns(columns: Iterable[str], row: int = 1) -> list[Problem]:
    """Further columns that are nearly named like one that has a meaning, and so have none."""
    likely = {column: get_close_matches(column.lower(), COLUMNS, 1, 0.8) for column in columns}
    return [
        Problem(row, "", column, "This column is kept but not used.", f"Should its name be {close[0]}?")
        for column, close in likely.items()
        if close and not column_named(column)
    ]


def problems_of_reading(specimen: Specimen) -> list[Problem]:
    """Calibration constants of a row that do not go together."""
    told = contradiction(specimen.reading)
    if told is None:
        return []
    return [Problem(specimen.row, specimen.specimen, "", f"{told.replace('--', '')}.", "Correct these columns.")]


def problems_of_rows(specimens: Sequence[Specimen]) -> list[Problem]:
    """Names and scans that are there twice, and names that are spelled in two ways."""
    problems = _repeated_names(specimens) + _repeated_scans(specimens)
    for column in ("animal", "site", "group"):
        problems += _two_spellings(specimens, column)
    return problems


def _hint(name: str, columns: Sequence[str]) -> str:
    close = get_close_matches(name, [column.lower() for column in columns], 1, 0.6)
    if close:
        return f"Should {close[0]} be its name?"
    if name == "animal":
        return "Add it: specimens of one animal have to stay on one side of a split."
    return "Add it."


def _repeated_names(specimens: Sequence[Specimen]) -> list[Problem]:
    """Names that differ in case only are one name for many file systems."""
    first: dict[str, Specimen] = {}
    problems = []
    for each in specimens:
        known = first.setdefault(each.specimen.casefold(), each)
        if known is not each:
            message = f"Row {known.row} has the specimen {known.specimen} already."
            problems.append(Problem(each.row, each.specimen, "specimen", message, "Give each row another name."))
    return problems


def _repeated_scans(specimens: Sequence[Specimen]) -> list[Problem]:
    """A scan may hold several specimens only if each row takes another part of it."""
    rows_of: dict[str, list[tuple[Specimen, str, str | None]]] = defaultdict(list)
    for each in specimens:
        for column, crop in (("lr", each.reading.lr_crop), ("hr", each.reading.hr_crop)):
            rows_of[os.path.realpath(getattr(each, column))].append((each, column, crop))
    problems = []
    for uses in rows_of.values():
        for number, (each, column, crop) in enumerate(uses):
            same = next((use for use in uses[:number] if crop is None or use[2] in (None, crop)), None)
            if same is not None:
                problems.append(_same_scan(each, column, same[0], same[1]))
    return problems


def _same_scan(each: Specimen, column: str, other: Specimen, other_column: str) -> Problem:
    if other is each:
        message, hint = "LR and HR are the same file.", "Name the two scans of the specimen."
    else:
        message = f"Row {other.row} has the same scan as its {other_column.upper()}: {getattr(each, column)}."
        hint = "Name the scan of this specimen; if one scan holds several, give each row another crop."
    return Problem(each.row, each.specimen, column, message, hint)


def _two_spellings(specimens: Sequence[Specimen], column: str) -> list[Problem]:
    """Names that differ in case or blanks only, which would count as two animals or two groups."""
    first: dict[str, Specimen] = {}
    problems = []
    for each in specimens:
        name = getattr(each, column)
        known = first.setdefault("".join(name.casefold().split()), each)
        if getattr(known, column) != name:
            message = f"{name!r} is written {getattr(known, column)!r} in row {known.row}."
            problems.append(Problem(each.row, each.specimen, column, message, "Write both the same way."))
    return problems
