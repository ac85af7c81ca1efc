"""What went wrong where no test sees it: in slots, in observers, in wrong signal names, in Qt's own warnings.

Slicer prints these and goes on. The host collects them, and a test that left some behind fails when it ends.
"""

import sys
import traceback
from dataclasses import dataclass

# Qt says these on machines without a screen or a window manager; they tell nothing about a panel.
HARMLESS_QT_MESSAGES = (
    "This plugin does not support",
    "propagateSizeHints",
    "Populating font family aliases",
    "QFontDatabase: Cannot find font directory",
    "Note that Qt no longer ships fonts",
    "Detected locale",
    "Qt depends on a UTF-8 locale",
    "If this causes problems",
    "for more information",
)


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong.

    :param kind: "exception", "signal" (a name or signature that the object lacks), "dialog" (one that nobody
        expected), "qt" (a warning of Qt) or "vtk" (an error of VTK or MRML).
    :param text: what happened, with the traceback for an exception.
    :param exception: the exception, if it was one.
    """

    kind: str
    text: str
    exception: BaseException | None = None


class HostProblem(AssertionError):
    """A test left problems behind that nobody expected."""


class Problems:
    """The problems since the last `take`."""

    def __init__(self):
        self._found: list[Problem] = []

    def add_exception(self, exception: BaseException) -> None:
        """Notes an exception that Slicer would only print, and prints it."""
        text = "".join(traceback.format_exception(exception))
        print(text, file=sys.stderr)
        self._found.append(Problem("exception", text, exception))

    def add_hooked(self, kind, exception, trace) -> None:
        """As sys.excepthook: PySide6 and VTK hand exceptions of event handlers and observers to it."""
        self.add_exception(exception.with_traceback(trace))

    def add_wrong_signal(self, text: str) -> None:
        """Notes a signal that does not exist; PythonQt prints and returns False."""
        print(text, file=sys.stderr)
        self._found.append(Problem("signal", text))

    def add_dialog(self, text: str) -> None:
        """Notes a dialog that nobody expected: the code that asked may swallow the exception that it gets."""
        self._found.append(Problem("dialog", text))

    def add_vtk_error(self, text: str) -> None:
        """Notes an error that VTK or MRML logs."""
        self._found.append(Problem("vtk", text))

    def add_qt_message(self, text: str) -> None:
        """Notes a warning of Qt unless it is known to be harmless."""
        if not any(known in text for known in HARMLESS_QT_MESSAGES):
            self._found.append(Problem("qt", text))

    def take(self) -> list[Problem]:
        """The problems so far, which are forgotten: for tests that expect them."""
        found, self._found = self._found, []
        return found

    def raise_any(self) -> None:
        """:raises HostProblem: if anything went wrong since the last `take`; the first exception is its cause."""
        found = self.take()
        if found:
            cause = next((problem.exception for problem in found if problem.exception), None)
            raise HostProblem("\n".join(f"[{p.kind}] {p.text}" for p in found)) from cause


problems = Problems()
