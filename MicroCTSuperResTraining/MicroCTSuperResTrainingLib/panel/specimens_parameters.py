"""What the user chose for the specimens; saved in the scene with the other parameters."""
# ruff: noqa: N815 - parameters have names in Slicer's style

import slicer
from slicer.parameterNodeWrapper import parameterPack


# The first member must be one that is always written: by it Slicer sees whether the pack is in a parameter node.
@parameterPack
class SpecimensParameters:
    """Members of `parameters.specimens`.

    :param cohortPath: the table on the disk that the jobs take, absolute; "" without one.
    :param table: what the panel shows and the user edits.
    :param pairingFolder: where the last check of the pairs has written its pictures; "" without one.
    :param folderPattern: how files in a folder are named.
    """

    cohortPath: str = ""
    pairingFolder: str = ""
    folderPattern: str = "{specimen}-{scan}.*"
    table: slicer.vtkMRMLTableNode | None
