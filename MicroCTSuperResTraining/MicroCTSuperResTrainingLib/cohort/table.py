"""The table of a cohort: a CSV file with one row a specimen. docs/training.md tells its columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError

from .cells import COLUMNS, PATHS, READING, REQUIRED, Value, cell_of, column_named, value_of
from .csv_file import CsvForm, read_csv, write_csv
from .problems import CohortError, Problem
from .specimen import Reading, Specimen
from .table_checks import problems_of_header, problems_of_reading, problems_of_rows

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Cohort:
    """The specimens of a study.

    :param path: the table that they were read from, absolute; paths in it are relative to its folder.
    :param specimens: one a row, in the order of the table.
    :param columns: the names of all columns as the table has them, in their order.
    :param form: how the table is written.
    """

    path: Path
    specimens: tuple[Specimen, ...]
    columns: tuple[str, ...]
    form: CsvForm = field(default_factory=CsvForm)

    def of_split(self, split: str) -> tuple[Specimen, ...]:
        """The specimens of "train", "validation" or "test"."""
        return tuple(specimen for specimen in self.specimens if specimen.split == split)

    def read_like(self, reading: Reading) -> Cohort:
        """The same cohort, where what a row leaves open about reading its scans is as `reading` says."""
        specimens = (replace(each, reading=each.reading.or_else(reading)) for each in self.specimens)
        return replace(self, specimens=tuple(specimens))


def read_cohort(path: str | Path) -> Cohort:
    """Read a cohort's table; no scan is opened.

    :raises FormatError: if the file cannot be read as a CSV file.
    :raises CohortError: for a table with problems: all of them, by row.
    """
    cohort, problems = scan_table(path)
    if problems:
        raise CohortError(cohort.path, problems)
    return cohort


def scan_table(path: str | Path) -> tuple[Cohort, tuple[Problem, ...]]:
    """The rows of a table that can be understood, and the problems of all others.

    :raises FormatError: if the file cannot be read as a CSV file.
    """
    path = Path(path).absolute()
    rows, form = read_csv(path)
    filled = [(number, cells) for number, cells in enumerate(rows, 1) if any(cells)]
    if not filled:
        return Cohort(path, (), ()), (Problem(0, "", "", "The table is empty.", _HEADER_HINT),)
    header_row, header = filled[0]
    columns = _without_empty_ends(header)
    problems = problems_of_header(columns, header_row)
    if problems:
        return Cohort(path, (), tuple(columns), form), tuple(problems)
    named, understood = [], []
    for row, cells in filled[1:]:
        specimen, found = _specimen(row, cells, columns, path.parent)
        problems += found
        named += [specimen] if specimen else []
        understood += [specimen] if specimen and not found else []
    if len(filled) == 1:
        problems.append(Problem(0, "", "", "The table has no specimens.", "Write one row for each below the header."))
    problems += problems_of_rows(named)
    return Cohort(path, tuple(understood), tuple(columns), form), tuple(problems)


def write_cohort(cohort: Cohort, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a cohort's table; its further columns, the order of all, and cells that mean the same stay as they were.

    :param path: the table; in another folder than before, paths are told anew.
    :returns: its absolute path.
    :raises OutputError: if the file exists and `overwrite` is false, or it cannot be written.
    """
    path = Path(path).absolute()
    known = {column_named(column) for column in cohort.columns}
    added = [
        name
        for name in COLUMNS
        if name not in known and any(_value(each, name) not in (None, "") for each in cohort.specimens)
    ]
    names = {column: column_named(column) for column in (*cohort.columns, *added)}
    rows = [list(names)]
    rows += [_cells(specimen, names, path.parent) for specimen in cohort.specimens]
    write_csv(rows, path, cohort.form, overwrite=overwrite)
    return path


_HEADER_HINT = f"Its first row names the columns: {', '.join(COLUMNS[:8])}."
_ANIMAL_HINT = "Name the animal; where each gave one specimen, the specimen's name will do."


def _without_empty_ends(cells: list[str]) -> list[str]:
    """Spreadsheets write the separators of empty columns, too."""
    count = max(number for number, cell in enumerate(cells, 1) if cell)
    return cells[:count]


def _specimen(row: int, cells: list[str], columns: list[str], folder: Path) -> tuple[Specimen | None, list[Problem]]:
    """The specimen of a row and what is wrong with the row; None if it lacks what a specimen has.

    Cells that are not understood are as if they were empty.
    """
    filled = dict(zip(columns, cells, strict=False))
    known = {column_named(column): cell for column, cell in filled.items()} | {"": ""}
    name = known.get("specimen", "")
    problems = []
    if any(cells[len(columns) :]):
        told = f"The row has {len(cells)} cells, the header {len(columns)}."
        problems.append(Problem(row, name, "", told, "Put cells that hold the separator into quotes."))
    values: dict[str, Value] = {}
    for column in COLUMNS:
        try:
            values[column] = value_of(column, known.get(column, ""), folder)
        except InputError as error:
            problems.append(Problem(row, name, column, error.message, error.hint))
            values[column] = value_of(column, "", folder)
    problems += [
        Problem(row, name, column, "The cell is empty.", _ANIMAL_HINT if column == "animal" else "Fill it in.")
        for column in REQUIRED
        if not known.get(column)
    ]
    if not all(values[column] for column in REQUIRED):
        return None, problems
    reading = Reading(**{column: values.pop(column) for column in READING})
    further = {column: cell for column, cell in filled.items() if not column_named(column)}
    told = {column: known[column] for column in COLUMNS if column in known}
    specimen = Specimen(**values, reading=reading, row=row, further=further, cells=told)
    return specimen, problems or problems_of_reading(specimen)


def _value(specimen: Specimen, column: str) -> Value:
    return getattr(specimen.reading if column in READING else specimen, column)


def _cells(specimen: Specimen, names: Mapping[str, str], folder: Path) -> list[str]:
    """The cells of a row."""
    return [
        _cell(specimen, name, folder) if name else specimen.further.get(column, "") for column, name in names.items()
    ]


def _cell(specimen: Specimen, column: str, folder: Path) -> str:
    """The cell as it was where it means the same in that folder, else anew."""
    value, before = _value(specimen, column), specimen.cells.get(column, "")
    if before and value_of(column, before, folder) == value:
        return before
    return cell_of(Path(value) if column in PATHS and value else value, folder)
