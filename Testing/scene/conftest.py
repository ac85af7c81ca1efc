"""A fresh scene for every test, with Slicer's real logics and without the application (package slicer-core)."""

from importlib.util import find_spec

import pytest


class _WithoutSlicer(pytest.Module):
    """Test files here import slicer at the top; where it is missing they are skipped and say so."""

    def collect(self):
        pytest.skip("slicer-core is not installed", allow_module_level=True)


def pytest_pycollect_makemodule(module_path, parent):
    return None if find_spec("slicer") else _WithoutSlicer.from_parent(parent, path=module_path)


@pytest.fixture
def host(tmp_path):
    """The scene and the logics around it, see `sample_scene.Host`."""
    from sample_scene import Host

    return Host(tmp_path)


@pytest.fixture
def scene(host):
    return host.scene
