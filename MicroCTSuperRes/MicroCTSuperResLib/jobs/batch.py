"""Many volumes, one after the other: one that fails does not stop the others, but is told of in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from ..errors import Cancelled
from .command import PartialFailureError, Reporter
from .failures import Failure, failure_of
from .output_paths import Task

Outcome = TypeVar("Outcome")


class Batch:
    """The volumes of one job, and those that failed so far.

    :param tasks: all volumes of the job. The failure of the only one ends the job at once.
    """

    def __init__(self, tasks: list[Task], reporter: Reporter) -> None:
        self._count = len(tasks)
        self._reporter = reporter
        self._failures: dict[Task, Failure] = {}

    def each(self, tasks: Iterable[Task], action: Callable[[Task], Outcome]) -> dict[Task, Outcome]:
        """What `action` gives for each task, without those for which it fails.

        :raises Cancelled: if the user wants the work to end.
        """
        outcomes = {}
        for task in tasks:
            if self._reporter.cancelled():
                raise Cancelled("Cancelled.", f"{len(outcomes)} of {self._count} volumes were done.")
            try:
                outcomes[task] = action(task)
            except Cancelled:
                raise
            except Exception as error:
                if self._count == 1:
                    raise
                self._failures[task] = failure_of(error)
                self._reporter.warn(f"{task.source}: {failure_of(error)}")
        return outcomes

    def failures(self) -> list[dict]:
        """The volumes that failed, for a result."""
        return [
            {"input": str(task.source), "code": failure.code, "message": failure.message, "hint": failure.hint}
            for task, failure in self._failures.items()
        ]

    def finish(self, result: dict) -> dict:
        """The result, if no volume failed.

        :raises PartialFailureError: if one did, with the result.
        """
        if not self._failures:
            return result
        names = ", ".join(str(task.source) for task in self._failures)
        raise PartialFailureError(
            f"{len(self._failures)} of {self._count} volumes failed: {names}.",
            "The reason for each is told above; the other results are complete.",
            result,
        )
