"""What the user chose for morphometry; saved in the scene with the other parameters."""
# ruff: noqa: N815 - parameters have names in Slicer's style

from typing import Annotated

import slicer
from slicer.parameterNodeWrapper import WithinRange, parameterPack

# In mg HA/cm3; a test compares it with the engine's, whose import the panel's opening is spared.
STUDY_THRESHOLD = 500.0


# The first member must be one that is always written: by it Slicer sees whether the pack is in a parameter node.
@parameterPack
class MorphometryParameters:
    """Members of `parameters.morphometry`.

    :param threshold: voxels from here on, inclusive, are bone; in the units of the volumes.
    :param sigma: of the Gaussian before the threshold, in voxels of the grid that is measured on; 0 for none.
    :param support: the Gaussian ends after so many voxels.
    :param preview: bone is shown on the slices.
    :param withoutForamen: the vertebral foramen is left out of contours that are found.
    :param thickness: Tb.Th and Tb.Sp are measured, too; `cortex`: the cortex of a long bone.
    :param lr: a scan at low resolution; `dl`: enhanced; `hr`: at high resolution. One at least is measured.
    :param tissue: the tissue area of all of them; None for contours that are found.
    """

    threshold: Annotated[float, WithinRange(-100_000.0, 1_000_000.0)] = STUDY_THRESHOLD
    sigma: Annotated[float, WithinRange(0.0, 20.0)] = 1.2
    support: Annotated[int, WithinRange(1, 50)] = 2
    preview: bool = False
    withoutForamen: bool = False
    thickness: bool = False
    cortex: bool = False
    lr: slicer.vtkMRMLScalarVolumeNode | None
    dl: slicer.vtkMRMLScalarVolumeNode | None
    hr: slicer.vtkMRMLScalarVolumeNode | None
    tissue: slicer.vtkMRMLSegmentationNode | None
