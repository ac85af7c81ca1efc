"""How lists, tuples, dicts and unions are kept in a parameter node: element by element, under numbered names."""

import slicer

from .observed import ObservedDict, ObservedList
from .values import Checked, NoneOnly, Serializer


class Listed(Serializer):
    """A list: "name.len", "name.0", "name.1" ..."""

    def __init__(self, element):
        self._element = element

    @property
    def default(self):
        return []

    def is_in(self, node, name) -> bool:
        return bool(node.HasParameter(f"{name}.len"))

    def check(self, values) -> None:
        for value in values:
            self._element.check(value)

    def write(self, node, name, values) -> None:
        values = list(values)
        self.check(values)
        with slicer.util.NodeModify(node):
            before = self._length(node, name)
            for index, value in enumerate(values):
                self._element.write(node, f"{name}.{index}", value)
            node.SetParameter(f"{name}.len", str(len(values)))
            for index in range(len(values), before):
                self._element.remove(node, f"{name}.{index}")

    def read(self, node, name):
        return ObservedList(self._elements(node, name), lambda changed: self._kept(node, name, changed))

    def _elements(self, node, name) -> list:
        return [self._element.read(node, f"{name}.{index}") for index in range(self._length(node, name))]

    def _kept(self, node, name, values) -> list:
        self.write(node, name, values)
        return self._elements(node, name)

    def remove(self, node, name) -> None:
        with slicer.util.NodeModify(node):
            for index in range(self._length(node, name)):
                self._element.remove(node, f"{name}.{index}")
            node.UnsetParameter(f"{name}.len")

    def _length(self, node, name) -> int:
        return int(node.GetParameter(f"{name}.len") or 0)


class Tupled(Serializer):
    """A tuple: "name.0", "name.1" ..."""

    def __init__(self, elements):
        self._elements = elements

    @property
    def default(self):
        return tuple(element.default for element in self._elements)

    def check(self, values) -> None:
        for element, value in zip(self._elements, values, strict=True):
            element.check(value)

    def is_in(self, node, name) -> bool:
        return self._elements[0].is_in(node, f"{name}.0")

    def write(self, node, name, values) -> None:
        with slicer.util.NodeModify(node):
            for index, (element, value) in enumerate(zip(self._elements, values, strict=True)):
                element.write(node, f"{name}.{index}", value)

    def read(self, node, name):
        return tuple(element.read(node, f"{name}.{index}") for index, element in enumerate(self._elements))

    def remove(self, node, name) -> None:
        for index, element in enumerate(self._elements):
            element.remove(node, f"{name}.{index}")


class Mapped(Serializer):
    """A dict: a list of (key, value) tuples."""

    def __init__(self, key, value):
        self._pairs = Listed(Checked(Tupled([key, value]), [], tuple))

    @property
    def default(self):
        return {}

    def is_in(self, node, name) -> bool:
        return self._pairs.is_in(node, name)

    def write(self, node, name, mapping) -> None:
        self._pairs.write(node, name, mapping.items())

    def read(self, node, name):
        return ObservedDict(dict(self._pairs.read(node, name)), lambda changed: self._kept(node, name, changed))

    def _kept(self, node, name, mapping) -> dict:
        self.write(node, name, mapping)
        return dict(self._pairs.read(node, name))

    def remove(self, node, name) -> None:
        self._pairs.remove(node, name)


class OneOf(Serializer):
    """A union: the value stands under "name.i", i being the place of its type in the union. None is "True" there."""

    def __init__(self, members):
        self._members = members
        self._optional = len(members) == 2 and isinstance(members[1].inner, NoneOnly)

    @property
    def default(self):
        return None if self._optional else self._members[0].default

    def is_in(self, node, name) -> bool:
        return any(member.is_in(node, f"{name}.{index}") for index, member in enumerate(self._members))

    def write(self, node, name, value) -> None:
        index = self._place_of(value)
        with slicer.util.NodeModify(node):
            self.remove(node, name)
            self._members[index].write(node, f"{name}.{index}", value)

    def check(self, value) -> None:
        self._place_of(value)

    def _place_of(self, value) -> int:
        refusal = TypeError(f"Unable to write value '{value}' of type '{type(value)}'")
        for index, member in enumerate(self._members):
            if member.is_for(value):
                try:
                    member.check(value)
                except (TypeError, ValueError) as error:
                    refusal = error
                else:
                    return index
        raise refusal

    def read(self, node, name):
        for index, member in enumerate(self._members):
            if member.is_in(node, f"{name}.{index}"):
                return member.read(node, f"{name}.{index}")
        raise KeyError(f"Unable to find value for name: {name}")

    def remove(self, node, name) -> None:
        for index, member in enumerate(self._members):
            member.remove(node, f"{name}.{index}")
