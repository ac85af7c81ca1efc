"""Events: whole JSON lines, progress not too often but always to the end."""

import json
import math
import os

import pytest
from MicroCTSuperResLib.errors import Cancelled
from MicroCTSuperResLib.jobs.events import EventReporter, EventStream, to_json_line
from MicroCTSuperResLib.progress import Progress


class Clock:
    """A clock that stands still until it is set."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reporter(pipe, clock):
    return EventReporter(EventStream(pipe[1]), lambda: False, clock)


def events_in(pipe):
    """What was written so far."""
    os.set_blocking(pipe[0], False)
    try:
        return [json.loads(line) for line in os.read(pipe[0], 65536).splitlines()]
    except BlockingIOError:
        return []


def test_progress_within_a_tenth_of_a_second_is_held_back(reporter, pipe, clock):
    for done in range(1, 50):
        reporter.progress(Progress(done, 100, "slices", 1.0))
    clock.now += 0.11
    reporter.progress(Progress(50, 100, "slices", 1.0))
    assert [event["done"] for event in events_in(pipe)] == [1, 50]


def test_the_end_of_progress_is_told_at_once(reporter, pipe):
    for done in range(1, 101):
        reporter.progress(Progress(done, 100, "slices", 1.0))
    assert [event["done"] for event in events_in(pipe)] == [1, 100]


def test_progress_that_was_held_back_is_told_before_any_other_event(reporter, pipe):
    for done in range(1, 4):
        reporter.progress(Progress(done, 100, "slices", 1.0))
    reporter.warn("The disk is slow.")
    assert [event.get("done", event["event"]) for event in events_in(pipe)] == [1, 3, "log"]


def test_progress_tells_the_time_left_and_null_while_it_is_unknown(reporter, pipe, clock):
    reporter.progress(Progress(0, 40, "slices", 0.0))
    clock.now += 1
    reporter.progress(Progress(10, 40, "slices", 5.0))  # 0.5 s a slice, 30 slices left
    assert [event["eta_s"] for event in events_in(pipe)] == [None, 15.0]


def test_warnings_and_messages_differ_by_their_level(reporter, pipe):
    reporter.log("Reading lr.nrrd")
    reporter.warn("It is noisy.")
    assert [(event["level"], event["message"]) for event in events_in(pipe)] == [
        ("info", "Reading lr.nrrd"),
        ("warning", "It is noisy."),
    ]


def test_nobody_reading_cancels_the_work():
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(Cancelled):
        EventStream(writing).emit("log", message="Is there anybody?")
    os.close(writing)


def test_numbers_that_json_does_not_know_become_null():
    line = to_json_line({"psnr_db": math.inf, "bias": [math.nan, -math.inf, 0.5], "name": "µCT"})
    assert json.loads(line, parse_constant=pytest.fail) == {
        "psnr_db": None,
        "bias": [None, None, 0.5],
        "name": "µCT",
    }


def test_a_json_line_is_one_line_of_ascii():
    line = to_json_line({"message": "first\nsecond µm"})
    assert "\n" not in line
    assert line.isascii()
