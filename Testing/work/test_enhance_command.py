"""`enhance` from one end to the other: files in, files out, with a small model of random weights."""

import json
import os
import shutil

import numpy as np
import pytest
from MicroCTSuperResLib import enhance, read_volume
from MicroCTSuperResLib.imaging.formats import inspect
from sample_scans import DIRECTION, SIZE, ball, write_scan
from workers import run_command_line


def json_of(out):
    return json.loads(out.splitlines()[-1])


def test_a_scan_becomes_a_volume_of_twice_the_size_in_the_same_place(command, scan, small_model, folder):
    output = folder / "dl.nrrd"
    status, out, err = command("enhance", scan, "-o", output, "--model", small_model, "--device", "cpu")
    assert (status, err) == (0, "")
    assert str(output) in out
    dl = read_volume(output)
    assert dl.size == tuple(2 * count for count in SIZE)
    assert dl.spacing == pytest.approx((0.01, 0.01, 0.01))
    # Edges align: the centre of the first HR voxel lies a quarter of an LR voxel outside that of the first LR voxel,
    # along the image axes, which are turned by 90 degrees about z: x -> y, y -> -x.
    assert dl.origin == pytest.approx((1.5 + 0.005, -2.25 - 0.005, 3.0 - 0.005))
    assert dl.direction == pytest.approx(DIRECTION)
    assert (dl.units, dl.voxels.dtype) == ("mg HA/cm3", np.int16)


def test_the_command_line_and_the_python_api_give_the_same_voxels(command, scan, small_model, folder):
    command("enhance", scan, "-o", folder / "dl.nrrd", "--model", small_model, "--device", "cpu")
    expected = enhance(read_volume(scan), model=small_model, device="cpu")
    np.testing.assert_array_equal(read_volume(folder / "dl.nrrd").voxels, expected.voxels)


def test_json_tells_output_model_device_seconds_and_slices(command, scan, small_model, folder):
    output = folder / "dl.mha"
    status, out, _ = command("enhance", scan, "-o", output, "--model", small_model, "--device", "cpu", "--json")
    result = json_of(out)
    assert status == 0
    assert (result["output"], result["model"], result["device"]) == (str(output), "small", "cpu")
    assert (result["slices"], result["size"]) == (2 * SIZE[2], [2 * count for count in SIZE])
    assert result["seconds"] > 0
    assert len(result["model_sha256"]) == 64
    assert result["warnings"] == []


def test_in_plane_keeps_the_slices(command, scan, small_model, folder):
    _, out, _ = command(
        "enhance", scan, "-o", folder / "dl.nrrd", "--model", small_model, "--grid", "in-plane", "--json"
    )
    assert json_of(out)["size"] == [2 * SIZE[0], 2 * SIZE[1], SIZE[2]]
    assert inspect(folder / "dl.nrrd").spacing == pytest.approx((0.01, 0.01, 0.02))


def test_a_spacing_that_is_given_wins_over_the_files(command, scan, small_model, folder):
    status, _, _ = command(
        "enhance", scan, "-o", folder / "dl.nrrd", "--model", small_model, "--spacing", 0.03, 0.03, 0.04
    )
    assert status == 0
    assert inspect(folder / "dl.nrrd").spacing == pytest.approx((0.015, 0.015, 0.02))


def test_warnings_are_told_on_stderr_and_in_the_result(command, tmp_path, small_model, folder):
    scan = write_scan(tmp_path / "coarse.nrrd", spacing=(0.2, 0.2, 0.2))  # the model's card says 15 to 30 um
    status, out, err = command("enhance", scan, "-o", folder / "dl.nrrd", "--model", small_model, "--json")
    assert status == 0
    assert err.startswith("microct-superres: warning: ")
    assert "200 x 200 x 200 um" in err
    assert json_of(out)["warnings"]


