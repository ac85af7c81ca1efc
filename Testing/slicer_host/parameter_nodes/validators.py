"""Slicer's validators: annotations that refuse values of a parameter."""

import abc
from dataclasses import dataclass
from typing import Any


class Validator(abc.ABC):
    """What all validators derive from."""

    @abc.abstractmethod
    def validate(self, value) -> None:
        """:raises ValueError: for a value that is refused."""


def _refuse_unless(allowed: bool, what: str, value) -> None:
    if not allowed:
        raise ValueError(f"Value must be {what}, is {value!r}")


class NotNone(Validator):
    """Refuses None."""

    def validate(self, value) -> None:
        _refuse_unless(value is not None, "something", value)


@dataclass(frozen=True, eq=False)
class IsInstance(Validator):
    """Refuses values of other types with a TypeError; None passes."""

    classtype: Any

    def validate(self, value) -> None:
        if value is not None and not isinstance(value, self.classtype):
            raise TypeError(f"Value must be of type '{self.classtype}', is type '{type(value)}' value '{value}'")


@dataclass(frozen=True, eq=False)
class WithinRange(Validator):
    """Both ends are allowed."""

    minimum: float
    maximum: float

    def validate(self, value) -> None:
        _refuse_unless(self.minimum <= value <= self.maximum, f"within [{self.minimum}, {self.maximum}]", value)


@dataclass(frozen=True, eq=False)
class Minimum(Validator):
    """The minimum itself is allowed."""

    minimum: float

    def validate(self, value) -> None:
        _refuse_unless(value >= self.minimum, f"at least {self.minimum}", value)


@dataclass(frozen=True, eq=False)
class Maximum(Validator):
    """The maximum itself is allowed."""

    maximum: float

    def validate(self, value) -> None:
        _refuse_unless(value <= self.maximum, f"at most {self.maximum}", value)


@dataclass(frozen=True, eq=False)
class Choice(Validator):
    """One of some values."""

    choices: Any

    def validate(self, value) -> None:
        _refuse_unless(value in self.choices, f"one of {self.choices}", value)


@dataclass(frozen=True, eq=False)
class Exclude(Validator):
    """None of some values."""

    excludedValues: Any  # noqa: N815 - Slicer's name

    def validate(self, value) -> None:
        _refuse_unless(value not in self.excludedValues, f"none of {self.excludedValues}", value)


@dataclass(frozen=True, eq=False)
class RangeBounds(Validator):
    """Bounds of a range with `minimum` and `maximum`."""

    minimum: float
    maximum: float

    def validate(self, value) -> None:
        inside = self.minimum <= value.minimum and value.maximum <= self.maximum
        _refuse_unless(inside, f"within [{self.minimum}, {self.maximum}]", value)
