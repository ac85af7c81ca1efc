"""`slicer.app.ioManager()`: reading and writing through the real storage nodes and through scripted file readers."""
# ruff: noqa: N802, N803 - the names are Slicer's

from pathlib import Path
from types import SimpleNamespace

import slicer
import vtk

NODE_OF_FILE = {
    "TableFile": "vtkMRMLTableNode",
    "ModelFile": "vtkMRMLModelNode",
    "SegmentationFile": "vtkMRMLSegmentationNode",
    "TransformFile": "vtkMRMLTransformNode",
    "MarkupsFile": "vtkMRMLMarkupsFiducialNode",
    "TextFile": "vtkMRMLTextNode",
}
FILE_OF_EXTENSION = {
    ".csv": "TableFile",
    ".tsv": "TableFile",
    ".vtk": "ModelFile",
    ".stl": "ModelFile",
    ".txt": "TextFile",
    ".mrml": "SceneFile",
    ".mrb": "SceneFile",
}
# Options of vtkSlicerVolumesLogic::AddArchetypeVolume.
VOLUME_OPTIONS = {"labelmap": 1, "center": 2, "singleFile": 4, "discardOrientation": 16}
KEEP_WINDOW_LEVEL = 8
BUILT_IN_CONFIDENCE = 0.5


class IOManager:
    """What slicer.util's load* and save* functions call.

    :param scene: the scene.
    :param volumes_logic: the Volumes module's logic.
    """

    def __init__(self, scene, volumes_logic):
        self._scene = scene
        self._volumes_logic = volumes_logic
        self._readers = []

    def add_scripted_reader(self, cls) -> None:
        """Registers a module's `<Module>FileReader`."""
        self._readers.append(ScriptedReader(cls))

    def registeredFileReaderCount(self, fileType):
        own = sum(reader.python.fileType() == fileType for reader in self._readers)
        return own + (fileType in (*NODE_OF_FILE, "VolumeFile", "SceneFile"))

    def fileType(self, path):
        """The type of the reader with most confidence; of several equal ones the built-in."""
        built_in = FILE_OF_EXTENSION.get(Path(path).suffix.lower(), "VolumeFile")
        candidates = [(BUILT_IN_CONFIDENCE, built_in)]
        candidates += [(reader.confidence(str(path)), reader.python.fileType()) for reader in self._readers]
        return max(candidates, key=lambda candidate: candidate[0])[1]

    def fileWriterFileType(self, node):
        kinds = (kind for kind, node_class in NODE_OF_FILE.items() if node.IsA(node_class))
        return next(kinds, "VolumeFile")

    def loadNodes(self, fileType, properties, loadedNodes=None, userMessages=None):
        reader = next((reader for reader in self._readers if reader.python.fileType() == fileType), None)
        if reader is not None:
            nodes = reader.load(dict(properties), userMessages)
        elif fileType == "SceneFile":
            return self._load_scene(properties)
        else:
            nodes = self._load_built_in(fileType, properties)
        for node in nodes:
            if loadedNodes is not None:
                loadedNodes.AddItem(node)
        return bool(nodes)

    def _load_built_in(self, file_type, properties) -> list:
        path = properties["fileName"]
        name = properties.get("name") or Path(path).name.split(".")[0]
        if not Path(path).exists():
            return []
        if file_type == "VolumeFile":
            return self._load_volume(path, name, properties)
        node = self._scene.AddNewNodeByClass(NODE_OF_FILE[file_type], name)
        node.AddDefaultStorageNode(path)
        if node.GetStorageNode().ReadData(node):
            return [node]
        self._scene.RemoveNode(node)
        return []

    def _load_volume(self, path, name, properties) -> list:
        options = sum(flag for key, flag in VOLUME_OPTIONS.items() if properties.get(key))
        options += 0 if properties.get("autoWindowLevel", True) else KEEP_WINDOW_LEVEL
        files = None
        if properties.get("fileNames"):
            files = vtk.vtkStringArray()
            for file in properties["fileNames"]:
                files.InsertNextValue(str(file))
        node = self._volumes_logic.AddArchetypeVolume(path, name, options, files)
        if node is not None and properties.get("show", True):
            selection = slicer.app.applicationLogic().GetSelectionNode()
            selection.SetActiveVolumeID(node.GetID())
            slicer.app.applicationLogic().PropagateVolumeSelection()
        return [node] if node is not None else []

    def _load_scene(self, properties):
        path = str(properties["fileName"])
        if properties.get("clear", path.endswith(".mrb")):
            self._scene.Clear(False)
        if path.endswith(".mrb"):
            return bool(self._scene.ReadFromMRB(path, False))
        self._scene.SetURL(path)
        return bool(self._scene.Import())

    def saveNodes(self, fileType, properties, userMessages=None):
        path = str(properties["fileName"])
        if fileType == "SceneFile":
            if path.endswith(".mrb"):
                return bool(self._scene.WriteToMRB(path))
            self._scene.SetURL(path)
            return bool(self._scene.Commit())
        node = self._scene.GetNodeByID(properties["nodeID"])
        node.AddDefaultStorageNode(path)
        node.GetStorageNode().SetFileName(path)
        return bool(node.GetStorageNode().WriteData(node))


class ScriptedReader:
    """A Python file reader with the parent object that Slicer gives it."""

    def __init__(self, cls):
        self._messages = slicer.vtkMRMLMessageCollection()
        self.parent = SimpleNamespace(loadedNodes=[], userMessages=lambda: self._messages, mrmlScene=self._scene)
        self.python = cls(self.parent)

    @staticmethod
    def _scene():
        return slicer.mrmlScene

    def confidence(self, path: str) -> float:
        """As qSlicerScriptedFileReader tells it: the Python class's own figure, else 0.5 for a file that fits."""
        if hasattr(self.python, "canLoadFileConfidence"):
            return float(self.python.canLoadFileConfidence(path))
        if hasattr(self.python, "canLoadFile"):
            return BUILT_IN_CONFIDENCE if self.python.canLoadFile(path) else 0.0
        return BUILT_IN_CONFIDENCE if any(f"*{Path(path).suffix}" in text for text in self.python.extensions()) else 0.0

    def load(self, properties: dict, messages) -> list:
        """The nodes that were loaded; none if the reader said so."""
        self._messages = messages if messages is not None else self._messages
        self.parent.loadedNodes = []
        if not self.python.load(properties):
            return []
        return [slicer.mrmlScene.GetNodeByID(node_id) for node_id in self.parent.loadedNodes]
