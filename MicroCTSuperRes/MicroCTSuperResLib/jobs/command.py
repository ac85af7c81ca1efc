"""What a command is: one kind of work that the command line, the worker and, through it, the panels can start."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Protocol

from ..errors import MicroCTError
from ..progress import Progress

if TYPE_CHECKING:
    from .requests import Requests


class Reporter(Protocol):
    """Where running work tells how it goes, and where it asks whether to go on."""

    def progress(self, progress: Progress) -> None:
        """Tell how far the work has come; may be called as often as is convenient."""

    def log(self, message: str) -> None:
        """Tell what happens now, in one line."""

    def warn(self, message: str) -> None:
        """Tell something that the user has to know but that does not end the work, in one line."""

    def milestone(self, name: str, message: str, numbers: dict) -> None:
        """Tell that a stage of long work is done.

        :param name: of what was done ("epoch").
        :param message: for people, in one line.
        :param numbers: for programs; JSON can hold them.
        """

    def cancelled(self) -> bool:
        """Whether the user wants the work to end; it then raises :class:`~MicroCTSuperResLib.errors.Cancelled`."""


@dataclass(frozen=True)
class Command:
    """One command of `microct-superres` and, under the same name, one job of the worker.

    Nothing heavy (numpy, SimpleITK, torch) is imported by the module of a command: `run` imports what it needs.

    :param name: the word on the command line and the `job` of a job description.
    :param summary: one line for `--help`.
    :param add_arguments: adds the command's options to its parser.
    :param describe: turns parsed options into the job's arguments, an object that JSON can hold.
        It raises :class:`UsageError` for options that do not go together.
    :param run: does the work for the job's arguments and returns a result that JSON can hold. It validates the
        arguments itself (see :func:`~MicroCTSuperResLib.jobs.arguments.read_arguments`): they may come from elsewhere.
    :param tell: says a result in plain words.
    """

    name: str
    summary: str
    add_arguments: Callable[[ArgumentParser], None]
    describe: Callable[[Namespace], dict]
    run: Callable[[dict, Reporter], dict]
    tell: Callable[[dict], str]


class ServiceReporter(Reporter, Protocol):
    """Where a service tells its answers, too."""

    def answer(self, event: str, **keys: object) -> None:
        """Tell one answer as an event with these keys, which JSON can hold."""


@dataclass(frozen=True)
class Service:
    """A job of the worker alone: it answers requests until the worker's stdin ends.

    :param name: the `job` of a job description.
    :param serve: validates the job's arguments, takes requests and answers them; it never returns by itself.
    """

    name: str
    serve: Callable[[dict, ServiceReporter, Requests], NoReturn]


class UsageError(Exception):
    """Options that do not go together; the command line prints the usage and exits with status 2."""


class PartialFailureError(MicroCTError):
    """Some of many volumes could not be worked on; the others were.

    :param result: what was done, as `run` would have returned it.
    """

    code = "partly-failed"

    def __init__(self, message: str, hint: str, result: dict) -> None:
        super().__init__(message, hint)
        self.result = result


def add_common_options(parser: ArgumentParser) -> None:
    """Add the options of every command. A command with sub-commands calls it for each of their parsers, too."""
    parser.add_argument(
        "--json", action="store_true", default=SUPPRESS, help="print one JSON object as the last line of the output"
    )
    parser.add_argument(
        "--debug", action="store_true", default=SUPPRESS, help="print the Python traceback of a failure, too"
    )
