"""What the user chose for training; saved in the scene with the other parameters."""
# ruff: noqa: N815 - parameters have names in Slicer's style

from enum import Enum
from typing import Annotated

from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterPack


class Preset(Enum):
    """The settings to begin with; the values are the engine's names."""

    FAST = "fast"
    ABSTRACT = "abstract"

    def label(self):
        """The text in the panel; Slicer's connection of enumerations to combo boxes asks for it."""
        return _("fast: the default network") if self is Preset.FAST else _("abstract: the study's U-Net")


class Device(Enum):
    """Where to train; the values are the engine's names."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"

    def label(self):
        """See :meth:`Preset.label`."""
        return {
            Device.AUTO: _("Automatic"),
            Device.CPU: _("CPU"),
            Device.CUDA: _("NVIDIA GPU (CUDA)"),
        }[self]


# The first member must be one that is always written: by it Slicer sees whether the pack is in a parameter node.
@parameterPack
class TrainParameters:
    """Members of `parameters.train`.

    :param epochs: at most so many.
    :param fromModel: the model whose weights a training starts with; "" for a new network.
    :param settings: further settings of the engine, NAME=VALUE, separated by semicolons.
    :param runsFolder: where the runs are; "" stands for the folder "runs" beside the cohort's table.
    :param run: folder of the run that is shown; "" for none.
    """

    preset: Preset = Preset.FAST
    epochs: Annotated[int, WithinRange(1, 10_000)] = 50
    device: Device = Device.AUTO
    fromModel: str = ""
    settings: str = ""
    runsFolder: str = ""
    run: str = ""
