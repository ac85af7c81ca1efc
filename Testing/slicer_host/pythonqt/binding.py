"""What all files of the dressing share: PySide6 and its own accessors, from before they are dressed."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYSIDE6_OPTION_PYTHON_ENUM", "3")  # enumerators that are ints, as in PythonQt

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

MODULES = (QtCore, QtGui, QtWidgets, QtUiTools)

raw_attribute = QtCore.QObject.__getattribute__
raw_property = QtCore.QObject.property
raw_set_property = QtCore.QObject.setProperty
meta_of = QtCore.QObject.metaObject

# Class name -> stand-in for a widget class of CTK or Slicer.
stand_ins: dict[str, type] = {}


def is_cpp_class(cls: type) -> bool:
    """Whether Slicer would have this class in C++: a class of Qt or a stand-in, not one derived from them in Python."""
    return cls.__module__.startswith("PySide6") or stand_ins.get(cls.__name__) is cls


def class_name(obj) -> str:
    """The name of an object's class as Qt's meta object has it."""
    return meta_of(obj).className()


def raw_signal(obj, name: str):
    """PySide6's own signal of an object, for the code of stand-ins."""
    return raw_attribute(obj, name)


def emit(obj, name: str, *arguments) -> None:
    """Emits a signal of a stand-in from its own code."""
    raw_attribute(obj, name).emit(*arguments)
