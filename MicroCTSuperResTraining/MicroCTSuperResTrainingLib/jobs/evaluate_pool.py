"""Specimens evaluated one after the other or by several processes; one that fails does not stop the others."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import Cancelled
from MicroCTSuperResLib.jobs.failures import Failure, failure_of
from MicroCTSuperResLib.jobs.parent_watch import end_with_parent

if TYPE_CHECKING:
    from MicroCTSuperResLib.jobs.command import Reporter
    from MicroCTSuperResLib.progress import Progress

    from ..evaluation.specimen_task import SpecimenTask

_SECONDS_BETWEEN_LOOKS = 0.3
_SECONDS_TO_END = 2.0
_CRASHED = Failure(
    "crashed",
    "Its process ended without a word, as when memory runs out.",
    "Evaluate it with --workers 1, or a smaller part of it (--field, lr_crop).",
)
_cancel: Event | None = None


def evaluate_all(
    tasks: Sequence[SpecimenTask],
    workers: int,
    reporter: Reporter,
    on_done: Callable[[SpecimenTask, dict | Failure], None],
) -> None:
    """Evaluate specimens.

    :param workers: how many at a time; 1 works in this process.
    :param on_done: told of each specimen when it is finished, in whatever order.
    :raises Cancelled: when the reporter says so; what is finished stays.
    """
    if workers <= 1:
        # Of the only specimen its slices are told.
        progress = reporter.progress if len(tasks) == 1 else None
        for task in tasks:
            on_done(task, _evaluated(task, reporter.cancelled, progress))
        return
    waiting = list(tasks)
    while waiting:
        left = _in_processes(waiting, workers, reporter, on_done)
        # A process died. Which specimen it was cannot be known: those that it may have been are tried alone.
        suspects, waiting = left[:workers], left[workers:]
        for task in suspects:
            if _in_processes([task], 1, reporter, on_done):
                on_done(task, _CRASHED)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _evaluated(
    task: SpecimenTask, cancelled: Callable[[], bool], on_progress: Callable[[Progress], None] | None = None
) -> dict | Failure:
    from ..evaluation.specimen_evaluation import evaluate_specimen

    try:
        return evaluate_specimen(task, on_progress=on_progress, should_cancel=cancelled)
    except Cancelled:
        raise
    except Exception as error:
        return failure_of(error)


def _in_processes(
    tasks: Sequence[SpecimenTask],
    workers: int,
    reporter: Reporter,
    on_done: Callable[[SpecimenTask, dict | Failure], None],
) -> list[SpecimenTask]:
    """Evaluate in processes; returns the tasks that were not finished because one of the processes died."""
    # Not forked: threads of this process (progress bars, torch) would leave locks behind in the copies.
    context = get_context("spawn")
    cancel = context.Event()
    threads = tasks[0].threads or 1
    others = set(active_children())
    pool = ProcessPoolExecutor(min(workers, len(tasks)), context, _begin, (cancel, threads))
    try:
        futures = {}
        with suppress(BrokenProcessPool):  # a process can die before the last task is handed out
            for task in tasks:
                futures[pool.submit(_work, task)] = task
        unfinished = dict.fromkeys(tasks)
        for future in _as_finished(futures, reporter):
            try:
                outcome = future.result()
            except BrokenProcessPool:
                continue
            del unfinished[futures[future]]
            on_done(futures[future], outcome)
        return list(unfinished)
    finally:
        cancel.set()
        pool.shutdown(wait=False, cancel_futures=True)
        _end(set(active_children()) - others)


def _end(processes: set[BaseProcess]) -> None:
    """Wait a little for processes that were told to end; whatever they write is whole at every moment."""
    until = time.monotonic() + _SECONDS_TO_END
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
        if process.is_alive():
            process.terminate()


def _as_finished(futures: dict[Future, SpecimenTask], reporter: Reporter) -> Iterator[Future]:
    pending = set(futures)
    while pending:
        if reporter.cancelled():
            raise Cancelled("The evaluation was cancelled.", "Go on with --resume.")
        finished, pending = wait(pending, _SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        yield from finished


def _begin(cancel: Event, threads: int) -> None:
    """Of each process, before torch and ITK are imported."""
    global _cancel
    _cancel = cancel
    # Ctrl-C reaches all processes of the terminal; the parent tells these when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    os.environ["OMP_NUM_THREADS"] = os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = str(threads)


def _work(task: SpecimenTask) -> dict | Failure:
    try:
        return _evaluated(task, _cancel.is_set)
    except Cancelled as error:
        return failure_of(error)
