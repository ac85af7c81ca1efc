"""The part of the panel that says where the result goes and on which grid."""
# ruff: noqa: N802 - the module calls sections by names in Slicer's style

from .parameters import Grid
from .section import Section


class OutputSection(Section):
    """Choose the result's volume and resolution. The maps come with a later version: their boxes are disabled."""

    ui_file = "MicroCTSuperResOutput.ui"

    def setup(self):
        super().setup()
        self.ui.outputSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._output_chosen)
        self.ui.isotropicButton.connect("toggled(bool)", self._grid_chosen)

    def parametersChanged(self):
        self.ui.outputSelector.setCurrentNode(self.parameters.output)
        isotropic = self.parameters.grid == Grid.ISOTROPIC
        (self.ui.isotropicButton if isotropic else self.ui.inPlaneButton).checked = True
        self.ui.uncertaintyBox.checked = self.parameters.uncertaintyMap
        self.ui.consistencyBox.checked = self.parameters.consistencyMap

    def _output_chosen(self, node):
        if self.parameters and self.parameters.output is not node:
            self.parameters.output = node

    def _grid_chosen(self, isotropic):
        if self.parameters:
            self.parameters.grid = Grid.ISOTROPIC if isotropic else Grid.IN_PLANE
