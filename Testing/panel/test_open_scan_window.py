"""Opening a scan of any format from the panel: a worker looks at it, reads it, and Slicer goes on meanwhile."""

import numpy as np
import pytest
from sample_panel import (
    WORKER_SECONDS,
    nodes_of_the_scene,
    open_with_worker,
    small_volume,
    temporary_files,
)
from slicer_host.actions import click, process_events, wait_until


@pytest.fixture
def panel(open_module, monkeypatch):
    return open_with_worker(open_module, monkeypatch)


@pytest.fixture
def rods(tmp_path):
    """A file of 60 x 40 x 12 native voxels of 0.1 mm with two bright rods along z, centred at x = 12 and 45."""
    from MicroCTSuperResLib.imaging.formats import write_volume
    from MicroCTSuperResLib.imaging.volume import Volume

    _z, y, x = np.mgrid[:12, :40, :60]
    voxels = np.full((12, 40, 60), 100, np.int16)
    for centre in (12, 45):
        voxels[(x - centre) ** 2 + (y - 20) ** 2 < 36] = 3000
    return write_volume(Volume(voxels, (0.1, 0.1, 0.1)), tmp_path / "rods.nrrd")


@pytest.fixture
def two_bones(tmp_path):
    """A file with two femurs of 3.2 mm side by side, voxels of 40 um, in mg HA/cm3: 180 x 65 x 38 voxels."""
    from MicroCTSuperResLib.imaging.formats import write_volume
    from MicroCTSuperResLib.imaging.volume import Volume
    from MicroCTSuperResLib.simulation.phantoms import make_phantom

    bone = make_phantom("femur", (80, 65, 38), 0.04, 0, noise=0)
    gap = np.full((38, 65, 20), bone.voxels.min(), bone.voxels.dtype)
    voxels = np.concatenate([bone.voxels, gap, bone.voxels], axis=2)
    return write_volume(Volume(voxels, (0.04,) * 3, units=bone.units), tmp_path / "two bones.nrrd")


@pytest.fixture
def dialog(panel):
    click(panel.inputSection.ui.openScanButton)
    return panel.inputSection._dialog


def look_at(dialog, host, path):
    with host.dialogs.expecting("QFileDialog.getOpenFileName", answer=str(path)):
        click(dialog.ui.fileButton)
    wait_until(lambda: "Looking" not in dialog.ui.scanInfoLabel.text, WORKER_SECONDS, "what the scan is")


def open_it(panel, dialog):
    click(dialog.ui.openButton)
    wait_until(lambda: panel.inputSection._reading is None, WORKER_SECONDS, "the scan")


def test_nothing_can_be_opened_before_a_scan_is_chosen(dialog):
    assert dialog.window.visible
    assert not dialog.ui.openButton.enabled
    click(dialog.ui.closeButton)
    assert not dialog.window.visible


def test_a_whole_scan_is_looked_at_read_and_chosen(panel, dialog, host, rods, screenshot):
    import slicer

    look_at(dialog, host, rods)
    assert "60 x 40 x 12 voxels of 100 um, int16" in dialog.ui.scanInfoLabel.text
    assert "not calibrated" in dialog.ui.scanInfoLabel.text
    screenshot(dialog.window, "looked at")
    open_it(panel, dialog)
    lr = panel.parameters.lr
    assert lr.GetName() == "rods"
    assert slicer.util.arrayFromVolume(lr).shape == (12, 40, 60)
    assert slicer.util.arrayFromVolume(lr).dtype == np.int16
    assert panel.inputSection.ui.lrSelector.currentNode() is lr
    assert not dialog.window.visible
    assert not panel.inputSection.ui.readingFrame.isVisible()
    assert temporary_files() == []


