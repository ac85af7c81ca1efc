"""Numbers of things in words."""

from __future__ import annotations


def counted(count: int, what: str) -> str:
    """ "1 specimen", "3 specimens"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
