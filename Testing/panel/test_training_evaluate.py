"""The section "Evaluate" by clicks, with a real worker."""

import csv
import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from sample_panel import WORKER_SECONDS
from sample_training_panel import open_training, small_cohort, wait_for_cohort, wait_for_specimen
from sample_training_results import close_and_reopen, expand, plot_view, shown_chart, told, wait_for
from slicer_host.actions import click, process_events, wait_until

TESTED = ("A3-femur", "A4-femur")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A cohort of four simulated femora, two of them for testing, with files of DL in a column; tests copy it."""
    from MicroCTSuperResLib import read_volume
    from MicroCTSuperResLib.imaging.sampling import interpolate

    table = small_cohort(tmp_path_factory.mktemp("study") / "cohort", animals=4)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["dl"] = f"{row['specimen']}-dl.nrrd"
        interpolate(read_volume(table.parent / row["lr"]), order=3).write(table.parent / row["dl"])
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return table.parent


@pytest.fixture
def panel(open_module, monkeypatch, tmp_path, study):
    """The panel with the cohort open."""
    panel = open_training(open_module, monkeypatch, tmp_path)
    shutil.copytree(study, tmp_path / "cohort")
    panel.specimensSection.open(str(tmp_path / "cohort" / "cohort.csv"))
    wait_for_cohort(panel)
    expand(panel.evaluateSection)
    return panel


@pytest.fixture
def section(panel):
    """The section, which evaluates with the bundled model."""
    return panel.evaluateSection


@pytest.fixture
def quick(section):
    """The section, which evaluates the files of the column dl, one specimen at a time: the worker needs no torch."""
    check(section, "default", on=False)
    section.ui.workersBox.value = 1
    return section


def check(section, model, *, on):
    """Check a model of the list, or take its check mark away."""
    import qt

    items = [section.ui.modelsList.item(row) for row in range(section.ui.modelsList.count)]
    (item,) = [item for item in items if item.text() == model]
    item.setCheckState(qt.Qt.Checked if on else qt.Qt.Unchecked)


def evaluate(section):
    click(section.ui.runButton)
    wait_for(section)


def found():
    import slicer
    from MicroCTSuperResTrainingLib.scene.score_tables import find_evaluation

    return find_evaluation(slicer.mrmlScene)


def wait_for_dl(panel):
    """Wait until a specimen and its DL are shown."""
    wait_for_specimen(panel)
    wait_until(lambda: not panel.evaluateSection.enhanced.runner.is_running, WORKER_SECONDS, "the enhancement")
    wait_for_specimen(panel)
    process_events(0.05)


def test_what_is_missing_is_told_in_its_order(open_module, monkeypatch, tmp_path):
    panel = open_training(open_module, monkeypatch, tmp_path)
    section = panel.evaluateSection
    expand(section)
    assert told(section)[1] == "No specimens."
    assert not section.ui.runButton.enabled
    assert not section.ui.reportButton.enabled
    panel.specimensSection.open(str(small_cohort(tmp_path / "study")))
    assert section.ui.runButton.enabled
    check(section, "default", on=False)
    assert told(section)[1] == "No model chosen."
    assert not section.ui.runButton.enabled
    check(section, "default", on=True)
    assert section.models() == ["default"]
    assert section.ui.runButton.enabled
    # The list follows the parameters, as it has to when a scene is opened.
    section.chosen.models = ""
    assert section.offered.checked() == []


def test_what_was_chosen_in_the_other_sections_holds_for_the_evaluation(panel, section):
    from MicroCTSuperResTrainingLib.panel.evaluate_job import evaluation_job
    from MicroCTSuperResTrainingLib.panel.specimens_parameters import Refine

    def arguments(*, replacing=False):
        return evaluation_job(panel.parameters, panel.specimens(), ["default"], "out", replacing=replacing)["arguments"]

    # The job knows the study's threshold, and what to do with scans that are not calibrated.
    assert not {"refine", "threshold", "margin", "overwrite"} & set(arguments())
    panel.parameters.specimens.refine = Refine.TRANSLATION
    assert section.ui.cohortLabel.text == "2 specimens are evaluated. Motion: Take back the shift."
    panel.parameters.morphometry.threshold = 450.0
    panel.parameters.agreement.margin = 0.02
    chosen = arguments(replacing=True)
    assert {name: chosen[name] for name in ("refine", "threshold", "margin", "overwrite", "split")} == {
        "refine": "translation",
        "threshold": 450.0,
        "margin": 0.02,
        "overwrite": True,
        "split": "test",
    }


def test_the_dl_of_the_model_that_was_clicked_is_shown(panel, quick, tmp_path):
    """The other model's is found in a folder of its own."""
    import slicer
    from MicroCTSuperResTrainingLib.panel.specimen_dl import dl_path
    from MicroCTSuperResTrainingLib.scene.score_tables import show_evaluation

    evaluate(quick)
    files = quick_files(quick.folder)
    models = {"dl": ("DL a", "a", "aaaa"), "dl2": ("DL b", "b", "bbbb")}
    files.scores["dl2"] = files.scores["dl"]
    for key, (label, name, sha256) in models.items():
        files.scores["methods"][key] = {"label": label, "model": {"name": name, "sha256": sha256}}
    twice = [{**row, "method": "dl2"} for row in files.specimens if row["method"] == "dl"]
    shown = show_evaluation(slicer.mrmlScene, replace(files, specimens=[*files.specimens, *twice]))
    made = {}
    for label, name, sha256 in models.values():
        made[label] = dl_path(quick.folder, name, sha256, "A3-femur")
        made[label].parent.mkdir(parents=True)
        shutil.copy(tmp_path / "cohort" / "A3-femur-dl.nrrd", made[label])
    methods = [shown.specimens.GetTable().GetColumnByName("method").GetValue(row) for row in range(9)]
    for label in ("DL b", "DL a", "HR"):
        quick.ui.specimensTable.selectRow(methods.index(label))
        wait_for_dl(panel)
        # HR has no DL: that of the model looked at last stays.
        assert quick.dlOf("A3-femur") == made["DL a" if label == "HR" else label]
        assert panel.shownSpecimen.state.headline == "A3-femur: LR | DL | HR."


