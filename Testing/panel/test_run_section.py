"""Devices, estimate and queue of the panel, with the real worker."""

import errno

import pytest
from sample_panel import (
    WORKER_SECONDS,
    dl_nodes,
    enhance_and_wait,
    large_scan,
    small_scan,
    stage,
    temporary_files,
    wait_for_end,
    wait_for_progress,
    worker_python,
)
from slicer_host.actions import click, wait_until


@pytest.fixture
def panel(open_module, monkeypatch):
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", worker_python())
    return open_module("MicroCTSuperRes")


def choose(panel, node):
    panel.inputSection.ui.lrSelector.setCurrentNode(node)


def queue_up(panel, *nodes):
    for node in nodes:
        choose(panel, node)
        click(panel.runSection.ui.addToQueueButton)


def rows(panel):
    table = panel.runSection.ui.queueTable
    return [tuple(table.item(row, column).text() for column in (0, 1)) for row in range(table.rowCount)]


def devices(panel):
    selector = panel.runSection.ui.deviceSelector
    return [selector.itemText(row) for row in range(selector.count)]


def test_devices_are_listed_by_the_worker_with_their_free_memory(panel):
    assert devices(panel) == ["Automatic", "CPU"]
    choose(panel, small_scan())
    wait_until(lambda: panel.runSection.devices.devices, WORKER_SECONDS, "the devices")
    assert devices(panel)[0].startswith("Automatic: ")
    assert devices(panel)[-1].startswith("CPU, ")
    assert devices(panel)[-1].endswith(" free")


def test_a_device_is_chosen_and_used(panel):
    choose(panel, small_scan())
    wait_until(lambda: panel.runSection.devices.devices, WORKER_SECONDS, "the devices")
    selector = panel.runSection.ui.deviceSelector
    selector.setCurrentIndex(selector.count - 1)
    selector.activated.emit(selector.count - 1)
    assert panel.parameters.device == "cpu"
    enhance_and_wait(panel)
    assert dl_nodes()[0].GetAttribute("MicroCTSuperRes.device") == "cpu"


def test_a_device_of_another_computer_is_kept_named_and_refused_by_the_worker(panel):
    choose(panel, small_scan())
    panel.parameters.device = "cuda:7"
    wait_until(lambda: panel.runSection.devices.devices, WORKER_SECONDS, "the devices")
    assert panel.runSection.ui.deviceSelector.currentText == "cuda:7 (not found here)"
    enhance_and_wait(panel)
    assert stage(panel) == "FAILED"
    assert "'cuda:7' is not available" in panel.runSection.ui.headlineLabel.text


def test_devices_that_cannot_be_found_leave_the_choice_of_automatic(panel, monkeypatch):
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", "/no/python/here")
    choose(panel, small_scan())
    wait_until(lambda: panel.runSection.devices.trouble, WORKER_SECONDS, "the failure")
    assert devices(panel) == ["Automatic", "CPU"]
    assert "Python" in panel.runSection.ui.deviceSelector.toolTip


def test_the_estimate_cautions_where_memory_is_short(panel, monkeypatch):
    from MicroCTSuperResLib.panel import scan_reader

    monkeypatch.setattr(scan_reader, "available_memory", lambda: 10**8)
    choose(panel, small_scan())
    assert "Only 100.0 MB of memory are free" in panel.runSection.ui.estimateLabel.text


def test_a_queue_of_two_is_enhanced_with_one_click(panel, host, screenshot):
    import slicer

    queue_up(panel, small_scan("femur", 0), small_scan("spine", 1))
    assert rows(panel) == [("femur", "waiting"), ("spine", "waiting")]
    assert not panel.runSection.ui.addToQueueButton.enabled
    click(panel.runSection.ui.runQueueButton)
    assert rows(panel)[0] == ("femur", "running")
    screenshot(host.main_window, "running")
    wait_for_end(panel)
    assert rows(panel) == [("femur", "done"), ("spine", "done")]
    assert sorted(node.GetName() for node in dl_nodes()) == ["femur DL", "spine DL"]
    assert panel.parameters.queue == []
    assert stage(panel) == "DONE"
    assert "2 of 2" in panel.runSection.ui.headlineLabel.text
    assert not panel.runSection.ui.runQueueButton.enabled
    slicer.app.processEvents()
    screenshot(host.main_window, "done")


def test_a_volume_can_be_queued_while_another_is_enhanced(panel):
    choose(panel, small_scan("femur"))
    click(panel.runSection.ui.enhanceButton)
    queue_up(panel, small_scan("spine", 1))
    assert not panel.runSection.ui.runQueueButton.enabled
    wait_for_end(panel)
    assert rows(panel) == [("spine", "waiting")]
    click(panel.runSection.ui.runQueueButton)
    wait_for_end(panel)
    assert sorted(node.GetName() for node in dl_nodes()) == ["femur DL", "spine DL"]


