"""What a model card's fields must hold, checked on the card as it stands in JSON.

Every function takes the path of a field ("scores[2].value") and its value, and gives one line a problem, starting with
that path. docs/model-card.md tells the same to people.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping
from datetime import date

SCHEMA_MAJOR = 1
# Each kind of grey-value scaling and the fields that it has.
SCALING_KINDS = {
    "bounds": ("kind", "lower", "upper", "units", "otherwise"),
    "percentiles": ("kind", "lower", "upper"),
    "image-minmax": ("kind",),
}
SMALLEST_VOXEL_UM, LARGEST_VOXEL_UM = 0.1, 1000.0
NAME_RULE = "lower-case letters, digits, '.', '_' and '-', at most 64, starting and ending with a letter or digit"

# Windows keeps these names for devices: a folder cannot be called so.
_DEVICE_NAMES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)

Check = Callable[[str, object], list[str]]


def is_model_name(name: object) -> bool:
    """Whether `name` can name a model, and so a folder, on every operating system."""
    return (
        isinstance(name, str)
        and re.fullmatch(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?", name) is not None
        and name.split(".")[0] not in _DEVICE_NAMES
    )


def problems_of(card: Mapping[str, object], *, saved: bool) -> list[str]:
    """Everything that is wrong with a card, one line a problem; empty for a sound one.

    :param saved: whether the card belongs to written weights, so that its SHA-256, software and date must be there.
    """
    written = {name: check for name, check in _SAVED_FIELDS.items() if saved or card.get(name, "") != ""}
    checks = {**_FIELDS, **written}
    problems = _missing(card, tuple(checks))
    for name, check in checks.items():
        problems += check(name, card[name]) if name in card else []
    return problems


def scaling_problems(scaling: object) -> list[str]:
    """What is wrong with a scaling by itself, as :func:`problems_of` tells it; empty if nothing is."""
    return _scaling("scaling", scaling)


def unknown_fields(card: Mapping[str, object]) -> tuple[str, ...]:
    """Names that this version of the card does not know."""
    return tuple(name for name in card if name not in _FIELDS and name not in _SAVED_FIELDS)


def _missing(card: Mapping[str, object], wanted: tuple[str, ...]) -> list[str]:
    unknown = unknown_fields(card)
    problems = []
    for name in wanted:
        if name in card:
            continue
        alike = difflib.get_close_matches(name, unknown, n=1)
        problems.append(f"{name}: is missing" + (f" (is {alike[0]!r} meant?)" if alike else ""))
    return problems


def _text(path: str, value: object) -> list[str]:
    return [] if isinstance(value, str) and value.strip() else [f"{path}: must be text, is {_shown(value)}"]


def _matching(pattern: str, rule: str) -> Check:
    def check(path: str, value: object) -> list[str]:
        fits = isinstance(value, str) and re.fullmatch(pattern, value) is not None
        return [] if fits else [f"{path}: must be {rule}, is {_shown(value)}"]

    return check


def _name(path: str, value: object) -> list[str]:
    return [] if is_model_name(value) else [f"{path}: must be {NAME_RULE}, is {_shown(value)}"]


def _scale(path: str, value: object) -> list[str]:
    fits = _is_whole(value) and value >= 1
    return [] if fits else [f"{path}: must be a whole number of 1 or more, is {_shown(value)}"]


def _context(path: str, value: object) -> list[str]:
    fits = _is_whole(value) and 1 <= value <= 99 and value % 2 == 1
    return [] if fits else [f"{path}: must be an odd number of slices from 1 to 99, is {_shown(value)}"]


def _settings(path: str, value: object) -> list[str]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        return [f"{path}: must be an object of named values, is {_shown(value)}"]
    return [
        f"{path}.{name}: must be plain JSON, is {_shown(each)}" for name, each in value.items() if not _is_json(each)
    ]


def _training(path: str, value: object) -> list[str]:
    return _settings(path, value) or ([] if value else [f"{path}: must not be empty"])


def _scaling(path: str, value: object) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{path}: must be an object, is {_shown(value)}"]
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in SCALING_KINDS:
        return [f"{path}.kind: must be one of {', '.join(SCALING_KINDS)}, is {_shown(kind)}"]
    problems = _only(path, value, SCALING_KINDS[kind])
    if kind != "image-minmax":
        problems += _lower_upper(path, value)
    if kind == "bounds":
        problems += _text(f"{path}.units", value.get("units"))
        problems += _fallback(f"{path}.otherwise", value["otherwise"]) if "otherwise" in value else []
    return problems


def _fallback(path: str, value: object) -> list[str]:
    if isinstance(value, Mapping) and value.get("kind") == "bounds":
        return [f"{path}.kind: must not be bounds again"]
    return _scaling(path, value)


def _lower_upper(path: str, value: Mapping[str, object]) -> list[str]:
    lower, upper = value.get("lower"), value.get("upper")
    problems = _number(f"{path}.lower", lower) + _number(f"{path}.upper", upper)
    if problems:
        return problems
    if lower >= upper:
        problems.append(f"{path}: lower must be below upper, they are {lower} and {upper}")
    if value["kind"] == "percentiles" and not 0 <= lower <= upper <= 100:
        problems.append(f"{path}: percentiles must lie in 0 to 100, they are {lower} and {upper}")
    return problems


def _voxel_range(path: str, value: object) -> list[str]:
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(_is_number(end) for end in value):
        return [f"{path}: must be [smallest, largest] in micrometres, is {_shown(value)}"]
    if not SMALLEST_VOXEL_UM <= value[0] <= value[1] <= LARGEST_VOXEL_UM:
        return [f"{path}: must rise and lie in {SMALLEST_VOXEL_UM} to {LARGEST_VOXEL_UM} um, is {_shown(value)}"]
    return []


def _list_of(check: Check, *, may_be_empty: bool = False) -> Check:
    def check_all(path: str, value: object) -> list[str]:
        if not isinstance(value, (list, tuple)):
            return [f"{path}: must be a list, is {_shown(value)}"]
        if not value and not may_be_empty:
            return [f"{path}: must not be empty"]
        return [problem for at, each in enumerate(value) for problem in check(f"{path}[{at}]", each)]

    return check_all


def _truth(path: str, value: object) -> list[str]:
    return [] if isinstance(value, bool) else [f"{path}: must be true or false, is {_shown(value)}"]


def _number(path: str, value: object) -> list[str]:
    return [] if _is_number(value) else [f"{path}: must be a finite number, is {_shown(value)}"]


def _unit(path: str, value: object) -> list[str]:
    return [] if isinstance(value, str) else [f"{path}: must be text (empty for a pure number), is {_shown(value)}"]


def _record_of(checks: Mapping[str, Check]) -> Check:
    def check_record(path: str, value: object) -> list[str]:
        if not isinstance(value, Mapping):
            return [f"{path}: must be an object, is {_shown(value)}"]
        problems = [f"{path}.{name}: is missing" for name in checks if name not in value]
        problems += _only(path, value, tuple(checks))
        for name, check in checks.items():
            problems += check(f"{path}.{name}", value[name]) if name in value else []
        return problems

    return check_record


def _only(path: str, value: Mapping[str, object], known: tuple[str, ...]) -> list[str]:
    return [f"{path}.{name}: is not a field, the fields are {', '.join(known)}" for name in value if name not in known]


def _date(path: str, value: object) -> list[str]:
    try:
        date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return [f"{path}: must be a date such as 2026-01-31, is {_shown(value)}"]
    return []


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    # JSON has whole numbers without end; one that no float can hold would stop every reckoning with it.
    return (_is_whole(value) and abs(value) < 2**63) or (isinstance(value, float) and math.isfinite(value))


def _is_json(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _is_json(each) for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return all(_is_json(each) for each in value)
    return value is None or isinstance(value, (str, bool)) or _is_number(value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_FIELDS: dict[str, Check] = {
    "schema": _matching(rf"{SCHEMA_MAJOR}\.\d+", f"'{SCHEMA_MAJOR}.0' or a later {SCHEMA_MAJOR}.x"),
    "name": _name,
    "version": _matching(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", "of the form 1.2.3"),
    "summary": _text,
    "architecture": _text,
    "arguments": _settings,
    "scale": _scale,
    "context_slices": _context,
    "scaling": _scaling,
    "voxel_size_um": _voxel_range,
    "sites": _list_of(_text),
    "data": _list_of(_record_of({"name": _text, "source": _text, "licence": _text, "simulated": _truth})),
    "loss": _text,
    "training": _training,
    "scores": _list_of(
        _record_of({"dataset": _text, "metric": _text, "value": _number, "unit": _unit, "settings": _settings}),
        may_be_empty=True,
    ),
    "licence": _text,
    "citation": _text,
}

# Known only once the weights are written.
_SAVED_FIELDS: dict[str, Check] = {
    "sha256": _matching(r"[0-9a-f]{64}", "64 lower-case hexadecimal digits"),
    "software": _text,
    "created": _date,
}
