"""A reporter as a training knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from MicroCTSuperResLib.jobs.command import Reporter

    from ..training.listener import Listener


def listener_of(reporter: Reporter) -> Listener:
    """What a training calls, passed on to a job's reporter; an epoch is a milestone."""
    from ..training.callbacks import epoch_in_words
    from ..training.listener import Listener

    return Listener(
        on_progress=reporter.progress,
        on_log=reporter.log,
        on_warning=reporter.warn,
        on_epoch=lambda event: reporter.milestone("epoch", epoch_in_words(event), event),
        should_cancel=reporter.cancelled,
    )
