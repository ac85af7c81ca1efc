"""The commands of all packages that are present."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from ..errors import InputError
from .command import Command, Service

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


def find_job(name: str) -> Command | Service:
    """The command or the service of that name, for the worker.

    :raises InputError: if there is none of that name.
    """
    jobs = {**_own_services(), **gather_commands()}
    if name not in jobs:
        raise InputError(f"There is no job {name!r}.", f"The jobs are {', '.join(jobs)}.")
    return jobs[name]


def _own_services() -> dict[str, Service]:
    present = filter(_is_present, _OWN_MODULES)
    return {service.name: service for module in present for service in getattr(import_module(module), "SERVICES", ())}


def _is_present(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package above the module is absent
        return False
