"""What a volume node's grey values mean, in the coded terms that Slicer stores with a volume.

Codes of DICOM and UCUM (the Unified Code for Units of Measure); HU as Slicer's own DICOM import writes it. For the
density of hydroxyapatite there is no code in either: the quantity's is the project's own, in a private scheme, whose
name begins with 99 as DICOM PS3.16 section 8 asks.
"""

from __future__ import annotations

import slicer

from ..imaging.calibration import ATTENUATION_UNITS, DENSITY_UNITS, HU_UNITS

_ATTENUATION = ("112031", "DCM", "Attenuation Coefficient")
_DENSITY = ("HA-DENSITY", "99MICROCT", "Hydroxyapatite density")

# quantity, units; each as code, coding scheme, meaning. Native grey values have neither.
_CODES = {
    HU_UNITS: (_ATTENUATION, ("[hnsf'U]", "UCUM", "Hounsfield unit")),
    ATTENUATION_UNITS: (_ATTENUATION, ("1/cm", "UCUM", ATTENUATION_UNITS)),
    DENSITY_UNITS: (_DENSITY, ("mg/cm3", "UCUM", DENSITY_UNITS)),
}


def set_units(node: slicer.vtkMRMLScalarVolumeNode, units: str) -> None:
    """Write the units of a volume's grey values; native ones, and others that have no code, clear them.

    :param units: of :class:`~..imaging.volume.Volume`.
    """
    quantity, code = _CODES.get(units, (None, None))
    node.SetVoxelValueQuantity(_entry(quantity))
    node.SetVoxelValueUnits(_entry(code))


def coded_units(node: slicer.vtkMRMLScalarVolumeNode) -> str | None:
    """The units that a node's code names; None where it has none or an unknown one.

    mg/cm3 counts as density of hydroxyapatite only where the code's meaning says so.
    """
    entry = node.GetVoxelValueUnits()
    if entry is None:
        return None
    told = (entry.GetCodeValue(), entry.GetCodingSchemeDesignator(), entry.GetCodeMeaning())
    for units, (_, code) in _CODES.items():
        if told[:2] == code[:2] and (units != DENSITY_UNITS or "HA" in (told[2] or "")):
            return units
    return None


def _entry(code: tuple[str, str, str] | None) -> slicer.vtkCodedEntry | None:
    if code is None:
        return None
    entry = slicer.vtkCodedEntry()
    entry.SetValueSchemeMeaning(*code)
    return entry
