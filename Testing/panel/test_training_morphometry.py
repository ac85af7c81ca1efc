"""The section "Morphometry" by clicks, with a real worker."""

import numpy as np
import pytest
from sample_panel import temporary_files
from sample_segment_editor import put_segment_editor
from sample_training_panel import open_training, small_cohort, wait_for_cohort, wait_for_specimen
from sample_training_results import close_and_reopen, expand, plot_view, shown_chart, told, wait_for
from slicer_host.actions import click, process_events, wait_until

# Inner and outer radius of a tube in HR voxels of 0.02 mm: BA/TA is 1 - (12 / 18)^2.
INNER, OUTER, HR_SHAPE = 12, 18, (12, 48, 48)
BA_TA = 1 - (INNER / OUTER) ** 2


def tube(units="mg HA/cm3"):
    """HR and LR of a tube of 1000 in air of 0, which LR averages in blocks of 2 x 2 x 2."""
    from MicroCTSuperResLib import Volume
    from MicroCTSuperResLib.imaging.sampling import hr_grid

    _, y, x = np.indices(HR_SHAPE)
    radius = np.hypot(y - 23.5, x - 23.5)
    voxels = np.where((radius >= INNER) & (radius < OUTER), 1000.0, 0.0).astype(np.float32)
    means = voxels.reshape(6, 2, 24, 2, 24, 2).mean(axis=(1, 3, 5)).astype(np.float32)
    lr = Volume(means, (0.04, 0.04, 0.04), units=units)
    grid = hr_grid(lr)
    return Volume(voxels, grid.spacing, grid.origin, grid.direction, units=units), lr


@pytest.fixture
def panel(open_module, monkeypatch, tmp_path):
    return open_training(open_module, monkeypatch, tmp_path)


@pytest.fixture
def section(panel):
    """The section with LR and HR of a tube."""
    choose(panel, *tube())
    expand(panel.morphometrySection)
    return panel.morphometrySection


def choose(panel, hr, lr):
    import slicer
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume

    chosen = panel.parameters.morphometry
    chosen.hr = node_from_volume(slicer.mrmlScene, hr, "tube HR")
    chosen.lr = node_from_volume(slicer.mrmlScene, lr, "tube LR")


def measure(section):
    click(section.ui.runButton)
    wait_for(section)


def found():
    import slicer
    from MicroCTSuperResTrainingLib.scene.area_plot import find_areas

    return find_areas(slicer.mrmlScene)


def areas(method):
    """BA/TA of the slices of a method."""
    from MicroCTSuperResLib.scene.tables import column_of

    methods, values = (column_of(found().slices, name) for name in ("method", "ba_ta"))
    return [value for name, value in zip(methods, values, strict=True) if name == method]


def offset(host, tag="MicroCTHR"):
    return host.layout_manager.sliceWidget(tag).mrmlSliceNode().GetSliceOffset()


def preview_of(name):
    """Where the preview of a volume shows bone, (y, x); None without one."""
    import slicer

    node = slicer.mrmlScene.GetFirstNodeByName(f"{name} bone preview")
    return None if node is None else slicer.util.arrayFromVolume(node)[0] == 1


def test_without_a_volume_the_section_says_what_to_do(panel):
    section = panel.morphometrySection
    expand(section)
    assert told(section)[:2] == ("NOTHING_SELECTED", "No volume chosen.")
    assert not section.ui.runButton.enabled
    assert not section.ui.cohortButton.enabled


def test_the_threshold_is_the_studys_until_it_is_changed(panel):
    from MicroCTSuperResLib.imaging.calibration import STUDY_THRESHOLD

    assert panel.morphometrySection.ui.thresholdBox.value == STUDY_THRESHOLD


def test_lr_and_hr_are_measured_on_the_grid_and_inside_the_contours_of_hr(section, host, screenshot):
    measure(section)
    assert told(section)[0] == "DONE", told(section)
    assert len(areas("HR")) == len(areas("LR")) == HR_SHAPE[0]
    # A circle of 18 voxels has some hundredths of its area in the voxels at its edge.
    assert areas("HR") == pytest.approx([BA_TA] * 12, abs=0.03)
    assert section.ui.slicesTable.mrmlTableNode() is found().slices
    volumes = found().volumes
    tissue = [volumes.GetColumnName(place) for place in range(volumes.GetNumberOfColumns())].index("tissue")
    assert volumes.GetCellText(0, tissue) == "contours of tube HR"
    assert shown_chart(host) == "BA/TA along z"
    assert section.parameters.agreement.table is found().slices
    model = section.ui.slicesTable.model()
    titles = [model.headerData(place, 1) for place in range(model.columnCount())]
    assert titles[:5] == ["specimen", "method", "volume", "slice", "z (mm)"]
    assert temporary_files() == []
    screenshot(host.main_window, "morphometry")


