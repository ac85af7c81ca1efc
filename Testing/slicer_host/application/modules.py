"""`slicer.modules` and the module manager: built-in modules with real logics, scripted ones with their panels."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

import importlib
import importlib.util
import sys
import types
from pathlib import Path
from types import SimpleNamespace

import slicer

from slicer_host.pythonqt.binding import QtCore, QtWidgets
from slicer_host.widgets.qmrml_nodes import qMRMLWidget
from slicer_host.widgets.registry import stand_in

LOGICS = {
    "volumes": "vtkSlicerVolumesLogic",
    "plots": "vtkSlicerPlotsLogic",
    "tables": "vtkSlicerTablesLogic",
    "cropvolume": "vtkSlicerCropVolumeLogic",
    "segmentations": "vtkSlicerSegmentationsModuleLogic",
    "subjecthierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "markups": "vtkSlicerMarkupsLogic",
    "cameras": "vtkSlicerCamerasModuleLogic",
    "volumerendering": "vtkSlicerVolumeRenderingLogic",
}


@stand_in("slicer")
class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The Qt widget around a module's Python widget class."""

    def __init__(self, module):
        super().__init__()
        self._module = module
        self._python = None
        self.setObjectName(f"{module.name}ModuleWidget")
        self.setLayout(QtWidgets.QVBoxLayout())
        self.setMRMLScene(slicer.mrmlScene)

    def self(self):
        return self._python

    def reload(self):
        """Makes the Python widget anew, from the module as it is imported now."""
        cls = getattr(sys.modules[self._module.name], f"{self._module.name}Widget")
        self._python = cls(self)
        setattr(slicer.modules, f"{self._module.name}Widget", self._python)
        self._python.setup()

    def enter(self):
        self._entered = True
        if hasattr(self._python, "enter"):
            self._python.enter()

    def exit(self):
        self._entered = False
        if hasattr(self._python, "exit"):
            self._python.exit()


class qSlicerScriptedLoadableModule:
    """A scripted module: what `<Module>.__init__` gets as its parent."""

    def __init__(self, path: Path):
        self.path = str(path)
        self.name = path.stem
        self.title = self.helpText = self.acknowledgementText = ""
        self.categories, self.dependencies, self.contributors = [], [], []
        self.icon = None
        self.hidden = False
        self._widget = None

    def logic(self):
        return None

    def widgetRepresentation(self):
        """The module's widget, made when it is first asked for."""
        if self._widget is None:
            self._widget = qSlicerScriptedLoadableModuleWidget(self)
            self._widget.reload()
        return self._widget


@stand_in("slicer")
class qSlicerModuleManager(QtCore.QObject):
    """Loads, selects and unloads modules."""

    moduleLoaded = QtCore.Signal(str)
    moduleAboutToBeUnloaded = QtCore.Signal(str)
    moduleUnloaded = QtCore.Signal(str)

    def __init__(self, scene, application_logic, instance_checks):
        super().__init__()
        self._scene = scene
        self._application_logic = application_logic
        self._instance_checks = instance_checks
        self._loaded = {}
        self._selected = None
        self._logics = {}
        self._folders_added = []
        self._namespace = types.ModuleType("modules")
        for name in LOGICS:
            self.logic(name)
            module = SimpleNamespace(name=name, path="", logic=lambda name=name: self.logic(name))
            setattr(self._namespace, name, module)

    def namespace(self):
        """What `slicer.modules` is."""
        return self._namespace

    def logic(self, name: str):
        """The logic of a built-in module, connected to the scene."""
        if name not in self._logics:
            logic = self._logics[name] = getattr(slicer, LOGICS[name])()
            logic.SetMRMLApplicationLogic(self._application_logic)
            logic.SetMRMLScene(self._scene)
            self._application_logic.SetModuleLogic(name.capitalize(), logic)
        return self._logics[name]

    def module(self, name):
        return self._loaded.get(name)

    def factoryManager(self):
        return SimpleNamespace(loadedModuleNames=lambda: tuple(self._loaded))

    def load(self, path: Path):
        """Imports a scripted module and makes its descriptor, as Slicer does at its start; no widget is made.

        :return: the qSlicerScriptedLoadableModule.
        """
        if path.stem in self._loaded:
            return self._loaded[path.stem]
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))
            self._folders_added.append(str(path.parent))
        self._instance_checks.watch(path.parent)
        sys.modules.pop(path.stem, None)
        python = importlib.import_module(path.stem)
        module = qSlicerScriptedLoadableModule(path)
        setattr(self._namespace, path.stem.lower(), module)
        self._loaded[path.stem] = module
        module.descriptor = getattr(python, path.stem)(module)
        if hasattr(python, f"{path.stem}FileReader"):
            slicer.app.ioManager().add_scripted_reader(getattr(python, f"{path.stem}FileReader"))
        self.moduleLoaded.emit(path.stem)
        return module

    def select(self, name: str) -> None:
        """Shows a module's widget in the main window; the one before is left."""
        module = self._loaded[name]
        widget = module.widgetRepresentation()
        if self._selected is not None and self._selected is not module:
            self._selected.widgetRepresentation().exit()
        slicer.util.mainWindow().moduleSelector().selectedModule = name
        slicer.util.mainWindow().show_panel(module.title, widget)
        if self._selected is not module:
            self._selected = module
            widget.enter()

    def unload_all(self) -> None:
        """What happens at the application's end: the selected module is left, all are cleaned up."""
        if self._selected is not None:
            self._selected.widgetRepresentation().exit()
        for name, module in self._loaded.items():
            if module._widget is not None:
                self.moduleAboutToBeUnloaded.emit(name)
                module._widget.deleteLater()
                module._widget = None
            sys.modules.pop(name, None)
        self._loaded.clear()
        self._selected = None

    def close(self) -> None:
        """Lets go of the scene."""
        for logic in self._logics.values():
            logic.SetMRMLScene(None)
        for folder in self._folders_added:
            sys.path.remove(folder)
