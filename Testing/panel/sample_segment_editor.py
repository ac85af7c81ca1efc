"""Slicer's module Segment Editor as the panel uses it, without its widgets: Slicer's own logic and parameter node."""

from types import SimpleNamespace


class SegmentEditor:
    """Methods of qMRMLSegmentEditorWidget, the `editor` of the module's widget.

    Its methods call the logic as the widget's do (Modules/Loadable/Segmentations/Widgets/qMRMLSegmentEditorWidget.cxx).
    A new source volume is shown in all slice views that do not show it yet, as `showSourceVolumeInSliceViewers` does.
    """

    def __init__(self, scene):
        import slicer

        self._scene = scene
        self.parameters = scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
        self._logic = slicer.vtkSlicerSegmentEditorLogic()
        self._logic.SetMRMLScene(scene)
        self._logic.SetSegmentEditorNode(self.parameters)

    def setSegmentationNode(self, node):  # noqa: N802
        if node is not self.parameters.GetSegmentationNode():
            self._logic.SetSegmentationNode(node)

    def setSourceVolumeNode(self, node):  # noqa: N802
        from MicroCTSuperResLib.scene.lineage import nodes_of_class

        self._logic.SetSourceVolumeNode(node)
        source = self.parameters.GetSourceVolumeNode()
        for composite in nodes_of_class(self._scene, "vtkMRMLSliceCompositeNode"):
            shown = (composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID())
            if source is not None and source.GetID() not in shown:
                composite.SetBackgroundVolumeID(source.GetID())
                composite.SetForegroundVolumeID(None)
                composite.SetLabelVolumeID(None)

    def setCurrentSegmentID(self, segment):  # noqa: N802
        self.parameters.SetSelectedSegmentID(segment)


def put_segment_editor(monkeypatch):
    """Put the Segment Editor where Slicer has it; it is made when it is selected for the first time, as in Slicer.

    :return: the names of the modules that are selected, and the editor once it was made: two lists.
    """
    import slicer

    made, opened = [], []

    def select(name):
        opened.append(name)
        if name == "SegmentEditor" and not made:
            made.append(SegmentEditor(slicer.mrmlScene))

    widget = SimpleNamespace(self=lambda: SimpleNamespace(editor=made[0]))
    module = SimpleNamespace(widgetRepresentation=lambda: widget)
    monkeypatch.setattr(slicer.modules, "segmenteditor", module, raising=False)
    monkeypatch.setattr(slicer.util, "selectModule", select)
    return opened, made
