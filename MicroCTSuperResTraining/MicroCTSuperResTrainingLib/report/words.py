"""Numbers, intervals and lists as a reader expects them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .html import NUMBER, Markup, element, escaped

MISSING = "–"
MISSING_NOTE = "– marks what does not exist; the notes above say why."
NAMES = {"bilinear": "LR, linear", "bicubic": "LR, cubic"}


def number(value: float | None, form: str = ".4g") -> str:
    """A number with a true minus sign, which a zero has not; a dash where there is no number."""
    if value is None:
        return MISSING
    text = format(value, form)
    return text.replace("-", "−") if float(text) else format(0, form)


def interval(limits: Sequence[float] | None, form: str = ".4g") -> str:
    """ "a to b"; empty where there is none."""
    return "" if limits is None else f"{number(limits[0], form)} to {number(limits[1], form)}"


def with_interval(value: float | None, limits: Sequence[float] | None, form: str) -> Markup:
    """A number for a cell of a table, and its interval below it."""
    below = element("span", interval(limits, form), class_="ci") if limits is not None else None
    return escaped([element("span", number(value, form), class_=NUMBER), " " if below else None, below])


def in_brackets(value: float | None, limits: Sequence[float] | None, form: str) -> str:
    """A number for a sentence, its 95 % interval in brackets."""
    return number(value, form) + (f" (95\N{NO-BREAK SPACE}% CI {interval(limits, form)})" if limits is not None else "")


def p_value(value: float | None) -> str:
    """A p value; small ones are told as such."""
    return "< 0.001" if value is not None and value < 0.001 else number(value, ".3f")


def listed(texts: Iterable[str]) -> str:
    """ "a, b and c"."""
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last


def count(of: int, one: str, many: str = "") -> str:
    """ "1 animal", "2 animals"."""
    return f"{of} {one if of == 1 else many or one + 's'}"


def units(text: str) -> str:
    """Units with raised figures."""
    return text.replace("cm3", "cm³").replace("mm2", "mm²")


def at(told: Mapping | None, *names: str) -> object:
    """What stands under these names, one inside the other; None where one of them is missing or null."""
    for name in names:
        if not isinstance(told, Mapping):
            return None
        told = told.get(name)
    return told


def each(value: object) -> list:
    """The values of a setting, which is a list where specimens differ."""
    return value if isinstance(value, list) else [value]


def method_names(scores: Mapping) -> dict[str, str]:
    """The methods' names by key."""
    return {key: NAMES.get(key, method["label"]) for key, method in scores["methods"].items()}


def model_name(model: Mapping) -> str:
    """Name and version of a model."""
    return f"{model['name']} {model['version']}"
