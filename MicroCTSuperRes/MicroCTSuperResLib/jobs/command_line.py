"""The command `microct-superres`.

Exit status: 0 done; 1 failed, with one line on stderr; 2 wrong usage; 130 ended by Ctrl-C, 143 by SIGTERM, 129 by a
closed terminal.
"""

from __future__ import annotations

import sys
import traceback
from argparse import ArgumentParser, Namespace
from contextlib import suppress

from .. import __version__
from .command import Command, PartialFailureError, UsageError, add_common_options
from .events import to_json_line
from .failures import failure_of
from .interruption import Interrupted, Interruption
from .registry import gather_commands
from .terminal import PROGRAM, print_result, reporter_for_stderr


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status.

    :param argv: the words after the program's name; those of this process if None.
    :raises SystemExit: with status 2 for wrong usage, 0 after `--help` and `--version`, as argparse does.
    """
    commands = gather_commands()
    parser, parsers = _parsers(commands)
    options, unknown = parser.parse_known_args(argv)
    command = commands[options.command]
    if unknown:
        parsers[command.name].error(f"not understood by version {__version__}: {' '.join(unknown)}")
    try:
        arguments = command.describe(options)
    except UsageError as error:
        parsers[command.name].error(str(error))
    try:
        result = _run(command, arguments)
        print_result(to_json_line(result) if options.json else command.tell(result))
    except (Exception, KeyboardInterrupt) as error:
        return _tell_failure(error, command, options)
    return 0


def _parsers(commands: dict[str, Command]) -> tuple[ArgumentParser, dict[str, ArgumentParser]]:
    """The program's parser, and by name those of its commands."""
    parser = ArgumentParser(
        prog=PROGRAM, description="Deep-learning super-resolution of bone microCT volumes.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    add_common_options(parser)
    parser.set_defaults(json=False, debug=False)
    choices = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    parsers = {}
    for command in commands.values():
        parsers[command.name] = choices.add_parser(
            command.name, help=command.summary, description=command.summary, allow_abbrev=False
        )
        add_common_options(parsers[command.name])
        command.add_arguments(parsers[command.name])
    return parser, parsers


def _run(command: Command, arguments: dict) -> dict:
    with Interruption() as interruption, reporter_for_stderr(lambda: interruption.requested) as reporter:
        return command.run(arguments, reporter)


def _tell_failure(error: BaseException, command: Command, options: Namespace) -> int:
    """Say what went wrong, on one line of stderr; returns the exit status."""
    failure = failure_of(error)
    partial = error.result if isinstance(error, PartialFailureError) else None
    if options.debug:
        traceback.print_exception(error)
    with suppress(OSError):  # stdout may be what failed; stderr and the status still tell
        if partial is not None and not options.json and (told := command.tell(partial)):
            print_result(told)
        if options.json:
            told = {"code": failure.code, "message": failure.message, "hint": failure.hint}
            print_result(to_json_line({**(partial or {}), "error": told}))
    print(f"{PROGRAM}: error: {failure}", file=sys.stderr)
    return 128 + error.signal_number if isinstance(error, Interrupted) else 1
