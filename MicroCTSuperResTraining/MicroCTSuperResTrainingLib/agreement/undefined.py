"""What is said of a statistic that some numbers do not have."""

from __future__ import annotations

from MicroCTSuperResLib.errors import InputError


class Undefined(InputError):
    """A statistic that these numbers do not have: too few of them, or none that differ.

    An analysis of a whole table goes on without it and keeps the message as a note.
    """


def need(n: int, least: int, what: str) -> None:
    """See to it that there are enough numbers.

    :raises Undefined: where there are fewer than `least`.
    """
    if n < least:
        raise Undefined(f"{what} needs at least {least} specimens, there {'is' if n == 1 else 'are'} {n}.")
