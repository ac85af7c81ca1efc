"""What a table says: the value of each specimen by each method, in long or in wide form."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from MicroCTSuperResLib.errors import InputError

from ..cohort.simulated import SIMULATED, row_is_simulated
from .table import Row, Table

REFERENCE = "HR"
STUDY_METHODS = ("LR", "DL")
STUDY_VALUE = "ba_ta"
SLICE = "slice"
ANIMAL = "animal"
ROW = "row"  # what a wide table's rows are told apart by where it has no such column
# Keys of agreement.json beside the methods.
RESERVED = ("settings", "comparisons", "notes")


@dataclass(frozen=True)
class Columns:
    """Where the measurements stand in a table. Names of columns and methods may be in upper or lower case.

    :param reference: the method that is taken as true.
    :param methods: those compared with it; None takes all others of a long table, LR and DL of a wide one.
    :param value: the column of the values in a long table, `ba_ta` if None; in a wide one only a name.
    :param specimen: the column that names the specimen.
    :param method: the column that names the method; a table without it is wide, with a column for each method.
    :param match: the column that tells which rows of two methods belong together; None takes `slice` if there is one.
    """

    reference: str = REFERENCE
    methods: tuple[str, ...] | None = None
    value: str | None = None
    specimen: str = "specimen"
    method: str = "method"
    match: str | None = None


@dataclass(frozen=True)
class Measurements:
    """The values of a table.

    :param values: by method (the reference first), specimen and key of the row. The key is the cell of the column
        `match`; where there is none, a wide table's row, a long one's number of the row for its specimen and method.
    :param value: the name of the values.
    :param match: the column that the keys are from, "row" in a wide table without one, otherwise None.
    :param missing: number of rows left out because they have no value.
    :param duplicates: number of rows that equal an earlier one in every cell; they are measurements like the others.
    :param animals: by specimen the animal that it is of, where the table has a column `animal`.
    :param simulated: whether any row says so, in a column `simulated`.
    """

    values: dict[str, dict[str, dict[str, float]]]
    value: str
    match: str | None
    missing: int
    duplicates: int = 0
    animals: dict[str, str] = field(default_factory=dict)
    simulated: bool = False

    @property
    def reference(self) -> str:
        """The name of the reference."""
        return next(iter(self.values))

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of the methods compared with the reference."""
        return tuple(self.values)[1:]


def measurements_of(table: Table, columns: Columns) -> Measurements:
    """Take the measurements out of a table.

    :raises InputError: for a column or a method that is not there, a cell that is no number or names nothing, or two
        rows for the same specimen, method and key, or a specimen of two animals.
    """
    match = columns.match
    if match is None and table.has(SLICE):
        match = SLICE
    if table.has(columns.method):
        return _from_long(table, columns, match)
    if table.has(columns.reference):
        return _from_wide(table, columns, match)
    raise InputError(
        f"{table.path} has neither a column {columns.method!r} that names the method nor a column "
        f"{columns.reference!r} with the reference; its columns are {', '.join(table.columns)}.",
        "Name the one with --method-column, or the other with --reference.",
    )


def _from_long(table: Table, columns: Columns, match: str | None) -> Measurements:
    value = columns.value or STUDY_VALUE
    numbers = table.numbers(value, "--value")
    place = table.place_of(columns.method, "--method-column")
    told = [row.cells[place] for row in table.rows]
    unnamed = next((row for row, name in zip(table.rows, told, strict=True) if not name), None)
    if unnamed is not None:
        raise InputError(
            f"Row {unnamed.number} of {table.path} has an empty cell in the column {columns.method!r}.",
            "Every row has to name its method.",
        )
    present = {name.casefold(): name for name in reversed(told)}
    names = _names(columns, tuple(dict.fromkeys(present[name.casefold()] for name in told)), table)
    collected = _Collected(table, columns.specimen, match, names)
    for row, name, number in zip(table.rows, told, numbers, strict=True):
        collected.add(row, name, number)
    return _measurements(collected, value, match)


def _from_wide(table: Table, columns: Columns, match: str | None) -> Measurements:
    if columns.methods is None:
        others = tuple(name for name in STUDY_METHODS if table.has(name))
        columns = replace(columns, methods=others)
    names = _names(columns, table.columns, table)
    collected = _Collected(table, columns.specimen, match, names, by_row=match is None)
    for name in names:
        for row, number in zip(table.rows, table.numbers(name, "--methods"), strict=True):
            collected.add(row, name, number)
    return _measurements(collected, columns.value or "value", match or ROW)


