"""What the user chose for the comparison; saved in the scene with the other parameters."""
# ruff: noqa: N815 - parameters have names in Slicer's style

from enum import Enum
from typing import Annotated

import slicer
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterPack


class FadePartner(Enum):
    """What DL is faded into."""

    HR = "HR"
    LR = "LR"

    def label(self):
        """The text in the panel; Slicer's connection of enumerations to combo boxes asks for it."""
        return self.value


class Measure(Enum):
    """What is plotted along z."""

    PSNR = "PSNR"
    SSIM = "SSIM"

    def label(self):
        return _("PSNR along z") if self is Measure.PSNR else _("SSIM along z")


# The first member must be one that is always written: by it Slicer sees whether the pack is in a parameter node.
@parameterPack
class ComparisonParameters:
    """Members of `parameters.comparison`.

    :param linked: the comparison views scroll, zoom and pan together.
    :param smooth: grey values are interpolated between voxels.
    :param oneWindow: volumes in the same units are shown with one window and level.
    :param fadeWith: the volume that is faded in over DL.
    :param fade: 0 shows DL alone, 1 the other alone.
    :param threshold: of bone in 3-D, in the units of LR.
    :param thresholdOf: what the threshold was chosen for; "" before one was chosen.
    :param measure: the score that is plotted.
    :param preview: the slice in view is enhanced as the user moves.
    :param dl: the enhanced volume; None stands for the newest made from LR.
    """

    linked: bool = True
    smooth: bool = False
    oneWindow: bool = True
    fadeWith: FadePartner = FadePartner.HR
    fade: Annotated[float, WithinRange(0.0, 1.0)] = 0.0
    threshold: Annotated[float, WithinRange(-100_000.0, 1_000_000.0)] = 0.0
    thresholdOf: str = ""
    measure: Measure = Measure.PSNR
    preview: bool = False
    dl: slicer.vtkMRMLScalarVolumeNode | None
