"""Which widgets can show and change a parameter of which type: the rules of Slicer's guiConnectors.py."""
# ruff: noqa: N802 - the names are Slicer's

import enum
import pathlib
import types
import typing

import ctk
import qt
import slicer

from .connectors import (
    ChoiceConnector,
    Decimals,
    GuiConnector,
    NodeConnector,
    PropertyConnector,
    RangeConnector,
    SingleStep,
    TextEditConnector,
)
from .ranges import FloatRange
from .types import findFirstAnnotation, splitAnnotations, unannotatedType
from .validators import Choice, Maximum, Minimum, RangeBounds, WithinRange

LARGEST_INT = 2**31 - 1

_registered = []
_SLIDERS = (ctk.ctkSliderWidget, slicer.qMRMLSliderWidget)


def parameterNodeGuiConnector(cls=None):
    """Class decorator: registers a GuiConnector with static methods canRepresent and create."""
    if cls is None:
        return parameterNodeGuiConnector
    _registered.append(cls)
    return cls


def connector_for(widget, annotated) -> GuiConnector:
    """The connector between a widget and a parameter of an annotated type.

    :raises RuntimeError: if the widget cannot show the type; a subclass of a supported widget class cannot, either.
    """
    for cls in _registered:
        if cls.canRepresent(widget, annotated):
            return cls.create(widget, annotated)
    kind, annotations = splitAnnotations(annotated)
    for make in (_of_bool, _of_number, _of_choice, _of_text, _of_path, _of_node, _of_range):
        connector = make(widget, type(widget), kind, annotations)
        if connector is not None:
            return connector
    raise RuntimeError(f"Unable to create GUI connector from datatype '{annotated}' to widget type '{type(widget)}'")


def _of_bool(widget, cls, kind, annotations):
    if kind is not bool or cls not in (qt.QCheckBox, ctk.ctkCheckBox, qt.QPushButton):
        return None
    if cls is qt.QPushButton:
        widget.checkable = True
    return PropertyConnector(widget, "toggled(bool)", "checked")


def _of_number(widget, cls, kind, annotations):
    if kind is int and cls in (qt.QSlider, qt.QSpinBox):
        signal, lowest, highest = "valueChanged(int)", -LARGEST_INT - 1, LARGEST_INT
    elif kind in (int, float) and cls in (qt.QDoubleSpinBox, ctk.ctkDoubleSpinBox, slicer.qMRMLSpinBox, *_SLIDERS):
        signal, lowest, highest = "valueChanged(double)", float("-inf"), float("inf")
    else:
        return None
    for annotation, name in ((Decimals, "decimals"), (SingleStep, "singleStep")):
        found = findFirstAnnotation(annotations, annotation)
        if found is not None:
            setattr(widget, name, found.value)
    if kind is int and signal == "valueChanged(double)":
        widget.decimals = 0
    minimum, maximum = _bounds(annotations)
    if cls in (qt.QSlider, *_SLIDERS) and (minimum is None or maximum is None):
        raise RuntimeError("Cannot have a connection to a slider where the type is unbounded.")
    widget.minimum = lowest if minimum is None else minimum
    widget.maximum = highest if maximum is None else maximum
    return PropertyConnector(widget, signal, "value", kind)


def _bounds(annotations):
    both = findFirstAnnotation(annotations, WithinRange)
    minimum = both or findFirstAnnotation(annotations, Minimum)
    maximum = both or findFirstAnnotation(annotations, Maximum)
    return minimum and minimum.minimum, maximum and maximum.maximum


def _of_choice(widget, cls, kind, annotations):
    if cls not in (qt.QComboBox, ctk.ctkComboBox):
        return None
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        label = getattr(kind, "label", lambda member: member.name)
        return ChoiceConnector(widget, [(label(member), member) for member in kind])
    choice = findFirstAnnotation(annotations, Choice)
    if kind in (int, float, str, bool) and choice is None:
        raise RuntimeError("A combo box requires the Choice annotation to be used.")
    return ChoiceConnector(widget, [(str(value), value) for value in choice.choices]) if choice else None


def _of_text(widget, cls, kind, annotations):
    if kind is not str:
        return None
    if cls is qt.QLineEdit:
        return PropertyConnector(widget, "textChanged(QString)", "text")
    if cls is qt.QLabel:
        return PropertyConnector(widget, "", "text")
    return TextEditConnector(widget) if cls is qt.QTextEdit else None


def _of_path(widget, cls, kind, annotations):
    if not (isinstance(kind, type) and issubclass(kind, pathlib.PurePath)):
        return None
    if cls is ctk.ctkPathLineEdit:
        return PropertyConnector(widget, "currentPathChanged(QString)", "currentPath", kind, str)
    if cls is ctk.ctkDirectoryButton:
        return PropertyConnector(widget, "directoryChanged(QString)", "directory", kind, str)
    return None


def _of_node(widget, cls, kind, annotations):
    kinds = typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)
    kinds = [unannotatedType(part) for part in kinds]
    nodes = [part for part in kinds if isinstance(part, type) and issubclass(part, slicer.vtkMRMLNode)]
    only_nodes = len(nodes) + kinds.count(type(None)) == len(kinds) and nodes
    return NodeConnector(widget, nodes) if cls is slicer.qMRMLNodeComboBox and only_nodes else None


def _of_range(widget, cls, kind, annotations):
    if kind is not FloatRange or cls not in (ctk.ctkRangeWidget, slicer.qMRMLRangeWidget):
        return None
    bounds = findFirstAnnotation(annotations, RangeBounds)
    if bounds is None:
        raise RuntimeError("Cannot have a connection to a range widget without a RangeBounds annotation.")
    return RangeConnector(widget, bounds)
