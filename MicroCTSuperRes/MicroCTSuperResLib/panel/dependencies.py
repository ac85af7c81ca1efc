"""The Python packages that enhancing needs inside Slicer: which are missing, and installing them if the user agrees.

torch comes by the extension PyTorch, which chooses the build for the computer's GPU; the rest by Slicer's installer.
Both ask first. For a computer without a network connection a folder of wheels takes the place of both. Nothing here
imports what it looks for.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from .interpreter import SETTING as INTERPRETER_SETTING
from .interpreter import VARIABLE as INTERPRETER_VARIABLE

if TYPE_CHECKING:
    import qt
    from packaging.requirements import Requirement

REQUESTER = "MicroCT Super-Resolution"
TORCH = "torch>=2.6"
WHEELS_SETTING = "MicroCTSuperRes/wheelsFolder"
_RESOURCES = Path(__file__).parents[2] / "Resources"
REQUIREMENTS_FILE = _RESOURCES / "slicer-requirements.txt"
CONSTRAINTS_FILE = _RESOURCES / "slicer-constraints.txt"


@dataclass(frozen=True)
class DependencyState:
    """What is missing, in words.

    :param ready: whether nothing is missing.
    :param headline: one sentence of what is.
    :param advice: what the user can do, or what will happen on Enhance; empty where nothing is missing.
    """

    ready: bool
    headline: str
    advice: str = ""


def missing(*, torch: bool = True) -> list[Requirement]:
    """What has to be installed before the worker can run.

    Nothing, where the user named another Python for the worker: its packages are the user's affair.

    :param torch: whether torch counts; reading files needs the others alone.
    """
    from packaging.requirements import Requirement
    from slicer.packaging import load_requirements, pip_check

    if has_own_interpreter():
        return []
    wanted = [Requirement(TORCH)] if torch else []
    return [one for one in (*wanted, *load_requirements(REQUIREMENTS_FILE)) if not pip_check(str(one))]


def state() -> DependencyState:
    """What is missing and what Enhance will do about it; installs nothing."""
    wanted = missing()
    if not wanted:
        return DependencyState(True, _("All packages for enhancing are installed."))
    headline = _("Not installed yet: {names}.").format(names=", ".join(_in_words(one) for one in wanted))
    folder = wheels_folder()
    if folder is not None and not folder.is_dir():
        advice = _("The folder of packages {folder} does not exist: correct the setting.").format(folder=folder)
    elif folder is not None:
        advice = _("Enhance will ask to install them from the folder {folder}.").format(folder=folder)
    elif _wants_torch(wanted) and not _has_pytorch_extension():
        advice = _no_extension_advice()
    else:
        advice = _("Enhance will ask to download and install them; with PyTorch this can take some minutes.")
    return DependencyState(False, headline, advice)


def ensure(parent: qt.QWidget | None = None, *, torch: bool = True) -> bool:
    """Install what is missing, if the user agrees. Call it when the user asked for the work that needs it.

    Nothing is installed while Slicer is tested.

    :param parent: the widget above which messages are shown.
    :param torch: as in :func:`missing`.
    :return: whether all is there now. If not, the user knows why: declined, or told of the failure.
    """
    wanted = missing(torch=torch)
    if not wanted:
        return True
    if slicer.app.testingEnabled():
        logging.info("Not installed while testing: %s", ", ".join(str(one) for one in wanted))
        return False
    folder = wheels_folder()
    if folder is not None and not folder.is_dir():
        _tell(_("The folder of packages {folder} does not exist.").format(folder=folder), parent)
        return False
    if folder is None and _wants_torch(wanted):
        if not _install_torch(parent):
            return False
        wanted = [one for one in wanted if one.name != "torch"]
    return install(wanted, folder, parent) and _all_there(parent, torch=torch)


def wheels_folder() -> Path | None:
    """The folder of wheels to install from instead of the network; None where the user chose none."""
    chosen = slicer.app.userSettings().value(WHEELS_SETTING)
    return Path(str(chosen)).expanduser().absolute() if chosen else None


def set_wheels_folder(folder: str | Path | None) -> None:
    """Choose the folder of wheels; None or "" for the network."""
    slicer.app.userSettings().setValue(WHEELS_SETTING, str(folder or ""))


def write_constraints(path: Path, folder: Path | None = None) -> Path:
    """Write pip's constraints: what Slicer brings stays at the version that is installed now.

    pip takes options from a constraints file, too: so a folder of wheels becomes its only source.
    """
    from packaging.requirements import Requirement

    lines = []
    for line in CONSTRAINTS_FILE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name = Requirement(line).name
        version = _installed_version(name)
        lines.append(f"{name}=={version}" if version else line)
    if folder is not None:
        lines = ["--no-index", f"--find-links {folder.as_uri()}", *lines]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _install_torch(parent: qt.QWidget | None) -> bool:
    """Let the extension PyTorch install torch; it asks the user."""
    if not _has_pytorch_extension():
        _tell(
            f"{_('PyTorch is missing, and so is the extension that installs it.')}\n\n{_no_extension_advice()}", parent
        )
        return False
    import PyTorchUtils

    requirement = TORCH.removeprefix("torch")
    slicer.util.showStatusMessage(_("Installing PyTorch, this can take some minutes..."))
    slicer.app.processEvents()
    try:
        installed = PyTorchUtils.PyTorchUtilsLogic().installTorch(
            askConfirmation=True, torchVersionRequirement=requirement
        )
    except Exception as error:  # it reports by whatever pip, light-the-torch or the import of torch raise
        logging.exception("PyTorch could not be installed")
        advice = _(
            "Check the network connection and the space on the disk. The module PyTorch Utils can install a chosen "
            "version; packages can also come from a folder, see the tutorial."
        )
        _tell(_("PyTorch could not be installed: {error}").format(error=error) + f"\n\n{advice}", parent)
        return False
    finally:
        slicer.util.showStatusMessage("")
    return installed is not None


def install(wanted: list[Requirement], folder: Path | None, parent: qt.QWidget | None) -> bool:
    """Let Slicer install packages; it asks the user and tells of a failure by itself.

    :param wanted: what is missing, without torch.
    :param folder: of wheels to install from instead of the network, or None.
    :param parent: the widget above which messages are shown.
    :return: whether the installation went on to its end.
    """
    from slicer.packaging import pip_ensure

    constraints = write_constraints(
        Path(slicer.app.temporaryPath) / f"MicroCTSuperRes-constraints-{os.getpid()}.txt", folder
    )
    try:
        pip_ensure([str(one) for one in wanted], constraints=constraints, requester=REQUESTER)
    except RuntimeError as error:  # so it reports that the user declined
        if "declined" not in str(error):
            _tell(_("The packages could not be installed: {error}").format(error=error), parent)
        return False
    except subprocess.CalledProcessError as error:
        # Slicer has shown what pip wrote.
        logging.error("Packages could not be installed: %s", error)
        return False
    finally:
        constraints.unlink(missing_ok=True)
    return True


def _all_there(parent: qt.QWidget | None, *, torch: bool) -> bool:
    left = missing(torch=torch)
    if left:
        names = ", ".join(_in_words(one) for one in left)
        text = _("Still missing after the installation: {names}. Restart Slicer and try again.").format(names=names)
        _tell(text, parent)
    return not left


def _tell(text: str, parent: qt.QWidget | None) -> None:
    slicer.util.errorDisplay(text, windowTitle=_("MicroCT Super-Resolution"), parent=parent)


def _no_extension_advice() -> str:
    return _(
        "Install the extension PyTorch in Slicer's Extensions Manager and restart Slicer. Without a network "
        "connection, choose a folder of packages instead, see the tutorial."
    )


def _in_words(requirement: Requirement) -> str:
    return "PyTorch" if requirement.name == "torch" else requirement.name


def _wants_torch(wanted: list[Requirement]) -> bool:
    return any(one.name == "torch" for one in wanted)


def _has_pytorch_extension() -> bool:
    return "PyTorchUtils" in sys.modules or importlib.util.find_spec("PyTorchUtils") is not None


def has_own_interpreter() -> bool:
    """Whether the user named another Python for the worker: its packages are the user's affair."""
    return bool(os.environ.get(INTERPRETER_VARIABLE) or slicer.app.userSettings().value(INTERPRETER_SETTING))


def _installed_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
