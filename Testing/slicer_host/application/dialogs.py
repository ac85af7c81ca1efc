"""Dialogs: each one fails the test unless the test expects it and says how the user answers.

with host.dialogs.expecting("confirmYesNoDisplay", answer=False) as seen:
    click(panel.ui.removeButton)
assert "remove the model" in seen[0].text
"""

import contextlib
from dataclasses import dataclass
from typing import Any

from slicer_host.problems import problems
from slicer_host.pythonqt.binding import QtWidgets, class_name, raw_property

MESSAGES = (
    "errorDisplay",
    "warningDisplay",
    "infoDisplay",
    "confirmOkCancelDisplay",
    "confirmYesNoDisplay",
    "confirmRetryCloseDisplay",
    "messageBox",
)
STATIC_DIALOGS = {
    QtWidgets.QMessageBox: ("about", "critical", "information", "question", "warning"),
    QtWidgets.QFileDialog: (
        "getExistingDirectory",
        "getOpenFileName",
        "getOpenFileNames",
        "getSaveFileName",
    ),
    QtWidgets.QInputDialog: ("getDouble", "getInt", "getItem", "getText", "getMultiLineText"),
    QtWidgets.QColorDialog: ("getColor",),
}


class UnexpectedDialog(RuntimeError):
    """A dialog would have waited for a user whom the test did not foresee."""


@dataclass(frozen=True)
class Shown:
    """A dialog that was shown.

    :param kind: function of slicer.util, "QFileDialog.getOpenFileName" and the like, or "exec".
    :param text: its message, title or first argument.
    :param arguments: what the function was called with; the dialog itself for "exec".
    """

    kind: str
    text: str
    arguments: tuple


class Dialogs:
    """Answers expected dialogs in the order in which they were announced."""

    def __init__(self):
        self._expected: list[tuple[str, Any, list[Shown]]] = []
        self._replaced: dict[str, Any] = {}

    @contextlib.contextmanager
    def expecting(self, kind: str, answer=None):
        """Expects one dialog of a kind in this block; gives the list that it will be put into.

        :param kind: see `Shown`.
        :param answer: what the dialog returns; for "exec" also a function that gets the dialog and returns that.
        """
        seen: list[Shown] = []
        expected = (kind, answer, seen)
        self._expected.append(expected)
        try:
            yield seen
        finally:
            if expected in self._expected:
                self._expected.remove(expected)
        assert seen, f"No dialog of the kind {kind} was shown."

    def show(self, kind: str, text: str, *arguments):
        """What every dialog ends in.

        :raises UnexpectedDialog: if the test does not expect it.
        """
        match = next((expected for expected in self._expected if expected[0] == kind), None)
        if match is None:
            problems.add_dialog(f"{kind} would wait for a user: {text}")
            raise UnexpectedDialog(f"{kind} would wait for a user: {text}")
        self._expected.remove(match)
        _, answer, seen = match
        seen.append(Shown(kind, text, arguments))
        return answer(*arguments) if callable(answer) else answer

    def forget(self) -> None:
        """Expects nothing any more."""
        self._expected.clear()

    def replace_messages(self, util) -> None:
        """Takes the place of the functions of slicer.util that show a message, while Slicer is not in testing mode."""
        for name in MESSAGES:
            self._replaced[name] = getattr(util, name)
            setattr(util, name, self._message(name, getattr(util, name)))

    def restore_messages(self, util) -> None:
        for name, function in self._replaced.items():
            setattr(util, name, function)
        self._replaced.clear()

    def _message(self, name, original):
        def display(text, *arguments, **keywords):
            import slicer

            if slicer.app.testingEnabled():
                return original(text, *arguments, **keywords)
            return self.show(name, text, *arguments)

        return display

    def replace_qt(self) -> None:
        """Takes the place of Qt's waiting functions; lasts as long as the process."""
        for cls, names in STATIC_DIALOGS.items():
            for name in names:
                setattr(cls, name, staticmethod(self._static(f"{cls.__name__}.{name}")))

        def waits(dialog, *arguments):
            title = raw_property(dialog, "windowTitle") or raw_property(dialog, "text") or class_name(dialog)
            return self.show("exec", title, dialog)

        for cls in (QtWidgets.QDialog, QtWidgets.QMessageBox, QtWidgets.QFileDialog, QtWidgets.QMenu):
            cls.exec = cls.exec_ = waits

    def _static(self, kind: str):
        return lambda *arguments: self.show(kind, str(arguments[1] if len(arguments) > 1 else ""), *arguments)
