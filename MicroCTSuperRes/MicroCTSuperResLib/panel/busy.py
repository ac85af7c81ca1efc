"""The wait cursor, for what holds Slicer longer than a moment."""

from contextlib import contextmanager

import qt


@contextmanager
def wait_cursor():
    """Show that Slicer is busy while the block runs.

    `slicer.util.WaitCursor` lets Slicer handle events first, which would come in between what belongs together here.
    """
    qt.QApplication.setOverrideCursor(qt.Qt.WaitCursor)
    try:
        yield
    finally:
        qt.QApplication.restoreOverrideCursor()
