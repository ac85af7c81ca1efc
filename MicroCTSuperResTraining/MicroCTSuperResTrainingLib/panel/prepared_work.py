"""A job that is prepared in Slicer's own process, in short steps between which Slicer goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from MicroCTSuperResLib.panel.failed_outcome import failed_outcome
from MicroCTSuperResLib.panel.states import Stage, State
from MicroCTSuperResLib.panel.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from MicroCTSuperResLib.panel.outcome import Outcome


class PreparedWork:
    """Writes what a worker needs, then runs it.

    :param section: a `ResultSection`.
    """

    def __init__(self, section) -> None:
        self._section = section
        self._steps: Steps | None = None

    @property
    def is_preparing(self) -> bool:
        return self._steps is not None and self._steps.is_running

    def start(
        self,
        name: str,
        steps_in: Callable[[Path], Iterator[dict | None]],
        told: str,
        on_end: Callable[[Outcome, Path], State],
    ) -> None:
        """Prepare a job and run it; nothing happens while other work goes on.

        :param name: of the folder for its files, which the section removes.
        :param steps_in: gets the folder; gives the steps, the last of which is the job. What they raise is told.
        :param told: what goes on.
        :param on_end: gets the worker's Outcome and the folder, and says how it ended.
        """
        section = self._section
        if section.runner.is_running or self.is_preparing:
            return
        try:
            folder = section.newFolder(name)
        except OSError as error:
            section.runner.state = State(Stage.FAILED, str(error))
        else:
            section.runner.state = State(Stage.RUNNING, told)
            ended = lambda outcome: on_end(outcome, folder)  # noqa: E731
            self._steps = Steps(self._prepare(steps_in(folder), told, ended))
        section.refresh()

    def stop(self) -> None:
        """Leave the rest undone; a worker that runs is its runner's."""
        if self._steps is not None:
            self._steps.stop()

    def _prepare(self, steps, told, on_end):
        section, job = self._section, None
        try:
            for step in steps:
                job = step
                yield
        except Exception as error:
            outcome = failed_outcome(error)
            section.runner.state = State(Stage.FAILED, outcome.message, outcome.hint)
            section.removeFiles()
            job = None
        self._steps = None
        if job is not None:
            section.runner.start(job, told, on_end)
        section.refresh()
