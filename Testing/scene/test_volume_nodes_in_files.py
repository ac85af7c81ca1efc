"""What a volume node keeps in a scene file, and in files that go between Slicer and the engine."""

import numpy as np
import pytest
import slicer
import slicer.util
from MicroCTSuperResLib.imaging.formats import read_volume, write_volume
from MicroCTSuperResLib.imaging.formats.fields import RESCALE_FIELD
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.scene.file_meaning import adopt_file_meaning
from MicroCTSuperResLib.scene.volume_nodes import (
    apply_rescale,
    array_of,
    node_from_volume,
    update_node,
    volume_from_node,
)
from sample_scene import CALIBRATION, METADATA, oblique_volume, same_meaning, same_place

# NRRD writes geometry with 17 digits; Slicer derives spacing and directions from the product of both on reading.
ROUNDING_MM = 1e-12


def test_everything_survives_a_scene_file(host):
    volume = oblique_volume()
    node_from_volume(host.scene, volume, "DL femur")
    node = host.reloaded().node("DL femur")
    got = volume_from_node(node)
    same_meaning(got, volume)
    same_place(got, volume, ROUNDING_MM)
    assert node.GetVoxelValueUnits().GetCodeMeaning() == "mg HA/cm3"
    assert node.GetAttribute("MicroCTSuperRes.model") == "default 1.0"


def test_everything_survives_a_scene_saved_as_mrml_with_its_data_beside_it(host, tmp_path):
    volume = oblique_volume()
    _saved(node_from_volume(host.scene, volume, "DL"), tmp_path / "dl.nrrd")
    host.scene.SetRootDirectory(str(tmp_path))
    assert host.scene.Commit(str(tmp_path / "scene.mrml"))
    host.scene.Clear(False)
    host.scene.SetURL(str(tmp_path / "scene.mrml"))
    assert host.scene.Connect()
    got = volume_from_node(host.node("DL"))
    same_meaning(got, volume)
    same_place(got, volume, ROUNDING_MM)


def _saved(node, path):
    """What Slicer's Save does with a node."""
    assert node.AddDefaultStorageNode()
    node.GetStorageNode().SetFileName(str(path))
    assert node.GetStorageNode().WriteData(node)
    return path


def _loaded(scene, path):
    """What Slicer's own reader of volumes does."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "loaded")
    node.AddDefaultStorageNode(str(path))
    assert node.GetStorageNode().IsA("vtkMRMLVolumeArchetypeStorageNode")
    assert node.GetStorageNode().ReadData(node)
    return node


def test_the_engine_reads_a_nrrd_that_slicer_saved(scene, tmp_path):
    volume = oblique_volume()
    got = read_volume(_saved(node_from_volume(scene, volume, "DL"), tmp_path / "dl.nrrd"))
    same_meaning(got, volume)
    same_place(got, volume, ROUNDING_MM)


@pytest.mark.parametrize("extension", [".nrrd", ".mha"])
def test_a_file_that_the_engine_wrote_gives_its_meaning_to_the_node_that_slicer_loaded(scene, tmp_path, extension):
    # A line of a .mha's header has an end: MetaIO reads no field of 70 000 characters.
    volume = oblique_volume(metadata=METADATA | {"MicroCTSuperRes.warnings": "w" * 3000})
    node = _loaded(scene, write_volume(volume, tmp_path / f"lr{extension}"))
    assert adopt_file_meaning(node)
    got = volume_from_node(node)
    same_meaning(got, volume)
    same_place(got, volume, ROUNDING_MM)
    assert not adopt_file_meaning(node)


@pytest.mark.parametrize("other", [np.zeros((2, 2, 2), np.int16), np.zeros((5, 4, 7), np.uint8)], ids=["size", "type"])
def test_a_file_that_was_replaced_since_says_nothing_about_the_node(scene, tmp_path, other):
    path = write_volume(oblique_volume(), tmp_path / "lr.nrrd")
    node = _loaded(scene, path)
    write_volume(oblique_volume(voxels=other), path, overwrite=True)
    assert not adopt_file_meaning(node)


def test_a_node_that_was_changed_since_it_was_loaded_adopts_nothing(scene, tmp_path):
    node = _loaded(scene, write_volume(oblique_volume(), tmp_path / "lr.nrrd"))
    slicer.util.arrayFromVolume(node)[:] = 0
    slicer.util.arrayFromVolumeModified(node)
    assert not adopt_file_meaning(node)


def test_the_file_that_a_node_was_loaded_from_is_known_until_the_node_changes(scene, tmp_path):
    path = write_volume(oblique_volume(), tmp_path / "lr.nrrd")
    node = _loaded(scene, path)
    assert volume_from_node(node).source == path
    update_node(node, oblique_volume())
    assert volume_from_node(node).source is None


def test_stored_numbers_with_a_rescale_are_read_as_grey_values(scene):
    stored = Volume(np.array([[[0, 100]]], np.int16), spacing=(1, 1, 1), units="mg HA/cm3", calibration=CALIBRATION)
    node = node_from_volume(scene, stored, "LR")
    node.SetAttribute(RESCALE_FIELD, "0.5 -10.0")
    # 0.5 * 0 - 10 and 0.5 * 100 - 10
    np.testing.assert_array_equal(volume_from_node(node).voxels, [[[-10.0, 40.0]]])
    assert apply_rescale(node)
    np.testing.assert_array_equal(array_of(node), [[[-10.0, 40.0]]])
    np.testing.assert_array_equal(volume_from_node(node).voxels, [[[-10.0, 40.0]]])
    assert not apply_rescale(node)
