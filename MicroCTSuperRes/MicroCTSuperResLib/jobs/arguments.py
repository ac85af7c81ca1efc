"""A job's arguments: read from JSON into a typed, frozen data class, so that a wrong job is refused before any work."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import MISSING, fields
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ..errors import InputError

Arguments = TypeVar("Arguments")

_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"}


def read_arguments(kind: type[Arguments], arguments: dict) -> Arguments:
    """Make the data class `kind` from a job's arguments.

    Fields may be of type str, int, float, bool, tuple of these (given as a list), or one of these or None.

    :raises InputError: for an unknown or missing name, or a value of another type than the field's.
    """
    known = {field.name: field for field in fields(kind)}
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        raise InputError(f"The job has no argument {unknown[0]!r}.", f"Its arguments are {', '.join(known)}.")
    missing = [name for name, field in known.items() if name not in arguments and _is_required(field)]
    if missing:
        raise InputError(f"The job's argument {missing[0]!r} is missing.", "Add it to the job description.")
    types = get_type_hints(kind)
    return kind(**{name: _checked(name, value, types[name]) for name, value in arguments.items()})


def arguments_from(kind: type, options: Namespace) -> dict:
    """The arguments of the data class `kind`, each from the parsed option of its name, as JSON can hold them."""
    return {field.name: getattr(options, field.name) for field in fields(kind)}


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _checked(name: str, value: object, expected: Any) -> object:
    """The value as the type `expected`, lists as tuples."""
    for choice in get_args(expected) if get_origin(expected) is UnionType else (expected,):
        if _fits(value, choice):
            return _converted(value, choice)
    raise InputError(
        f"The job's argument {name!r} must be {_in_words(expected)}, this is {value!r}.", "Correct the job description."
    )


def _fits(value: object, expected: Any) -> bool:
    if get_origin(expected) is tuple:
        return isinstance(value, list | tuple) and _items_fit(value, get_args(expected))
    if isinstance(value, bool):
        return expected is bool
    return isinstance(value, int | float) if expected is float else isinstance(value, expected)


def _items_fit(values: list | tuple, expected: tuple) -> bool:
    if expected[-1] is Ellipsis:
        return all(_fits(value, expected[0]) for value in values)
    return len(values) == len(expected) and all(map(_fits, values, expected))


def _converted(value: object, expected: Any) -> object:
    if get_origin(expected) is tuple:
        return tuple(float(item) if float in get_args(expected) else item for item in value)  # type: ignore[union-attr]
    return float(value) if expected is float else value  # type: ignore[arg-type]


def _in_words(expected: Any) -> str:
    if get_origin(expected) is UnionType:
        return " or ".join(_in_words(choice) for choice in get_args(expected))
    if get_origin(expected) is tuple:
        items = get_args(expected)
        count = "" if items[-1] is Ellipsis else f"{len(items)} items, each "
        return f"a list of {count}{_WORDS[items[0]]}"
    return _WORDS[expected]
