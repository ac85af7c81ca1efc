"""What tests do as a user: click, wait, look."""

import time
from pathlib import Path

DEFAULT_TIMEOUT = 10.0  # seconds


def click(button) -> None:
    """Clicks a button that a user could click.

    :raises AssertionError: if it is hidden or disabled.
    """
    name = button.objectName or button.text
    assert button.isVisibleTo(button.window()), f"A user does not see the button {name}."
    assert button.enabled, f"The button {name} is disabled: {button.toolTip}"
    button.click()


def process_events(seconds: float = 0.0) -> None:
    """Lets Qt work, for some time."""
    import slicer

    end = time.monotonic() + seconds
    slicer.app.processEvents()
    while time.monotonic() < end:
        time.sleep(0.005)
        slicer.app.processEvents()


def wait_until(condition, timeout: float = DEFAULT_TIMEOUT, what: str = "") -> None:
    """Lets Qt work until a condition holds.

    :param condition: function without arguments.
    :param timeout: seconds.
    :param what: said when it is not reached.
    :raises AssertionError: after the timeout.
    :raises HostProblem: as soon as something goes wrong that Slicer would only print.
    """
    from slicer_host.problems import problems

    end = time.monotonic() + timeout
    process_events()
    while not condition():
        problems.raise_any()
        assert time.monotonic() < end, f"Not within {timeout:g} s: {what or 'the condition waited for'}"
        process_events(0.005)


def pixels(widget):
    """What a widget looks like: uint8 array (rows, columns, RGB)."""
    import numpy as np
    from PySide6.QtGui import QImage

    process_events()
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def save_picture(widget, path: Path) -> Path:
    """Writes what a widget looks like as a PNG file."""
    process_events()
    assert widget.grab().save(str(path)), f"{path} could not be written."
    return path
