"""A small module that uses what panels use: the host's tests open it and click through it."""
# ruff: noqa: N802, N803, N806, N815 - the names follow Slicer's style

import enum
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Annotated

import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper, parameterPack
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

LAYOUT_ID = 7301
LAYOUT = """<layout type="horizontal" split="true">
 <item><view class="vtkMRMLSliceNode" singletontag="DemoInput">
  <property name="orientation" action="default">Axial</property>
  <property name="viewlabel" action="relayout">Input</property>
  <property name="viewcolor" action="relayout">#4a90d9</property>
  <property name="viewgroup" action="relayout">7</property></view></item>
 <item><view class="vtkMRMLSliceNode" singletontag="DemoResult">
  <property name="orientation" action="default">Axial</property>
  <property name="viewlabel" action="relayout">Result</property>
  <property name="viewcolor" action="relayout">#e8a33d</property>
  <property name="viewgroup" action="relayout">7</property></view></item>
</layout>"""


class Quality(enum.Enum):
    FAST = 1
    BEST = 2


@parameterPack
class Limits:
    lowest: float = 0.0
    highest: float = 1000.0


@parameterNodeWrapper
class DemoParameters:
    inputVolume: slicer.vtkMRMLScalarVolumeNode | None
    factor: Annotated[float, WithinRange(0.0, 10.0)] = 2.0
    quality: Quality = Quality.BEST
    outputFolder: Path = Path("results")
    limits: Limits
    notes: list[str]


class HostDemo(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Host demonstration")
        parent.categories = ["Testing"]
        parent.contributors = ["The MicroCTSuperRes developers"]
        slicer.app.connect("startupCompleted()", registerLayout)


def registerLayout():
    layoutNode = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    if not layoutNode.IsLayoutDescription(LAYOUT_ID):
        layoutNode.AddLayoutDescription(LAYOUT_ID, LAYOUT)


class HostDemoLogic(ScriptedLoadableModuleLogic):
    def getParameters(self):
        return DemoParameters(self.getParameterNode())


class HostDemoWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.process = None
        self.events = []

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        widget = slicer.util.loadUI(self.resourcePath("UI/HostDemo.ui"))
        self.layout.addWidget(widget)
        self.layout.addStretch(1)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.connectParameters()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onEndImport)
        self.ui.runButton.connect("clicked(bool)", self.onRun)
        self.ui.cancelButton.connect("clicked(bool)", self.onCancel)
        self.ui.forgetButton.connect("clicked(bool)", self.onForget)
        self.update()

    def connectParameters(self):
        self.parameters = HostDemoLogic().getParameters()
        self.connection = self.parameters.connectGui(self.ui)
        self.addObserver(self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.update)

    def disconnectParameters(self):
        self.parameters.disconnectGui(self.connection)
        self.removeObserver(self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.update)

    def cleanup(self):
        self.onCancel()
        self.disconnectParameters()
        self.removeObservers()

    def onEndImport(self, caller, event):
        # The wrapper has read the parameters before their references to nodes were resolved, and keeps what it read.
        self.disconnectParameters()
        self.connectParameters()
        self.update()

    def update(self, caller=None, event=None):
        self.ui.runButton.enabled = self.parameters.inputVolume is not None and self.process is None
        self.ui.cancelButton.enabled = self.process is not None

    def onRun(self):
        self.process = qt.QProcess()
        self.process.connect("readyReadStandardOutput()", self.onOutput)
        self.process.connect("finished(int,QProcess::ExitStatus)", self.onFinished)
        worker = Path(self.resourcePath("worker.py"))
        self.process.start(shutil.which("PythonSlicer"), ["-u", str(worker), str(self.parameters.factor)])
        self.update()

    def onOutput(self):
        while self.process is not None and self.process.canReadLine():
            self.events.append(json.loads(self.process.readLine().data()))
            self.ui.progressBar.value = self.events[-1]["percent"]

    def onFinished(self, exitCode, exitStatus):
        self.process = None
        if exitStatus == qt.QProcess.NormalExit:
            self.showResult()
            self.ui.statusLabel.text = _("Done with exit code {code}.").format(code=exitCode)
        else:
            self.ui.statusLabel.text = _("Cancelled.")
        self.update()

    def onCancel(self):
        if self.process is not None:
            process, self.process = self.process, None
            os.killpg(process.processId(), signal.SIGTERM)
            process.waitForFinished(2000)
            self.ui.progressBar.value = 0
            self.ui.statusLabel.text = _("Cancelled.")
            self.update()

    def onForget(self):
        if slicer.util.confirmYesNoDisplay(_("Forget all notes?")):
            self.parameters.notes.clear()

    def showResult(self):
        source = self.parameters.inputVolume
        result = slicer.modules.volumes.logic().CloneVolume(slicer.mrmlScene, source, source.GetName() + " result")
        slicer.util.arrayFromVolume(result)[:] = slicer.util.arrayFromVolume(source) * self.parameters.factor
        slicer.util.arrayFromVolumeModified(result)
        manager = slicer.app.layoutManager()
        manager.setLayout(LAYOUT_ID)
        for name, volume in (("DemoInput", source), ("DemoResult", result)):
            composite = manager.sliceWidget(name).mrmlSliceCompositeNode()
            composite.SetBackgroundVolumeID(volume.GetID())
            composite.SetLinkedControl(True)
        manager.resetSliceViews()
