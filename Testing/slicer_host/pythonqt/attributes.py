"""Attributes of Qt's objects as PythonQt has them: properties are attributes, unknown names are refused."""

import types

from .binding import QtCore, class_name, is_cpp_class, meta_of, raw_attribute, raw_property, raw_set_property
from .calls import builtin_qt_slot
from .children import child_named, find_child, find_children
from .conversions import accepted_value, plain, property_value, rich_tool_tip
from .signals import Signal, connect, disconnect

# Properties being read. A getter of Qt that is virtual makes PySide6 look for a Python override of the same name,
# which comes back here.
_being_read: set[tuple[int, str]] = set()

# PySide6's loader of .ui files sets the children's names as attributes of the root widget. PythonQt's does not.
ui_files_being_loaded: list = []


def _set_tool_tip(self, text):
    raw_set_property(self, "toolTip", rich_tool_tip(text))


def _with_plain_result(name: str):
    return lambda self, *arguments: plain(raw_attribute(self, name)(*arguments))


# Methods that PythonQt has and PySide6 lacks, or has with another meaning.
METHODS = {
    "connect": connect,
    "disconnect": disconnect,
    "className": class_name,
    "setToolTip": _set_tool_tip,
    "findChildren": find_children,
    "findChild": find_child,
    "delete": lambda self: self.deleteLater(),
    **{name: _with_plain_result(name) for name in ("children", "property", "dynamicPropertyNames", "itemData")},
}


def get_attribute(self, name: str, get=raw_attribute):
    """What `__getattribute__` of a dressed class does.

    :param get: the class's own getter: classes with methods that are static and not (QFile, QProcess) have one.
    """
    if name[:1] == "_":
        return get(self, name)
    name = "objectName" if name == "name" else name  # an alias that CTK's decorators give
    if name in METHODS:
        return types.MethodType(METHODS[name], self)
    if name == "singleShot":  # the static method hides the property
        return QtCore.QTimer.singleShot
    if (id(self), name) not in _being_read and meta_of(self).indexOfProperty(name) >= 0:
        return _read_property(self, name)
    try:
        return _dressed(self, name, get(self, name))
    except AttributeError:
        return _dynamic_property_or_child(self, name)


def set_attribute(self, name: str, value) -> None:
    """What `__setattr__` of a dressed class does."""
    name = "objectName" if name == "name" else name
    meta = meta_of(self)
    index = meta.indexOfProperty(name)
    if isinstance(value, QtCore.SignalInstance):  # PySide6 keeps bound signals on the object
        self.__dict__[name] = value
    elif name == "singleShot" or (index < 0 and _is_method_of_cpp(self, name)):
        raise AttributeError(f"Slot '{name}' can not be overwritten on {meta.className()} object")
    elif index >= 0:
        _write_property(self, meta.property(index), value)
    elif name.encode() in self.dynamicPropertyNames():
        raw_set_property(self, name, value)
    elif not is_cpp_class(type(self)) or (name[:1] == "_" and not type(self).__module__.startswith("PySide6")):
        _set_python_attribute(self, name, value)
    elif not ui_files_being_loaded:
        raise AttributeError(
            f"'{name}' does not exist on {meta.className()} and creating new attributes on C++ objects is not allowed"
        )


def delete_attribute(self, name: str) -> None:
    """What `__delattr__` of a dressed class does: PythonQt lets it pass for properties, without effect."""
    self.__dict__.pop(name, None)


def _read_property(self, name: str):
    _being_read.add((id(self), name))
    try:
        return property_value(raw_property(self, name))
    finally:
        _being_read.discard((id(self), name))


def _write_property(self, meta_property, value) -> None:
    name, owner = meta_property.name(), class_name(self)
    value = accepted_value(name, meta_property.typeName(), value)
    if not meta_property.isWritable():
        raise AttributeError(f"Property '{name}' of {owner} object is not writable")
    if not raw_set_property(self, name, value):
        raise AttributeError(f"Property '{name}' of {owner} does not accept {value!r}")


def _dressed(self, name: str, value):
    if isinstance(value, QtCore.SignalInstance):
        return Signal(self, name)
    if isinstance(value, types.BuiltinMethodType):
        return builtin_qt_slot(value, name)
    if isinstance(value, types.MethodType) and is_cpp_class(type(self)) and not _is_override(self, name):
        return builtin_qt_slot(value, name)
    return value


def _is_override(self, name: str) -> bool:
    """Whether PySide6 has a method of this name: it must then find the override as it is."""
    return any(cls.__module__.startswith("PySide6") and hasattr(cls, name) for cls in type(self).__mro__)


def _is_method_of_cpp(self, name: str) -> bool:
    return is_cpp_class(type(self)) and name[:1] != "_" and callable(getattr(type(self), name, None))


def _dynamic_property_or_child(self, name: str):
    if name.encode() in self.dynamicPropertyNames():
        return property_value(raw_property(self, name))
    child = child_named(self, name)
    if child is None:
        raise AttributeError(f"{class_name(self)} has no attribute named '{name}'")
    return child


def _set_python_attribute(self, name: str, value) -> None:
    descriptor = getattr(type(self), name, None)
    if isinstance(descriptor, property):
        descriptor.fset(self, value)
    else:
        self.__dict__[name] = value
