"""A real worker whose memory ends while it enhances: the panel tells so, and the scene is as it was."""

import sys

import numpy as np
import pytest
from sample_panel import (
    enhance_and_wait,
    large_scan,
    leave_devices_alone,
    nodes_of_the_scene,
    small_scan,
    stage,
    temporary_files,
    worker_python,
)

if sys.platform != "linux":
    pytest.skip("only Linux limits the address space of a process and tells its size in /proc", allow_module_level=True)

# Room beyond the loaded libraries: enough to read the scan, 600 x 240 x 240 voxels of 2 bytes (69 MB), and the model.
# The result has 8 times as many voxels (553 MB).
ROOM_FOR_THE_SCAN = 450 * 2**20
ROOM_FOR_LESS = 40 * 2**20
# Runs as `program -u -m MODULE ARGUMENTS...`, as the panel starts its workers.
PROGRAM = """
import resource, runpy, sys
import numpy, scipy.ndimage, SimpleITK, torch
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[0])
limit = pages * resource.getpagesize() + ROOM
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
module = sys.argv[sys.argv.index("-m") + 1]
sys.argv = [module, *sys.argv[sys.argv.index("-m") + 2 :]]
runpy.run_module(module, run_name="__main__")
"""


@pytest.fixture
def open_with_little_memory(open_module, monkeypatch, tmp_path):
    """Opens the panel, whose workers have so many bytes beside their libraries."""

    def open_it(room):
        (tmp_path / "limited.py").write_text(PROGRAM.replace("ROOM", str(room)))
        program = tmp_path / "python"
        # Threads would take address space for their stacks and heaps, more on computers with more cores.
        limits = "OMP_NUM_THREADS=1 MALLOC_ARENA_MAX=1"
        program.write_text(f'#!/bin/sh\n{limits} exec "{worker_python()}" "{tmp_path}/limited.py" "$@"\n')
        program.chmod(0o755)
        monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", str(program))
        leave_devices_alone(monkeypatch)
        return open_module("MicroCTSuperRes")

    return open_it


def test_a_worker_whose_memory_ends_is_told_of_and_leaves_the_scene_as_it_was(
    open_with_little_memory, screenshot, host
):
    import slicer

    panel = open_with_little_memory(ROOM_FOR_THE_SCAN)
    lr = large_scan(slices=600)
    panel.parameters.lr = lr
    voxels, before = slicer.util.arrayFromVolume(lr).copy(), nodes_of_the_scene()
    enhance_and_wait(panel)
    ui = panel.runSection.ui
    assert stage(panel) == "FAILED"
    # What numpy says of the array for the result.
    assert "not enough memory (Unable to allocate" in ui.headlineLabel.text
    assert "work on a smaller" in ui.adviceLabel.text
    assert not ui.logGroupBox.collapsed
    assert "not enough memory" in ui.logEdit.toPlainText()
    screenshot(host.main_window, "told")
    assert nodes_of_the_scene() == before
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(lr), voxels)
    assert temporary_files() == []


def test_a_worker_whose_libraries_find_no_memory_and_end_it_is_told_so(open_with_little_memory):
    panel = open_with_little_memory(ROOM_FOR_LESS)
    panel.parameters.lr = small_scan()
    enhance_and_wait(panel)
    assert stage(panel) == "FAILED"
    told = panel.runSection.ui.headlineLabel.text + panel.runSection.ui.adviceLabel.text
    assert "memory" in told
    assert "report it" not in told


def test_what_the_worker_says_of_its_copy_is_said_of_the_volume(open_module, monkeypatch, tmp_path):
    program = tmp_path / "python"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        "lr = json.loads(sys.stdin.readline())['arguments']['inputs'][0]\n"
        "told = {'message': lr + ' needs 66 MiB, which this computer has not.', 'hint': 'Read a part of it.'}\n"
        "print(json.dumps({'event': 'error', 'code': 'out-of-memory', **told}))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", str(program))
    leave_devices_alone(monkeypatch)
    panel = open_module("MicroCTSuperRes")
    panel.parameters.lr = small_scan("long femur")
    enhance_and_wait(panel)
    # Not the file in a temporary folder, which the user has never seen.
    assert ">long femur needs 66 MiB" in panel.runSection.ui.headlineLabel.text
