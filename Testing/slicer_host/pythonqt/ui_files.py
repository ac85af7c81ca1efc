"""Loading of .ui files with the stand-ins, as Slicer's QUiLoader loads them with the real widgets."""

import xml.etree.ElementTree as ET

from .attributes import ui_files_being_loaded
from .binding import QtCore, QtUiTools, stand_ins


class QUiLoader(QtUiTools.QUiLoader):
    """Knows the stand-ins, and makes connections of MRML objects, which Qt cannot make between Python classes."""

    def createWidget(self, class_name, parent=None, name=""):  # noqa: N802
        if class_name in stand_ins:
            widget = stand_ins[class_name](parent)
            widget.setObjectName(name)
            return widget
        if class_name not in self.availableWidgets():
            raise RuntimeError(f"The host has no stand-in for the widget class {class_name} ({name}).")
        return super().createWidget(class_name, parent, name)

    def load(self, device, parent=None):
        root = ET.fromstring(device.readAll().data())
        mrml_connections = _taken_out(root)
        buffer = QtCore.QBuffer()
        buffer.setData(ET.tostring(root))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        ui_files_being_loaded.append(self)
        try:
            widget = super().load(buffer, parent)
        finally:
            ui_files_being_loaded.pop()
        for sender, signal, receiver, slot in mrml_connections:
            _named(widget, sender).connect(signal, _named(widget, receiver), slot)
        return widget


def _taken_out(root) -> list[tuple[str, str, str, str]]:
    """Removes the connections whose signal carries a MRML object; (sender, signal, receiver, slot) of each."""
    found = []
    for connection in list(root.iterfind("connections/connection")):
        if "vtkMRML" in connection.findtext("signal"):
            found.append(tuple(connection.findtext(part) for part in ("sender", "signal", "receiver", "slot")))
            root.find("connections").remove(connection)
    return found


def _named(widget, name: str):
    return widget if widget.objectName == name else widget.findChild("QObject", name)
