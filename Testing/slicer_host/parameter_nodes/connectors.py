"""Connectors between widgets and the values of parameters. `matching.py` chooses them."""
# ruff: noqa: N802 - the names are Slicer's

import abc
from dataclasses import dataclass

from .ranges import FloatRange


@dataclass(frozen=True)
class Decimals:
    """Annotation: decimals of a spin box or slider."""

    value: int


@dataclass(frozen=True)
class SingleStep:
    """Annotation: step of a spin box or slider."""

    value: float


class GuiConnector(abc.ABC):
    """Between one widget and one value. Subclasses name the widget's signal (none for labels), read and write it."""

    signal = ""

    def __init__(self, widget):
        self._widget = widget
        self._callback = None

    def widget(self):
        return self._widget

    def onChanged(self, callback):
        """Sets who is told of changes; None ends the connection."""
        if self.signal and callback is None and self._callback is not None:
            self._widget.disconnect(self.signal, self.changed)
        if self.signal and callback is not None and self._callback is None:
            self._widget.connect(self.signal, self.changed)
        self._callback = callback

    def changed(self):
        if self._callback is not None:
            self._callback()

    @abc.abstractmethod
    def read(self):
        """The widget's value."""

    @abc.abstractmethod
    def write(self, value) -> None:
        """Shows a value."""


class PropertyConnector(GuiConnector):
    """A widget whose value is one of its properties."""

    def __init__(self, widget, signal, name, to_value=lambda value: value, to_property=lambda value: value):
        super().__init__(widget)
        self.signal, self._name, self._to_value, self._to_property = signal, name, to_value, to_property

    def read(self):
        return self._to_value(getattr(self._widget, self._name))

    def write(self, value) -> None:
        setattr(self._widget, self._name, self._to_property(value))


class ChoiceConnector(GuiConnector):
    """A combo box with one entry for each possible value."""

    signal = "currentIndexChanged(int)"

    def __init__(self, combo, labels_and_values):
        super().__init__(combo)
        self._values = [value for _, value in labels_and_values]
        combo.clear()
        for label, _ in labels_and_values:
            combo.addItem(label)

    def read(self):
        return self._values[self._widget.currentIndex]

    def write(self, value) -> None:
        self._widget.currentIndex = self._values.index(value)


class NodeConnector(GuiConnector):
    """A node selector, which offers the nodes of the parameter's type."""

    signal = "currentNodeChanged(vtkMRMLNode*)"

    def __init__(self, selector, kinds):
        super().__init__(selector)
        selector.nodeTypes = tuple(kind().GetClassName() for kind in kinds)

    def read(self):
        return self._widget.currentNode()

    def write(self, node) -> None:
        self._widget.setCurrentNode(node)


class RangeConnector(GuiConnector):
    """A range widget, which needs RangeBounds."""

    signal = "valuesChanged(double,double)"

    def __init__(self, widget, bounds):
        super().__init__(widget)
        widget.setRange(bounds.minimum, bounds.maximum)

    def read(self):
        return FloatRange(self._widget.minimumValue, self._widget.maximumValue)

    def write(self, value) -> None:
        self._widget.setValues(value.minimum, value.maximum)


class TextEditConnector(GuiConnector):
    """A text edit with plain text."""

    signal = "textChanged()"

    def read(self):
        return self._widget.toPlainText()

    def write(self, text) -> None:
        if text != self.read():
            self._widget.setPlainText(text)
