"""What the user chose for the agreement analysis; saved in the scene with the other parameters."""

from enum import Enum
from typing import Annotated

import slicer
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterPack


class Level(Enum):
    """What a point of the plot stands for; the values are the engine's names."""

    SPECIMENS = "specimens"
    SLICES = "rows"

    def label(self):
        """The text in the panel; Slicer's connection of enumerations to combo boxes asks for it."""
        return _("Specimen means") if self is Level.SPECIMENS else _("Single slices")


# The first member must be one that is always written: by it Slicer sees whether the pack is in a parameter node.
@parameterPack
class AgreementParameters:
    """Members of `parameters.agreement`.

    :param level: what the plot shows.
    :param margin: largest mean difference that counts as none, in the units of the values; 0 for no equivalence test.
    :param value: the column of the values; "" takes BA/TA, or else the first.
    :param reference: the method taken as true; "" takes HR.
    :param methods: those compared with it, separated by commas; "" takes LR and DL.
    :param shown: the method whose chart is shown, where several have one; "" takes the first.
    :param table: the measurements.
    """

    level: Level = Level.SPECIMENS
    margin: Annotated[float, WithinRange(0.0, 1_000_000.0)] = 0.0
    value: str = ""
    reference: str = ""
    methods: str = ""
    shown: str = ""
    table: slicer.vtkMRMLTableNode | None
