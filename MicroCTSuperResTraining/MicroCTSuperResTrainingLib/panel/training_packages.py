"""The Python packages that this module needs beyond those of module 1, which `panel/dependencies.py` there installs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from MicroCTSuperResLib.panel import dependencies
from slicer.i18n import tr as _

if TYPE_CHECKING:
    import qt
    from packaging.requirements import Requirement

FIGURES = "matplotlib"
REQUIREMENTS_FILE = Path(__file__).parents[2] / "Resources" / "slicer-training-requirements.txt"


def missing() -> list[Requirement]:
    """What has to be installed before a worker can train or evaluate."""
    return [*dependencies.missing(), *_own_missing()]


def advice() -> str:
    """What is missing and what a press on a button will do about it; "" where nothing is missing."""
    wanted = missing()
    if not wanted:
        return ""
    names = ", ".join(one.name for one in wanted)
    return _("Not installed yet: {names}. The first job will ask to install them.").format(names=names)


def ensure(parent: qt.QWidget | None = None) -> bool:
    """Install what is missing, if the user agrees. Call it when the user asked for the work that needs it.

    :param parent: the widget above which messages are shown.
    :return: whether all is there now. If not, the user knows why: declined, or told of the failure.
    """
    if not dependencies.ensure(parent):
        return False
    return _install(_own_missing(), parent)


def ensure_figures(parent: qt.QWidget | None = None) -> bool:
    """As :func:`ensure`, for what draws the figures that are exported alone; the panel itself has Slicer's plots."""
    return _install([one for one in _own_missing() if one.name == FIGURES], parent)


def _install(wanted: list[Requirement], parent: qt.QWidget | None) -> bool:
    if not wanted:
        return True
    if slicer.app.testingEnabled():
        logging.info("Not installed while testing: %s", ", ".join(str(one) for one in wanted))
        return False
    installed = dependencies.install(wanted, dependencies.wheels_folder(), parent)
    return installed and not any(one in wanted for one in _own_missing())


def _own_missing() -> list[Requirement]:
    from slicer.packaging import load_requirements, pip_check

    if dependencies.has_own_interpreter():
        return []
    return [one for one in load_requirements(REQUIREMENTS_FILE) if not pip_check(str(one))]
