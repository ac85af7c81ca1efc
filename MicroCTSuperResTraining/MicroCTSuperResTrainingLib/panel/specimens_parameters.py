"""What the user chose for the specimens; saved in the scene with the other parameters."""
# ruff: noqa: N815 - parameters have names in Slicer's style

from enum import Enum

import slicer
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import parameterPack


class Refine(Enum):
    """What is done where a specimen moved between its scans; the values are the engine's names."""

    NONE = "none"
    TRANSLATION = "translation"
    RIGID = "rigid"

    def label(self):
        """The text in the panel; Slicer's connection of enumerations to combo boxes asks for it."""
        return {
            Refine.NONE: _("Leave it"),
            Refine.TRANSLATION: _("Take back the shift"),
            Refine.RIGID: _("Take back shift and rotation"),
        }[self]


# The first member must be one that is always written: by it Slicer sees whether the pack is in a parameter node.
@parameterPack
class SpecimensParameters:
    """Members of `parameters.specimens`.

    :param cohortPath: the table on the disk that the jobs take, absolute; "" without one.
    :param table: what the panel shows and the user edits.
    :param pairingFolder: where the last check of the pairs has written its pictures; "" without one.
    :param folderPattern: how files in a folder are named.
    :param refine: what the check of the pairs, training and evaluation do about motion.
    """

    cohortPath: str = ""
    pairingFolder: str = ""
    folderPattern: str = "{specimen}-{scan}.*"
    refine: Refine = Refine.NONE
    table: slicer.vtkMRMLTableNode | None
