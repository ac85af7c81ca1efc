"""Bone as a surface in a 3-D view."""

import numpy as np
import pytest
import vtk
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.scene.layouts import HR_SURFACE_VIEW, LR_SURFACE_VIEW, TRIPLE_SURFACES
from MicroCTSuperResLib.scene.surfaces import find_surface, remove_surface, show_surface, surface_of
from MicroCTSuperResLib.scene.views import view_node
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
from sample_scene import ball, rotation

RADIUS = 0.15
VOLUME_MM3 = 4 / 3 * np.pi * RADIUS**3


def mass(surface):
    measured = vtk.vtkMassProperties()
    measured.SetInputData(surface)
    return measured.GetVolume()


def test_the_surface_of_a_ball_has_its_size_and_place(scene):
    surface = surface_of(node_from_volume(scene, ball(), "HR"), 500.0, 10**6)
    # A ball of 7.5 voxels: its voxels' surface is right to a few percent.
    assert mass(surface) == pytest.approx(VOLUME_MM3, rel=0.05)
    assert surface.GetCenter() == pytest.approx((0, 0, 0), abs=0.01)
    assert surface.GetBounds()[1] == pytest.approx(RADIUS, abs=0.02)


def test_a_large_volume_is_averaged_and_stays_in_its_place(scene):
    node = node_from_volume(scene, ball(), "HR")
    surface, coarse = surface_of(node, 500.0, 10**6), surface_of(node, 500.0, 24**3 // 8)
    assert coarse.GetNumberOfCells() < surface.GetNumberOfCells() / 3
    assert coarse.GetCenter() == pytest.approx((0, 0, 0), abs=0.01)
    assert mass(coarse) == pytest.approx(mass(surface), rel=0.1)


def test_bone_is_closed_where_the_scan_ends(scene):
    full = Volume(np.full((3, 4, 5), 1000, np.int16), spacing=(1, 1, 1))
    surface = surface_of(node_from_volume(scene, full, "HR"), 500.0, 10**6)
    edges = vtk.vtkFeatureEdges()
    edges.SetInputData(surface)
    edges.BoundaryEdgesOn()
    edges.FeatureEdgesOff()
    edges.ManifoldEdgesOff()
    edges.Update()
    assert surface.GetNumberOfCells() > 0
    assert edges.GetOutput().GetNumberOfCells() == 0


@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_the_surface_faces_outwards_in_oblique_and_flipped_volumes(scene, flip):
    direction = rotation(0.3, 0.5) @ np.diag((1.0, 1.0, flip))
    centre = np.array(ball().size) / 2 * 0.02
    volume = Volume(ball().voxels, (0.02,) * 3, tuple(-direction @ centre), tuple(direction.ravel()))
    surface = surface_of(node_from_volume(scene, volume, "HR"), 500.0, 10**6)
    point, normal = np.array(surface.GetPoint(0)), np.array(surface.GetPointData().GetNormals().GetTuple(0))
    assert (point - surface.GetCenter()) @ normal > 0
    # And so do its triangles, by the order of their corners.
    corners = [np.array(surface.GetPoint(surface.GetCell(0).GetPointId(number))) for number in range(3)]
    facing = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    assert (np.mean(corners, axis=0) - surface.GetCenter()) @ facing > 0


def test_a_surface_is_shown_in_its_view_alone_and_made_once(host):
    host.choose(TRIPLE_SURFACES)
    node = node_from_volume(host.scene, ball(), "HR")
    node.SetAndObserveTransformNodeID(host.transform(np.eye(4)).GetID())
    count = None
    for view in (LR_SURFACE_VIEW, HR_SURFACE_VIEW):
        model = show_surface(node, 500.0, view_node(host.scene, view))
        assert [model.GetDisplayNode().GetNthViewNodeID(0)] == [view_node(host.scene, view).GetID()]
        assert model.GetDisplayNode().GetNumberOfViewNodeIDs() == 1
        count = count or host.scene.GetNumberOfNodes()
    assert host.scene.GetNumberOfNodes() == count
    assert model.GetParentTransformNode() is node.GetParentTransformNode()


def test_a_surface_is_found_after_a_scene_file_and_removed_without_a_trace(host):
    host.choose(TRIPLE_SURFACES)
    node = node_from_volume(host.scene, ball(), "HR")
    count = host.count("vtkMRMLModelDisplayNode")
    show_surface(node, 500.0, view_node(host.scene, HR_SURFACE_VIEW))
    other = host.reloaded()
    found = find_surface(other.node("HR"))
    assert mass(found.GetPolyData()) == pytest.approx(VOLUME_MM3, rel=0.05)
    remove_surface(node)
    assert find_surface(node) is None
    assert host.count("vtkMRMLModelDisplayNode") == count
