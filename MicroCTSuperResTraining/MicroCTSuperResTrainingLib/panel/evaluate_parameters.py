"""What the user chose for the evaluation; saved in the scene with the other parameters."""

from enum import Enum
from typing import Annotated

from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterPack

from .train_parameters import Device


class Part(Enum):
    """The part of the cohort that is evaluated; the values are the engine's names."""

    TEST = "test"
    VALIDATION = "validation"
    TRAIN = "train"
    ALL = "all"

    def label(self):
        """The text in the panel; Slicer's connection of enumerations to combo boxes asks for it."""
        return {
            Part.TEST: _("Test"),
            Part.VALIDATION: _("Validation"),
            Part.TRAIN: _("Training (too good: the model has seen them)"),
            Part.ALL: _("All"),
        }[self]


class Measure(Enum):
    """What is plotted for each specimen; the values are columns of specimens.csv."""

    SSIM = "ssim"
    PSNR = "psnr_db"
    AREA = "ba_ta"

    def label(self):
        """See :meth:`Part.label`."""
        return {
            Measure.SSIM: _("SSIM of each specimen"),
            Measure.PSNR: _("PSNR of each specimen"),
            Measure.AREA: _("BA/TA of each specimen"),
        }[self]


# The first member must be one that is always written: by it Slicer sees whether the pack is in a parameter node.
@parameterPack
class EvaluateParameters:
    """Members of `parameters.evaluate`.

    :param workers: specimens at a time; 0 for as many as cores and memory allow.
    :param models: names or folders of the models, one a line.
    :param folder: for the results; "" stands for the folder "evaluation" beside the cohort's table.
    """

    part: Part = Part.TEST
    measure: Measure = Measure.SSIM
    device: Device = Device.AUTO
    workers: Annotated[int, WithinRange(0, 64)] = 0
    models: str = "default"
    folder: str = ""
