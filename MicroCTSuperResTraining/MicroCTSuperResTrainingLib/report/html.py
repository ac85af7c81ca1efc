"""HTML made of elements: every text is escaped unless it was made here.

>>> element("p", "a < b & ", element("b", "c"))
'<p>a &lt; b &amp; <b>c</b></p>'
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

NUMBER = "number"  # the class of elements that hold a number alone
_EMPTY = ("img", "meta", "br")
_NUMBER = re.compile("[+\N{MINUS SIGN}]?\\d+(\\.\\d+)?")
# What HTML does not allow in a text; tabs and line ends are allowed.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Markup(str):
    """A text that is HTML already."""

    __slots__ = ()


Content = str | Iterable["Content"] | None


def escaped(content: Content) -> Markup:
    """A text as HTML; :class:`Markup` stays what it is, the parts of a list follow each other, None is nothing.

    Control characters, and the surrogates that stand for bytes of a file name that are no UTF-8, become U+FFFD: texts
    come from files.
    """
    if content is None:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        clean = _CONTROL.sub("\ufffd", content).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return Markup(html.escape(clean))
    return Markup("".join(escaped(part) for part in content))


def element(name: str, /, *content: Content, **attributes: str) -> Markup:
    """An element of HTML.

    :param content: see :func:`escaped`.
    :param attributes: an underscore at the end of a name is left out (`class_`), others become hyphens.
    """
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{told}>" if name in _EMPTY else f"<{name}{told}>{escaped(content)}</{name}>")


def paragraphs(texts: Iterable[Content]) -> Markup:
    """One paragraph for each text."""
    return escaped([element("p", text) for text in texts])


def bullets(texts: Iterable[Content]) -> Markup:
    """A list with a point for each text."""
    return element("ul", [element("li", text) for text in texts])


def table(title: str, header: Sequence[Content], rows: Iterable[Sequence[Content]], note: Content = None) -> Markup:
    """A table in a box of its own, which scrolls where the page is narrower.

    :param title: what stands above it.
    :param rows: the first cell of each is its name.
    :param note: what stands below it.
    """
    head = element("tr", [element("th", name, scope="col") for name in header])
    body = [element("tr", element("th", first, scope="row"), [_cell(cell) for cell in rest]) for first, *rest in rows]
    whole = element("table", element("caption", title), element("thead", head), element("tbody", body))
    box = element("div", whole, class_="scroll", role="region", aria_label=title, tabindex="0")
    return escaped([box, element("p", note, class_="note") if note else None])


def _cell(content: Content) -> Markup:
    """A cell; numbers do not break into lines, as texts do where a page is narrow."""
    is_number = isinstance(content, str) and _NUMBER.fullmatch(content) is not None
    return element("td", content, class_=NUMBER) if is_number else element("td", content)
