"""What the user is told of the work: one of few states, each with a sentence of what is and one of what to do."""

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """How far the work is."""

    NOTHING_SELECTED = "nothing selected"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class State:
    """A stage in words.

    :param headline: what is, or what happened.
    :param advice: what the user can do; may be empty.
    """

    stage: Stage
    headline: str
    advice: str = ""
