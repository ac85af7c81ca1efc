"""`cohort`: the table of paired scans that a network is trained with."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.jobs.command import Command, PartialFailureError, Reporter, add_common_options

from .cohort_check import CHECK
from .cohort_pair import PAIR
from .cohort_phantoms import PHANTOMS
from .cohort_split import SPLIT

_ACTIONS = {action.name: action for action in (CHECK, SPLIT, PAIR, PHANTOMS)}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the sub-commands of `cohort` and their options."""
    actions = parser.add_subparsers(title="actions", dest="action", metavar="ACTION", required=True)
    for action in _ACTIONS.values():
        own = actions.add_parser(action.name, help=action.summary, description=action.summary, allow_abbrev=False)
        add_common_options(own)
        action.add_arguments(own)


def describe(options: Namespace) -> dict:
    """The job of parsed options: those of the action, and its name."""
    return {"action": options.action, **_ACTIONS[options.action].describe(options)}


def run(arguments: dict, reporter: Reporter) -> dict:
    """Do the action.

    :raises InputError: for an unknown action.
    :raises PartialFailureError: as the action does; its result names the action, too.
    """
    action = arguments.get("action")
    if action not in _ACTIONS:
        raise InputError(f"There is no action {action!r} on cohorts.", f"Actions: {', '.join(_ACTIONS)}.")
    own = {name: value for name, value in arguments.items() if name != "action"}
    try:
        return {"action": action, **_ACTIONS[action].run(own, reporter)}
    except PartialFailureError as error:
        error.result = {"action": action, **error.result}
        raise


def tell(result: dict) -> str:
    """The result in plain words."""
    return _ACTIONS[result["action"]].tell(result)


COHORT = Command("cohort", "Check, divide, pair or make scans to train with.", add_arguments, describe, run, tell)
