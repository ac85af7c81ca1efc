"""Volume <-> node: nothing gets lost in the scene."""

import numpy as np
import pytest
import slicer
import slicer.util
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError, InputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.scene.volume_nodes import (
    array_of,
    node_from_volume,
    update_node,
    volume_from_node,
)
from sample_scene import oblique_volume, rotation, same_meaning, same_place


def test_a_volume_comes_back_from_its_node_as_it_was(scene):
    volume = oblique_volume()
    got = volume_from_node(node_from_volume(scene, volume, "LR"))
    same_meaning(got, volume)
    assert got.voxels.dtype == np.int16
    same_place(got, volume, 0.0)


angles = st.floats(-np.pi, np.pi)
sizes = st.integers(1, 5)
steps = st.floats(1e-4, 10)
places = st.floats(-500, 500)


@settings(max_examples=25, deadline=None)
@given(
    turns=st.tuples(angles, angles),
    flip=st.tuples(*[st.sampled_from((-1.0, 1.0))] * 3),
    spacing=st.tuples(steps, steps, steps),
    origin=st.tuples(places, places, places),
    size=st.tuples(sizes, sizes, sizes),
)
def test_every_place_in_the_world_is_kept(turns, flip, spacing, origin, size):
    scene = slicer.vtkMRMLScene()
    direction = rotation(*turns) * flip
    volume = Volume(np.zeros(size[::-1], np.uint8), spacing, origin, tuple(direction.ravel()))
    node = node_from_volume(scene, volume, "any")
    # vtkMRMLVolumeNode takes numbers that differ by less than 2.2e-16 for the same and keeps what it had.
    same_place(volume_from_node(node), volume, 3e-16)
    # The last voxel in LPS by the definition of ITK, and where Slicer puts it in RAS.
    last = np.array(size) - 1
    x, y, z = np.array(origin) + direction @ (np.array(spacing) * last)
    matrix = slicer.util.arrayFromVTKMatrix(_ijk_to_ras(node))
    np.testing.assert_allclose(matrix @ (*last, 1.0), (-x, -y, z, 1.0), rtol=1e-12, atol=1e-9)


def _ijk_to_ras(node):
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return matrix


@pytest.mark.parametrize(
    ("given_type", "held"),
    [
        ("int8", "int8"),
        ("uint8", "uint8"),
        (">i2", "int16"),
        ("uint16", "uint16"),
        ("int32", "int32"),
        ("uint32", "uint32"),
        ("float16", "float32"),
        ("float32", "float32"),
        ("float64", "float64"),
    ],
)
def test_a_voxel_type_is_kept_or_widened(scene, given_type, held):
    voxels = np.arange(24).reshape(2, 3, 4).astype(given_type)
    node = node_from_volume(scene, Volume(voxels, spacing=(1, 1, 1)), "any")
    assert array_of(node).dtype == held
    np.testing.assert_array_equal(array_of(node), voxels)


@pytest.mark.parametrize(
    ("largest", "held"), [(2**31 - 1, "int32"), (2**32 - 1, "uint32"), (2**53, "float64")], ids=str
)
def test_64_bit_whole_numbers_become_the_smallest_type_that_holds_them(scene, largest, held):
    voxels = np.array([[[0, largest]]], np.int64)
    node = node_from_volume(scene, Volume(voxels, spacing=(1, 1, 1)), "any")
    assert array_of(node).dtype == held
    np.testing.assert_array_equal(array_of(node), voxels)


def test_whole_numbers_that_no_type_holds_exactly_are_refused_and_leave_no_node(host):
    volume = Volume(np.array([[[0, 2**53 + 1]]], np.uint64), spacing=(1, 1, 1))
    with pytest.raises(InputError, match="9007199254740993"):
        node_from_volume(host.scene, volume, "any")
    assert host.count("vtkMRMLScalarVolumeNode") == 0


def test_a_mask_becomes_bytes():
    from MicroCTSuperResLib.scene.voxel_types import scene_type

    assert scene_type(np.array([True])) == np.uint8


@pytest.mark.parametrize(
    ("units", "code"),
    [
        ("HU", ("112031", "[hnsf'U]", "UCUM", "Hounsfield unit")),
        ("1/cm", ("112031", "1/cm", "UCUM", "1/cm")),
        ("mg HA/cm3", ("HA-DENSITY", "mg/cm3", "UCUM", "mg HA/cm3")),
    ],
)
def test_units_are_told_in_the_codes_that_slicer_stores(scene, units, code):
    node = node_from_volume(scene, oblique_volume(units=units), "any")
    entry = node.GetVoxelValueUnits()
    told = (entry.GetCodeValue(), entry.GetCodingSchemeDesignator(), entry.GetCodeMeaning())
    assert (node.GetVoxelValueQuantity().GetCodeValue(), *told) == code