def quick_files(folder):
    from MicroCTSuperResTrainingLib.panel.evaluation_files import read_evaluation

    return read_evaluation(folder)


def test_from_evaluate_to_a_point_of_the_bland_altman_plot(panel, section, host, tmp_path, screenshot):
    import slicer
    from MicroCTSuperResTrainingLib.scene.bland_altman_plot import find_agreement
    from MicroCTSuperResTrainingLib.scene.layouts import RESULT, RESULT_ALONE
    from MicroCTSuperResTrainingLib.scene.measurement_table import position_of

    assert section.ui.cohortLabel.text == "2 specimens are evaluated."
    folder = tmp_path / "cohort" / "evaluation"
    assert section.ui.folderEdit.text == str(folder)
    evaluate(section)
    assert told(section) == ("DONE", f"Done: {folder}", "")
    names = {path.name for path in folder.iterdir()}
    assert {"scores.json", "specimens.csv", "slices.csv", "agreement", "figures", "overlays"} <= names
    assert section.ui.summaryTable.mrmlTableNode().GetNumberOfRows() == 3
    assert "say nothing about biology" in section.ui.notesLabel.text
    assert shown_chart(host) == "SSIM of each specimen"
    # No specimen is shown yet: the plot has all the room, and the panel says what to do.
    assert host.layout_manager.layout == RESULT_ALONE.number
    assert section.ui.pointLabel.text == "Click a point of the plot, or a row, to see its LR | DL | HR."
    section.ui.measureSelector.setCurrentIndex(1)
    assert shown_chart(host) == "PSNR of each specimen"
    screenshot(host.main_window, "evaluation")

    # A click on a point shows the specimen; its DL is made for that, once. Who clicks on waits for the last one alone.
    dl = found().charts["psnr_db"].GetNthPlotSeriesNode(1)
    plot_view(host).select(dl, [0])
    assert "Enhancing A3-femur to show its DL ..." in section.ui.pointLabel.text
    plot_view(host).select(dl, [1])
    wait_for_dl(panel)
    assert section.ui.pointLabel.text == "A4-femur, DL<br>The DL of A4-femur is ready."
    assert host.layout_manager.layout == RESULT.number
    assert panel.shownSpecimen.state.headline == "A4-femur: LR | DL | HR."
    made = section.dlOf("A4-femur")
    assert made.parents[1] == folder / "dl"
    assert made.is_file()
    assert section.dlOf("A3-femur") is None
    screenshot(host.main_window, "specimen")

    # The slices are the measurements of the agreement analysis; a click on one of its points leads to the slice.
    agreement = panel.agreementSection
    expand(agreement)
    assert agreement.parameters.agreement.table is found().slices
    click(agreement.ui.runButton)
    wait_for(agreement)
    agreement.ui.levelSelector.setCurrentIndex(1)
    points = find_agreement(slicer.mrmlScene).chart("rows").GetNthPlotSeriesNode(4)
    assert points.GetName().startswith("DL - HR")
    plot_view(host).select(points, [16 + 5])  # 16 slices a specimen: slice 5 of the second one
    wait_for_dl(panel)
    assert agreement.ui.pointLabel.text.startswith("A4-femur, slice 5: DL - HR")
    position = host.layout_manager.sliceWidget("MicroCTHR").mrmlSliceNode().GetSliceOffset()
    assert position == pytest.approx(position_of(found().slices, "A4-femur", 5))
    screenshot(host.main_window, "agreement")

    # The scene keeps all of it.
    close_and_reopen(host, tmp_path / "scene.mrb")
    expand(section)
    assert section.ui.measureSelector.currentIndex == 1
    assert section.ui.summaryTable.mrmlTableNode() is found().summary
    assert section.dlOf("A4-femur") is not None
    click(section.ui.plotButton)
    assert shown_chart(host) == "PSNR of each specimen"


