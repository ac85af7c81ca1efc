"""The jobs on a cohort that the section of the specimens starts, and what becomes of their results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import qt
import slicer
from MicroCTSuperResLib.panel import dependencies
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from ..scene.specimen_table import GOOD, is_changed, rows_of, set_pairing
from . import sample_cohort, training_packages
from .job_runner import ended_in_words
from .short_paths import short
from .specimen_source import show_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from MicroCTSuperResLib.panel.outcome import Outcome

    from .specimens_section import SpecimensSection


class CohortJobs:
    """Each method starts a job and returns at once; the section tells how it goes.

    :param section: whose table, runner and parameters they use.
    """

    def __init__(self, section: SpecimensSection) -> None:
        self._section = section

    def check(self) -> None:
        """Look for everything that is wrong with the table and the headers of its scans."""
        table = self._section.path
        if dependencies.ensure(self._section.module.parent, torch=False):
            self._start(
                {"action": "check", "table": str(table)},
                _("Checking the table ..."),
                lambda outcome: self._checked(outcome, table),
            )

    def check_pairs(self) -> None:
        """Measure how far each specimen moved; table and pictures are written into a new folder beside the cohort."""
        if not training_packages.ensure(self._section.module.parent) or self._section.read_again():
            return
        chosen, table = self._section.parameters.specimens, self._section.path
        folder = new_folder(table.parent / f"{table.stem}-pairing")
        refine = chosen.refine.value
        chosen.pairingFolder = str(folder)
        arguments = {"action": "pair", "table": str(table), "output": str(folder), "refine": refine}
        self._start(arguments, _("Comparing LR with HR ..."), lambda outcome: self._paired(outcome, table))

    def divide(self) -> None:
        """Divide the specimens into train, validation and test, and open the table again."""
        section = self._section
        if section.read_again():
            return
        divided = any(specimen.split for specimen in section.module.specimens())
        question = _("The specimens are divided already. Divide them anew?")
        if divided and not slicer.util.confirmOkCancelDisplay(question, _("Divide the cohort")):
            return
        if dependencies.ensure(section.module.parent, torch=False):
            arguments = {"action": "split", "table": str(section.path), "overwrite": divided}
            self._start(arguments, _("Dividing the specimens ..."), lambda outcome: self._open(outcome, section.path))

    def make_sample(self, table: Path) -> None:
        """Make the sample cohort, divide it, and open it."""
        if not dependencies.ensure(self._section.module.parent, torch=False):
            return
        try:
            table.parent.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            told = _("{folder} cannot be made ({reason}).").format(folder=table.parent.parent, reason=error.strerror)
            self._section.tell(Stage.FAILED, told)
            return
        first, second = sample_cohort.making_jobs()
        if table.is_file():  # it was made, but not divided
            first = second

        def ended(outcome: Outcome) -> State:
            if outcome.kind == "done" and first is not second:
                # The runner is free for another job once this function has returned.
                self._after(lambda: self._section.runner.start(second, sample_cohort.told(), opened))
            return opened(outcome) if first is second else ended_in_words(outcome, sample_cohort.told())

        def opened(outcome: Outcome) -> State:
            return self._open(outcome, table)

        self._section.runner.start(first, sample_cohort.told(), ended)

    def tell_problems(self, problems: Sequence[Mapping[str, object]]) -> None:
        """Tell in one sentence what is wrong with the table; the rows tell the rest."""
        whole = " ".join(_in_words(problem) for problem in problems if problem["row"] <= 1)
        told = _rows_in_words(self._section.table) or _("The table has a problem.")
        self._section.tell(Stage.FAILED, told, whole or _("Choose a row to read them."))

    def _start(self, arguments: dict, told: str, on_end) -> None:
        self._section.runner.start({"job": "cohort", "arguments": arguments}, told, on_end)

    def _checked(self, outcome: Outcome, table: Path) -> State | None:
        section, result = self._section, outcome.result
        if result is None:
            return ended_in_words(outcome, "")
        if not self._is_shown(table):
            return None
        problems, warnings = result["problems"], result["warnings"]
        show_problems(section.table, problems, warnings, otherwise=GOOD)
        section.module.onParametersModified()  # other sections tell of rows that are marked, too
        # Rows are marked; what is about the whole cohort is told here.
        whole = " ".join(_in_words(one) for one in (*problems, *warnings) if one["row"] <= 1)
        marked = _rows_in_words(section.table)
        if problems:
            return State(Stage.FAILED, marked or whole, whole if marked else "")
        told = _("{specimens} specimens of {animals} animals, nothing wrong. {parts}").format(
            specimens=result["specimens"], animals=result["animals"], parts=_parts_in_words(result)
        )
        return State(Stage.DONE, told, f"{marked} {whole}".strip())

    def _paired(self, outcome: Outcome, table: Path) -> State:
        section, result = self._section, outcome.result
        if result is None:
            return ended_in_words(outcome, "", _("What was found until then is in the folder of the pairs."))
        if not self._is_shown(table):
            told = _("The table was changed meanwhile: the pairs as they were are in {folder}.")
            return State(Stage.DONE, told.format(folder=short(result["folder"])))
        rows = result["specimens"]
        set_pairing(section.table, rows)
        section.module.onParametersModified()
        refused = [row["specimen"] for row in rows if row["state"] == "refused"]
        advice = _("{marked} Choose a row to see its picture; pictures and table are in {folder}.").format(
            marked=_rows_in_words(section.table), folder=short(result["folder"])
        )
        if refused:
            told = _("Could not be paired: {names}.").format(names=", ".join(refused))
            return State(Stage.FAILED, told, advice.strip())
        return State(Stage.DONE, _motion_in_words(rows), advice.strip())

    def _is_shown(self, table: Path) -> bool:
        """Whether the panel still shows a table as a job has read it: the job tells numbers of its rows."""
        section = self._section
        return section.table is not None and section.path == table and not is_changed(section.table)

    def _open(self, outcome: Outcome, table: Path) -> State:
        """Open the table that a job has written, once the runner is free for the check."""
        if outcome.kind == "done":
            self._after(lambda: self._section.open(table))
        return ended_in_words(outcome, _("Written to {path}.").format(path=table))

    def _after(self, function) -> None:
        qt.QTimer.singleShot(0, function)


def new_folder(path: Path) -> Path:
    """A folder that does not exist yet: this one, or with a number behind it."""
    number = 2
    candidate = path
    while candidate.exists():
        candidate = path.with_name(f"{path.name}-{number}")
        number += 1
    return candidate


def _in_words(problem: Mapping[str, object]) -> str:
    column = f"{problem['column']}: " if problem["column"] else ""
    return f"{column}{problem['message']} {problem['hint']}".strip()


def _rows_in_words(table) -> str:
    """How many rows are marked; "" where none is."""
    rows = rows_of(table)
    bad = sum(bool(row.problems) for row in rows)
    doubtful = sum(bool(row.warnings) and not row.problems for row in rows)
    told = [_("Rows with problems: {count}, marked red.").format(count=bad)] if bad else []
    told += [_("Rows with warnings: {count}, marked yellow.").format(count=doubtful)] if doubtful else []
    return " ".join(told)


def _motion_in_words(rows: Sequence[Mapping[str, object]]) -> str:
    """How far LR and HR lie apart, and what is left where that was taken back."""
    shifts = [row["shift_um"] for row in rows if row["shift_um"] is not None]
    left = [row["left_um"] for row in rows if row["left_um"] is not None]
    told = _("LR and HR lie at most {shift} µm apart.").format(shift=f"{max(shifts, default=0.0):.1f}")
    if not left:
        return told
    return _("{told} Taken back, at most {left} µm are left.").format(told=told, left=f"{max(left):.1f}")


def _parts_in_words(result: dict) -> str:
    """How many animals are on each side of the split."""
    parts = ", ".join(f"{part} {count}" for part, count in result["animals_of"].items())
    return _("Animals: {parts}.").format(parts=parts) if parts else _("Not divided yet: press Divide.")
