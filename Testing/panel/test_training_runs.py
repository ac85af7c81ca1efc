"""The section that trains: what keeps it from starting, what goes wrong in between, and that nothing is lost then."""

import json
import os
import shutil
import signal
import stat

import psutil
import pytest
from sample_panel import WORKER_SECONDS, worker_python
from sample_training_panel import (
    SMALL,
    headline,
    open_table,
    open_training,
    rows,
    small_cohort,
    wait_for_training,
)
from slicer_host.actions import click, process_events, wait_until

LONG = 400  # epochs; no test waits for their end


@pytest.fixture
def panel(open_module, monkeypatch, tmp_path):
    return open_training(open_module, monkeypatch, tmp_path)


@pytest.fixture
def section(panel):
    return panel.trainSection


@pytest.fixture
def ready(panel, section, host, tmp_path):
    """The section with a small cohort and settings for a small network."""
    open_table(panel, host, small_cohort(tmp_path / "study"))
    section.ui.settingsEdit.text = SMALL
    section.ui.epochsBox.value = LONG
    return section


def start_and_wait_for_epoch(section):
    click(section.ui.startButton)
    wait_until(lambda: section.known_runs() and section.known_runs()[0].epochs_done >= 1, WORKER_SECONDS, "an epoch")
    return section.known_runs()[0]


def choose_first_run(section):
    section.ui.runsTable.setCurrentCell(0, 0)
    process_events()


def test_what_keeps_a_training_from_starting_is_told(panel, section, host, tmp_path):
    assert headline(section) == "No specimens yet."
    table = small_cohort(tmp_path / "study")
    open_table(panel, host, table)
    assert headline(section) == "Ready."
    assert section.ui.startButton.enabled
    section.ui.nameEdit.text = "My Run"
    assert headline(section) == "Name the run."
    section.ui.nameEdit.text = "default"
    assert headline(section) == "There is a model default already."
    (tmp_path / "study" / "runs" / "there").mkdir(parents=True)
    section.ui.nameEdit.text = "there"
    assert headline(section) == "There is a run there already."
    assert not section.ui.startButton.enabled
    section.ui.nameEdit.text = "mine"
    widget = panel.specimensSection.ui.specimensTable
    titles = [widget.horizontalHeaderItem(column).text() for column in range(widget.columnCount)]
    for row in range(3):
        widget.item(row, titles.index("split")).setText("test")
    assert headline(section) == "The table was changed and is not saved."
    click(panel.specimensSection.ui.saveButton)
    assert headline(section) == "The specimens are not divided into train, validation and test."


def test_what_changes_in_other_sections_does_not_read_the_folders_of_the_runs(ready, monkeypatch):
    from MicroCTSuperResTrainingLib.panel import train_section

    read = []
    monkeypatch.setattr(train_section, "runs_in", lambda folder: read.append(folder) or [])
    ready.parameters.morphometry.threshold = 450.0  # as a slider does that is drawn
    ready.ui.nameEdit.text = "mine"
    assert read == []
    ready.enter()
    assert read == [ready.runsFolder]


def test_the_epochs_proposed_are_those_of_the_engine(section):
    from MicroCTSuperResTrainingLib.panel import train_job
    from MicroCTSuperResTrainingLib.panel.train_parameters import Preset
    from MicroCTSuperResTrainingLib.training.presets import FINE_TUNING, PRESETS

    assert {preset.value: count for preset, count in train_job.EPOCHS.items()} == {
        name: config.epochs for name, config in PRESETS.items()
    }
    assert FINE_TUNING["epochs"] == train_job.FINE_TUNING_EPOCHS
    section.ui.presetSelector.setCurrentIndex(1)
    section.ui.presetSelector.activated.emit(1)
    assert section.parameters.train.preset is Preset.ABSTRACT
    assert section.ui.epochsBox.value == PRESETS["abstract"].epochs
    assert section.ui.nameEdit.text == "abstract-1"


def test_a_wrong_setting_is_told_before_anything_is_made(ready):
    ready.ui.settingsEdit.text = "learnin_rate=1"
    click(ready.ui.startButton)
    wait_for_training(ready.module)
    assert "learnin_rate" in headline(ready)
    assert "--" not in ready.ui.adviceLabel.text  # the panel has no options
    assert ready.known_runs() == []
    assert ready.ui.startButton.enabled


def test_a_killed_worker_is_told_and_the_run_goes_on_later(ready, screenshot, host):
    run = start_and_wait_for_epoch(ready)
    for worker in psutil.Process().children(recursive=True):
        if "MicroCTSuperResLib.jobs.worker" in worker.cmdline():
            os.kill(worker.pid, signal.SIGKILL)
    wait_for_training(ready.module)
    assert headline(ready) == "The worker was killed."
    assert "press Resume" in ready.ui.adviceLabel.text
    screenshot(host.main_window, "killed")
    done = ready.known_runs()[0].epochs_done
    assert done >= 1
    choose_first_run(ready)
    click(ready.ui.resumeButton)
    wait_until(lambda: ready.known_runs()[0].epochs_done > done, WORKER_SECONDS, "the next epoch")
    assert ready.training.run == run.path
    click(ready.ui.cancelButton)
    wait_for_training(ready.module)
    assert headline(ready) == "Cancelled."


