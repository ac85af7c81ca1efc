"""The worker: a process of its own that does one job and tells about it in events.

    python -m MicroCTSuperResLib.jobs.worker JOB.json
    python -m MicroCTSuperResLib.jobs.worker -            (the description comes on stdin)

Events (see :mod:`.events`) are the only thing on stdout. The exit status is 0 if the job was done, else 1. On POSIX the
worker leads its own process group, so that `os.killpg(pid, SIGTERM)` cancels it with everything that it started.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import traceback
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from pathlib import Path

from .. import __version__
from ..errors import Cancelled, FormatError, InputError
from .command import Command, PartialFailureError
from .events import EventReporter, EventStream
from .failures import failure_of
from .interruption import Interruption
from .job import Job
from .parent_watch import end_with_parent, end_with_stdin
from .registry import find_job
from .requests import Requests, StdinLines


def main(argv: list[str] | None = None) -> int:
    """Do the job that `argv` names; returns the exit status."""
    _lead_a_process_group()
    options = _parser().parse_args(argv)
    stream = EventStream.on_stdout()
    faulthandler.enable()  # a crash inside a library leaves its place on stderr
    with Interruption() as interruption:
        end_with_parent()
        reporter = EventReporter(stream, lambda: interruption.requested)
        try:
            reporter.result(_work(options, reporter))
        except BaseException as error:
            _tell(error, reporter)
            return 1
    return 0


def _lead_a_process_group() -> None:
    if hasattr(os, "setsid"):
        with suppress(PermissionError):  # it leads one already
            os.setsid()


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m MicroCTSuperResLib.jobs.worker", description="Do one job, tell events.")
    parser.add_argument("job", help="file with the job description, or - for stdin")
    parser.add_argument(
        "--end-with-stdin",
        action="store_true",
        help="end when stdin is closed by the program that started the worker; with -, the job is the first line; "
        "jobs that take requests take them from the lines that follow",
    )
    return parser


def _work(options: Namespace, reporter: EventReporter) -> dict:
    stdin = StdinLines()
    job = Job.from_json(_description(options, stdin))
    requests = Requests() if options.end_with_stdin else None
    if requests is not None:
        end_with_stdin(stdin, requests.put)
    work = find_job(job.name)
    if isinstance(work, Command):
        reporter.started(job.name, __version__)
        return work.run(job.arguments, reporter)
    if requests is None:
        raise InputError(f"The job {job.name!r} takes requests.", "Start the worker with --end-with-stdin.")
    reporter.started(job.name, __version__)
    work.serve(job.arguments, reporter, requests)
    return {}


def _description(options: Namespace, stdin: StdinLines) -> str:
    if options.job == "-":
        return next(iter(stdin), "") if options.end_with_stdin else sys.stdin.read()
    try:
        return Path(options.job).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"The job file {options.job} cannot be read ({error}).", "Check its path.") from error


def _tell(error: BaseException, reporter: EventReporter) -> None:
    failure = failure_of(error)
    if failure.code == "unexpected":
        traceback.print_exception(error)
    with suppress(Cancelled):  # nobody reads any more
        reporter.error(failure, error.result if isinstance(error, PartialFailureError) else None)


if __name__ == "__main__":
    sys.exit(main())
