"""The HR scans of a cohort measured one after the other; one that fails does not stop the rest."""

from __future__ import annotations

from pathlib import Path

from MicroCTSuperResLib.panel import dependencies
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _


class CohortMeasurement:
    """Measures all specimens of the module's table.

    :param section: the section "Morphometry".
    """

    def __init__(self, section) -> None:
        self._section = section
        self.forget()

    def forget(self) -> None:
        """Measure no further specimen, and forget those that were measured."""
        self._waiting, self._total = [], 0
        self._slices, self._volumes, self._notes, self._failed = [], [], [], []

    def start(self, _checked=False) -> None:
        """Measure all."""
        section = self._section
        specimens = section.module.specimens()
        if section.runner.is_running or not specimens:
            return
        if not dependencies.ensure(section.module.parent, torch=False):
            return
        self.forget()
        self._waiting, self._total = list(specimens), len(specimens)
        self._next()

    def _next(self) -> State:
        """Start the next one, or bring all into the scene; gives the state to tell."""
        from .morphometry_jobs import specimen_job

        section = self._section
        if not self._waiting:
            return self._finish()
        specimen = self._waiting.pop(0)
        try:
            folder = section.newFolder("morphometry")
        except OSError as error:
            return State(Stage.FAILED, str(error))
        told = _("Measuring {name}, {number} of {total} ...").format(
            name=specimen.specimen, number=self._total - len(self._waiting), total=self._total
        )
        section.runner.start(
            specimen_job(specimen, section.chosen, folder),
            told,
            lambda outcome: self._measured(outcome, specimen.specimen, folder),
        )
        return section.runner.state

    def _measured(self, outcome, name: str, folder: Path) -> State:
        from .morphometry_jobs import tables_in

        section = self._section
        if section.parameters is None or not self._total:  # the scene was closed
            section.removeFiles()
            return State(Stage.CANCELLED, _("Cancelled."))
        if outcome.kind == "cancelled":
            section.removeFiles()
            done = len(self._slices) > 0
            self._waiting = []
            return self._finish() if done else State(Stage.CANCELLED, _("Cancelled."))
        try:
            if outcome.kind != "done":
                raise OSError(f"{outcome.message} {outcome.hint}".strip())
            tables = tables_in(folder)
            self._slices += tables.slices
            self._volumes += tables.volumes
            self._notes += [f"{name}: {warning}" for warning in outcome.result["warnings"]]
        except OSError as error:
            self._failed.append(f"{name}: {error}")
        return self._next()

    def _finish(self) -> State:
        from .morphometry_jobs import Tables

        section, failed = self._section, "\n".join(self._failed)
        section.removeFiles()
        count = len({row["specimen"] for row in self._slices})
        if self._slices:
            section.take(Tables(self._slices, self._volumes), self._notes, {})
        total = self._total
        self.forget()
        told = _("Measured {count} of {total} specimens.").format(count=count, total=total)
        return State(Stage.FAILED if failed else Stage.DONE, told, failed)
