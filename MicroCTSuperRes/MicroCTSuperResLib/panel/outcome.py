"""How a worker ended."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from slicer.i18n import tr as _

from .messages import in_panel_words

# What Python, C++, the system and OpenBLAS print when memory ends outside of what the worker can tell itself.
_MEMORY_ENDED = ("MemoryError", "bad_alloc", "annot allocate memory", "Memory allocation still failed")


@dataclass(frozen=True)
class Outcome:
    """How a worker ended.

    :param kind: "done"; "failed": the job could not be done; "cancelled": by `cancel` or the end of Slicer; "crashed":
        the worker ended without a word, or another program ended it.
    :param result: what the job returned, or for a failed one what was done nevertheless.
    :param message: what went wrong, one line.
    :param hint: what to do, one line, may be empty.
    :param log: what the worker told and printed, line by line.
    :param code: for a failed job that of the error event, such as "out-of-memory" or "not-installed".
    """

    kind: str
    result: dict | None = None
    message: str = ""
    hint: str = ""
    log: list[str] = field(default_factory=list)
    code: str = ""


def not_started(reason: str, log: list[str]) -> Outcome:
    """The interpreter is missing or cannot be run."""
    hint = _("Install the packages of the module, or check the Python program in its settings.")
    return Outcome("failed", None, reason, hint, log, "not-started")


def outcome_of(last_event: dict, *, cancelled: bool, signal_number: int, errors: list[str], log: list[str]) -> Outcome:
    """The outcome of a process that has ended.

    :param last_event: its event `result` or `error`, empty if it told none.
    :param signal_number: of the signal that ended the process, 0 if it ended by itself.
    :param errors: what it printed on stderr.
    """
    if cancelled:
        return Outcome("cancelled", None, _("Cancelled."), "", log)
    if last_event.get("event") == "result":
        return Outcome("done", last_event.get("result"), "", "", log)
    if last_event.get("code") == "cancelled":
        return Outcome("crashed", None, _("Another program ended the worker."), _("Start the work again."), log)
    if last_event:
        told = (in_panel_words(str(last_event.get(key, ""))) for key in ("message", "hint"))
        return Outcome("failed", last_event.get("result"), *told, log, str(last_event.get("code", "")))
    return _crash(signal_number, errors, log)


def _crash(signal_number: int, errors: list[str], log: list[str]) -> Outcome:
    killed = signal_number == getattr(signal, "SIGKILL", None)
    if killed or any(words in line for line in errors for words in _MEMORY_ENDED):
        message = _("The worker was killed.") if killed else _("The worker's memory ended.")
        hint = _("Most often there was not enough memory: close other programs, or work on a smaller part.")
        return Outcome("crashed", None, message, hint, log, "killed" if killed else "out-of-memory")
    hint = _("Start the work again. If it crashes again, report it with the log.")
    if signal_number:
        return Outcome(
            "crashed", None, _("The worker crashed ({reason}).").format(reason=_said(signal_number)), hint, log
        )
    reason = errors[-1] if errors else _("it gave no reason")
    return Outcome("crashed", None, _("The worker ended early: {reason}").format(reason=reason), hint, log)


def _said(signal_number: int) -> str:
    try:
        return signal.strsignal(signal_number) or str(signal_number)
    except ValueError:  # a code of Windows
        return f"0x{signal_number & 0xFFFFFFFF:08X}"