def test_native_grey_values_have_no_code(scene):
    node = node_from_volume(scene, oblique_volume(), "any")
    update_node(node, oblique_volume(units="native"))
    assert node.GetVoxelValueUnits() is None
    assert volume_from_node(node).units == "native"


def test_a_volume_that_slicer_imported_as_hounsfield_units_is_in_hu(scene):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    slicer.util.updateVolumeFromArray(node, np.zeros((2, 2, 2), np.int16))
    units = slicer.vtkCodedEntry()
    units.SetValueSchemeMeaning("[hnsf'U]", "UCUM", "Hounsfield unit")
    node.SetVoxelValueUnits(units)
    assert volume_from_node(node).units == "HU"


def test_milligrams_of_something_else_are_not_taken_for_hydroxyapatite(scene):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    slicer.util.updateVolumeFromArray(node, np.zeros((2, 2, 2), np.int16))
    units = slicer.vtkCodedEntry()
    units.SetValueSchemeMeaning("mg/cm3", "UCUM", "milligram per cubic centimeter of iodine")
    node.SetVoxelValueUnits(units)
    assert volume_from_node(node).units == "native"


def test_reading_copies_no_voxels_and_cannot_change_them(scene):
    node = node_from_volume(scene, oblique_volume(), "LR")
    volume = volume_from_node(node)
    assert np.shares_memory(volume.voxels, slicer.util.arrayFromVolume(node))
    with pytest.raises(ValueError, match="read-only"):
        volume.voxels[0, 0, 0] = 1


def test_writing_copies_the_voxels(scene):
    voxels = np.zeros((2, 3, 4), np.float32)
    node = node_from_volume(scene, Volume(voxels, spacing=(1, 1, 1)), "LR")
    voxels[:] = 7
    assert array_of(node).max() == 0


def test_a_volume_read_before_an_update_keeps_its_grey_values(scene):
    node = node_from_volume(scene, oblique_volume(), "DL")
    before = volume_from_node(node)
    update_node(node, before.with_voxels(before.voxels + np.int16(1)))
    np.testing.assert_array_equal(before.voxels + 1, array_of(node))


def test_a_volume_outlives_its_node(host):
    node = node_from_volume(host.scene, oblique_volume(), "LR")
    volume = volume_from_node(node)
    host.scene.RemoveNode(node)
    del node
    np.testing.assert_array_equal(volume.voxels, oblique_volume().voxels)


def test_an_update_keeps_the_display_and_leaves_nothing_behind(host):
    node = node_from_volume(host.scene, oblique_volume(), "DL")
    display, nodes = node.GetDisplayNode(), host.scene.GetNumberOfNodes()
    other = Volume(np.ones((3, 3, 3), np.float32), spacing=(1, 2, 3), metadata={"MicroCTSuperRes.grid": "in-plane"})
    for _ in range(3):
        update_node(node, other)
    assert node.GetDisplayNode() is display
    assert host.scene.GetNumberOfNodes() == nodes
    got = volume_from_node(node)
    same_meaning(got, other)
    same_place(got, other, 0.0)


def test_an_update_tells_those_who_watch_the_node(scene):
    node = node_from_volume(scene, oblique_volume(), "DL")
    told = []
    node.AddObserver(slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent, lambda *_: told.append("voxels"))
    node.AddObserver("ModifiedEvent", lambda *_: told.append("node"))
    update_node(node, oblique_volume(units="HU"))
    assert {"voxels", "node"} == set(told)


def test_attributes_of_other_modules_are_neither_read_nor_removed(scene):
    node = node_from_volume(scene, oblique_volume(), "LR")
    node.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    assert "DICOM.instanceUIDs" not in volume_from_node(node).metadata
    update_node(node, oblique_volume())
    assert node.GetAttribute("DICOM.instanceUIDs") == "1.2.3"


def test_text_fields_of_the_scan_do_not_become_attributes_of_other_meaning(scene):
    node = node_from_volume(scene, oblique_volume(metadata={"DICOM.instanceUIDs": "1.2.3"}), "LR")
    assert node.GetAttribute("DICOM.instanceUIDs") is None
    assert volume_from_node(node).metadata == {"DICOM.instanceUIDs": "1.2.3"}


def test_a_node_without_voxels_is_refused_by_name(scene):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Nothing")
    with pytest.raises(InputError, match=r"Nothing has no voxels"):
        volume_from_node(node)


def test_a_colour_image_is_refused(scene):
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "Photo")
    slicer.util.updateVolumeFromArray(node, np.zeros((2, 3, 4, 3), np.uint8))
    with pytest.raises(InputError, match="3 numbers in a voxel"):
        volume_from_node(node)


def test_a_damaged_calibration_is_told_with_the_nodes_name(scene):
    node = node_from_volume(scene, oblique_volume(), "LR femur")
    node.SetAttribute("MicroCTSuperRes.calibration", '{"slope": 0}')
    with pytest.raises(FormatError, match="LR femur"):
        volume_from_node(node)
