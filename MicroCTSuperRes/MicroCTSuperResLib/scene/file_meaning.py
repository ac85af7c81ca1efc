"""What a file says about the grey values of a node that Slicer's own reader loaded: that reader keeps none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import MicroCTError
from ..imaging.calibration import SAME
from ..imaging.formats import inspect
from ..imaging.formats.meaning import Meaning
from .node_meaning import has_meaning, write_meaning
from .volume_nodes import array_of, source_of

if TYPE_CHECKING:
    import slicer

    from ..imaging.formats import Header

# In these the rescale is a field of our own, which Slicer does not apply. In others its reader may have applied it.
_OWN_RESCALE = (".nrrd", ".nhdr", ".mha", ".mhd")
# Slicer's reader turns native grey values into HU (ITKIOScanco); what the file says is of the native ones.
_TURNED_INTO_HU = ("Scanco ISQ", "Scanco AIM")


def adopt_file_meaning(node: slicer.vtkMRMLScalarVolumeNode) -> bool:
    """Give a node units, calibration and text fields from the file that it was loaded from.

    Nothing is done where the node has them already, was changed since, has no file, or the file is not what the node
    holds.

    :return: whether anything was added. Stored numbers may then need :func:`~.volume_nodes.apply_rescale`.
    """
    source = source_of(node)
    if source is None or has_meaning(node):
        return False
    try:
        header = inspect(source)
    except MicroCTError:
        return False
    if not _is_of(header, node):
        return False
    write_meaning(node, Meaning(header.units, header.calibration, header.line, header.metadata))
    return True


def _is_of(header: Header, node: slicer.vtkMRMLScalarVolumeNode) -> bool:
    if header.format in _TURNED_INTO_HU:
        return False
    voxels = array_of(node)
    rescale_is_ours = header.line == SAME or header.path.suffix.lower() in _OWN_RESCALE
    return header.size == voxels.shape[::-1] and header.stored_type == voxels.dtype.name and rescale_is_ours