def test_a_bone_of_the_list_is_read_alone(panel, dialog, host, two_bones, screenshot):
    import slicer
    from MicroCTSuperResLib.imaging.formats import read_volume

    look_at(dialog, host, two_bones)
    click(dialog.ui.findBonesButton)
    wait_until(lambda: dialog.ui.bonesSelector.count == 3, WORKER_SECONDS, "two bones")
    dialog.ui.bonesSelector.setCurrentIndex(2)
    dialog.ui.bonesSelector.activated.emit(2)
    assert dialog.ui.cropEdit.text == "auto:4mm:2"
    screenshot(dialog.window, "bones")
    dialog.ui.cropEdit.text = "auto:2mm:2"
    open_it(panel, dialog)
    voxels = slicer.util.arrayFromVolume(panel.parameters.lr)
    assert voxels.shape[1:] == (50, 50)  # 2 mm of 0.04 mm
    expected = read_volume(two_bones).voxels
    # The second bone begins at x = 100, so what was read is somewhere right of that.
    x, y = (round(-10 * place / 0.4) for place in panel.parameters.lr.GetOrigin()[:2])
    assert x >= 100
    np.testing.assert_array_equal(voxels, expected[:, y : y + 50, x : x + 50])


def test_the_field_around_the_bone_is_one_click(dialog, rods):
    click(dialog.ui.autoButton)
    assert dialog.ui.cropEdit.text == "auto"


def test_a_box_is_read_at_its_place(panel, dialog, rods):
    dialog.set_path(str(rods))
    dialog.ui.cropEdit.text = "10:30,5:25,2:8"
    open_it(panel, dialog)
    lr = panel.parameters.lr
    assert lr.GetImageData().GetDimensions() == (20, 20, 6)
    # Voxel (10, 5, 2) of 0.1 mm lies at (1, 0.5, 0.2) in LPS, which is RAS with x and y turned.
    np.testing.assert_allclose(lr.GetOrigin(), (-1.0, -0.5, 0.2))


def test_calibration_and_units_are_given(panel, dialog, rods):
    import slicer

    dialog.set_path(str(rods))
    ui = dialog.ui
    ui.calibrationGroupBox.collapsed = False
    ui.slopeEdit.text, ui.interceptEdit.text = "0.5", "-100"
    ui.densityOfSelector.setCurrentIndex(ui.densityOfSelector.findData("native"))
    ui.unitsSelector.setCurrentIndex(ui.unitsSelector.findData("mg HA/cm3"))
    open_it(panel, dialog)
    # 0.5 * 3000 - 100 and 0.5 * 100 - 100
    assert sorted(set(slicer.util.arrayFromVolume(panel.parameters.lr).ravel())) == [-50.0, 1400.0]
    assert "Density in mg HA/cm3" in panel.inputSection.ui.volumeInfoLabel.text


def test_two_rods_of_a_phantom_calibrate(panel, dialog, rods):
    import slicer

    dialog.set_path(str(rods))
    ui = dialog.ui
    ui.calibrationGroupBox.collapsed = False
    ui.firstGreyEdit.text, ui.firstDensityEdit.text = "100", "0"
    ui.secondGreyEdit.text, ui.secondDensityEdit.text = "3000", "800"
    ui.unitsSelector.setCurrentIndex(ui.unitsSelector.findData("mg HA/cm3"))
    open_it(panel, dialog)
    # The file has these two grey values alone, so that it becomes the two densities.
    voxels = slicer.util.arrayFromVolume(panel.parameters.lr)
    np.testing.assert_allclose(sorted(set(voxels.ravel())), [0, 800], atol=1e-3)


def test_rods_and_a_slope_contradict_each_other(dialog, rods):
    dialog.set_path(str(rods))
    ui = dialog.ui
    ui.slopeEdit.text, ui.interceptEdit.text = "0.5", "-100"
    for edit in (ui.firstGreyEdit, ui.firstDensityEdit, ui.secondGreyEdit, ui.secondDensityEdit):
        edit.text = "1"
    click(ui.openButton)
    assert "give one of them" in ui.scanInfoLabel.text


