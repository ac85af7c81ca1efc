"""How single values are kept in a vtkMRMLScriptedModuleNode.

A serializer writes a value under a name, reads it, removes it, and knows the value of a parameter that was never set.
Names and texts are those of Slicer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Serializer:
    """What all serializers share."""

    def check(self, value) -> None:
        """Raises what the serializers inside refuse a value with; a single value is checked by its validators."""


@dataclass(frozen=True)
class Text(Serializer):
    """A value that is one text parameter.

    :param default: value of a parameter that was never set.
    :param to_text: value -> text.
    :param from_text: text -> value.
    """

    default: Any
    to_text: Callable
    from_text: Callable

    def is_in(self, node, name) -> bool:
        return bool(node.HasParameter(name))

    def write(self, node, name, value) -> None:
        node.SetParameter(name, self.to_text(value))

    def read(self, node, name):
        return self.from_text(node.GetParameter(name))

    def remove(self, node, name) -> None:
        node.UnsetParameter(name)


class NodeReference(Serializer):
    """A node: a reference, and an empty text parameter that tells None from "never set"."""

    default = None

    def is_in(self, node, name) -> bool:
        return bool(node.HasParameter(name))

    def write(self, node, name, value) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node, name):
        return node.GetNodeReference(name)

    def remove(self, node, name) -> None:
        node.UnsetParameter(name)
        node.RemoveNodeReferenceIDs(name)


@dataclass(frozen=True)
class NoneOnly(Text):
    """None, as a member of a union."""


class Checked:
    """A serializer that refuses what its validators refuse.

    :param kind: the class of the values.
    """

    def __init__(self, inner, validators, kind):
        self.inner = inner
        self._kind = kind
        self._validators = validators
        self.is_in, self.read, self.remove = inner.is_in, inner.read, inner.remove

    @property
    def default(self):
        return self.inner.default

    def is_for(self, value) -> bool:
        """Whether a union would keep a value here: a bool is no int."""
        return isinstance(value, self._kind) and isinstance(value, bool) == (self._kind is bool)

    def check(self, value) -> None:
        for validator in self._validators:
            validator.validate(value)
        self.inner.check(value)

    def write(self, node, name, value) -> None:
        self.check(value)
        self.inner.write(node, name, value)