def test_files_of_the_table_are_evaluated_and_shown_where_no_model_is_chosen(panel, quick, host, monkeypatch):
    import qt

    evaluate(quick)
    assert told(quick)[0] == "DONE", told(quick)
    quick.ui.specimensTable.selectRow(1)
    wait_for_dl(panel)
    assert panel.shownSpecimen.state.headline == "A3-femur: LR | DL | HR."
    assert quick.enhanced.runner.state is None

    # Report and folder are opened by the programs of the system.
    folder = Path(quick.folder)
    opened = []
    monkeypatch.setattr(
        qt.QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())), raising=False
    )
    click(quick.ui.filesButton)
    (folder / "report.html").write_text("<p>")
    quick.refresh()
    click(quick.ui.reportButton)
    assert opened == [folder, folder / "report.html"]
    # A folder that was moved away is not offered any more; the tables stay.
    folder.rename(folder.with_name("moved"))
    quick.refresh()
    assert not quick.ui.reportButton.enabled
    assert not quick.ui.filesButton.enabled
    assert quick.ui.summaryTable.visible


def test_a_killed_worker_is_told_and_finished_specimens_are_kept(quick, host):
    first = Path(quick.folder, "specimens", TESTED[0], "result.json")
    click(quick.ui.runButton)
    wait_until(first.exists, WORKER_SECONDS, "the first specimen")
    os.kill(quick.runner._worker._process.processId(), signal.SIGKILL)
    wait_for(quick)
    stage, headline, advice = told(quick)
    assert stage == "FAILED"
    assert headline
    assert advice
    assert found() is None
    written = first.stat().st_mtime_ns
    evaluate(quick)
    assert told(quick)[0] == "DONE"
    assert first.stat().st_mtime_ns == written
    assert found().specimens.GetNumberOfRows() == len(TESTED) * len(("HR", "LR", "LR cubic", "DL"))
    # A second evaluation into the same folder asks first.
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=False) as seen:
        click(quick.ui.runButton)
    assert quick.folder in seen[0].text
    assert not quick.runner.is_running


def test_a_bad_specimen_is_told_and_the_others_are_shown(panel, quick):
    bad = next(each for each in panel.specimens() if each.specimen == TESTED[0])
    bad.hr.write_bytes(bad.hr.read_bytes()[:2000])
    evaluate(quick)
    stage, headline, _ = told(quick)
    assert stage == "FAILED"
    assert TESTED[0] in headline
    scores = json.loads(Path(quick.folder, "scores.json").read_text())
    assert [each["specimen"] for each in scores["failed"]] == [TESTED[0]]
    assert found().specimens.GetNumberOfRows() == len(("HR", "LR", "LR cubic", "DL"))
    assert f"{TESTED[0]} could not be evaluated" in quick.ui.notesLabel.text


def test_an_evaluation_goes_on_when_the_scene_is_closed_and_can_be_opened_later(quick, host):
    import slicer

    folder = Path(quick.folder)
    click(quick.ui.runButton)
    slicer.mrmlScene.Clear(False)
    wait_for(quick)
    assert (folder / "scores.json").exists()
    assert found() is None
    with host.dialogs.expecting("QFileDialog.getExistingDirectory", answer=str(folder)):
        click(quick.ui.openButton)
    assert found().folder == str(folder)
    with host.dialogs.expecting("QFileDialog.getExistingDirectory", answer=str(folder.parent)):
        click(quick.ui.openButton)
    assert told(quick)[0] == "FAILED"
    assert found().folder == str(folder)
