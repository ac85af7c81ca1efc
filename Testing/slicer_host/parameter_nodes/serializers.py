"""Which serializer keeps the values of which annotated type."""

import enum
import pathlib
import types
import typing
from typing import Any

import slicer

from .containers import Listed, Mapped, OneOf, Tupled
from .types import splitAnnotations
from .validators import IsInstance, NotNone, Validator
from .values import Checked, NodeReference, NoneOnly, Text


def serializer_for(annotated) -> tuple[Checked, tuple]:
    """The serializer of a type, and the annotations that are no validators.

    :raises TypeError: for a type that Slicer or this version cannot keep.
    """
    kind, annotations = splitAnnotations(annotated)
    validators = [annotation for annotation in annotations if _is_validator(annotation)]
    others = tuple(annotation for annotation in annotations if not _is_validator(annotation))
    inner, own_validators = _plain_serializer(kind)
    union = typing.get_origin(kind) in (typing.Union, types.UnionType)
    return Checked(inner, [*own_validators, *validators], object if union else typing.get_origin(kind) or kind), others


def _is_validator(annotation) -> bool:
    """Validators may be given as classes, too."""
    of_class = isinstance(annotation, type) and issubclass(annotation, Validator)
    return of_class or isinstance(annotation, Validator)


def _plain_serializer(kind) -> tuple[Any, list[Validator]]:
    if isinstance(kind, type) and typing.get_origin(kind) is None:
        return _serializer_of_class(kind)
    parts = [serializer_for(part)[0] for part in typing.get_args(kind)]
    origin = typing.get_origin(kind)
    if origin is list:
        return Listed(parts[0]), []
    if origin is tuple:
        return Tupled(parts), []
    if origin is dict:
        return Mapped(*parts), []
    if origin in (typing.Union, types.UnionType):
        return OneOf(parts), []
    raise TypeError(f"Unable to create serializer for type: {kind}")


def _serializer_of_class(kind: type) -> tuple[Any, list[Validator]]:
    if kind is type(None):
        return NoneOnly(None, lambda value: "True", lambda text: None), []
    if hasattr(kind, "make_pack_serializer"):
        return kind.make_pack_serializer(), [NotNone(), IsInstance(kind)]
    if issubclass(kind, slicer.vtkMRMLNode):
        return NodeReference(), [IsInstance(kind)]
    if issubclass(kind, enum.Enum):
        return Text(next(iter(kind)), lambda member: member.name, kind.__getitem__), [IsInstance(kind)]
    if issubclass(kind, pathlib.PurePath):
        return Text(kind(), str, kind), [NotNone(), IsInstance(kind)]
    if kind is bool:
        return Text(False, lambda value: "True" if value else "False", "True".__eq__), [NotNone(), IsInstance(bool)]
    if kind in (int, float):
        accepted = (int, float) if kind is float else int
        return Text(0, str, kind), [NotNone(), IsInstance(accepted)]
    if kind is str:
        return Text("", str, str), [NotNone(), IsInstance(str)]
    raise TypeError(f"Unable to create serializer for type: {kind}")