def test_a_click_on_a_point_or_a_row_leads_to_the_slice(section, host):
    measure(section)
    first = offset_of_slice(0)
    plot_view(host).select(found().chart.GetNthPlotSeriesNode(0), [3])
    assert offset(host) == pytest.approx(first + 3 * 0.02)
    assert section.ui.pointLabel.text.startswith("tube LR, slice 3: BA/TA 0.")
    section.ui.slicesTable.selectRow(7)
    assert offset(host) == pytest.approx(first + 7 * 0.02)
    assert offset(host, "MicroCTLR") == pytest.approx(first + 7 * 0.02)


def offset_of_slice(number):
    import slicer
    from MicroCTSuperResLib.scene.geometry import ras_of_voxel

    return ras_of_voxel(slicer.util.getNode("tube HR"), (0, 0, number))[2]


def test_contours_become_a_segmentation_whose_corrections_count(section, monkeypatch):
    import slicer

    click(section.ui.contourButton)
    wait_for(section)
    assert told(section)[0] == "DONE", told(section)
    segmentation = section.chosen.tissue
    assert segmentation.GetName() == "tube HR tissue area"
    hr = slicer.util.getNode("tube HR")
    area = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "T.Ar", hr)
    # A filled circle of 18 voxels.
    assert np.count_nonzero(area[5]) == pytest.approx(np.pi * OUTER**2, rel=0.03)

    # The Segment Editor opens with it, above the volume that it was found in.
    opened, editors = put_segment_editor(monkeypatch)
    click(section.ui.editButton)
    assert opened == ["SegmentEditor"]
    (editor,) = editors
    assert editor.parameters.GetSegmentationNode() is segmentation
    assert editor.parameters.GetSourceVolumeNode() is hr
    assert editor.parameters.GetSelectedSegmentID() == "T.Ar"

    # The user takes the left half away, bone and marrow alike: BA/TA of the half is that of the whole.
    area[:, :, :24] = 0
    slicer.util.updateSegmentBinaryLabelmapFromArray(area, segmentation, "T.Ar", hr)
    measure(section)
    assert told(section)[0] == "DONE", told(section)
    from MicroCTSuperResLib.scene.tables import column_of

    assert column_of(found().slices, "t_ar_mm2")[5] == pytest.approx(np.pi * (OUTER * 0.02) ** 2 / 2, rel=0.05)
    assert areas("HR")[5] == pytest.approx(BA_TA, abs=0.03)


def test_the_views_show_lr_and_hr_again_after_the_segment_editor(section, host, monkeypatch):
    """The Segment Editor shows the volume of the contours in all views."""

    def shown(tag):
        composite = host.layout_manager.sliceWidget(tag).mrmlSliceCompositeNode()
        return slicer.mrmlScene.GetNodeByID(composite.GetBackgroundVolumeID()).GetName()

    import slicer

    measure(section)
    click(section.ui.contourButton)
    wait_for(section)
    put_segment_editor(monkeypatch)
    section.module.exit()
    click(section.ui.editButton)
    assert shown("MicroCTLR") == "tube HR"
    section.module.enter()
    assert (shown("MicroCTLR"), shown("MicroCTHR")) == ("tube LR", "tube HR")


def test_bone_is_shown_on_the_slices_as_the_threshold_and_the_slice_change(section, host, screenshot):
    import slicer
    from MicroCTSuperResTrainingLib.scene.bone_preview import bone_of_slice

    measure(section)
    click(section.ui.previewBox)
    wait_until(lambda: preview_of("tube HR") is not None and preview_of("tube LR") is not None, what="the preview")
    hr = slicer.util.getNode("tube HR")
    number = round((offset(host) - offset_of_slice(0)) / 0.02)
    np.testing.assert_array_equal(preview_of("tube HR"), bone_of_slice(hr, number, section.segmentation()))
    screenshot(host.main_window, "preview")
    before = np.count_nonzero(preview_of("tube HR"))
    section.ui.thresholdBox.value = 800
    wait_until(lambda: 0 < np.count_nonzero(preview_of("tube HR")) < before, what="less bone")
    label = slicer.util.getNode("tube HR bone preview")
    section.ui.slicesTable.selectRow(9)
    wait_until(lambda: label.GetOrigin()[2] == pytest.approx(offset_of_slice(9)), what="the other slice")
    click(section.ui.previewBox)
    wait_until(lambda: preview_of("tube HR") is None, what="no preview")
    click(section.ui.previewBox)
    wait_until(lambda: preview_of("tube HR") is not None, what="the preview")
    section.module.exit()
    assert preview_of("tube HR") is None
    section.module.enter()
    wait_until(lambda: preview_of("tube HR") is not None, what="the preview")


