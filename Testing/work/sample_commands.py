"""Commands for the tests of the worker and the command line: small real work that can be held, crashed and cancelled.

The worker finds them as it finds any package's commands: through an entry point (see the fixture `sample_commands`).
"""

import ctypes
import os
import time
from dataclasses import dataclass

from MicroCTSuperResLib.errors import Cancelled, FormatError
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.jobs.arguments import arguments_from, read_arguments
from MicroCTSuperResLib.jobs.command import Command, UsageError
from MicroCTSuperResLib.progress import Progress


@dataclass(frozen=True)
class SquaresArguments:
    """Write the squares of 0 ... count-1 to a file, one a line.

    :param hold_at: having written so many lines, wait there until cancelled.
    :param deaf: while waiting, never ask whether to cancel, as C++ code that runs for long does not.
    """

    output: str
    count: int = 10
    hold_at: int | None = None
    deaf: bool = False


def _add_squares_options(parser):
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--hold-at", type=int)
    parser.add_argument("--deaf", action="store_true")


def _describe_squares(options):
    if options.count < 0:
        raise UsageError("--count must not be negative")
    return arguments_from(SquaresArguments, options)


def _write_squares(arguments, reporter):
    wanted = read_arguments(SquaresArguments, arguments)
    began = time.monotonic()
    with atomic_path(wanted.output) as partial, partial.open("w") as file:
        for number in range(wanted.count):
            file.write(f"{number**2}\n")
            file.flush()
            reporter.progress(Progress(number + 1, wanted.count, "squares", time.monotonic() - began))
            if wanted.hold_at == number + 1:
                reporter.log("holding")
                _hold(wanted, reporter)
    return {"output": wanted.output, "count": wanted.count}


def _hold(wanted, reporter):
    while wanted.deaf or not reporter.cancelled():
        time.sleep(0.01)
    raise Cancelled("Cancelled.")


def _print_everywhere(arguments, reporter):
    """What chatty libraries do: Python's print, raw writes to the descriptor, C's buffered stdout, child processes."""
    print("from print")
    os.write(1, b"from the descriptor\n")
    libc = ctypes.CDLL(None)
    libc.puts(b"from C")
    libc.fflush(None)
    os.system("echo from a child")
    return {"said": 4}


def _fail(arguments, reporter):
    error = {
        "foreseen": FormatError("scan.isq is\ntruncated.", "Copy it again."),
        "unforeseen": ZeroDivisionError("division by zero"),
        "memory": MemoryError("Unable to allocate 8.00 TiB"),
        "system": PermissionError(13, "Permission denied", "/protected/scan.isq"),
        "package": ModuleNotFoundError("No module named 'torch'", name="torch"),
    }[arguments["how"]]
    raise error


def _abort(arguments, reporter):
    reporter.log("about to crash")
    os.abort()


def _no_options(parser):
    pass


def _command(name, run, add_arguments=_no_options, describe=vars):
    return Command(name, f"The sample command {name}.", add_arguments, describe, run, lambda result: f"Done: {result}")


COMMANDS = (
    _command("squares", _write_squares, _add_squares_options, _describe_squares),
    _command("chatty", _print_everywhere, describe=lambda options: {}),
    _command(
        "fail",
        _fail,
        lambda parser: parser.add_argument("how"),
        lambda options: {"how": options.how},
    ),
    _command("abort", _abort, describe=lambda options: {}),
)
