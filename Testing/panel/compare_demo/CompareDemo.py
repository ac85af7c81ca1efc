"""A module with the sections "Compare" and "Live preview" alone: their tests open it."""
# ruff: noqa: N802 - the names follow Slicer's style

import sys
from pathlib import Path

import slicer
import vtk
from slicer.parameterNodeWrapper import parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

MODULE = Path(__file__).resolve().parents[3] / "MicroCTSuperRes"
if str(MODULE) not in sys.path:
    sys.path.insert(0, str(MODULE))

from MicroCTSuperResLib.panel.comparison_parameters import ComparisonParameters  # noqa: E402


@parameterNodeWrapper
class DemoParameters:
    lr: slicer.vtkMRMLScalarVolumeNode | None
    hr: slicer.vtkMRMLScalarVolumeNode | None
    model: str = "default"
    device: str = "cpu"
    comparison: ComparisonParameters


class CompareDemo(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = "Comparison"
        parent.categories = ["Testing"]
        parent.contributors = ["The MicroCTSuperRes developers"]
        slicer.app.connect("startupCompleted()", registerLayouts)


def registerLayouts():
    from MicroCTSuperResLib.scene.layouts import register_layouts

    if slicer.app.layoutManager() is not None:
        register_layouts(slicer.app.layoutManager().layoutLogic().GetLayoutNode())


class CompareDemoWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.parameters = None

    def setup(self):
        from MicroCTSuperResLib.panel.compare_section import CompareSection
        from MicroCTSuperResLib.panel.preview_section import PreviewSection

        ScriptedLoadableModuleWidget.setup(self)
        self.preview = PreviewSection(self)
        self.compare = CompareSection(self)
        self.sections = [self.preview, self.compare]
        self._useParameters()
        for section in self.sections:
            section.setup()
        self.layout.addStretch(1)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onEndImport)

    def resourcePath(self, filename):
        return str(MODULE / "Resources" / filename)

    def addSectionWidget(self, widget):
        self.layout.addWidget(widget)
        if widget.inherits("qMRMLWidget"):
            widget.setMRMLScene(slicer.mrmlScene)

    def _useParameters(self):
        self.parameters = DemoParameters(ScriptedLoadableModuleLogicOfDemo().getParameterNode())
        self.addObserver(self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParameters)

    def onParameters(self, caller=None, event=None):
        for section in self.sections:
            section.parametersChanged()

    def enter(self):
        for section in self.sections:
            section.enter()

    def exit(self):
        for section in self.sections:
            section.exit()

    def _forgetParameters(self):
        self.removeObserver(self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParameters)
        self.parameters = None

    def onStartClose(self, caller, event):
        for section in self.sections:
            section.sceneAboutToClose()
        self._forgetParameters()

    def onEndClose(self, caller, event):
        self._useParameters()
        for section in self.sections:
            section.sceneClosed()

    def onEndImport(self, caller, event):
        self._forgetParameters()
        self._useParameters()
        self.onParameters()

    def cleanup(self):
        for section in self.sections:
            section.cleanup()
        self.removeObservers()


class ScriptedLoadableModuleLogicOfDemo(ScriptedLoadableModuleLogic):
    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.moduleName = "CompareDemo"
