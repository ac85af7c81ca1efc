"""Small versions of the Python modules that Slicer brings and slicer-core lacks.

`slicer.ScriptedLoadableModule`, `slicer.i18n`.
"""
# ruff: noqa: N802, N803 - the names are Slicer's

import importlib
import types
import unittest
from pathlib import Path

import qt
import slicer


class ScriptedLoadableModule:
    """What a module is; see Slicer's class of the same name."""

    def __init__(self, parent):
        self.parent = parent
        self.moduleName = type(self).__name__
        icon = Path(parent.path).parent / "Resources/Icons" / f"{self.moduleName}.png"
        if icon.is_file():
            parent.icon = qt.QIcon(str(icon))
        slicer.selfTests[self.moduleName] = self.runTest

    def resourcePath(self, filename):
        return str(Path(self.parent.path).parent / "Resources" / filename)

    def getDefaultModuleDocumentationLink(self, docPage=None):
        url = slicer.app.moduleDocumentationUrl(self.moduleName)
        return f'<p>For more information see the <a href="{url}">online documentation</a>.</p>'

    def runTest(self, msec=100, **keywords):
        module = importlib.import_module(type(self).__module__)
        test = getattr(module, f"{self.moduleName}Test")()
        test.messageDelay = msec
        test.runTest(**keywords)


class ScriptedLoadableModuleWidget:
    """The panel of a module; see Slicer's class of the same name."""

    def __init__(self, parent=None):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = False
        if parent is None:
            self.parent = slicer.qMRMLWidget()
            self.parent.setLayout(qt.QVBoxLayout())
            self.parent.setMRMLScene(slicer.mrmlScene)
        else:
            self.parent = parent
        self.layout = self.parent.layout()
        if parent is None:
            self.setup()
            self.parent.show()
        manager = slicer.app.moduleManager()
        manager.connect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def resourcePath(self, filename):
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / filename)

    def setup(self):
        """Overridden by modules."""

    def cleanup(self):
        """Overridden by modules."""

    def _onModuleAboutToBeUnloaded(self, moduleName):
        if moduleName == self.moduleName:
            self.cleanup()
            manager = slicer.app.moduleManager()
            manager.disconnect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)


class ScriptedLoadableModuleLogic:
    """The logic of a module, with its parameter node; see Slicer's class of the same name."""

    def __init__(self, parent=None):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self):
        if self.isSingletonParameterNode:
            node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
            if node is not None:
                # Closing the scene may remove the attribute.
                node.SetAttribute("ModuleName", self.moduleName)
                return node
        else:
            nodes = self.getAllParameterNodes()
            if nodes:
                return nodes[0]
        return slicer.mrmlScene.AddNode(self.createParameterNode())

    def getAllParameterNodes(self):
        nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
        return [node for node in nodes if node.GetAttribute("ModuleName") == self.moduleName]

    def createParameterNode(self):
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """A module's self-test; see Slicer's class of the same name."""

    messageDelay = 0  # noqa: N815

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        # unittest's class does not call the mixins of a derived class.
        super(unittest.TestCase, self).__init__()

    def delayDisplay(self, message, requestedDelay=None, msec=None):
        slicer.app.processEvents()

    def runTest(self):
        """Overridden by modules."""


def scripted_loadable_module() -> types.ModuleType:
    """The module `slicer.ScriptedLoadableModule`."""
    module = types.ModuleType("slicer.ScriptedLoadableModule")
    classes = (
        ScriptedLoadableModule,
        ScriptedLoadableModuleWidget,
        ScriptedLoadableModuleLogic,
        ScriptedLoadableModuleTest,
    )
    module.__all__ = [cls.__name__ for cls in classes]
    vars(module).update({cls.__name__: cls for cls in classes})
    return module


def i18n() -> types.ModuleType:
    """The module `slicer.i18n`, which translates nothing."""
    module = types.ModuleType("slicer.i18n")
    module.tr = lambda text, disambiguation=None, n=-1: text
    module.translate = lambda context, text, disambiguation=None, n=-1: text
    module.getContext = lambda sourceFile: Path(sourceFile).stem
    return module
