"""The live preview's worker: a real one with the bundled model, on a small scan."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from MicroCTSuperResLib import Volume
from MicroCTSuperResLib.imaging.formats import read_volume
from sample_workers import PYTHON, Heard
from slicer_host.actions import process_events, wait_until

SECONDS_TO_WAIT = 60


class Viewer:
    """A panel with a preview."""

    def __init__(self):
        from MicroCTSuperResLib.panel.preview_process import PreviewProcess

        self.answers = []
        self.troubles = []
        self.preview = PreviewProcess(self.answers.append, lambda message, hint: self.troubles.append((message, hint)))

    def answer(self):
        """The next answer."""
        before = len(self.answers)
        wait_until(lambda: len(self.answers) > before or self.troubles, SECONDS_TO_WAIT, "an answer")
        assert self.troubles == []
        return self.answers[-1]

    def trouble(self):
        wait_until(lambda: self.troubles, SECONDS_TO_WAIT, "trouble")
        return self.troubles[-1]

    def worker(self):
        """The worker's process, once it is there."""
        wait_until(lambda: workers(), SECONDS_TO_WAIT, "a worker")
        return workers()[-1]


def workers():
    """Processes of preview workers that run."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE and "MicroCTSuperResLib.jobs.worker" in process.cmdline():
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.fixture
def viewer(slicer_scene, monkeypatch):
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", PYTHON)
    yield Viewer()
    from MicroCTSuperResLib.panel.worker_process import stop_all

    stop_all()


@pytest.fixture
def lr(tmp_path):
    """A small scan, as the panel writes it for its workers."""
    voxels = np.random.default_rng(0).integers(0, 1200, (6, 40, 36)).astype(np.int16)
    path = tmp_path / "lr.nrrd"
    Volume(voxels, (0.02,) * 3, (1.0, 2.0, 3.0), units="mg HA/cm3").write(path)
    return str(path)


def folders_left():
    import slicer

    return list(Path(slicer.app.temporaryPath).glob("MicroCTSuperRes-preview-*"))


def test_an_answer_is_what_enhance_gives_for_the_region(viewer, lr, tmp_path):
    viewer.preview.setVolume(lr, "default", "cpu")
    viewer.preview.request(2, (4, 20, 8, 30))
    answer = viewer.answer()
    assert viewer.preview.isReady
    assert (answer.slice_index, answer.region) == (2, (4, 20, 8, 30))
    target = tmp_path / "dl.nrrd"
    job = {"job": "enhance", "arguments": {"inputs": [lr], "output": str(target), "device": "cpu"}}
    assert Heard(job).end().kind == "done"
    dl, volume = read_volume(target), answer.volume()
    expected = dl.voxels[4:6, 8:40, 16:60]
    assert np.abs(volume.voxels.astype(int) - expected).max() <= 1  # whole numbers, rounded at a half
    assert volume.origin == pytest.approx(np.array(dl.origin) + np.array((16, 8, 4)) * dl.spacing)
    assert (volume.spacing, volume.units) == (pytest.approx(dl.spacing), dl.units)


def test_only_the_newest_request_is_answered(viewer, lr):
    viewer.preview.setVolume(lr, "default", "cpu")
    for index in range(6):
        viewer.preview.request(index)
    assert viewer.answer().slice_index == 5
    viewer.preview.request(0)
    viewer.preview._worker._process.waitForBytesWritten(1000)
    time.sleep(0.5)  # Slicer is busy meanwhile: the answer waits in the pipe, and is too old when it is read
    viewer.preview.request(3)
    assert viewer.answer().slice_index == 3
    process_events(0.5)
    assert [answer.slice_index for answer in viewer.answers] == [5, 3]
    (folder,) = folders_left()
    assert list(folder.rglob("*.npy")) == []


def test_the_same_volume_goes_on_and_another_one_restarts(viewer, lr, tmp_path):
    viewer.preview.setVolume(lr, "default", "cpu")
    viewer.preview.request(0)
    viewer.answer()
    first = viewer.worker()
    viewer.preview.setVolume(lr, "default", "cpu")
    assert workers() == [first]
    voxels = read_volume(lr).voxels[:, ::-1]
    Volume(voxels, (0.02,) * 3, units="mg HA/cm3").write(lr, overwrite=True)  # the same name, another content
    viewer.preview.setVolume(lr, "default", "cpu")
    viewer.preview.request(0)
    assert viewer.answer().volume().origin == pytest.approx((-0.005, -0.005, -0.005))
    wait_until(lambda: first not in workers(), what="the end of the first worker")
    assert len(folders_left()) == 1


def test_a_worker_that_dies_is_restarted_and_answers_the_last_request(viewer, lr):
    viewer.preview.setVolume(lr, "default", "cpu")
    viewer.preview.request(4)
    viewer.answer()
    for _ in range(2):  # each time it had answered before it died
        before = viewer.worker()
        os.kill(before.pid, signal.SIGKILL)
        assert viewer.answer().slice_index == 4
        assert viewer.worker() != before


def test_a_worker_that_dies_again_before_it_answers_is_trouble(viewer, lr):
    viewer.preview.setVolume(lr, "default", "cpu")
    first = viewer.worker()
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: workers() and workers() != [first], SECONDS_TO_WAIT, "the second worker")
    os.kill(viewer.worker().pid, signal.SIGKILL)
    message, hint = viewer.trouble()
    assert "killed" in message
    assert hint
    assert not viewer.preview.isRunning
    viewer.preview.request(1)
    process_events(0.3)
    assert (len(viewer.troubles), workers()) == (1, [])
    assert folders_left() == []


@pytest.mark.parametrize(
    ("path", "model", "told"), [(None, "no such model", "no such model"), ("absent.nrrd", "default", "absent.nrrd")]
)
def test_what_cannot_begin_is_trouble_at_once(viewer, lr, path, model, told):
    viewer.preview.setVolume(path or lr, model, "cpu")
    assert told in viewer.trouble()[0]
    process_events(0.2)
    assert len(viewer.troubles) == 1
    assert workers() == []


def test_a_refused_request_is_told_and_the_worker_goes_on(viewer, lr):
    viewer.preview.setVolume(lr, "default", "cpu")
    viewer.preview.request(99)
    assert "no slice 99" in viewer.trouble()[0]
    viewer.troubles.clear()
    viewer.preview.request(1)
    assert viewer.answer().slice_index == 1


def test_stop_ends_the_worker_and_nothing_is_called_any_more(viewer, lr):
    viewer.preview.setVolume(lr, "default", "cpu")
    viewer.preview.request(0)
    viewer.worker()
    viewer.preview.stop()
    assert not viewer.preview.isRunning
    wait_until(lambda: not workers(), what="the worker's end")
    process_events(0.3)
    assert (viewer.answers, viewer.troubles) == ([], [])
    assert folders_left() == []


def test_the_end_of_slicer_ends_it_without_trouble(viewer, lr, host):
    viewer.preview.setVolume(lr, "default", "cpu")
    viewer.worker()
    host.tell_about_to_quit()
    wait_until(lambda: not workers(), what="the worker's end")
    assert viewer.troubles == []
    assert folders_left() == []
