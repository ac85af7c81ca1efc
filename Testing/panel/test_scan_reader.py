"""Scanco files that are dropped on Slicer: the module's file reader."""

import sys
from pathlib import Path

import numpy as np
import pytest

# The small Scanco files of the engine's tests serve here, too.
sys.path.append(str(Path(__file__).resolve().parents[1] / "engine"))

from sample_scanco import DENSITY, aim_bytes, calibration_blocks, isq_bytes

MU_SCALING = 4096  # of the sample files
SHAPE = (4, 6, 8)


@pytest.fixture
def slicer_app(open_module):
    """Slicer with the module loaded."""
    open_module("MicroCTSuperRes")
    import slicer

    return slicer


@pytest.fixture
def voxels():
    """Native grey values from air to bone: 10 000 of them are 9847 native units, 700 mg HA/cm3."""
    return np.linspace(-500, 12000, np.prod(SHAPE)).astype(np.int16).reshape(SHAPE)


@pytest.fixture
def isq(tmp_path, voxels):
    path = tmp_path / "C0001234.ISQ;1"
    path.write_bytes(isq_bytes(voxels, blocks=calibration_blocks(DENSITY)))
    return path


def load(path, **properties):
    """What Slicer does with a file that is dropped: the reader that is most sure gets it."""
    import slicer

    return slicer.util.loadNodeFromFile(str(path), slicer.app.ioManager().fileType(str(path)), properties)


def test_an_isq_file_is_loaded_as_the_scanner_stored_it(slicer_app, isq, voxels):
    node = load(isq)
    np.testing.assert_array_equal(slicer_app.util.arrayFromVolume(node), voxels)
    assert slicer_app.util.arrayFromVolume(node).dtype == np.int16
    np.testing.assert_allclose(node.GetSpacing(), 0.02)
    assert node.GetName() == "C0001234"


def test_its_calibration_comes_along(slicer_app, isq, voxels):
    from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS
    from MicroCTSuperResLib.scene.volume_nodes import volume_from_node

    density = volume_from_node(load(isq)).in_units(DENSITY_UNITS).voxels
    # Scanco: density = native / mu_scaling * slope + intercept.
    expected = voxels / MU_SCALING * DENSITY["slope"] + DENSITY["intercept"]
    np.testing.assert_allclose(density, expected, atol=0.01)


def test_densities_are_loaded_when_asked_for(slicer_app, isq, voxels):
    node = load(isq, units="mg HA/cm3")
    expected = voxels / MU_SCALING * DENSITY["slope"] + DENSITY["intercept"]
    np.testing.assert_allclose(slicer_app.util.arrayFromVolume(node), expected, atol=0.01)
    assert node.GetVoxelValueUnits().GetCodeValue() == "mg/cm3"
    display = node.GetDisplayNode()
    # The window of densities that reach into bone: the same for all specimens.
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (-100, 1200)


def test_a_part_is_loaded_at_its_place(slicer_app, isq, voxels):
    node = load(isq, crop="2:6,1:5,0:3")
    np.testing.assert_array_equal(slicer_app.util.arrayFromVolume(node), voxels[0:3, 1:5, 2:6])
    whole = load(isq)
    shift = np.subtract(node.GetOrigin(), whole.GetOrigin())
    np.testing.assert_allclose(shift, (-2 * 0.02, -1 * 0.02, 0), atol=1e-9)  # RAS: x and y point the other way


def test_an_aim_file_is_loaded(slicer_app, tmp_path, voxels):
    path = tmp_path / "femur.aim"
    path.write_bytes(aim_bytes(voxels))
    node = load(path)
    np.testing.assert_array_equal(slicer_app.util.arrayFromVolume(node), voxels)
    np.testing.assert_allclose(node.GetSpacing(), (0.02, 0.02, 0.034), rtol=1e-6)


def test_the_window_shows_bone_and_the_slice_views_the_scan(slicer_app, isq, voxels):
    node = load(isq)
    display = node.GetDisplayNode()
    assert not display.GetAutoWindowLevel()
    assert voxels.min() <= display.GetWindowLevelMin() < display.GetWindowLevelMax() <= voxels.max()
    selection = slicer_app.app.applicationLogic().GetSelectionNode()
    assert selection.GetActiveVolumeID() == node.GetID()


def test_the_views_stay_when_that_is_asked_for(slicer_app, isq):
    load(isq, show=False)
    assert slicer_app.app.applicationLogic().GetSelectionNode().GetActiveVolumeID() is None


def test_a_scan_without_calibration_is_loaded_with_a_warning(slicer_app, tmp_path, voxels):
    import vtk

    path = tmp_path / "plain.isq"
    path.write_bytes(isq_bytes(voxels))
    messages = slicer_app.vtkMRMLMessageCollection()
    nodes = vtk.vtkCollection()
    assert slicer_app.app.ioManager().loadNodes("MicroCTScan", {"fileName": str(path)}, nodes, messages)
    assert nodes.GetNumberOfItems() == 1
    assert "calibrat" in messages.GetAllMessagesAsString()


@pytest.mark.parametrize("name", ["scan.isq", "SCAN.ISQ", "scan.isq;12", "scan.aim", "Scan.Aim;1"])
def test_it_is_more_sure_of_scanco_files_than_slicers_own_reader(slicer_scene, tmp_path, voxels, name):
    from MicroCTSuperResLib.panel.scan_reader import confidence_in

    path = tmp_path / name
    path.write_bytes(aim_bytes(voxels) if "aim" in name.lower() else isq_bytes(voxels))
    assert confidence_in(str(path)) == pytest.approx(0.9)


