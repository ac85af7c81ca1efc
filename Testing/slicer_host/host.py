"""The host: one for the process, with a fresh scene, fresh logics and fresh windows for each test."""

import os
import sys
import warnings
from pathlib import Path
from types import ModuleType, SimpleNamespace

# A render window that needs no X server, and no search for one.
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")

import slicer
import slicer.util
import vtk

from .problems import problems
from .pythonqt import dressing
from .pythonqt.binding import QtCore, QtGui
from .pythonqt.instance_check import ExactInstanceFinder
from .pythonqt.values import forget_single_shots

PICTURES_VARIABLE = "SLICER_HOST_PICTURES"  # a folder to keep screenshots in

_MISSING = object()

# Scenes and logics of tests that have ended, emptied. Their destruction in a garbage collection could crash.
_kept_alive: list[tuple] = []


class Host:
    """Slicer's application for tests.

    :param folder: an empty folder for settings, caches, temporary files and pictures.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.problems = problems
        self._put_aside: dict[str, object] = {}
        self._python_modules: dict[str, ModuleType] = {}
        dressing.put_in_place()
        self._gather_python_modules()
        self.instance_checks = ExactInstanceFinder()
        self.application = self._classes["slicer"]["qSlicerApplication"](folder)
        from .application.dialogs import Dialogs

        self._vtk_output = vtk.vtkOutputWindow.GetInstance()
        self._programs = _programs_folder(Path(self.application.slicerHome))
        self.dialogs = Dialogs()
        self.dialogs.replace_qt()
        dressing.take_away()
        if not QtGui.QRawFont.fromFont(QtGui.QFont()).familyName():
            warnings.warn("No fonts: texts in pictures are empty boxes. See the host's README.", stacklevel=2)

    def _gather_python_modules(self) -> None:
        """Imports the stand-ins, which need `qt` to be there, and makes Slicer's Python modules of them."""
        from .widgets import ctk_choices, ctk_frames, ctk_numbers, registry  # noqa: F401

        vars(sys.modules["ctk"]).update(registry.by_module["ctk"])
        from .application import application, main_window, modules  # noqa: F401
        from .widgets import placeholders, qmrml_display, qmrml_layout, qmrml_numbers, qmrml_selectors  # noqa: F401

        self._classes = registry.by_module
        self._put_on_slicer(registry.by_module["slicer"])
        from . import parameter_nodes
        from .application import packages, scripted_modules

        self.installations = packages.Installations()
        self.sample_data_sources: dict[str, list] = {}
        self._python_modules = {
            "slicer.ScriptedLoadableModule": scripted_modules.scripted_loadable_module(),
            "slicer.i18n": scripted_modules.i18n(),
            "slicer.parameterNodeWrapper": parameter_nodes,
            "slicer.packaging": packages.packaging(self.installations),
            "PyTorchUtils": packages.pytorch_utils(self.installations),
            "SampleData": packages.sample_data(self.sample_data_sources),
        }
        self._take_off_slicer()

    def start_test(self) -> None:
        """A fresh application, with nothing of the test before. `qt`, `ctk` and Slicer's modules can be imported."""
        from .application import io_manager, main_window, modules

        problems.take()
        self.dialogs.forget()
        dressing.put_in_place()
        sys.modules.update(self._python_modules)
        sys.meta_path.insert(0, self.instance_checks)
        self._hook, sys.excepthook = sys.excepthook, problems.add_hooked
        self._vtk_tag = self._vtk_output.AddObserver("ErrorEvent", _note_vtk_error)
        self._path = os.environ["PATH"]
        os.environ["PATH"] = f"{self._programs}{os.pathsep}{self._path}"
        self.application.testing = False
        self.application.clear_settings()
        self.installations.__init__()
        self.sample_data_sources.clear()
        self.scene, logic = self._new_scene()
        self._logic = logic
        on_slicer = {name.split(".")[1]: module for name, module in self._python_modules.items() if "." in name}
        self._put_on_slicer(
            {
                **self._classes["slicer"],
                **on_slicer,
                "app": self.application,
                "mrmlScene": self.scene,
                "selfTests": {},
                "qSlicerScriptedLoadableModule": modules.qSlicerScriptedLoadableModule,
            }
        )
        self.module_manager = modules.qSlicerModuleManager(self.scene, logic, self.instance_checks)
        self.module_manager.namespace().sampleDataSources = self.sample_data_sources
        self._put_on_slicer({"modules": self.module_manager.namespace()})
        self.layout_manager = slicer.qMRMLLayoutManager(self.scene)
        self.application.take(
            SimpleNamespace(
                scene=self.scene,
                logic=logic,
                layout_manager=self.layout_manager,
                module_manager=self.module_manager,
                io_manager=io_manager.IOManager(self.scene, self.module_manager.logic("volumes")),
            )
        )
        self.main_window = main_window.qSlicerAppMainWindow(self.module_manager, self.layout_manager.viewport())
        self.main_window.show()
        self.dialogs.replace_messages(slicer.util)

    def end_test(self) -> None:
        """Closes the application.

        :raises HostProblem: if something went wrong that the test did not take from `problems`.
        """
        try:
            self.module_manager.unload_all()
            self._let_go_of_the_scene()
            for window in self.application.topLevelWidgets():
                window.close()
                window.deleteLater()
            self.process_events()
        finally:
            forget_single_shots()
            self._close_down()
        problems.raise_any()

    def _let_go_of_the_scene(self) -> None:
        """Ends all observation in order: VTK objects that die in a garbage collection call back into what is gone."""
        vtk.vtkObject.GlobalWarningDisplayOff()  # logics warn of the scene that they lose
        self.layout_manager.close()
        for widget in self.application.allWidgets():
            if hasattr(widget, "stop_observing"):
                widget.stop_observing()
        self.module_manager.close()
        self.scene.Clear(True)
        self._logic.SetMRMLScene(None)
        vtk.vtkObject.GlobalWarningDisplayOn()
        _kept_alive.append((self.scene, self._logic, self.module_manager, self.layout_manager))

    def _close_down(self) -> None:
        self.dialogs.restore_messages(slicer.util)
        sys.excepthook = self._hook
        self._vtk_output.RemoveObserver(self._vtk_tag)
        os.environ["PATH"] = self._path
        sys.meta_path.remove(self.instance_checks)
        self.instance_checks.release()
        for name, module in self._python_modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        self._take_off_slicer()
        dressing.take_away()
        del self.module_manager, self.layout_manager, self.main_window, self.scene

    def process_events(self) -> None:
        """Lets Qt do what it has waiting, deletions too."""
        self.application.processEvents()
        self.application.sendPostedEvents(None, int(QtCore.QEvent.Type.DeferredDelete))

    def tell_startup_completed(self) -> None:
        """Emits `startupCompleted()`, which modules wait for to register layouts and sample data."""
        self.application.startupCompleted.emit()

    def tell_about_to_quit(self) -> None:
        """Emits `aboutToQuit()`, as when the user closes Slicer."""
        from .pythonqt.signals import connections_of

        for signature, _, deliver in list(connections_of(self.application)):
            if signature == "aboutToQuit()":  # a private signal of Qt, which cannot be emitted
                deliver()

    def pictures(self) -> Path:
        """The folder of screenshots: that of the variable SLICER_HOST_PICTURES, else one in the host's own folder."""
        folder = Path(os.environ.get(PICTURES_VARIABLE) or self.folder / "pictures")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _new_scene(self):
        """A scene with what Slicer's application puts into it, and the application logic."""
        scene = slicer.vtkMRMLScene()
        # The cache manager walks its folder and may remove files there, so it gets an empty one. Reading .mrb needs it.
        self._cache = slicer.vtkCacheManager()
        self._cache.SetRemoteCacheDirectory(self.application.cachePath)
        self._data_io = slicer.vtkDataIOManager()
        self._data_io.SetCacheManager(self._cache)
        scene.SetDataIOManager(self._data_io)
        crosshair = slicer.vtkMRMLCrosshairNode()
        crosshair.SetCrosshairName("default")
        scene.AddNode(crosshair)
        logic = slicer.vtkSlicerApplicationLogic()
        logic.SetMRMLScene(scene)
        logic.SetTemporaryPath(self.application.temporaryPath)
        colors = logic.GetColorLogic()
        colors.SetMRMLScene(scene)
        colors.AddDefaultColorNodes()
        logic.SetModuleLogic("Colors", colors)
        logic.SetSliceLogics(vtk.vtkCollection())
        logic.SetViewLogics(vtk.vtkCollection())
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
        return scene, logic

    def _put_on_slicer(self, attributes: dict) -> None:
        for name, value in attributes.items():
            self._put_aside.setdefault(name, getattr(slicer, name, _MISSING))
            setattr(slicer, name, value)

    def _take_off_slicer(self) -> None:
        for name, value in self._put_aside.items():
            if value is _MISSING:
                delattr(slicer, name)
            else:
                setattr(slicer, name, value)
        self._put_aside.clear()


@vtk.calldata_type(vtk.VTK_STRING)
def _note_vtk_error(caller, event, text):
    problems.add_vtk_error(text)


def _programs_folder(home: Path) -> Path:
    """Makes Slicer's folder of programs, with a PythonSlicer that is this Python.

    :param home: Slicer's home.
    """
    folder = home / "bin"
    folder.mkdir()
    program = folder / "PythonSlicer"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder
