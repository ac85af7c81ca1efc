"""The values of a method beside those of the reference, specimen by specimen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from MicroCTSuperResLib.errors import InputError

from .differences import differences_of
from .measurements import Measurements

_NAMED = 5  # specimens that a note names; of more it tells the number


@dataclass(frozen=True)
class Pairs:
    """One method and the reference, for the specimens that both have.

    :param specimens: their names, in the order of the table's reference.
    :param measured: the method's values, one array a specimen.
    :param expected: the reference's values, one array a specimen.
    :param keys: what the rows are called (the slice), one tuple a specimen; only where rows are paired.
    :param paired: whether the rows of method and reference belong together one by one.
    :param notes: what was left out, in sentences.
    """

    method: str
    reference: str
    specimens: tuple[str, ...]
    measured: tuple[np.ndarray, ...]
    expected: tuple[np.ndarray, ...]
    keys: tuple[tuple[str, ...], ...]
    paired: bool
    notes: tuple[str, ...]

    @property
    def repeated(self) -> bool:
        """Whether any specimen has more than one row."""
        return any(len(values) > 1 for values in (*self.measured, *self.expected))

    def means_of_specimens(self) -> tuple[np.ndarray, np.ndarray]:
        """One value a specimen, the mean of its rows: of the method and of the reference."""
        return (
            np.array([values.mean() for values in self.measured]),
            np.array([values.mean() for values in self.expected]),
        )

    def row_differences(self) -> list[np.ndarray]:
        """Method minus reference, one array a specimen; only where rows are paired."""
        together = differences_of(np.concatenate(self.measured), np.concatenate(self.expected))
        return np.split(together, np.cumsum([len(values) for values in self.measured])[:-1])


def pairs_of(measurements: Measurements, method: str) -> Pairs:
    """Pair a method's values with those of the reference.

    Where a column tells which rows belong together, only rows that both have are kept, so that the means of a specimen
    are means over the same rows.

    :raises InputError: if the two have no specimen in common.
    """
    reference = measurements.reference
    got, expected = measurements.values[method], measurements.values[reference]
    notes = _only_in_one(got, method, expected, reference)
    paired = measurements.match is not None or _all_single(got, expected)
    kept: list[tuple[str, tuple[str, ...], np.ndarray, np.ndarray]] = []
    without_partner = 0
    for specimen, rows in expected.items():
        others = got.get(specimen, {})
        if not rows or not others:
            continue
        keys, other_keys = tuple(rows), tuple(others)
        if paired:
            keys = other_keys = tuple(key for key in rows if key in others)
            without_partner += len(rows) + len(others) - 2 * len(keys)
        if keys:
            values = np.array([others[key] for key in other_keys]), np.array([rows[key] for key in keys])
            kept.append((specimen, keys, *values))
    if not kept:
        raise InputError(
            f"{method} and {reference} have no specimen with values of both.",
            "Check the columns of specimens, methods and slices (--specimen, --method-column, --match).",
        )
    if without_partner:
        rows = "row" if without_partner == 1 else "rows"
        are = ("has", "is") if without_partner == 1 else ("have", "are")
        notes.append(f"{without_partner} {rows} of {method} or {reference} {are[0]} no partner and {are[1]} left out.")
    if not paired:
        notes.append(
            "No column tells which rows belong together, so the rows of a specimen are taken as replicates of one true "
            "value. Name the column of the slices with --match if they are slices."
        )
    specimens, keys, measured, told = zip(*kept, strict=True)
    return Pairs(method, reference, specimens, measured, told, keys if paired else (), paired, tuple(notes))


def _all_single(*methods: dict[str, dict[str, float]]) -> bool:
    return all(len(rows) <= 1 for method in methods for rows in method.values())


def _only_in_one(got: dict, method: str, expected: dict, reference: str) -> list[str]:
    """A sentence for each side that has specimens which the other one lacks."""
    notes = []
    for name, own, other, of_other in ((method, got, expected, reference), (reference, expected, got, method)):
        alone = [specimen for specimen, rows in own.items() if rows and not other.get(specimen)]
        if alone:
            which = ", ".join(alone) if len(alone) <= _NAMED else f"{len(alone)} specimens"
            notes.append(f"{which}: in {name}, not in {of_other}; left out.")
    return notes