def test_a_damaged_file_is_taken_from_slicers_own_reader_too(slicer_scene, tmp_path):
    from MicroCTSuperResLib.panel.scan_reader import confidence_in

    path = tmp_path / "junk.isq"
    path.write_bytes(b"junk" * 154)
    # Slicer's own: 0.5, and 0.01 for each of the four letters of ".isq" (qSlicerFileReader.cxx).
    assert confidence_in(str(path)) > 0.54


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scan.nrrd", b"NRRD0004\n"),
        ("isq", b"x"),
        ("note.isq.txt", b"x"),
        ("markup.aim", b'\xef\xbb\xbf<?xml version="1.0"?>'),
    ],
)
def test_other_files_are_left_to_others(slicer_scene, tmp_path, name, content):
    from MicroCTSuperResLib.panel.scan_reader import confidence_in

    (tmp_path / name).write_bytes(content)
    assert confidence_in(str(tmp_path / name)) == 0


def test_a_folder_or_nothing_is_not_taken(slicer_scene, tmp_path):
    from MicroCTSuperResLib.panel.scan_reader import confidence_in

    (tmp_path / "folder.isq").mkdir()
    assert confidence_in(str(tmp_path / "folder.isq")) == 0
    assert confidence_in(str(tmp_path / "none.isq")) == 0


@pytest.mark.parametrize("kept", [600, 3000], ids=["header cut", "voxels cut"])
def test_a_damaged_file_is_refused_with_its_name_and_leaves_nothing(slicer_app, tmp_path, kept):
    path = tmp_path / "cut.isq"
    whole = isq_bytes(np.zeros((20, 20, 20), np.int16), blocks=calibration_blocks(DENSITY))
    path.write_bytes(whole[:kept])
    before = slicer_app.mrmlScene.GetNumberOfNodes()
    with pytest.raises(RuntimeError, match=r"cut\.isq"):
        load(path)
    assert slicer_app.mrmlScene.GetNumberOfNodes() == before


def test_a_scan_that_does_not_fit_is_refused_with_what_to_do(slicer_scene, isq, voxels):
    from MicroCTSuperResLib.errors import OutOfMemory
    from MicroCTSuperResLib.panel.scan_reader import load_scan

    needed = 2 * voxels.nbytes  # the volume and the node's copy
    load_scan(slicer_scene, str(isq), free_bytes=needed)
    before = slicer_scene.GetNumberOfNodes()
    with pytest.raises(OutOfMemory, match=r"C0001234\.ISQ;1 has 8 x 6 x 4 voxels") as refused:
        load_scan(slicer_scene, str(isq), free_bytes=needed - 1)
    assert "Open scan..." in refused.value.hint
    assert slicer_scene.GetNumberOfNodes() == before


def test_densities_need_the_memory_of_densities(slicer_scene, isq, voxels):
    from MicroCTSuperResLib.errors import OutOfMemory
    from MicroCTSuperResLib.panel.scan_reader import load_scan

    needed = 2 * 4 * voxels.size  # float32, twice
    load_scan(slicer_scene, str(isq), units="mg HA/cm3", free_bytes=needed)
    with pytest.raises(OutOfMemory):
        load_scan(slicer_scene, str(isq), units="mg HA/cm3", free_bytes=needed - 1)


def test_the_dropped_file_that_does_not_fit_is_told_about(slicer_app, isq, monkeypatch):
    from MicroCTSuperResLib.panel import scan_reader

    monkeypatch.setattr(scan_reader, "available_memory", lambda: 100)
    with pytest.raises(RuntimeError, match="Load a part of it"):
        load(isq)


def test_the_free_memory_is_known_without_psutil(slicer_scene, monkeypatch):
    from MicroCTSuperResLib.panel.scan_reader import available_memory

    monkeypatch.setitem(sys.modules, "psutil", None)
    assert 2**20 < available_memory() < 2**50  # between one MiB and one PiB


def test_a_scan_is_loaded_before_any_package_is_installed(slicer_app, isq, monkeypatch):
    for name in ("torch", "safetensors", "tifffile", "zarr", "psutil", "platformdirs"):  # Slicer brings none of these
        monkeypatch.setitem(sys.modules, name, None)
    assert load(isq).GetName() == "C0001234"


def test_a_scan_is_restored_from_a_saved_scene(slicer_app, isq, voxels, tmp_path):
    from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS
    from MicroCTSuperResLib.scene.volume_nodes import volume_from_node

    load(isq)
    assert slicer_app.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer_app.mrmlScene.Clear(False)
    slicer_app.util.loadScene(str(tmp_path / "scene.mrb"))
    node = slicer_app.util.getNode("C0001234")
    np.testing.assert_array_equal(slicer_app.util.arrayFromVolume(node), voxels)
    assert volume_from_node(node).calibration.reaches("native", DENSITY_UNITS)


def test_what_slicers_own_reader_loaded_is_not_taken_for_native_values(slicer_app, isq, voxels, tmp_path):
    # Slicer's own reader turns the voxels of an ISQ file into HU (ITKIOScanco, RescaleToHU): the file's size and type,
    # but other numbers than those that its calibration speaks of. It is not in slicer-core.
    from MicroCTSuperResLib.scene.file_meaning import adopt_file_meaning
    from MicroCTSuperResLib.scene.node_meaning import has_meaning

    node = slicer_app.util.addVolumeFromArray(voxels)
    slicer_app.util.saveNode(node, str(tmp_path / "as if loaded.nrrd"))
    node.GetStorageNode().SetFileName(str(isq))
    assert not node.GetModifiedSinceRead()
    assert not adopt_file_meaning(node)
    assert not has_meaning(node)
