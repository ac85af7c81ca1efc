"""`devices`: what a network can run on here."""

import json


def test_the_cpu_is_listed_last_with_its_free_memory(command):
    status, out, _ = command("devices", "--json")
    assert status == 0
    listed = json.loads(out.splitlines()[-1])["devices"]
    assert listed[-1]["name"] == "cpu"
    assert listed[-1]["free_memory_bytes"] > 0


def test_each_device_is_told_on_a_line(command):
    lines = command("devices")[1].splitlines()
    assert lines[-1].startswith("cpu")
    assert lines[-1].endswith("of memory free")


def test_a_job_with_an_argument_is_refused(start_worker):
    events, status, _ = start_worker({"job": "devices", "arguments": {"file": "lr.nrrd"}}).finish()
    assert status == 1
    assert events[-1]["code"] == "bad-input"
