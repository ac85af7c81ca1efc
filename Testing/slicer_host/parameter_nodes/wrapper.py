"""`parameterNodeWrapper`: typed attributes over a parameter node, and their connection to widgets."""
# ruff: noqa: N802, N803 - the names are Slicer's

import typing

import slicer
import vtk

from .cached import CachedValue
from .connectors import GuiConnector
from .matching import connector_for
from .packs import default_of, get_member, set_member
from .serializers import serializer_for
from .types import Default, split_name, unannotatedType

SlicerParameterNamePropertyName = "SlicerParameterName"


def parameterNodeWrapper(cls=None):
    """Class decorator: `cls(parameterNode)` has the annotated members as attributes that are kept in the node."""
    return _make_wrapper if cls is None else _make_wrapper(cls)


def isParameterNodeWrapper(obj) -> bool:
    return getattr(obj, "_is_parameter_node_wrapper", False)


def findChildWidgetForParameter(widget, parameter):
    """The child widget whose property SlicerParameterName is the parameter's name; None if there is none."""
    named = (child for child in widget.findChildren("QWidget"))
    return next((child for child in named if child.property(SlicerParameterNamePropertyName) == parameter), None)


def _make_wrapper(cls):
    types = typing.get_type_hints(cls, include_extras=True)
    parameters = {}
    for name, annotated in types.items():
        serializer, _ = serializer_for(annotated)
        default = default_of(cls, name, annotated, serializer)
        serializer.check(default)
        parameters[name] = Parameter(name, annotated, serializer, default)
    for name in parameters:
        setattr(cls, name, _cached_property(name))
    for name, member in vars(WrapperMethods).items():
        if not name.startswith("__") or name == "__init__":
            if name != "__init__" and name in cls.__dict__:
                raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
            setattr(cls, name, member)
    cls.allParameters = parameters
    cls._is_parameter_node_wrapper = True
    return cls


def _cached_property(name):
    return property(
        lambda wrapper: wrapper._cached[name].value,
        lambda wrapper, value: wrapper._cached[name].write(value),
    )


class Parameter:
    """One member of a wrapper class."""

    def __init__(self, name, annotated, serializer, default):
        self.name, self.unalteredType, self.serializer, self.default = name, annotated, serializer, default

    def read(self, node, prefix):
        if not self.serializer.is_in(node, prefix + self.name):
            self.serializer.write(node, prefix + self.name, self.default)
        return self.serializer.read(node, prefix + self.name)

    def write(self, node, prefix, value):
        self.serializer.write(node, prefix + self.name, value)


class WrapperMethods:
    """What each wrapper class gets. The names are reserved."""

    def __init__(self, parameterNode, prefix=None):
        self.parameterNode = parameterNode
        self._connections = {}
        self._next_tag = 0
        self._updating_gui = False
        self._cached = {
            name: CachedValue(parameter, parameterNode, prefix or "") for name, parameter in self.allParameters.items()
        }

    def default(self, name):
        return Default(self._parameter(name).default)

    @classmethod
    def dataType(cls, name):
        first, rest = split_name(name)
        annotated = cls._parameter(first).unalteredType
        return annotated if rest is None else unannotatedType(annotated).dataType(rest)

    def getValue(self, name):
        self._parameter(split_name(name)[0])
        return get_member(self, name)

    def setValue(self, name, value):
        self._parameter(split_name(name)[0])
        set_member(self, name, value)

    @classmethod
    def _parameter(cls, name):
        if name not in cls.allParameters:
            raise ValueError(f"Cannot find a param with the given name: {name}")
        return cls.allParameters[name]

    def connectGui(self, gui):
        """Connects the widgets that carry SlicerParameterName: children of a widget, or values of a namespace."""
        is_widget = getattr(gui, "isWidgetType", lambda: False)()
        widgets = gui.findChildren("QWidget") if is_widget else list(vars(gui).values())
        named = {}
        for widget in widgets:
            name = widget.property(SlicerParameterNamePropertyName)
            if name:
                named[name] = widget
        return self.connectParametersToGui(named)

    def connectParametersToGui(self, mapping):
        connectors = {}
        for name, widget in mapping.items():
            annotated = self.dataType(name)
            own = isinstance(widget, GuiConnector)
            connectors[name] = widget if own else connector_for(widget, annotated)
        tag, self._next_tag = self._next_tag, self._next_tag + 1
        observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._update_gui())
        self._connections[tag] = (connectors, observer)
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.onChanged(lambda name=name, connector=connector: self._gui_changed(name, connector))
        return tag

    def disconnectGui(self, tag):
        connectors, observer = self._connections.pop(tag, ({}, None))
        for connector in connectors.values():
            connector.onChanged(None)
        if observer is not None:
            self.RemoveObserver(observer)

    def _gui_changed(self, name, connector):
        with slicer.util.NodeModify(self):
            if not self._updating_gui:
                self.setValue(name, connector.read())

    def _update_gui(self):
        if self._updating_gui:
            return
        self._updating_gui = True
        try:
            with slicer.util.NodeModify(self):
                for connectors, _ in list(self._connections.values()):
                    for name, connector in connectors.items():
                        connector.write(self.getValue(name))
        finally:
            self._updating_gui = False

    def StartModify(self):
        return self.parameterNode.StartModify()

    def EndModify(self, was_modifying):
        return self.parameterNode.EndModify(was_modifying)

    def AddObserver(self, event, callback, priority=0.0):
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag):
        self.parameterNode.RemoveObserver(tag)

    def Modified(self):
        self.parameterNode.Modified()
