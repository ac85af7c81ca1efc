"""Scores in the section "Compare", computed by a real worker."""

import errno

import pytest
from sample_comparison import close_scene, offset, score
from slicer_host.actions import click, process_events, wait_until


def test_scores_come_from_a_worker_into_tables_and_a_plot(comparing, host, screenshot):
    from MicroCTSuperResLib.quality import psnr_per_slice
    from MicroCTSuperResLib.scene.quality_scores import find_scores
    from MicroCTSuperResLib.scene.volume_nodes import array_of

    demo, _, dl, hr = comparing
    click(demo.compare.ui.plotButton)
    score(demo)
    ui = demo.compare.ui
    found = find_scores(dl)
    assert ui.summaryTable.mrmlTableNode() is found.summary
    assert ui.sliceTable.mrmlTableNode() is found.table
    assert found.table.GetNumberOfRows() == hr.GetImageData().GetDimensions()[2]
    column = found.table.GetTable().GetColumnByName("DL PSNR (dB)")
    # The data range of densities is 1200 mg HA/cm3.
    expected = psnr_per_slice(array_of(hr), array_of(dl), 1200.0)
    assert [column.GetValue(row) for row in range(len(expected))] == pytest.approx(expected.tolist(), abs=1e-3)
    plot = host.layout_manager.plotWidget(0)
    assert plot.mrmlPlotViewNode().GetPlotChartNode() is found.psnr_chart
    ui.measureBox.setCurrentIndex(1)
    assert plot.mrmlPlotViewNode().GetPlotChartNode() is found.ssim_chart
    screenshot(host.main_window, "scores")


def test_a_click_on_the_plot_or_the_table_leads_to_the_slice(comparing, host):
    import slicer
    from MicroCTSuperResLib.scene.quality_scores import find_scores

    demo, _, dl, _hr = comparing
    click(demo.compare.ui.plotButton)
    score(demo)
    found = find_scores(dl)
    plot = host.layout_manager.plotWidget(0).plotView()
    plot.select(found.psnr_chart.GetNthPlotSeriesNode(0), [3])
    # HR's slices are 0.01 mm apart, its first one lies at -0.005 mm: a quarter of an LR voxel before LR's centre.
    for tag in ("MicroCTLR", "MicroCTDL", "MicroCTHR"):
        assert offset(host, tag) == pytest.approx(-0.005 + 3 * 0.01)
    demo.compare.ui.sliceTable.selectRow(7)
    assert offset(host, "MicroCTHR") == pytest.approx(-0.005 + 7 * 0.01)
    # A series of somebody else's plot in the same view changes nothing.
    other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotSeriesNode")
    plot.select(other, [1])
    assert offset(host, "MicroCTHR") == pytest.approx(-0.005 + 7 * 0.01)


def test_scoring_can_be_cancelled_and_its_files_go(comparing):
    from pathlib import Path

    import slicer

    demo, _, dl, _ = comparing
    from MicroCTSuperResLib.scene.quality_scores import find_scores

    click(demo.compare.ui.scoreButton)
    click(demo.compare.ui.scoreButton)
    assert demo.compare.ui.scoreButton.text == "Compute scores"
    folder = Path(slicer.app.temporaryPath)
    wait_until(lambda: not list(folder.glob("MicroCTSuperRes-scores-*")), what="no files left")
    assert find_scores(dl) is None


def test_what_cannot_be_compared_is_told_calmly(comparing):
    demo, _, _, hr = comparing
    hr.SetOrigin(50, 50, 50)
    score(demo)
    assert "overlap" in demo.compare.ui.scoreLabel.text
    click(demo.compare.ui.tripleDifferencesButton)
    assert "overlap" in demo.compare.ui.noteLabel.text


def test_a_full_disk_is_told_calmly(comparing, monkeypatch):
    from MicroCTSuperResLib.panel import scoring

    def full(**arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    demo, *_ = comparing
    monkeypatch.setattr(scoring.tempfile, "mkdtemp", full)
    click(demo.compare.ui.scoreButton)
    assert "No space left" in demo.compare.ui.scoreLabel.text
    assert demo.compare.ui.scoreButton.text == "Compute scores"


def test_a_missing_worker_program_is_told_calmly(comparing, monkeypatch):
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", "/nowhere/python")
    demo, *_ = comparing
    score(demo)
    assert "not found" in demo.compare.ui.scoreLabel.text


def test_scores_tell_that_a_volume_was_changed_after_them_also_in_a_scene_file(comparing, host, tmp_path):
    import slicer
    from MicroCTSuperResLib.scene.quality_scores import find_scores, outdated_by

    demo, _, dl, hr = comparing
    label = demo.compare.ui.scoreLabel
    score(demo)
    title = find_scores(dl).psnr_chart.GetTitle()
    hr.SetName("reference")  # no voxel is another one
    process_events(0.4)
    assert "Click a row" in label.text
    slicer.util.arrayFromVolume(dl)[0] += 100
    slicer.util.arrayFromVolumeModified(dl)
    wait_until(lambda: label.text == "Computed before DL changed: compute the scores again.", what="the mark")
    assert find_scores(dl).psnr_chart.GetTitle() == f"{title}, before DL changed"
    hr.SetOrigin(0.001, 0, 0)
    wait_until(lambda: "before DL, HR changed" in label.text, what="the mark of both")
    assert find_scores(dl).ssim_chart.GetTitle().count("changed") == 1
    scene_file = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(scene_file))
    close_scene(host)
    slicer.util.loadScene(str(scene_file))
    process_events(0.05)
    assert "before DL, HR changed" in label.text
    score(demo)
    assert "Click a row" in label.text
    assert outdated_by(find_scores(slicer.util.getNode("femur DL")).table) == ""
