"""`isinstance` as in Slicer, where the wrapper classes of Qt do not inherit from one another.

`isinstance(button, qt.QWidget)` is False there for a QPushButton, and code that relies on it does nothing. The host
gives this function to the project's own modules; it cannot replace the built-in one for PySide6 itself.
"""

import builtins
import importlib.machinery
import sys
from pathlib import Path

from .binding import stand_ins


def exact_isinstance(obj, classes) -> bool:
    """As the built-in, but of Qt's classes and of stand-ins only the exact one counts."""
    if isinstance(classes, tuple):
        return any(exact_isinstance(obj, cls) for cls in classes)
    if not _is_wrapper_class(classes):
        return builtins.isinstance(obj, classes)
    return next((cls for cls in type(obj).__mro__ if _is_wrapper_class(cls)), None) is classes


def _is_wrapper_class(cls) -> bool:
    module = getattr(cls, "__module__", "")
    return module.startswith("PySide6") or stand_ins.get(getattr(cls, "__name__", "")) is cls


class ExactInstanceFinder:
    """Gives `exact_isinstance` to every module that is imported from some folders while it is installed."""

    def __init__(self):
        self._folders: list[Path] = []

    def watch(self, folder: Path) -> None:
        """Modules in this folder get it: those imported already at once, the others when they are imported."""
        if folder not in self._folders:
            self._folders.append(folder)
        for module in list(sys.modules.values()):
            self.give_to(module)

    def give_to(self, module) -> None:
        file = getattr(module, "__file__", None)
        if file and any(Path(file).is_relative_to(folder) for folder in self._folders):
            module.isinstance = exact_isinstance

    def release(self) -> None:
        """Takes it from all modules again."""
        for module in list(sys.modules.values()):
            if getattr(module, "__dict__", {}).get("isinstance") is exact_isinstance:
                del module.isinstance
        self._folders.clear()

    def find_spec(self, name, path=None, target=None):
        """The ordinary search, with a loader that prepares the module before its code runs."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if self._folders else None
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        if any(Path(spec.origin).is_relative_to(folder) for folder in self._folders):
            run = spec.loader.exec_module

            def prepare_and_run(module):
                module.isinstance = exact_isinstance
                run(module)

            spec.loader.exec_module = prepare_and_run
            return spec
        return None
