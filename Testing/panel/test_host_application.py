"""Reading and writing, modules, packages and sample data on the host."""

import numpy as np
import pytest


@pytest.fixture
def volume(slicer_scene):
    import slicer

    return slicer.util.addVolumeFromArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4), name="scan")


def test_a_volume_is_saved_and_loaded(volume, tmp_path):
    import slicer

    assert slicer.util.saveNode(volume, str(tmp_path / "scan.nrrd"))
    again = slicer.util.loadVolume(str(tmp_path / "scan.nrrd"))
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(again), slicer.util.arrayFromVolume(volume))


def test_a_missing_file_raises_as_in_slicer(slicer_scene, tmp_path):
    import slicer

    with pytest.raises(RuntimeError, match="Failed to load"):
        slicer.util.loadVolume(str(tmp_path / "none.nrrd"))


READER = """
import slicer, vtk
from slicer.ScriptedLoadableModule import *

class Dots(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = "Dots"

class DotsWidget(ScriptedLoadableModuleWidget):
    entered = 0
    def enter(self):
        self.entered += 1
    def exit(self):
        self.entered -= 1

class DotsFileReader:
    def __init__(self, parent):
        self.parent = parent
    def description(self):
        return "Dots"
    def fileType(self):
        return "DotsFile"
    def extensions(self):
        return ["Dots (*.dots)"]
    def canLoadFileConfidence(self, path):
        return 0.9 if path.endswith(".dots") else 0.0
    def load(self, properties):
        if open(properties["fileName"]).read() != "...":
            self.parent.userMessages().AddMessage(vtk.vtkCommand.ErrorEvent, "no dots in the file")
            return False
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode", "dots")
        self.parent.loadedNodes = [node.GetID()]
        return True
"""


@pytest.fixture
def dots(open_module, tmp_path):
    (tmp_path / "Dots.py").write_text(READER)
    return open_module(tmp_path / "Dots.py")


def test_a_scripted_reader_loads_its_files(dots, tmp_path):
    import slicer

    (tmp_path / "a.dots").write_text("...")
    assert slicer.app.ioManager().fileType(str(tmp_path / "a.dots")) == "DotsFile"
    assert slicer.util.loadNodeFromFile(str(tmp_path / "a.dots")).GetName() == "dots"


def test_a_scripted_reader_says_what_is_wrong(dots, tmp_path):
    import slicer

    (tmp_path / "b.dots").write_text("?")
    with pytest.raises(RuntimeError, match="no dots in the file"):
        slicer.util.loadNodeFromFile(str(tmp_path / "b.dots"))


def test_modules_are_found_selected_and_left(dots, host, open_module, tmp_path):
    import slicer

    assert slicer.util.modulePath("Dots") == str(tmp_path / "Dots.py")
    assert slicer.modules.DotsWidget is dots
    assert slicer.modules.dots.widgetRepresentation().self() is dots
    assert dots.entered == 1
    (tmp_path / "Other.py").write_text(READER.replace("Dots", "Other"))
    open_module(tmp_path / "Other.py")
    assert dots.entered == 0
    slicer.util.selectModule("Dots")
    assert dots.entered == 1


def test_a_panel_is_cleaned_up_when_the_application_ends(dots, host):
    cleaned = []
    dots.cleanup = lambda: cleaned.append("Dots")
    host.module_manager.unload_all()
    assert cleaned == ["Dots"]


def test_start_and_end_of_the_application_are_told(slicer_scene, host):
    import slicer

    told = []
    slicer.app.connect("startupCompleted()", lambda: told.append("start"))
    slicer.app.connect("aboutToQuit()", lambda: told.append("end"))
    host.tell_startup_completed()
    host.tell_about_to_quit()
    assert told == ["start", "end"]


def test_packages_are_asked_for_and_never_installed(slicer_scene, host):
    import slicer.packaging

    host.installations.missing = ["safetensors"]
    assert not slicer.packaging.pip_check("safetensors>=0.5")
    slicer.packaging.pip_ensure(["numpy", "safetensors>=0.5"], constraints="constraints.txt", requester="Test")
    assert host.installations.requested == [
        ("pip_ensure", ["safetensors>=0.5"], {"constraints": "constraints.txt", "requester": "Test"})
    ]
    assert slicer.packaging.pip_check("safetensors>=0.5")


def test_a_refused_installation_raises(slicer_scene, host):
    import slicer.packaging

    host.installations.missing = ["safetensors"]
    host.installations.agreed = False
    with pytest.raises(RuntimeError, match="declined"):
        slicer.packaging.pip_ensure("safetensors")


def test_pytorch_is_asked_for_through_its_extension(slicer_scene, host):
    from PyTorchUtils import PyTorchUtilsLogic

    host.installations.torch = False
    logic = PyTorchUtilsLogic()
    assert not logic.torchInstalled()
    assert logic.installTorch(askConfirmation=True, torchVersionRequirement=">=2.6")
    assert logic.torchInstalled()
    assert host.installations.requested[0][2]["torchVersionRequirement"] == ">=2.6"


def test_sample_data_are_registered_and_made(slicer_scene):
    from SampleData import SampleDataLogic

    made = []
    SampleDataLogic.registerCustomSampleDataSource(
        category="MicroCT", sampleName="Phantom", uris=[], fileNames=[], customDownloader=made.append
    )
    SampleDataLogic().downloadSample("Phantom")
    assert made[0].sampleName == "Phantom"


def test_slicer_util_shows_messages_in_the_status_bar(slicer_scene, host):
    import slicer

    assert slicer.util.showStatusMessage("busy")
    assert host.main_window.statusBar().currentMessage() == "busy"
