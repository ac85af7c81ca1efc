"""What the panels of both modules do alike: they hold sections, and follow the parameters and the scene."""
# ruff: noqa: N802 - Slicer and the sections call these by names in Slicer's style

import slicer
import vtk
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin


class SectionsWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel of a module: its sections (:class:`.section.Section`) and what they share.

    A module's widget defines `makeLogic` and `makeSections`. `parameters` is the node with all settings of the panel,
    None while a scene is being closed.
    """

    def __init__(self, parent=None):
        self.logic = None
        self.parameters = None
        self.sections = []
        VTKObservationMixin.__init__(self)
        ScriptedLoadableModuleWidget.__init__(self, parent)

    def makeLogic(self):
        """The module's logic, which has `getParameters`."""
        raise NotImplementedError

    def makeSections(self):
        """The sections from top to bottom. Imported there, so that Slicer starts without them."""
        raise NotImplementedError

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        self.logic = self.makeLogic()
        self.sections = list(self.makeSections())
        for section in self.sections:
            section.setup()
        self.layout.addStretch(1)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEndImport)
        self.addObserver(scene, scene.NodeRemovedEvent, self.onNodeRemoved)
        self.initializeParameters()
        if getattr(self.parent, "isEntered", False):  # reloaded while it is open: Slicer does not enter it again
            self.enter()

    def addSectionWidget(self, widget):
        """Put a section's widget below those that are there."""
        self.layout.addWidget(widget)
        if widget.inherits("qMRMLWidget"):
            widget.setMRMLScene(slicer.mrmlScene)

    def enter(self):
        self.initializeParameters()
        for section in self.sections:
            section.enter()

    def exit(self):
        for section in self.sections:
            section.exit()

    def cleanup(self):
        for section in self.sections:
            section.cleanup()
        self.removeObservers()
        self.parameters = None

    def initializeParameters(self):
        """Take the parameters of the scene, which are made where there are none."""
        if self.parameters is None:
            self.parameters = self.logic.getParameters()
            # After the wrapper's own observers, which read the values anew: of equals VTK calls the first one last.
            self.addObserver(
                self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified, priority=-1.0
            )
        self.onParametersModified()

    def forgetParameters(self):
        if self.parameters is not None:
            self.removeObserver(self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
        self.parameters = None

    def onParametersModified(self, caller=None, event=None):
        # While a scene is read or closed, references to nodes are not resolved; its end is told, too.
        if self.parameters is None or slicer.mrmlScene.IsBatchProcessing():
            return
        for section in self.sections:
            section.parametersChanged()

    def onNodeRemoved(self, caller, event):
        # The parameters forget a node that was removed without telling so.
        self.onParametersModified()

    def onSceneStartClose(self, caller, event):
        for section in self.sections:
            section.sceneAboutToClose()
        self.forgetParameters()

    def onSceneEndClose(self, caller, event):
        self.initializeParameters()
        for section in self.sections:
            section.sceneClosed()

    def onSceneEndImport(self, caller, event):
        # Slicer's wrapper keeps what it read before the references to nodes were resolved, so it is made anew.
        self.forgetParameters()
        self.initializeParameters()
