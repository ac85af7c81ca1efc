"""What a volume node's grey values mean: units, calibration, rescale and text fields, as attributes of the node.

The attributes have the names of the fields in a NRRD header (`imaging/formats/fields.py`), so that a .nrrd into whose
header Slicer writes a node's attributes is one that the engine understands.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..imaging.calibration import NATIVE_UNITS
from ..imaging.formats.fields import from_fields, to_fields
from .lineage import PREFIX, SCENE_PREFIX
from .units import coded_units, set_units

if TYPE_CHECKING:
    import slicer

    from ..imaging.formats.meaning import Meaning


def meaning_of(node: slicer.vtkMRMLScalarVolumeNode) -> Meaning:
    """Units, calibration, rescale and text fields that a node's attributes and coded units tell.

    :raises FormatError: for a calibration or rescale that is damaged.
    """
    told = from_fields(Path(node.GetName() or "volume"), _fields_of(node))
    return replace(told, units=told.units or coded_units(node) or NATIVE_UNITS)


def write_meaning(node: slicer.vtkMRMLScalarVolumeNode, meaning: Meaning) -> None:
    """Replace units, calibration, rescale and text fields of a node; what other modules keep there stays.

    Text fields of other names than ours go together into one of our own: under its bare name ("Model",
    "DICOM.instanceUIDs") an attribute could mean something else to another module.
    """
    foreign = (name for name in meaning.metadata if not name.startswith(PREFIX) or name.startswith(SCENE_PREFIX))
    fields = to_fields(meaning, reserved=frozenset(name.lower() for name in foreign))
    for name in _fields_of(node):
        node.RemoveAttribute(name)
    for name, text in fields.items():
        node.SetAttribute(name, text)
    set_units(node, meaning.units or NATIVE_UNITS)


def has_meaning(node: slicer.vtkMRMLScalarVolumeNode) -> bool:
    """Whether a node has any attribute that :func:`write_meaning` writes."""
    return bool(_fields_of(node))


def _fields_of(node: slicer.vtkMRMLNode) -> dict[str, str]:
    names = (name for name in node.GetAttributeNames() if name.startswith(PREFIX))
    return {name: node.GetAttribute(name) for name in names if not name.startswith(SCENE_PREFIX)}
