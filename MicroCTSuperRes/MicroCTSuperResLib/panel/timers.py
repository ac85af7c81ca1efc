"""Timers of the panel's sections, which can be stopped when the panel goes."""

import qt


def single_shot(milliseconds: int, function):
    """A QTimer that calls a function once after each start; another start while it runs begins the wait anew."""
    timer = qt.QTimer()
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.connect("timeout()", function)
    return timer