def test_volumes_without_calibration_have_thresholds_in_their_own_grey_values(panel):
    section = panel.morphometrySection
    expand(section)
    choose(panel, *tube("native"))
    assert told(section)[1] == "These volumes are in native units."
    assert section.ui.thresholdBox.suffix == " native"
    section.ui.thresholdBox.value = 450
    measure(section)
    assert told(section)[0] == "DONE", told(section)
    assert areas("HR") == pytest.approx([BA_TA] * 12, abs=0.05)


def test_a_threshold_without_bone_is_told_with_what_to_do(section):
    section.ui.thresholdBox.value = 5000
    measure(section)
    stage, headline, advice = told(section)
    assert stage == "FAILED"
    assert "no bone" in headline + advice
    assert "--" not in headline + advice
    assert found() is None
    assert temporary_files() == []


def test_a_volume_that_fails_is_told_by_its_name_with_the_reason_and_the_others_are_measured(section):
    import slicer
    from MicroCTSuperResLib import Volume
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume

    hr, _ = tube()
    elsewhere = Volume(hr.voxels, hr.spacing, (50.0, 0.0, 0.0), hr.direction, units=hr.units)
    section.parameters.morphometry.dl = node_from_volume(slicer.mrmlScene, elsewhere, "elsewhere")
    measure(section)
    stage, headline, advice = told(section)
    assert stage == "FAILED"
    assert headline.startswith("elsewhere: ")
    assert ".nrrd" not in headline + advice
    assert areas("HR") == pytest.approx([BA_TA] * 12, abs=0.03)
    assert areas("DL") == []
    assert temporary_files() == []


def test_the_hr_scans_of_a_cohort_are_measured_and_a_bad_one_does_not_stop_the_rest(panel, host, tmp_path):
    table = small_cohort(tmp_path / "study")
    section = panel.morphometrySection
    panel.specimensSection.open(str(table))
    wait_for_cohort(panel)
    bad = panel.specimens()[1]
    bad.hr.write_bytes(bad.hr.read_bytes()[:2000])
    expand(section)
    click(section.ui.cohortButton)
    wait_for(section)
    stage, headline, advice = told(section)
    assert (stage, headline) == ("FAILED", "Measured 2 of 3 specimens.")
    assert advice.startswith("A2-femur: ")
    from MicroCTSuperResLib.scene.tables import column_of

    assert set(column_of(found().slices, "specimen")) == {"A1-femur", "A3-femur"}
    assert "simulated" in found().chart.GetTitle()
    section.ui.slicesTable.selectRow(3)
    wait_for_specimen(panel)
    assert panel.shownSpecimen.state.headline.startswith("A1-femur: LR | HR.")
    assert temporary_files() == []


def test_tables_are_saved_as_files_and_with_the_scene(section, host, tmp_path):
    measure(section)
    (tmp_path / "morphometry.csv").write_text("mine")
    with host.dialogs.expecting("QFileDialog.getExistingDirectory", answer=str(tmp_path)):
        click(section.ui.saveButton)
    assert (tmp_path / "morphometry.csv").read_text() == "mine"
    header, *lines = (tmp_path / "morphometry 2.csv").read_text().splitlines()
    assert header.startswith("specimen,method,volume,slice,z_mm,")
    assert len(lines) == 2 * HR_SHAPE[0]
    assert (tmp_path / "morphometry_volumes.csv").exists()
    section.ui.sigmaBox.value = 0.8
    close_and_reopen(host, tmp_path / "scene.mrb")
    assert section.ui.sigmaBox.value == 0.8
    assert section.chosen.hr.GetName() == "tube HR"
    assert section.ui.slicesTable.mrmlTableNode() is found().slices
    section.ui.slicesTable.selectRow(15)
    assert section.ui.pointLabel.text.startswith("tube HR, slice 3: ")
    process_events(0.05)
    assert offset(host) == pytest.approx(offset_of_slice(3))


def test_cancel_and_closing_the_scene_leave_nothing_behind(section):
    import slicer

    click(section.ui.runButton)
    wait_until(lambda: section.runner.is_running, what="the worker")
    click(section.ui.cancelButton)
    wait_for(section)
    assert told(section)[0] == "CANCELLED"
    assert found() is None
    click(section.ui.runButton)
    wait_until(lambda: section.runner.is_running, what="the worker")
    slicer.mrmlScene.Clear(False)
    wait_for(section)
    assert found() is None
    assert temporary_files() == []
