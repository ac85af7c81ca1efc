"""Work in steps, between which Slicer handles events."""

import pytest
from slicer_host.actions import process_events, wait_until


@pytest.fixture
def steps(slicer_scene, monkeypatch):
    """The module, with steps that each take all the time there is."""
    from MicroCTSuperResLib.panel import steps

    monkeypatch.setattr(steps, "BUSY_SECONDS", 0.0)
    return steps


def work(done, count=5):
    try:
        for number in range(count):
            done.append(number)
            yield
    finally:
        done.append("end")


def test_short_work_is_done_at_once(steps, monkeypatch):
    monkeypatch.setattr(steps, "BUSY_SECONDS", 10.0)
    done = []
    assert not steps.Steps(work(done)).is_running
    assert done == [0, 1, 2, 3, 4, "end"]


def test_events_are_handled_between_the_steps_of_longer_work(steps):
    import qt

    done = []
    running = steps.Steps(work(done))
    assert (running.is_running, done) == (True, [0])
    qt.QTimer.singleShot(0, lambda: done.append("an event"))
    wait_until(lambda: not running.is_running, what="the end")
    assert "an event" in done[:-1]
    assert [one for one in done if one != "an event"] == [0, 1, 2, 3, 4, "end"]


def test_work_that_is_stopped_is_left_undone(steps):
    done = []
    running = steps.Steps(work(done))
    running.stop()
    assert done == [0, "end"]
    assert not running.is_running
    process_events(0.05)
    assert done == [0, "end"]
    running.stop()  # again does no harm


def test_an_error_ends_the_work_and_is_told(steps, host):
    def failing():
        yield
        raise KeyError("size")

    running = steps.Steps(failing())
    process_events(0.05)
    assert not running.is_running
    assert [type(problem.exception) for problem in host.problems.take()] == [KeyError]
