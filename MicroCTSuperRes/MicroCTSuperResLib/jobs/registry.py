"""The commands of all packages that are present."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from ..errors import InputError
from .command import Command

ENTRY_POINT_GROUP = "microct_superres.commands"
# Inside Slicer nothing is installed by pip, so there are no entry points: these modules are looked for by name.
_OWN_MODULES = ("MicroCTSuperResLib.jobs.commands", "MicroCTSuperResTrainingLib.jobs.commands")


def gather_commands() -> dict[str, Command]:
    """All commands by name: those of this project's packages first, then those that other installed packages offer."""
    offered = sorted(point.value for point in entry_points(group=ENTRY_POINT_GROUP))
    commands: dict[str, Command] = {}
    for module in dict.fromkeys((*_OWN_MODULES, *offered)):
        if _is_present(module):
            for command in import_module(module).COMMANDS:
                commands.setdefault(command.name, command)
    return commands


def find_command(name: str) -> Command:
    """The command of a job.

    :raises InputError: if there is none of that name.
    """
    commands = gather_commands()
    if name not in commands:
        raise InputError(f"There is no job {name!r}.", f"The jobs are {', '.join(commands)}.")
    return commands[name]


def _is_present(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package above the module is absent
        return False
