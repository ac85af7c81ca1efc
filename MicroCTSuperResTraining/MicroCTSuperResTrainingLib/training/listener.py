"""Whom a training tells how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from MicroCTSuperResLib.progress import Progress


def _nothing(*_: object) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Listener:
    """What to call; everything may be left out.

    :param on_progress: how many samples were seen.
    :param on_log: what happens now, in one line.
    :param on_warning: what the user should know.
    :param on_epoch: the numbers of an epoch, see `epoch_event`.
    :param should_cancel: asked after each step; true ends the training, which can be resumed.
    """

    on_progress: Callable[[Progress], None] = _nothing
    on_log: Callable[[str], None] = _nothing
    on_warning: Callable[[str], None] = _nothing
    on_epoch: Callable[[dict], None] = _nothing
    should_cancel: Callable[[], bool] = _never