def test_several_scans_go_into_a_folder_with_one_result_each(command, tmp_path, small_model):
    scans = [write_scan(tmp_path / "a.nrrd"), write_scan(tmp_path / "b.mha", ball(np.float32))]
    status, out, _ = command("enhance", *scans, "-o", tmp_path / "out", "--model", small_model, "--json")
    result = json_of(out)
    assert status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a_DL.nrrd", "b_DL.nrrd"]
    assert [volume["output"] for volume in result["volumes"]] == [
        str(tmp_path / "out" / "a_DL.nrrd"),
        str(tmp_path / "out" / "b_DL.nrrd"),
    ]
    assert (result["output"], result["slices"]) == (str(tmp_path / "out"), 4 * SIZE[2])


def test_one_bad_scan_of_many_does_not_stop_the_others_but_is_told(command, tmp_path, small_model):
    nan = ball(np.float32)
    nan[0, 0, 0] = np.nan
    scans = [write_scan(tmp_path / "nan.nrrd", nan), tmp_path / "absent.nrrd", write_scan(tmp_path / "good.nrrd")]
    status, out, err = command("enhance", *scans, "-o", tmp_path / "out", "--model", small_model, "--json")
    result = json_of(out)
    assert status == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good_DL.nrrd"]
    assert [volume["input"] for volume in result["volumes"]] == [str(tmp_path / "good.nrrd")]
    assert {failure["input"] for failure in result["failed"]} == {str(scans[0]), str(scans[1])}
    assert "2 of 3 volumes failed" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_room_on_the_disk_is_counted_for_all_results_together(command, tmp_path, small_model, monkeypatch):
    scans = [write_scan(tmp_path / name) for name in ("a.nrrd", "b.nrrd")]
    one_result = 8 * ball().nbytes
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=int(1.5 * one_result)))
    status, out, _ = command("enhance", *scans, "-o", tmp_path / "out", "--model", small_model, "--json")
    assert status == 1
    assert [failure["input"] for failure in json_of(out)["failed"]] == [str(scans[1])]


def test_an_existing_result_is_replaced_only_when_asked(command, scan, small_model, folder):
    output = folder / "dl.nrrd"
    output.write_text("precious")
    words = ("enhance", scan, "-o", output, "--model", small_model)
    assert command(*words)[0] == 1
    assert output.read_text() == "precious"
    assert command(*words, "--overwrite")[0] == 0
    assert inspect(output).size == tuple(2 * count for count in SIZE)


def test_compressed_results_hold_the_same_voxels_in_fewer_bytes(command, tmp_path, small_model, folder):
    scan = write_scan(tmp_path / "flat.nrrd", np.full((6, 12, 14), 100, np.int16))
    for name, extra in (("plain.nrrd", ()), ("small.nrrd", ("--compress",))):
        assert command("enhance", scan, "-o", folder / name, "--model", small_model, *extra)[0] == 0
    np.testing.assert_array_equal(read_volume(folder / "plain.nrrd").voxels, read_volume(folder / "small.nrrd").voxels)
    assert (folder / "small.nrrd").stat().st_size < (folder / "plain.nrrd").stat().st_size


def test_the_worker_does_the_same_job_with_progress(start_worker, scan, small_model, folder):
    arguments = {"inputs": [str(scan)], "output": str(folder / "dl.nrrd"), "model": str(small_model), "device": "cpu"}
    events, status, _ = start_worker({"job": "enhance", "arguments": arguments}).finish()
    assert status == 0
    last = [event for event in events if event["event"] == "progress"][-1]
    assert (last["done"], last["total"], last["unit"]) == (SIZE[2], SIZE[2], "slices")
    assert events[-1]["result"]["output"] == str(folder / "dl.nrrd")
    assert inspect(folder / "dl.nrrd").size == tuple(2 * count for count in SIZE)


def test_a_process_of_its_own_prints_nothing_but_its_result(scan, small_model, folder):
    done = run_command_line(
        "enhance", scan, "-o", folder / "dl.nrrd", "--model", small_model, "--json", environment=dict(os.environ)
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["output"] == str(folder / "dl.nrrd")
