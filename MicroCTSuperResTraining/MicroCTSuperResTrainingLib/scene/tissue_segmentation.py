"""The tissue area (T.Ar) as a segmentation, which the Segment Editor can correct."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import slicer
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.scene.lineage import IMAGE_ROLE, connect, find_or_add
from MicroCTSuperResLib.scene.subject_hierarchy import place_beside
from MicroCTSuperResLib.scene.volume_nodes import volume_from_node

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.volume import Volume

SEGMENT = "T.Ar"
_CLASS, _PURPOSE = "vtkMRMLSegmentationNode", "tissue area"
# Okabe and Ito's orange, as in the pictures for checking.
_COLOUR = (230 / 255, 159 / 255, 0.0)


def show_tissue(volume_node: slicer.vtkMRMLScalarVolumeNode, tissue: np.ndarray) -> slicer.vtkMRMLSegmentationNode:
    """The tissue area of a volume as an outline on its slices; the one made for this volume before takes it.

    :param tissue: bool or uint8, (z, y, x) of the volume.
    """
    scene = volume_node.GetScene()
    name = f"{volume_node.GetName()} tissue area"
    node = find_or_add(scene, _CLASS, _PURPOSE, name, image=volume_node)
    node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    if node.GetDisplayNode() is None:
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetOpacity2DFill(0.0)
        node.GetDisplayNode().SetVisibility3D(False)
    if not node.GetSegmentation().GetSegmentIdBySegmentName(SEGMENT):
        node.GetSegmentation().AddEmptySegment(SEGMENT, SEGMENT, _COLOUR)
    segment = node.GetSegmentation().GetSegmentIdBySegmentName(SEGMENT)
    slicer.util.updateSegmentBinaryLabelmapFromArray(tissue.astype(np.uint8), node, segment, volume_node)
    connect(node, IMAGE_ROLE, volume_node)
    place_beside(node, volume_node)
    return node


def segment_of(segmentation: slicer.vtkMRMLSegmentationNode) -> str:
    """ID of the segment that is the tissue area: the one named T.Ar, or else the first; "" without segments."""
    found = segmentation.GetSegmentation()
    by_name = found.GetSegmentIdBySegmentName(SEGMENT)
    return by_name or (found.GetNthSegmentID(0) if found.GetNumberOfSegments() else "")


def tissue_of(segmentation: slicer.vtkMRMLSegmentationNode, volume_node: slicer.vtkMRMLScalarVolumeNode) -> Volume:
    """The tissue area as a mask on the grid of a volume, at its place in the world.

    :raises InputError: for a segmentation without segments, or whose tissue area does not meet the volume.
    """
    segment = segment_of(segmentation)
    if not segment:
        raise InputError(
            f"The segmentation {segmentation.GetName()} has no segment.", "Find the contours, or draw the tissue area."
        )
    try:
        tissue = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment, volume_node)
    except RuntimeError:  # so Slicer reports a segment that is empty or lies elsewhere
        tissue = None
    if tissue is None or not tissue.any():
        raise InputError(
            f"The tissue area of {segmentation.GetName()} is empty where {volume_node.GetName()} lies.",
            "Choose the segmentation of this specimen, or find its contours.",
        )
    volume = volume_from_node(volume_node)
    return volume.with_voxels((tissue != 0).astype(np.uint8), units="native", metadata={})