def test_one_volume_that_fails_does_not_stop_the_next(panel):
    import numpy as np
    import slicer

    bad = small_scan("with NaN")
    slicer.util.arrayFromVolume(bad)[0, 0, 0] = np.nan
    queue_up(panel, bad, small_scan("spine", 1))
    click(panel.runSection.ui.runQueueButton)
    wait_for_end(panel)
    assert [state.split(":")[0] for _, state in rows(panel)] == ["failed", "done"]
    assert "NaN" in rows(panel)[0][1]
    assert [node.GetName() for node in dl_nodes()] == ["spine DL"]
    assert stage(panel) == "FAILED"
    assert "1 of 2" in panel.runSection.ui.headlineLabel.text
    assert "with NaN" in panel.runSection.ui.headlineLabel.text


def test_a_result_that_cannot_be_taken_is_a_failure_and_not_a_run_without_end(panel, monkeypatch):
    from MicroCTSuperResLib.panel.enhancement_run import EnhancementRun

    def no_memory(run, volume):
        raise MemoryError

    monkeypatch.setattr(EnhancementRun, "_take", no_memory)
    choose(panel, small_scan())
    enhance_and_wait(panel)
    assert stage(panel) == "FAILED"
    assert "not enough memory" in panel.runSection.ui.headlineLabel.text
    assert temporary_files() == []
    assert panel.runSection.ui.enhanceButton.enabled


@pytest.mark.parametrize("wish", ["cancel", "close the scene"])
def test_a_result_that_was_read_is_not_taken_when_the_user_has_changed_their_mind(panel, host, monkeypatch, wish):
    import slicer
    from MicroCTSuperResLib.panel import steps
    from MicroCTSuperResLib.panel.enhancement_run import EnhancementRun

    read = EnhancementRun._read_result
    was_read = []
    monkeypatch.setattr(steps, "BUSY_SECONDS", 0.0)  # as with a large result, which is read in one step
    monkeypatch.setattr(EnhancementRun, "_read_result", lambda run: was_read.append(run) or read(run))
    choose(panel, small_scan())
    click(panel.runSection.ui.enhanceButton)
    wait_until(lambda: was_read, WORKER_SECONDS, "the result")
    assert panel.runSection.runner.is_running
    if wish == "cancel":
        click(panel.runSection.ui.cancelButton)
    else:
        slicer.mrmlScene.Clear(False)
        host.problems.take()  # Slicer's slice views complain of volumes that go while they are shown
    wait_for_end(panel)
    assert stage(panel) == ("CANCELLED" if wish == "cancel" else "NOTHING_SELECTED")
    assert dl_nodes() == []
    assert temporary_files() == []


def test_a_volume_whose_copy_cannot_be_written_is_a_failure_at_once(panel, monkeypatch):
    from MicroCTSuperResLib.panel import enhancement_run

    def full_disk(**arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(enhancement_run.tempfile, "mkdtemp", full_disk)
    queue_up(panel, small_scan("spine", 1))
    click(panel.runSection.ui.runQueueButton)
    wait_for_end(panel)
    assert rows(panel)[0][1].startswith("failed: No space left on device")
    assert stage(panel) == "FAILED"
    assert panel.parameters.queue == []


def test_cancel_stops_the_queue_and_the_rest_waits(panel):
    queue_up(panel, large_scan("first"), small_scan("second"))
    click(panel.runSection.ui.runQueueButton)
    wait_for_progress(panel)
    click(panel.runSection.ui.cancelButton)
    wait_for_end(panel)
    assert rows(panel) == [("first", "waiting"), ("second", "waiting")]
    assert [node.GetName() for node in panel.parameters.queue] == ["first", "second"]
    assert dl_nodes() == []
    assert stage(panel) == "CANCELLED"


def test_a_volume_removed_from_the_scene_leaves_the_queue(panel):
    import slicer

    first, second = small_scan("first"), small_scan("second", 1)
    queue_up(panel, first, second)
    slicer.mrmlScene.RemoveNode(first)
    assert rows(panel) == [("second", "waiting")]


def test_volumes_are_taken_out_of_the_queue(panel):
    queue_up(panel, small_scan("first"), small_scan("second", 1), small_scan("third", 2))
    panel.runSection.ui.queueTable.setCurrentCell(1, 0)
    click(panel.runSection.ui.removeFromQueueButton)
    assert rows(panel) == [("first", "waiting"), ("third", "waiting")]
    click(panel.runSection.ui.clearQueueButton)
    assert rows(panel) == []
    assert panel.parameters.queue == []


def test_missing_packages_are_told_and_nothing_starts_without_consent(open_module, host, monkeypatch):
    monkeypatch.delenv("MICROCT_SUPERRES_PYTHON", raising=False)
    host.installations.missing = ["safetensors"]
    host.installations.agreed = False
    panel = open_module("MicroCTSuperRes")
    choose(panel, small_scan())
    assert "safetensors" in panel.runSection.ui.headlineLabel.text
    click(panel.runSection.ui.enhanceButton)
    assert host.installations.requested
    assert not panel.runSection.runner.is_running
    assert dl_nodes() == []
