"""The settings of the panel, which are saved in the scene and restored with it."""
# ruff: noqa: N815 - parameters have names in Slicer's style

from enum import Enum

import slicer
from slicer.parameterNodeWrapper import parameterNodeWrapper

from .comparison_parameters import ComparisonParameters


class Grid(Enum):
    """Along which axes the resolution is doubled; the values are the engine's names."""

    ISOTROPIC = "isotropic"
    IN_PLANE = "in-plane"


@parameterNodeWrapper
class Parameters:
    """All that the user chose in the panel.

    :param lr: the volume to enhance.
    :param hr: the reference to compare with.
    :param output: the volume that takes the result; None makes a new one.
    :param model: name of a model in the store.
    :param device: "auto", or a device's name as torch calls it.
    :param queue: volumes that wait to be enhanced one after the other.
    """

    lr: slicer.vtkMRMLScalarVolumeNode | None
    hr: slicer.vtkMRMLScalarVolumeNode | None
    output: slicer.vtkMRMLScalarVolumeNode | None
    model: str = "default"
    device: str = "auto"
    grid: Grid = Grid.ISOTROPIC
    uncertaintyMap: bool = False
    consistencyMap: bool = False
    queue: list[slicer.vtkMRMLScalarVolumeNode]
    comparison: ComparisonParameters
