"""The preview service: a real worker that enhances slices on request."""

import json
import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
from MicroCTSuperResLib.enhancement.engine import enhance
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.formats import read_volume
from MicroCTSuperResLib.jobs.requests import Requests, StdinLines


@pytest.fixture
def preview(start_worker, scan, small_model, folder):
    """A worker that is ready for requests on the small scan."""
    worker = start_worker(job(scan, small_model, folder), "--end-with-stdin")
    worker.read_until("ready")
    return worker


def job(scan, small_model, folder, changes=()):
    known = {"input": str(scan), "model": str(small_model), "device": "cpu", "folder": str(folder)}
    return {"job": "preview", "arguments": known | dict(changes)}


def ask(worker, *requests):
    """Write all requests at once."""
    lines = [request if isinstance(request, bytes) else json.dumps(request).encode() for request in requests]
    worker._process.stdin.write(b"".join(line + b"\n" for line in lines))
    worker._process.stdin.flush()


def answer_to(worker, request):
    ask(worker, request)
    return worker.read_until("preview")[-1]


def test_a_region_is_that_of_the_enhanced_volume_at_its_place(preview, scan, small_model):
    got = answer_to(preview, {"id": 3, "slice": 5, "region": [2, 9, 4, 13]})
    dl = enhance(read_volume(scan), small_model, "cpu")
    assert (got["id"], got["slice"], got["region"], got["shape"]) == (3, 5, [2, 9, 4, 13], [2, 14, 18])
    expected = dl.voxels[10:12, 4:18, 8:26]
    voxels = np.load(got["file"])
    assert voxels.dtype == expected.dtype == np.int16
    assert np.abs(voxels.astype(int) - expected).max() <= 1  # rounding to whole numbers at a half
    # The first voxel is voxel (8, 4, 10) (x, y, z) of the whole: its place is the origin plus the turned way to it.
    way = np.reshape(dl.direction, (3, 3)) @ (np.array((8, 4, 10)) * dl.spacing)
    assert got["origin_mm"] == pytest.approx(np.array(dl.origin) + way)
    assert (tuple(got["spacing_mm"]), tuple(got["direction"]), got["units"]) == (dl.spacing, dl.direction, dl.units)


def test_slices_at_the_ends_are_those_of_the_enhanced_volume(preview, scan, small_model):
    dl = enhance(read_volume(scan), small_model, "cpu")
    for index in (0, 5):
        got = np.load(answer_to(preview, {"id": index, "slice": index, "region": None})["file"])
        assert np.abs(got.astype(int) - dl.voxels[2 * index : 2 * index + 2]).max() <= 1


def test_requests_that_came_before_it_was_ready_are_answered_by_the_newest(start_worker, scan, small_model, folder):
    worker = start_worker(job(scan, small_model, folder), "--end-with-stdin")
    ask(worker, *({"id": number, "slice": 0} for number in range(1, 50)))
    events = worker.read_until("preview")
    (ready,) = (event for event in events if event["event"] == "ready")
    assert (ready["size"], ready["device"]) == ([14, 12, 6], "cpu")
    assert [event["id"] for event in events if event["event"] == "preview"] == [49]


def test_only_the_newest_of_the_waiting_requests_is_answered(preview):
    ask(preview, *({"id": number, "slice": number % 6} for number in range(200)))
    answered = []
    while 199 not in answered:
        answered.append(preview.read_until("preview")[-1]["id"])
    assert answered == sorted(answered)
    assert len(answered) < 100


BAD_REQUESTS = [
    (b"{", "not JSON", None),
    (b"[1]", "not a JSON object", None),
    (b"\xff\xfe", "not JSON", None),
    (b'{"slice": 1}', "'id' is missing", None),
    (b'{"id": "1", "slice": 1}', "a whole number", "1"),
    (b'{"id": 1, "slice": 6}', "no slice 6", 1),
    (b'{"id": 1, "slice": -1}', "no slice -1", 1),
    (b'{"id": 1, "slice": 1, "region": [0, 1]}', "region", 1),
    (b'{"id": 1, "slice": 1, "region": [5, 5, 0, 9]}', "holds no voxel", 1),
    (b'{"id": 1, "slice": 1, "zoom": 2}', "no argument 'zoom'", 1),
]


def test_bad_requests_are_refused_and_the_next_is_answered(preview):
    for request, told, identity in BAD_REQUESTS:
        ask(preview, request)
        refused = preview.read_until("refused")[-1]
        assert told in refused["message"], request
        assert refused["id"] == identity
        assert answer_to(preview, {"id": 8, "slice": 1})["id"] == 8


def test_a_request_for_which_the_folder_has_gone_is_refused(preview, folder):
    (place,) = folder.iterdir()
    place.rmdir()
    ask(preview, {"id": 1, "slice": 1})
    assert preview.read_until("refused")[-1]["code"] == "failed"


@pytest.mark.parametrize("how", ["stdin", "signal"])
def test_it_ends_and_leaves_no_file(preview, folder, how):
    assert Path(answer_to(preview, {"id": 1, "slice": 1})["file"]).is_relative_to(folder)
    if how == "stdin":
        preview.close_stdin()
    else:
        preview.signal(signal.SIGTERM)
    events, status, errors = preview.finish()
    assert (events[-1]["event"], events[-1]["code"], status) == ("error", "cancelled", 1)
    assert "Traceback" not in errors
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"model": "no such model"}, "bad-model"),
        ({"input": "absent.nrrd"}, "bad-file"),
        ({"device": "cuda:99"}, "bad-device"),
        ({"folder": "/no/such/folder"}, "failed"),
        ({"slices": 3}, "bad-input"),
    ],
)
def test_what_cannot_be_previewed_is_told_at_once(start_worker, scan, small_model, folder, changes, code):
    worker = start_worker(job(scan, small_model, folder, changes), "--end-with-stdin")
    events, status, _ = worker.finish()
    assert (events[-1]["event"], events[-1]["code"], status) == ("error", code, 1)


def test_without_stdin_to_take_requests_from_it_is_refused(start_worker, scan, small_model, folder):
    events, _, _ = start_worker(job(scan, small_model, folder)).finish()
    assert (events[-1]["code"], "--end-with-stdin" in events[-1]["hint"]) == ("bad-input", True)


def test_it_is_no_command_of_the_command_line():
    from MicroCTSuperResLib.jobs.registry import gather_commands

    assert "preview" not in gather_commands()


def test_lines_come_whole_however_they_were_written():
    reading, writing = os.pipe()
    lines = StdinLines(reading)
    os.write(writing, b"job\nfirst\nsec")
    assert next(iter(lines)) == "job"
    os.write(writing, b"ond\nlast")
    os.close(writing)
    assert list(lines) == ["first", "second", "last"]
    os.close(reading)


def test_a_request_waits_until_it_is_taken_and_the_newest_replaces_it():
    requests = Requests()
    for line in ("", '{"id": 1}', '{"id": 2}', "  "):
        requests.put(line)
    assert requests.take() == {"id": 2}
    requests.put("nonsense")
    with pytest.raises(InputError, match="not JSON"):
        requests.take()


def test_a_request_that_comes_later_wakes_the_one_who_waits():
    requests = Requests()
    threading.Timer(0.05, requests.put, ['{"id": 1}']).start()
    assert requests.take() == {"id": 1}
