"""The text fields of a Scanco scan: what may travel on with results, and what may identify a person."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "Scanco."


def named(values: Mapping[str, object]) -> dict[str, str]:
    """Fields under their full names; those without a value are left out.

    :param values: numbers or text by name; None and empty text mean that the file does not tell it.
    """
    told = {name: in_words(value) for name, value in values.items() if value is not None}
    return {PREFIX + name: text for name, text in told.items() if text}


def in_words(value: object) -> str:
    """A number with up to ten digits, several numbers with blanks between them, text as it is."""
    if isinstance(value, tuple):
        return " ".join(in_words(part) for part in value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def text_of(content: bytes) -> str:
    """The text of a header field: up to the first zero byte, without blanks around it or control characters."""
    text = content.split(b"\0", 1)[0].decode("latin-1")
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) != "Cc").strip()


def scaled(value: int | None, unit: float) -> float | None:
    """A whole number of the header in the unit of the field; zero means that it is not told."""
    return value * unit if value else None