def _measurements(collected: _Collected, value: str, match: str | None) -> Measurements:
    table = collected.table
    animals = _animals(table, collected.specimen_place) if table.has(ANIMAL) else {}
    simulated = table.has(SIMULATED) and any(
        row_is_simulated(dict(zip(table.columns, row.cells, strict=True))) for row in table.rows
    )
    return Measurements(collected.values, value, match, collected.missing, table.duplicates, animals, simulated)


def _animals(table: Table, specimen_place: int) -> dict[str, str]:
    place = table.place_of(ANIMAL, "")
    animals: dict[str, str] = {}
    for row in table.rows:
        specimen, animal = row.cells[specimen_place], row.cells[place]
        if animal and animals.setdefault(specimen, animal) != animal:
            raise InputError(
                f"Row {row.number} of {table.path} says that {specimen} is of the animal {animal}, an earlier row that "
                f"it is of {animals[specimen]}.",
                "Give every specimen a name of its own, or name the column that tells specimens apart with --specimen.",
            )
    return animals


def _names(columns: Columns, present: tuple[str, ...], table: Table) -> tuple[str, ...]:
    """The reference and the methods.

    :param present: the names that the table has.
    """
    folded = {name.casefold() for name in present}
    reference = columns.reference.strip()
    methods = columns.methods
    if methods is None:
        methods = tuple(name for name in present if name.casefold() != reference.casefold())
    methods = tuple(name.strip() for name in methods)
    for name in (reference, *methods):
        if name.casefold() not in folded:
            raise InputError(
                f"{table.path} has no method {name!r}; it has {', '.join(present)}.",
                "Name others with --reference and --methods.",
            )
        if name.casefold() in RESERVED:
            raise InputError(f"A method cannot be called {name!r}, which is a key of the result.", "Rename it.")
    names = (reference, *methods)
    if len({name.casefold() for name in names}) < len(names):
        raise InputError(f"A method is named twice in {', '.join(names)}.", "Name each once, the reference apart.")
    if not methods:
        raise InputError(
            f"{table.path} has nothing to compare with {reference}.", "Name the methods with --methods, such as LR,DL."
        )
    return names


class _Collected:
    """The values while they are gathered; each has to have a place of its own."""

    def __init__(
        self, table: Table, specimen: str, match: str | None, names: tuple[str, ...], *, by_row: bool = False
    ) -> None:
        self.table, self.match, self.by_row = table, match, by_row
        self.specimen_place = table.place_of(specimen, "--specimen")
        self.match_place = None if match is None else table.place_of(match, "--match")
        self.values: dict[str, dict[str, dict[str, float]]] = {name: {} for name in names}
        self.names = {name.casefold(): name for name in names}
        self.rows: dict[tuple[str, str, str], int] = {}
        self.missing = 0

    def add(self, row: Row, method: str, number: float | None) -> None:
        """Take a row in, if its method is wanted and its value there."""
        name = self.names.get(method.casefold())
        if name is None:
            return
        specimen = row.cells[self.specimen_place]
        if not specimen:
            raise InputError(
                f"Row {row.number} of {self.table.path} names no specimen.", "Every row has to name its specimen."
            )
        of_specimen = self.values[name].setdefault(specimen, {})
        if self.match_place is None:
            key = str(row.number if self.by_row else len(of_specimen) + 1)
        else:
            key = _key(row.cells[self.match_place])
            self._check_alone(row, name, specimen, key)
        if number is None:
            self.missing += 1
        else:
            of_specimen[key] = number

    def _check_alone(self, row: Row, method: str, specimen: str, key: str) -> None:
        first = self.rows.setdefault((method, specimen, key), row.number)
        if first != row.number:
            raise InputError(
                f"Rows {first} and {row.number} of {self.table.path} are both {method} of the specimen {specimen}, "
                f"{self.match} {key or '(empty)'}.",
                "Delete one, or name with --match the column that tells them apart.",
            )


def _key(text: str) -> str:
    """The same text for the same number: "7", "07" and "7.0" are one slice."""
    try:
        return f"{float(text.replace(',', '.')):.15g}"
    except ValueError:
        return text