def test_training_goes_on_while_the_scene_is_closed_and_another_module_is_open(panel, ready, host):
    import slicer

    run = start_and_wait_for_epoch(ready)
    host.module_manager.load(host_demo())
    host.module_manager.select("HostDemo")
    slicer.mrmlScene.Clear(False)
    done = ready.known_runs()[0].epochs_done
    wait_until(lambda: ready.known_runs()[0].epochs_done > done, WORKER_SECONDS, "the next epoch")
    assert ready.training.is_running
    host.module_manager.select("MicroCTSuperResTraining")
    assert headline(ready) == f"Training {run.name} ..."
    assert ready.ui.runsTable.item(0, 1).text() == "running"
    # Nothing was put into the scene that the user has emptied.
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 0
    click(ready.ui.cancelButton)
    wait_for_training(panel)
    assert headline(ready) == "Cancelled."


def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(ready, tmp_path, monkeypatch):
    # The system lets the worker write no file of more than 128 blocks of 512 bytes; on a full disk it is the same call
    # that fails.
    full, python = tmp_path / "python-on-a-full-disk", worker_python()
    full.write_text(f'#!/bin/sh\nulimit -f 128\nexec "{python}" "$@"\n')
    full.chmod(full.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", str(full))
    click(ready.ui.startButton)
    wait_for_training(ready.module)
    assert ready.ui.headlineLabel.text.startswith("<b style")  # in the colour of trouble
    assert "cannot be written" in headline(ready)
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", python)
    choose_first_run(ready)
    click(ready.ui.resumeButton)
    wait_until(lambda: ready.known_runs()[0].epochs_done >= 1, WORKER_SECONDS, "an epoch")
    click(ready.ui.cancelButton)
    wait_for_training(ready.module)


def test_a_run_goes_on_without_its_scans_as_it_began_and_a_new_one_tells_which_is_gone(ready, tmp_path):
    motion = ready.module.specimensSection.ui.motionSelector
    motion.setCurrentIndex(1)  # take back the shift
    run = start_and_wait_for_epoch(ready)
    told = json.loads((run.path / "run.json").read_text())
    assert told["pairing"]["refine"] == "translation"
    motion.setCurrentIndex(0)
    click(ready.ui.cancelButton)
    wait_for_training(ready.module)
    for scan in (tmp_path / "study").glob("A1-*.nrrd"):
        scan.rename(tmp_path / scan.name)
    assert ready.ui.nameEdit.text == "fast-2"
    click(ready.ui.startButton)
    wait_for_training(ready.module)
    assert "A1-femur-lr.nrrd" in headline(ready)
    assert [each.name for each in ready.known_runs()] == ["fast-1"]

    done = ready.known_runs()[0].epochs_done
    choose_first_run(ready)
    click(ready.ui.resumeButton)
    wait_until(lambda: ready.known_runs()[0].epochs_done > done, WORKER_SECONDS, "the next epoch")
    click(ready.ui.cancelButton)
    wait_for_training(ready.module)
    assert "The scans of A1-femur were moved" in ready.ui.logEdit.toPlainText()
    assert json.loads((run.path / "run.json").read_text())["pairing"] == told["pairing"]
    shutil.rmtree(run.path)
    ready.enter()
    assert ready.known_runs() == []
    assert not ready.ui.resumeButton.enabled


def test_a_run_that_another_program_trains_is_told_and_left_alone(ready, tmp_path):
    from MicroCTSuperResLib.folder_lock import alone_in

    run = tmp_path / "study" / "runs" / "theirs"
    run.mkdir(parents=True)
    (run / "config.json").write_text('{"epochs": 5}')
    with alone_in(run):
        ready.enter()
        assert ready.ui.runsTable.item(0, 1).text() == "in use"
        choose_first_run(ready)
        ready.ui.epochsBox.value = 9
        click(ready.ui.resumeButton)
        wait_for_training(ready.module)
        assert headline(ready).startswith("Another process works in")
        assert "Resume" not in ready.ui.adviceLabel.text
    ready.enter()
    assert ready.ui.runsTable.item(0, 1).text() == "stopped"


def test_a_finished_run_is_fine_tuned_and_its_model_comes_into_module_1(panel, ready, host, monkeypatch):
    host.module_manager.load(module_1())
    host.module_manager.select("MicroCTSuperRes")
    import slicer

    model_section = slicer.modules.MicroCTSuperResWidget.modelSection
    host.module_manager.select("MicroCTSuperResTraining")
    ready.ui.epochsBox.value = 2
    click(ready.ui.startButton)
    wait_for_training(panel)
    assert headline(ready) == "The model fast-1 is in the list of models."
    assert "fast-1" in model_section._models
    choose_first_run(ready)
    click(ready.ui.resumeButton)
    assert headline(ready) == "The run fast-1 is finished after 2 epochs."

    offered = [ready.ui.fromSelector.itemText(row) for row in range(ready.ui.fromSelector.count)]
    row = offered.index("fast-1")
    ready.ui.fromSelector.setCurrentIndex(row)
    ready.ui.fromSelector.activated.emit(row)
    assert ready.ui.epochsBox.value == 10
    assert ready.ui.nameEdit.text == "fast-1-tuned-1"
    ready.ui.settingsEdit.text = "samples_per_epoch=16; batch=4; patch=16; validation_slices=2"
    ready.ui.epochsBox.value = 1
    click(ready.ui.startButton)
    wait_for_training(panel)
    assert headline(ready) == "The model fast-1-tuned-1 is in the list of models."
    assert ready.known_runs()[1].from_model == "fast-1"
    assert len(rows(panel)) == 3


def module_1():
    from sample_thumbnails import ROOT

    return ROOT / "MicroCTSuperRes" / "MicroCTSuperRes.py"


def host_demo():
    from sample_thumbnails import ROOT

    return ROOT / "Testing" / "slicer_host" / "demo" / "HostDemo.py"
