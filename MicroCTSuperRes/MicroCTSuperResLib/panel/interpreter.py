"""Which Python runs the workers, and in which environment."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import qt
import slicer

VARIABLE = "MICROCT_SUPERRES_PYTHON"
SETTING = "MicroCTSuperRes/python"
# What Slicer sets for its own Python and Qt; it would mislead another Python.
_SLICERS_OWN = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "PYTHONNOUSERSITE")
_PACKAGES = ("MicroCTSuperResLib", "MicroCTSuperResTrainingLib")


def worker_interpreter() -> str | None:
    """The Python program for workers: what the environment variable MICROCT_SUPERRES_PYTHON or Slicer's setting
    "MicroCTSuperRes/python" names, else PythonSlicer. None if there is no such program."""
    chosen = os.environ.get(VARIABLE) or slicer.app.userSettings().value(SETTING)
    return shutil.which(str(chosen)) if chosen else _python_slicer()


def worker_environment(interpreter: str) -> dict[str, str]:
    """The environment variables of a worker that this interpreter runs: Slicer's own for PythonSlicer, without Slicer's
    paths for any other. The project's packages can be imported in both."""
    environment = dict(os.environ)
    paths = _package_folders()
    if _is_python_slicer(interpreter):
        paths += filter(None, [environment.get("PYTHONPATH")])
    else:
        for name in _SLICERS_OWN:
            environment.pop(name, None)
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    return environment


def process_environment(interpreter: str) -> qt.QProcessEnvironment:
    """:func:`worker_environment` for a QProcess."""
    environment = qt.QProcessEnvironment()
    for name, value in worker_environment(interpreter).items():
        environment.insert(name, value)
    return environment


def _python_slicer() -> str | None:
    beside_slicer = Path(slicer.app.slicerHome) / "bin"
    return shutil.which("PythonSlicer") or shutil.which("PythonSlicer", path=str(beside_slicer))


def _is_python_slicer(interpreter: str) -> bool:
    return Path(interpreter).stem == "PythonSlicer"


def _package_folders() -> list[str]:
    """The folders in which the project's packages lie; nothing is imported."""
    specs = filter(None, map(find_spec, _PACKAGES))
    return list(dict.fromkeys(str(Path(spec.origin).parents[1]) for spec in specs if spec.origin))
