"""What is wrong with a cohort: every problem with its row, told at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# A message of more problems than these is a wall of text; the others are counted, and all of them are in `problems`.
_TOLD_PROBLEMS = 30


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a cohort, or that its user should know.

    :param row: the line of the table as a spreadsheet numbers it (1 is the header); 0 for the cohort as a whole.
    :param specimen: the specimen of that row; empty where there is none.
    :param column: the column that is meant; empty for the whole row.
    :param message: what was wrong, with the value that was got.
    :param hint: what to do about it; may be empty.
    """

    row: int
    specimen: str
    column: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else "cohort"
        named = f" ({self.specimen})" if self.specimen else ""
        column = f", {self.column}" if self.column else ""
        return f"{place}{named}{column}: {self.message} {self.hint}".rstrip()

    def as_dict(self) -> dict[str, object]:
        """The problem as JSON can hold it."""
        return {
            "row": self.row,
            "specimen": self.specimen,
            "column": self.column,
            "message": self.message,
            "hint": self.hint,
        }


class CohortError(InputError):
    """A cohort that cannot be worked with.

    :param path: the table.
    :param problems: all of them; the message tells them by row.
    """

    code = "bad-cohort"

    def __init__(self, path: Path, problems: Iterable[Problem]) -> None:
        self.path = path
        self.problems = tuple(sorted(problems, key=lambda problem: problem.row))
        count = len(self.problems)
        told = " | ".join(str(problem) for problem in self.problems[:_TOLD_PROBLEMS])
        more = f" | and {count - _TOLD_PROBLEMS} more" if count > _TOLD_PROBLEMS else ""
        super().__init__(f"{path} has {count} {'problem' if count == 1 else 'problems'}: {told}{more}")
