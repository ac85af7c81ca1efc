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
from ..errors import Cancelled, FormatError
from .command import PartialFailureError
from .events import EventReporter, EventStream
from .failures import failure_of
from .interruption import Interruption
from .job import Job
from .parent_watch import end_with_parent, end_with_stdin
from .registry import find_command


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
        help="end when stdin is closed by the program that started the worker; with -, the job is the first line",
    )
    return parser


def _work(options: Namespace, reporter: EventReporter) -> dict:
    job = Job.from_json(_description(options))
    if options.end_with_stdin:
        end_with_stdin()
    command = find_command(job.name)
    reporter.started(job.name, __version__)
    return command.run(job.arguments, reporter)


def _description(options: Namespace) -> str:
    if options.job == "-":
        return sys.stdin.readline() if options.end_with_stdin else sys.stdin.read()
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
