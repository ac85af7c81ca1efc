"""Classes of Qt that are no QObjects, and single methods, made to behave as in PythonQt."""

import enum

from slicer_host.problems import problems

from .binding import QtCore, QtGui, QtWidgets
from .conversions import plain
from .signals import guarded


def dress_values() -> None:
    """Changes PySide6's classes; to be called once."""
    for cls in (QtWidgets.QTableWidgetItem, QtWidgets.QListWidgetItem, QtWidgets.QTreeWidgetItem, QtGui.QStandardItem):
        _make_item_strict(cls)
    _return_tuples(QtCore.QProcessEnvironment, "keys", "toStringList")
    _return_tuples(QtCore.QSettings, "value", "allKeys", "childKeys", "childGroups")
    _return_tuples(QtCore.QMimeData, "urls", "formats")
    QtCore.QByteArray.__bytes__ = _refuse_bytes
    QtCore.QTimer.singleShot = staticmethod(_single_shot)
    QtGui.QColor.getRgb = property(_no_attribute("QColor", "getRgb"))
    _combine_to_ints()


def handle_qt_messages() -> None:
    """Notes warnings of Qt as problems from now on."""
    kinds = QtCore.QtMsgType

    def note(kind, context, text):
        if kind in (kinds.QtWarningMsg, kinds.QtCriticalMsg, kinds.QtFatalMsg):
            problems.add_qt_message(text)

    QtCore.qInstallMessageHandler(note)


_single_shot_of_qt = QtCore.QTimer.singleShot
_waiting_single_shots: set[object] = set()


def forget_single_shots() -> None:
    """What `QTimer.singleShot` was asked for and has not come yet will not come."""
    _waiting_single_shots.clear()


def _single_shot(milliseconds, receiver):
    ticket = object()
    _waiting_single_shots.add(ticket)

    def run():
        if ticket in _waiting_single_shots:
            _waiting_single_shots.discard(ticket)
            guarded(receiver)()

    _single_shot_of_qt(int(milliseconds), run)


def _make_item_strict(cls: type) -> None:
    """No new attributes on a C++ item, tuples from data(), ints for flags."""
    data, set_flags = cls.data, cls.setFlags

    def set_attribute(self, name, value):
        if type(self) is cls:
            raise AttributeError(
                f"'{name}' does not exist on {cls.__name__} and creating new attributes on C++ objects is not allowed"
            )
        object.__setattr__(self, name, value)

    cls.__setattr__ = set_attribute
    cls.data = lambda self, *arguments: plain(data(self, *arguments))
    cls.setFlags = lambda self, flags: set_flags(self, QtCore.Qt.ItemFlag(int(flags)))


def _return_tuples(cls: type, *names: str) -> None:
    for name in names:
        method = getattr(cls, name)
        setattr(cls, name, lambda self, *arguments, _method=method: plain(_method(self, *arguments)))


def _refuse_bytes(self):
    raise TypeError("cannot convert 'QByteArray' object to bytes")


def _no_attribute(class_name: str, name: str):
    def get(self):
        raise AttributeError(f"{class_name} has no attribute named '{name}'")

    return get


def _combine_to_ints() -> None:
    """`AlignLeft | AlignTop` is a plain int in PythonQt."""

    def combined(operator):
        return lambda self, other: operator(int(self), int(other))

    for flags in _flag_classes():
        flags.__or__ = flags.__ror__ = combined(int.__or__)
        flags.__and__ = flags.__rand__ = combined(int.__and__)
        flags.__xor__ = flags.__rxor__ = combined(int.__xor__)
        flags.__invert__ = lambda self: ~int(self)


def _flag_classes() -> set[type]:
    owners = [QtCore.Qt, *(cls for module in (QtCore, QtGui, QtWidgets) for cls in vars(module).values())]
    members = [member for owner in owners if isinstance(owner, type) for member in vars(owner).values()]
    return {member for member in members if isinstance(member, type) and issubclass(member, enum.IntFlag)}
