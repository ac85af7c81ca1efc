"""Dresses PySide6 and makes the flat module `qt`. Dressing lasts as long as the process."""

import sys
import types

from .attributes import delete_attribute, get_attribute, set_attribute
from .binding import MODULES, QtCore, raw_attribute
from .calls import call
from .signals import connect, disconnect
from .ui_files import QUiLoader
from .values import dress_values, handle_qt_messages


class FlatModule(types.ModuleType):
    """The module `qt`: all classes of Qt in one."""

    def __getattr__(self, name: str):
        for module in MODULES:
            if name[:2] != "__" and hasattr(module, name):
                setattr(self, name, getattr(module, name))
                return getattr(module, name)
        raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")


_modules: dict[str, types.ModuleType] = {}


def dressed_modules() -> dict[str, types.ModuleType]:
    """The modules `qt` and `ctk`; the first call dresses PySide6."""
    if not _modules:
        for cls in _object_classes():
            _dress(cls)
        QtCore.QObject.connect = connect
        QtCore.QObject.disconnect = disconnect
        dress_values()
        handle_qt_messages()
        qt = FlatModule("qt")
        qt.QUiLoader = QUiLoader
        _modules.update(qt=qt, ctk=types.ModuleType("ctk"))
    return _modules


def put_in_place() -> None:
    """Makes `import qt` and `import ctk` find the stand-ins."""
    sys.modules.update(dressed_modules())


def take_away() -> None:
    """Makes `import qt` fail again, as outside of Slicer."""
    for name, module in dressed_modules().items():
        if sys.modules.get(name) is module:
            del sys.modules[name]


def _object_classes() -> list[type]:
    # PySide6's modules fill in lazily, so they are asked by name. Base classes come first.
    named = {getattr(module, name) for module in MODULES for name in dir(module) if name[:1] == "Q"}
    classes = [cls for cls in named if isinstance(cls, type) and issubclass(cls, QtCore.QObject)]
    return sorted(classes, key=lambda cls: len(cls.__mro__))


def _dress(cls: type) -> None:
    """Each of PySide6's classes has its own special methods, which do not inherit what is set on a base class."""
    getter = cls.__dict__.get("__getattribute__", raw_attribute)
    if getter in (raw_attribute, get_attribute):
        cls.__getattribute__ = get_attribute
    else:
        cls.__getattribute__ = lambda self, name, _getter=getter: get_attribute(self, name, _getter)
    cls.__setattr__ = set_attribute
    cls.__delattr__ = delete_attribute
    cls.__init__ = _positional_constructor(cls)


def _positional_constructor(cls: type):
    construct = cls.__init__

    def __init__(self, *arguments, **keywords):  # noqa: N807
        if keywords and type(self).__module__.startswith("PySide6"):
            raise ValueError(f"Called {cls.__name__} with keyword arguments, but called slot does not support kwargs.")
        call(lambda *fitted: construct(self, *fitted, **keywords), cls.__name__, arguments, signed_by=construct)

    return __init__
