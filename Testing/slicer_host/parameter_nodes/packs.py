"""`parameterPack`: several parameters as one value."""
# ruff: noqa: N802 - the names are Slicer's

import typing

import slicer

from .serializers import serializer_for
from .types import Default, findFirstAnnotation, split_name, unannotatedType
from .values import Serializer


def parameterPack(cls=None):
    """Class decorator: the annotated members become checked parameters."""
    return _make_pack if cls is None else _make_pack(cls)


def isParameterPack(obj) -> bool:
    return getattr(obj, "_is_parameterPack", False)


def nestedParameterNames(pack) -> list[str]:
    """Dotted names of all members that are no packs themselves."""
    names = []
    for name, annotated in unannotatedType(pack).member_types.items():
        kind = unannotatedType(annotated)
        names += [f"{name}.{inner}" for inner in nestedParameterNames(kind)] if isParameterPack(kind) else [name]
    return names


def _make_pack(cls):
    types = typing.get_type_hints(cls, include_extras=True)
    if not types:
        raise ValueError("Unable to find any members in parameterPack")
    members = {name: serializer_for(annotated)[0] for name, annotated in types.items()}
    defaults = {name: default_of(cls, name, types[name], members[name]) for name in types}
    for name, member in members.items():
        member.check(defaults[name])
    cls.member_types = types
    cls.members = members
    cls._is_parameterPack = True
    cls.make_pack_serializer = classmethod(lambda kind: PackSerializer(kind))
    cls.__init__ = _constructor(defaults, cls.__dict__.get("__init__"))
    if "__eq__" not in cls.__dict__:
        cls.__eq__ = lambda self, other: isinstance(other, cls) and self._values == other._values
        cls.__hash__ = None
    if "__repr__" not in cls.__dict__:
        cls.__repr__ = lambda self: f"{cls.__name__}({', '.join(f'{k}={v!r}' for k, v in self._values.items())})"
    cls.__setattr__ = _set_attribute
    cls.getValue = get_member
    cls.setValue = set_member
    cls.dataType = staticmethod(lambda dotted: type_of_member(cls, dotted))
    for name in types:
        setattr(cls, name, _member_property(name))
    return cls


def default_of(cls, name, annotated, serializer):
    """The value of a parameter that was never set: after "=", in a `Default`, or that of its type."""
    if name in cls.__dict__:
        return cls.__dict__[name]
    default = findFirstAnnotation(serializer_for(annotated)[1], Default)
    return default.value if default is not None else serializer.default


def get_member(pack, dotted: str):
    """:raises ValueError: if there is no such member."""
    name, rest = split_name(dotted)
    _check_member(pack, name)
    value = getattr(pack, name)
    return value if rest is None else get_member(value, rest)


def set_member(pack, dotted: str, value) -> None:
    name, rest = split_name(dotted)
    _check_member(pack, name)
    if rest is None:
        setattr(pack, name, value)
    else:
        set_member(getattr(pack, name), rest, value)


def _check_member(pack, name: str) -> None:
    if not hasattr(pack, name):
        raise ValueError(f"{pack} has no member '{name}'")


def _set_attribute(self, name, value):
    """A pack that belongs to a parameter node takes no new attributes."""
    if getattr(self, "_save", None) is not None and not hasattr(self, name):
        raise AttributeError(f"'{type(self).__name__}' has no attribute '{name}'")
    object.__setattr__(self, name, value)


def type_of_member(cls, dotted: str):
    """The annotated type of a member.

    :raises ValueError: if there is no such member.
    """
    name, rest = split_name(dotted)
    if name not in getattr(cls, "member_types", {}):
        raise ValueError(f"{cls} has no member '{name}'")
    annotated = cls.member_types[name]
    return annotated if rest is None else type_of_member(unannotatedType(annotated), rest)


def _constructor(defaults, own):
    """The constructor of a pack; one of its own is called after the defaults are set."""

    def __init__(self, *arguments, **keywords):  # noqa: N807
        object.__setattr__(self, "_values", dict(defaults))
        object.__setattr__(self, "_save", None)
        if own is not None:
            own(self, *arguments, **keywords)
            return
        given = dict(zip(defaults, arguments, strict=False))
        unknown = set(keywords) - set(defaults) | set(keywords) & set(given)
        if unknown or len(arguments) > len(defaults):
            raise TypeError(f"__init__() got unexpected or repeated arguments: {sorted(unknown)}")
        for name, value in {**given, **keywords}.items():
            setattr(self, name, value)

    return __init__


def _member_property(name):
    def set_value(self, value):
        self.members[name].check(value)
        self._values[name] = value
        if self._save is not None:
            self._save()

    return property(lambda self: self._values[name], set_value)


class PackSerializer(Serializer):
    """A pack: its members as "name.member"."""

    def __init__(self, kind):
        self._kind = kind

    @property
    def default(self):
        return self._kind()

    def is_in(self, node, name) -> bool:
        first, member = next(iter(self._kind.members.items()))
        return member.is_in(node, f"{name}.{first}")

    def write(self, node, name, pack) -> None:
        with slicer.util.NodeModify(node):
            for key, member in self._kind.members.items():
                member.write(node, f"{name}.{key}", pack._values[key])

    def read(self, node, name):
        pack = self._kind()
        for key, member in self._kind.members.items():
            pack._values[key] = member.read(node, f"{name}.{key}")
        object.__setattr__(pack, "_save", lambda: self.write(node, name, pack))
        return pack

    def remove(self, node, name) -> None:
        for key, member in self._kind.members.items():
            member.remove(node, f"{name}.{key}")
