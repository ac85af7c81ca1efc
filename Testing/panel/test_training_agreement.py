"""The section "Agreement" by clicks, with a real worker."""

import hashlib
import json

import pytest
from sample_panel import temporary_files
from sample_training_panel import open_training, small_cohort
from sample_training_results import (
    close_and_reopen,
    expand,
    plot_view,
    shown_chart,
    told,
    wait_for,
    write_measurements,
)
from slicer_host.actions import click, process_events, wait_until


@pytest.fixture
def panel(open_module, monkeypatch, tmp_path):
    return open_training(open_module, monkeypatch, tmp_path)


@pytest.fixture
def section(panel, host, tmp_path):
    """The section with a table of measurements."""
    section = panel.agreementSection
    expand(section)
    open_measurements(section, host, write_measurements(tmp_path / "areas.csv"))
    return section


def open_measurements(section, host, path):
    with host.dialogs.expecting("QFileDialog.getOpenFileName", answer=str(path)):
        click(section.ui.openTableButton)


def analyse(section):
    click(section.ui.runButton)
    wait_for(section)
    assert told(section)[0] == "DONE", told(section)


def found():
    import slicer
    from MicroCTSuperResTrainingLib.scene.bland_altman_plot import find_agreement

    return find_agreement(slicer.mrmlScene)


def test_without_a_table_the_section_says_what_to_do(panel):
    section = panel.agreementSection
    expand(section)
    assert told(section)[:2] == ("NOTHING_SELECTED", "No table chosen.")
    assert not section.ui.runButton.enabled
    assert not section.ui.exportButton.enabled


def test_a_table_is_analysed_and_shown_as_plot_and_statistics(section, host, screenshot):
    ui = section.ui
    assert (ui.valueSelector.currentText, ui.referenceSelector.currentText) == ("ba_ta", "HR")
    assert ui.methodsEdit.placeholderText == "LR, DL"
    analyse(section)
    assert shown_chart(host) == "Bland-Altman, specimen means"
    table = found().statistics
    assert ui.statisticsTable.mrmlTableNode() is table
    # LR is larger by 0.04 on average: see the table.
    bias = [table.GetCellText(row, 1) for row in range(table.GetNumberOfRows())][1]
    assert bias.startswith("0.04 [")
    assert "No equivalence margin" in ui.notesLabel.text
    assert temporary_files() == []
    screenshot(host.main_window, "agreement")
    ui.levelSelector.setCurrentIndex(1)
    assert shown_chart(host) == "Bland-Altman, single slices"


def test_a_click_on_a_point_shows_the_specimen_at_its_slice(section, panel, host, tmp_path):
    panel.specimensSection.open(str(small_cohort(tmp_path / "study")))
    analyse(section)
    section.ui.levelSelector.setCurrentIndex(1)
    points = found().chart("rows").GetNthPlotSeriesNode(0)
    plot_view(host).select(points, [4])  # three slices a specimen: the second one's slice 1
    assert section.ui.pointLabel.text.startswith("A2-femur, slice 1: LR - HR = ")
    wait_until(lambda: not panel.shownSpecimen.is_reading, 60, "the scans")
    process_events(0.1)
    assert panel.shownSpecimen.state.headline.startswith("A2-femur: LR | HR.")
    # The plot stays below the images.
    assert shown_chart(host) == "Bland-Altman, single slices"
    background = host.layout_manager.sliceWidget("MicroCTHR").mrmlSliceCompositeNode().GetBackgroundVolumeID()
    import slicer

    assert slicer.mrmlScene.GetNodeByID(background).GetName() == "A2-femur HR"


def test_the_export_has_all_files_of_the_command_line_and_replaces_none(section, host, tmp_path):
    (tmp_path / "agreement").mkdir()
    section.parameters.agreement.margin = 0.05
    with host.dialogs.expecting("QFileDialog.getExistingDirectory", answer=str(tmp_path)):
        click(section.ui.exportButton)
    wait_for(section)
    folder = tmp_path / "agreement 2"
    assert told(section) == ("DONE", f"Written to {folder}.", "")
    names = {path.name for path in folder.iterdir()}
    assert {f"bland_altman.{kind}" for kind in ("png", "svg", "pdf")} < names
    assert {"agreement.json", "agreement.csv", "agreement_points.csv"} < names
    settings = json.loads((folder / "agreement.json").read_text())["settings"]
    assert settings["margin"] == 0.05
    # What was analysed lies beside the result, which tells its checksum.
    assert settings["table"] == str(folder / "measurements.csv")
    assert settings["table_sha256"] == hashlib.sha256((folder / "measurements.csv").read_bytes()).hexdigest()
    assert list((tmp_path / "agreement").iterdir()) == []


def test_what_cannot_be_analysed_is_told_in_the_panels_words(section, host, tmp_path):
    lines = (tmp_path / "areas.csv").read_text().splitlines()
    (tmp_path / "twice.csv").write_text("\n".join([*lines, lines[-1]]))
    open_measurements(section, host, tmp_path / "twice.csv")
    click(section.ui.runButton)
    wait_for(section)
    stage, headline, advice = told(section)
    assert stage == "FAILED"
    assert "A4-femur" in headline
    assert "twice" in headline
    assert "/" not in headline.replace("BA/TA", "")  # the worker's file is none that the user knows
    assert "--" not in headline + advice
    assert found() is None
    with host.dialogs.expecting("QFileDialog.getOpenFileName", answer=str(tmp_path / "missing.csv")):
        click(section.ui.openTableButton)
    assert told(section)[0] == "FAILED"


def test_the_scene_keeps_the_analysis_and_another_one_can_follow(section, host, tmp_path):
    analyse(section)
    section.ui.levelSelector.setCurrentIndex(1)
    close_and_reopen(host, tmp_path / "scene.mrb")
    assert section.ui.levelSelector.currentIndex == 1
    assert section.ui.statisticsTable.mrmlTableNode() is found().statistics
    click(section.ui.plotButton)
    assert shown_chart(host) == "Bland-Altman, single slices"
    analyse(section)
    assert "0.04 [" in found().statistics.GetCellText(1, 1)


def test_a_scene_that_is_closed_ends_the_analysis_and_gets_nothing_of_it(section, host):
    import slicer

    click(section.ui.runButton)
    assert section.runner.is_running
    slicer.mrmlScene.Clear(False)
    wait_for(section)
    assert found() is None
    assert told(section)[0] == "CANCELLED"
    assert temporary_files() == []
