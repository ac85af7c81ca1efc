"""Ctrl-C, SIGTERM and a closed terminal: all end running work cleanly."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType

# SIGHUP tells that the terminal was closed; Windows has none.
_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(KeyboardInterrupt):
    """The process was asked to end by a signal.

    It is a KeyboardInterrupt so that it passes every `except Exception` on its way out, while files half written are
    removed by their context managers.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.signal_number = signal_number


class Interruption:
    """Within this context the signals that ask to end raise :class:`Interrupted` in the main thread, once.

    A signal that was ignored before stays so: that is how `nohup` and batch queues protect their jobs.

    Further signals are ignored, so that cleaning up is not cut short. `requested` stays true even where the exception
    was lost (it is, inside callbacks from C++), and work that asks ends then.
    """

    def __init__(self) -> None:
        self.requested = False
        self._former: dict[int, object] = {}

    def __enter__(self) -> Interruption:
        for number in _ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._interrupt)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler or signal.SIG_DFL)  # type: ignore[arg-type]

    def _interrupt(self, signal_number: int, frame: FrameType | None) -> None:
        if not self.requested:
            self.requested = True
            raise Interrupted(signal_number)
