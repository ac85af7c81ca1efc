"""What goes wrong in Slicer's own process before or after a worker ran, told like a failure of the worker."""

import logging

from slicer.i18n import tr as _

from ..jobs.failures import failure_of
from .messages import in_panel_words
from .outcome import Outcome


def failed_outcome(error, log=()):
    """The outcome for an error; one that nobody foresaw goes into Slicer's log with its traceback.

    :param error: what was raised.
    :param log: what the worker had told.
    """
    failure = failure_of(error)
    if failure.code == "unexpected":
        logging.error("MicroCTSuperRes: unexpected error", exc_info=error)
        return Outcome(
            "failed",
            None,
            failure.message,
            _("Report it with the log and Slicer's error log."),
            list(log),
            failure.code,
        )
    if isinstance(error, MemoryError):
        hint = _("Close other volumes and scenes, or work on a smaller part.")
        return Outcome("failed", None, _("Slicer has not enough memory for the volume."), hint, list(log), failure.code)
    message, hint = in_panel_words(failure.message), in_panel_words(failure.hint)
    return Outcome("failed", None, message, hint, list(log), failure.code)
