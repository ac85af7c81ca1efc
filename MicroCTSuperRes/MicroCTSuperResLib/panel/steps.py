"""Work in Slicer's own process in short steps, between which Slicer handles what the user does.

A thread would not do: Slicer holds Python's lock while it waits for events.
"""

import time

from .timers import single_shot

# What the eye takes for at once.
BUSY_SECONDS = 0.05


class Steps:
    """Runs a generator to its end. Short work is done when the constructor returns.

    :param work: a generator; each of its steps should take less than `BUSY_SECONDS`. What it raises is its own to
        catch: an error ends the steps.
    """

    def __init__(self, work):
        self._work = work
        self._timer = single_shot(0, self._go_on)
        self._go_on()

    @property
    def is_running(self) -> bool:
        return self._work is not None

    def finish(self) -> None:
        """Do the rest at once."""
        self._timer.stop()
        while self._work is not None:
            self._go_on()
        self._timer.stop()

    def stop(self) -> None:
        """Leave the rest undone."""
        self._timer.stop()
        if self._work is not None:
            work, self._work = self._work, None
            work.close()

    def _go_on(self) -> None:
        latest, work = time.monotonic() + BUSY_SECONDS, self._work
        try:
            next(work)
            while self._work is not None and time.monotonic() < latest:
                next(work)
        except BaseException as error:
            self._work = None
            if not isinstance(error, StopIteration):
                raise
        if self._work is not None:
            self._timer.start()