def test_what_reading_needs_is_asked_for_first(open_module, host, monkeypatch):
    from MicroCTSuperResLib.panel import dependencies

    asked = []
    monkeypatch.setattr(dependencies, "ensure", lambda parent, *, torch: asked.append(torch) or len(asked) > 1)
    panel = open_module("MicroCTSuperRes")
    click(panel.inputSection.ui.openScanButton)
    assert panel.inputSection._dialog is None  # the user declined
    click(panel.inputSection.ui.openScanButton)
    assert panel.inputSection._dialog.window.visible
    assert asked == [False, False]


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("slopeEdit", "0.5", "both a slope and an intercept"),
        ("muScalingEdit", "much", "is no number"),
        ("spacingEdit", "0.02 0.02", "one number in mm, or three"),
        ("spacingEdit", "-1", "one number in mm, or three"),
        ("firstGreyEdit", "100", "a grey value and a density each"),
        ("cropEdit", "somewhere", "is not understood"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_starts(panel, dialog, rods, field, text, told):
    dialog.set_path(str(rods))
    getattr(dialog.ui, field).text = text
    click(dialog.ui.openButton)
    assert told in dialog.ui.scanInfoLabel.text
    assert dialog.window.visible
    assert panel.inputSection._reading is None


def test_a_folder_of_slices_with_a_voxel_size_is_read(panel, dialog, host, tmp_path):
    from MicroCTSuperResLib.imaging.formats import write_volume
    from MicroCTSuperResLib.imaging.volume import Volume

    voxels = np.arange(4 * 6 * 8, dtype=np.uint8).reshape(4, 6, 8)
    write_volume(Volume(voxels, (0.02, 0.02, 0.02)), tmp_path / "slices/*.png")
    with host.dialogs.expecting("QFileDialog.getExistingDirectory", answer=str(tmp_path / "slices")):
        click(dialog.ui.folderButton)
    dialog.ui.spacingEdit.text = "0.03"
    open_it(panel, dialog)
    assert panel.parameters.lr.GetName() == "slices"
    np.testing.assert_allclose(panel.parameters.lr.GetSpacing(), (0.03, 0.03, 0.03))


def test_a_damaged_scan_is_told_and_the_scene_stays(panel, dialog, host, tmp_path, screenshot):
    bad = tmp_path / "bad.isq"
    bad.write_bytes(b"CTDATA-HEADER_V1" + bytes(600))
    before = nodes_of_the_scene()
    look_at(dialog, host, bad)
    assert "bad.isq" in dialog.ui.scanInfoLabel.text
    open_it(panel, dialog)
    assert "bad.isq" in panel.inputSection.ui.readingLabel.text
    assert panel.inputSection.ui.readingFrame.isVisible()
    assert nodes_of_the_scene() == before
    assert temporary_files() == []
    screenshot(host.main_window, "damaged")


def test_reading_is_cancelled(panel, dialog, rods, host, screenshot):
    before = nodes_of_the_scene()
    dialog.set_path(str(rods))
    click(dialog.ui.openButton)
    screenshot(host.main_window, "reading")
    click(panel.inputSection.ui.cancelReadingButton)
    wait_until(lambda: panel.inputSection._reading is None, WORKER_SECONDS, "the end of reading")
    assert nodes_of_the_scene() == before
    assert not panel.inputSection.ui.readingFrame.isVisible()
    assert temporary_files() == []


def test_closing_the_scene_ends_reading(panel, dialog, rods):
    import slicer

    dialog.set_path(str(rods))
    click(dialog.ui.openButton)
    slicer.mrmlScene.Clear(False)
    wait_until(lambda: panel.inputSection._reading is None, WORKER_SECONDS, "the end of reading")
    assert slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") == []


def test_a_volume_that_slicer_loaded_gets_the_meaning_of_its_file(panel, tmp_path):
    import slicer
    from MicroCTSuperResLib.imaging.formats import write_volume

    node = slicer.util.loadVolume(str(write_volume(small_volume(), tmp_path / "lr.nrrd")))
    panel.inputSection.ui.lrSelector.setCurrentNode(node)
    assert "Density in mg HA/cm3" in panel.inputSection.ui.volumeInfoLabel.text


def test_a_volume_without_voxels_is_told(panel):
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    panel.inputSection.ui.lrSelector.setCurrentNode(node)
    process_events()
    assert "has no voxels" in panel.inputSection.ui.volumeWarningLabel.text
    assert not panel.runSection.ui.enhanceButton.enabled
