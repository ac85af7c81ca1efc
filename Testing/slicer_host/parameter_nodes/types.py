"""Annotated types of parameters."""
# ruff: noqa: N802 - the names are Slicer's

import typing
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Default:
    """Annotation: the value of a parameter that was never set."""

    value: Any


def splitAnnotations(annotated):
    """(type, tuple of annotations) of a type that may be `Annotated`."""
    if typing.get_origin(annotated) is Annotated:
        return annotated.__origin__, annotated.__metadata__
    return annotated, ()


def unannotatedType(annotated):
    return splitAnnotations(annotated)[0]


def findFirstAnnotation(annotations, kind):
    return next((annotation for annotation in annotations if isinstance(annotation, kind)), None)


def split_name(dotted: str) -> tuple[str, str | None]:
    """("box", "corner.x") of "box.corner.x", ("box", None) of "box"."""
    first, _, rest = dotted.partition(".")
    return first, rest or None
