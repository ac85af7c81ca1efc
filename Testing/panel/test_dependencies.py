"""What the engine needs inside Slicer: told, asked for and installed on the user's word."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGES = ["platformdirs", "psutil", "safetensors", "tifffile", "zarr"]


@pytest.fixture
def dependencies(slicer_scene, monkeypatch):
    """The code under test, in a Slicer whose workers run in its own Python."""
    monkeypatch.delenv("MICROCT_SUPERRES_PYTHON", raising=False)
    from MicroCTSuperResLib.panel import dependencies

    return dependencies


@pytest.fixture
def fresh_slicer(host):
    """A Slicer in which none of it is installed."""
    host.installations.missing = ["torch", *PACKAGES]
    host.installations.torch = False
    return host.installations


@pytest.fixture
def without_extension(monkeypatch):
    """A Slicer without the extension PyTorch."""
    monkeypatch.delitem(sys.modules, "PyTorchUtils")


def names(requirements):
    return sorted(requirement.name for requirement in requirements)


def test_what_is_missing_is_told_without_importing_it(dependencies, fresh_slicer, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # its import would fail
    assert names(dependencies.missing()) == sorted(["torch", *PACKAGES])
    assert names(dependencies.missing(torch=False)) == PACKAGES


def test_nothing_is_missing_where_all_is_installed(dependencies, host):
    host.installations.missing = []
    assert dependencies.missing() == []
    assert dependencies.state().ready
    assert dependencies.ensure()
    assert host.installations.requested == []


def test_a_python_of_the_users_own_needs_nothing_of_slicers(dependencies, fresh_slicer, monkeypatch):
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", sys.executable)
    assert dependencies.missing() == []


def test_the_state_names_what_is_missing_and_what_enhance_will_do(dependencies, fresh_slicer):
    fresh_slicer.missing = ["torch", "zarr"]
    state = dependencies.state()
    assert not state.ready
    assert state.headline == "Not installed yet: PyTorch, zarr."
    assert state.advice.startswith("Enhance will ask")
    assert fresh_slicer.requested == []


def test_torch_comes_by_its_extension_and_the_rest_by_slicers_installer(dependencies, fresh_slicer):
    assert dependencies.ensure()
    torch, rest = fresh_slicer.requested
    assert torch == ("installTorch", "torch", {"askConfirmation": True, "torchVersionRequirement": ">=2.6"})
    assert rest[0] == "pip_ensure"
    assert sorted(text.split(">=")[0] for text in rest[1]) == PACKAGES
    assert rest[2]["requester"] == "MicroCT Super-Resolution"
    assert dependencies.state().ready


def test_files_are_read_without_asking_for_torch(dependencies, fresh_slicer):
    fresh_slicer.missing = ["torch", "tifffile"]
    assert dependencies.ensure(torch=False)
    assert [function for function, *_ in fresh_slicer.requested] == ["pip_ensure"]


def test_a_user_who_declines_is_left_alone(dependencies, fresh_slicer):
    fresh_slicer.agreed = False
    assert not dependencies.ensure()
    assert [function for function, *_ in fresh_slicer.requested] == ["installTorch"]


def test_a_user_who_declines_the_second_question_is_left_alone(dependencies, fresh_slicer):
    fresh_slicer.missing = ["zarr"]
    fresh_slicer.agreed = False
    assert not dependencies.ensure()


def test_nothing_is_installed_while_slicer_is_tested(dependencies, fresh_slicer, host):
    host.application.testing = True
    assert not dependencies.ensure()
    assert fresh_slicer.requested == []


def test_without_the_extension_the_user_is_told_how_to_get_it(dependencies, fresh_slicer, host, without_extension):
    assert "Extensions Manager" in dependencies.state().advice
    with host.dialogs.expecting("errorDisplay") as seen:
        assert not dependencies.ensure()
    assert "extension PyTorch" in seen[0].text
    assert fresh_slicer.requested == []


def test_a_failed_installation_of_torch_is_told(dependencies, fresh_slicer, host, monkeypatch):
    import PyTorchUtils

    def fail(*arguments, **keywords):
        raise subprocess.CalledProcessError(1, "light_the_torch")

    monkeypatch.setattr(PyTorchUtils.PyTorchUtilsLogic, "installTorch", fail)
    with host.dialogs.expecting("errorDisplay") as seen:
        assert not dependencies.ensure()
    assert "could not be installed" in seen[0].text
    assert "network" in seen[0].text


def test_a_failed_installation_of_the_rest_was_told_by_slicer(dependencies, fresh_slicer, monkeypatch):
    import slicer.packaging

    def fail(*arguments, **keywords):
        raise subprocess.CalledProcessError(1, "pip install")

    fresh_slicer.missing = ["zarr"]
    monkeypatch.setattr(slicer.packaging, "pip_ensure", fail)
    assert not dependencies.ensure()


def test_what_is_still_missing_afterwards_is_told(dependencies, fresh_slicer, host, monkeypatch):
    import slicer.packaging

    fresh_slicer.missing = ["zarr"]
    monkeypatch.setattr(slicer.packaging, "pip_ensure", lambda *arguments, **keywords: None)
    with host.dialogs.expecting("errorDisplay") as seen:
        assert not dependencies.ensure()
    assert "Still missing" in seen[0].text
    assert "zarr" in seen[0].text


def test_what_slicer_brings_is_held_at_the_installed_version(dependencies, tmp_path, monkeypatch):
    # Another Slicer than the one whose versions the file has: nothing of it may be replaced by older ones.
    monkeypatch.setattr(dependencies, "_installed_version", lambda name: "99.1" if name == "numpy" else None)
    lines = dependencies.write_constraints(tmp_path / "constraints.txt").read_text().splitlines()
    assert "numpy==99.1" in lines
    assert {line.split("==")[0] for line in lines} >= {"numpy", "scipy", "SimpleITK", "vtk"}


def test_the_installed_version_is_looked_up_without_an_import(dependencies):
    import numpy as np

    assert dependencies._installed_version("numpy") == np.__version__
    assert dependencies._installed_version("no-such-package") is None


def test_what_is_not_installed_as_a_package_is_held_at_slicers_version(dependencies, tmp_path, monkeypatch):
    monkeypatch.setattr(dependencies, "_installed_version", lambda name: None)
    lines = dependencies.write_constraints(tmp_path / "constraints.txt").read_text().splitlines()
    assert "numpy==2.4.6" in lines  # SuperBuild/External_python-numpy.cmake of Slicer 5.12


def test_a_folder_of_wheels_takes_the_place_of_the_network(dependencies, fresh_slicer, tmp_path, monkeypatch):
    import slicer.packaging

    seen = []

    def note(requirements, constraints, requester):
        seen.append((requirements, Path(constraints).read_text()))
        fresh_slicer.missing = []

    monkeypatch.setattr(slicer.packaging, "pip_ensure", note)
    dependencies.set_wheels_folder(tmp_path)
    assert str(tmp_path) in dependencies.state().advice
    assert dependencies.ensure()
    ((requirements, constraints),) = seen
    assert "torch>=2.6" in requirements
    assert fresh_slicer.requested == []  # not by the extension PyTorch, which needs the network
    assert constraints.startswith("--no-index\n")


def test_the_network_is_used_again_when_the_folder_is_taken_back(dependencies, tmp_path):
    dependencies.set_wheels_folder(tmp_path)
    assert dependencies.wheels_folder() == tmp_path
    dependencies.set_wheels_folder(None)
    assert dependencies.wheels_folder() is None


def test_a_folder_of_wheels_that_is_gone_is_told(dependencies, fresh_slicer, host, tmp_path):
    dependencies.set_wheels_folder(tmp_path / "gone")
    assert "does not exist" in dependencies.state().advice
    with host.dialogs.expecting("errorDisplay") as seen:
        assert not dependencies.ensure()
    assert "gone" in seen[0].text


def write_wheel(folder, name):
    """A package without code, as small as pip takes it."""
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")


def test_pip_takes_the_folder_from_the_constraints(dependencies, tmp_path):
    # Slicer hands nothing but requirements and a constraints file to pip, so the options have to stand in there.
    folder = tmp_path / "my wheels"
    folder.mkdir()
    write_wheel(folder, "smallbone")
    constraints = dependencies.write_constraints(tmp_path / "constraints.txt", folder)
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--disable-pip-version-check", "-c", str(constraints)]
    found = subprocess.run([*pip, "smallbone"], capture_output=True, text=True, check=False)
    assert "Would install smallbone-1.0" in found.stdout, found.stderr
    absent = subprocess.run([*pip, "otherbone"], capture_output=True, text=True, check=False)
    assert absent.returncode != 0
    assert "No matching distribution" in absent.stderr


def test_the_panel_opens_and_tells_what_is_missing(dependencies, fresh_slicer, open_module, monkeypatch):
    import slicer
    from MicroCTSuperResLib.panel import sample_data

    for name in ("torch", *PACKAGES):
        monkeypatch.setitem(sys.modules, name, None)
    panel = open_module("MicroCTSuperRes")
    panel.parameters.lr, _ = sample_data.load(sample_data.Sample("femur", (32, 32, 16)))
    slicer.app.processEvents()
    ui = panel.runSection.ui
    assert ui.enhanceButton.enabled
    assert "Not installed yet: PyTorch" in ui.headlineLabel.text
    assert "Enhance will ask" in ui.adviceLabel.text
    assert fresh_slicer.requested == []


def test_the_folder_of_wheels_is_chosen_in_the_panel(dependencies, fresh_slicer, open_module, tmp_path):
    run = open_module("MicroCTSuperRes").runSection
    run.ui.advancedGroupBox.collapsed = False
    run.ui.wheelsEdit.currentPath = str(tmp_path)
    assert dependencies.wheels_folder() == tmp_path
    assert str(tmp_path) in dependencies.state().advice
    run.ui.wheelsEdit.currentPath = ""
    assert dependencies.wheels_folder() is None
