"""Fixtures of the tests that open panels on the Slicer test host; see Testing/slicer_host/README.md."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    """The test host of this process. Tests use it together with `slicer_scene`, which starts the application."""
    from slicer_host.host import Host

    return Host(tmp_path_factory.mktemp("slicer"))


@pytest.fixture
def slicer_scene(host):
    """A fresh application with an empty scene. What went wrong unseen fails the test when it ends."""
    host.start_test()
    yield host.scene
    host.end_test()


@pytest.fixture
def open_module(host, slicer_scene):
    """`open_module(name or path)` gives the Python widget of a module, shown in the main window and entered.

    A name is that of a module of this project; its .py file is looked for in the folder of that name.
    """

    def open_it(module):
        path = Path(module) if str(module).endswith(".py") else ROOT / module / f"{module}.py"
        loaded = host.module_manager.load(path)
        host.tell_startup_completed()
        host.module_manager.select(loaded.name)
        return loaded.widgetRepresentation().self()

    return open_it


@pytest.fixture
def screenshot(host, slicer_scene, request):
    """`screenshot(widget, name)` writes a PNG file and gives its path; the name gets that of the test in front."""
    from slicer_host.actions import save_picture

    def take(widget, name):
        return save_picture(widget, host.pictures() / f"{request.node.name}-{name}.png")

    return take


@pytest.fixture
def compare_demo(open_module, monkeypatch):
    """The module of `compare_demo/`: the sections "Compare" and "Live preview" alone."""
    from sample_comparison import DEMO

    # The Python of the tests may lack what the worker needs: then this variable names another one.
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", os.environ.get("MICROCT_SUPERRES_PYTHON", sys.executable))
    yield open_module(DEMO)
    if "MicroCTSuperResLib.panel.worker_process" in sys.modules:
        sys.modules["MicroCTSuperResLib.panel.worker_process"].stop_all()


@pytest.fixture
def comparing(compare_demo):
    """That module with small LR, DL and HR volumes chosen: (module, lr, dl, hr)."""
    from sample_comparison import nodes
    from slicer_host.actions import process_events

    lr, dl, hr = nodes()
    compare_demo.parameters.lr, compare_demo.parameters.hr = lr, hr
    process_events()
    return compare_demo, lr, dl, hr
