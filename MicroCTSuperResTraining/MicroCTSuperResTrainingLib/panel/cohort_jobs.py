"""The jobs on a cohort that the section of the specimens starts, and what becomes of their results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import qt
import slicer
from MicroCTSuperResLib.panel import dependencies
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from ..scene.specimen_table import GOOD, is_changed, set_pairing
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
        if dependencies.ensure(self._section.module.parent, torch=False):
            self._start(
                {"action": "check", "table": str(self._section.path)}, _("Checking the table ..."), self._checked
            )

    def check_pairs(self) -> None:
        """Measure how far each specimen moved; table and pictures are written into a new folder beside the cohort."""
        if not training_packages.ensure(self._section.module.parent):
            return
        folder = new_folder(self._section.path.parent / f"{self._section.path.stem}-pairing")
        self._section.parameters.specimens.pairingFolder = str(folder)
        arguments = {"action": "pair", "table": str(self._section.path), "output": str(folder)}
        self._start(arguments, _("Comparing LR with HR ..."), self._paired)

    def divide(self) -> None:
        """Divide the specimens into train, validation and test, and open the table again."""
        section = self._section
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
        whole = [f"{problem['message']} {problem['hint']}" for problem in problems if problem["row"] <= 1]
        rows = {problem["row"] for problem in problems if problem["row"] > 1}
        told = _("Rows with problems: {count}, marked red.").format(count=len(rows)) if rows else ""
        advice = " ".join(whole) or _("Choose a row to read them.")
        self._section.tell(Stage.FAILED, told or _("The table has a problem."), advice)

    def _start(self, arguments: dict, told: str, on_end) -> None:
        self._section.runner.start({"job": "cohort", "arguments": arguments}, told, on_end)

    def _checked(self, outcome: Outcome) -> State:
        section, result = self._section, outcome.result
        if result is None or section.table is None or is_changed(section.table):
            return ended_in_words(outcome, "")
        problems = result["problems"]
        show_problems(section.table, problems, otherwise=GOOD)
        warnings = " ".join(f"{one['specimen']}: {one['message']}".lstrip(": ") for one in result["warnings"])
        if problems:
            rows = {problem["row"] for problem in problems if problem["row"] > 1}
            whole = " ".join(f"{one['message']} {one['hint']}" for one in problems if one["row"] <= 1)
            told = _("Rows with problems: {count}, marked red.").format(count=len(rows)) if rows else whole
            return State(Stage.FAILED, told, f"{whole if rows else ''} {warnings}".strip())
        told = _("{specimens} specimens of {animals} animals, nothing wrong. {parts}").format(
            specimens=result["specimens"], animals=result["animals"], parts=_parts_in_words(result)
        )
        return State(Stage.DONE, told, warnings)

    def _paired(self, outcome: Outcome) -> State:
        section, result = self._section, outcome.result
        if result is None or section.table is None:
            return ended_in_words(outcome, "")
        rows = result["specimens"]
        set_pairing(section.table, rows)
        refused = [row["specimen"] for row in rows if row["state"] == "refused"]
        largest = max((row["shift_um"] for row in rows if row["shift_um"] is not None), default=0.0)
        told = _("LR and HR lie at most {shift} µm apart.").format(shift=f"{largest:.1f}")
        advice = _("Choose a row to see its picture; pictures and table are in {folder}.").format(
            folder=short(result["folder"])
        )
        if refused:
            return State(Stage.FAILED, _("Could not be paired: {names}.").format(names=", ".join(refused)), advice)
        return State(Stage.DONE, told, advice)

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


def _parts_in_words(result: dict) -> str:
    """How many animals are on each side of the split."""
    parts = ", ".join(f"{part} {count}" for part, count in result["animals_of"].items())
    return _("Animals: {parts}.").format(parts=parts) if parts else _("Not divided yet: press Divide.")
