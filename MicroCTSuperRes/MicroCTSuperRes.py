"""MicroCTSuperRes in 3D Slicer: what Slicer knows of the module. What it does is in MicroCTSuperResLib."""

import struct
import tempfile
import time
from pathlib import Path

import slicer
import vtk
from MicroCTSuperResLib.panel import start_up
from MicroCTSuperResLib.panel.sections_widget import SectionsWidget
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
)


class MicroCTSuperRes(ScriptedLoadableModule):
    """What Slicer shows about the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        start_up.introduce(self.parent)
        self.parent.title = _("MicroCT Super-Resolution")
        self.parent.dependencies = []
        self.parent.helpText = _(
            "Deep-learning super-resolution of bone microCT volumes: choose or open a scan, enhance it, and compare "
            "the result with the scan and with a high-resolution reference."
        )
        slicer.app.connect("startupCompleted()", registerWithSlicer)


def registerWithSlicer():
    """Make the comparison layouts known to Slicer and the simulated bones to the module Sample Data."""
    from MicroCTSuperResLib.panel import sample_data
    from MicroCTSuperResLib.scene.layouts import LAYOUTS

    start_up.make_layouts_known(LAYOUTS)
    sample_data.register()


class MicroCTSuperResWidget(SectionsWidget):
    """The panel: its sections are `MicroCTSuperResLib/panel/*_section.py`."""

    def makeLogic(self):
        return MicroCTSuperResLogic()

    def makeSections(self):
        from MicroCTSuperResLib.panel.compare_section import CompareSection
        from MicroCTSuperResLib.panel.input_section import InputSection
        from MicroCTSuperResLib.panel.model_section import ModelSection
        from MicroCTSuperResLib.panel.output_section import OutputSection
        from MicroCTSuperResLib.panel.preview_section import PreviewSection
        from MicroCTSuperResLib.panel.run_section import RunSection
        from MicroCTSuperResLib.panel.shortcuts import Shortcuts

        self.inputSection = InputSection(self)
        self.modelSection = ModelSection(self)
        self.outputSection = OutputSection(self)
        self.runSection = RunSection(self)
        self.previewSection = PreviewSection(self)
        self.compareSection = CompareSection(self)
        return [
            self.inputSection,
            self.modelSection,
            self.outputSection,
            self.runSection,
            self.previewSection,
            self.compareSection,
            Shortcuts(self),
        ]

    def cleanup(self):
        from MicroCTSuperResLib.panel.worker_process import stop_all

        SectionsWidget.cleanup(self)
        stop_all()


class MicroCTSuperResLogic(ScriptedLoadableModuleLogic):
    """What scripts and the panel do with nodes."""

    def getParameters(self):
        """The settings of the panel, which are saved with the scene."""
        from MicroCTSuperResLib.panel.parameters import Parameters

        return Parameters(self.getParameterNode())

    def enhance(self, lr, output=None, model="default", device="auto", grid="isotropic", on_end=None):
        """Enhance a volume node in a process of its own; returns at once.

        :param output: the volume node whose voxels the result replaces; None makes a new one.
        :param on_end: called with how it ended (`panel/outcome.py:Outcome`) and the node of the result or None.
        :return: the run, which has `cancel()`. Keep it until it has ended.
        :raises MicroCTError: if the volume cannot be enhanced.
        """
        from MicroCTSuperResLib.panel.enhancement_run import EnhancementRun, Settings

        on_end = on_end or (lambda outcome, dl: None)
        run = EnhancementRun(lr, output, Settings(model, device, grid), lambda event: None, on_end)
        run.start()
        return run


class MicroCTSuperResFileReader:
    """Loads Scanco ISQ and AIM files with their calibration, when they are dropped on Slicer or opened in Add Data."""

    def __init__(self, parent):
        self.parent = parent

    def description(self):
        return _("Scanco microCT scan, calibrated")

    def fileType(self):
        # A type of its own: files of the type "VolumeFile" go to Slicer's own reader first.
        return "MicroCTScan"

    def extensions(self):
        return [_("Scanco microCT scan") + " (*.isq *.aim)"]

    def canLoadFile(self, path):
        return self.canLoadFileConfidence(path) > 0

    def canLoadFileConfidence(self, path):
        from MicroCTSuperResLib.panel.scan_reader import confidence_in

        return confidence_in(path)

    def load(self, properties):
        """Load a file; besides "fileName" and "name" the properties may have "units" ("mg HA/cm3", "HU", "1/cm",
        "native"), "crop" ("100:300,80:280,0:200", "auto") and "show" (False: leave the views as they are)."""
        from MicroCTSuperResLib.errors import MicroCTError
        from MicroCTSuperResLib.panel.scan_reader import load_scan
        from MicroCTSuperResLib.panel.slice_views import show_in_slice_views

        wanted = {key: properties[key] for key in ("name", "units", "crop") if properties.get(key)}
        try:
            loaded = load_scan(slicer.mrmlScene, properties["fileName"], **wanted)
        except MicroCTError as error:
            self._tell(vtk.vtkCommand.ErrorEvent, str(error))
            return False
        for warning in loaded.warnings:
            self._tell(vtk.vtkCommand.WarningEvent, warning)
        self.parent.loadedNodes = [loaded.node.GetID()]
        if properties.get("show", True):
            show_in_slice_views(loaded.node)
        return True

    def _tell(self, event, text):
        self.parent.userMessages().AddMessage(event, text)


class MicroCTSuperResTest(ScriptedLoadableModuleTest):
    """Checks inside Slicer, with Slicer's own Python libraries, that the module's parts work together."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        for test in (
            self.test_SlicerReadsWhatTheEngineWrites,
            self.test_SlicerLoadsScancoFiles,
            self.test_SampleDataAreMade,
            self.test_AVolumeIsEnhancedAndCompared,
        ):
            self.setUp()
            test()

    def test_SlicerReadsWhatTheEngineWrites(self):
        import numpy as np
        from MicroCTSuperResLib import Volume

        voxels = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
        volume = Volume(voxels, spacing=(0.01, 0.02, 0.03), origin=(1.0, 2.0, 3.0))
        with tempfile.TemporaryDirectory() as folder:
            node = slicer.util.loadVolume(str(volume.write(Path(folder) / "volume.nrrd")))
        np.testing.assert_array_equal(slicer.util.arrayFromVolume(node), voxels)
        np.testing.assert_allclose(node.GetSpacing(), volume.spacing)
        # Slicer's axes are RAS, the file's are LPS: x and y change sign.
        np.testing.assert_allclose(node.GetOrigin(), (-1.0, -2.0, 3.0))

    def test_SlicerLoadsScancoFiles(self):
        import numpy as np

        voxels = np.arange(-12, 12, dtype="<i2").reshape(2, 3, 4)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "C0001234.ISQ"
            path.write_bytes(isqHeader(size=(4, 3, 2), edge=20) + voxels.tobytes())
            kind = slicer.app.coreIOManager().fileType(str(path))
            assert kind == "MicroCTScan"
            node = slicer.util.loadNodeFromFile(str(path), kind)
        np.testing.assert_array_equal(slicer.util.arrayFromVolume(node), voxels)
        np.testing.assert_allclose(node.GetSpacing(), 0.02)

    def test_SampleDataAreMade(self):
        from MicroCTSuperResLib.panel import sample_data

        for site, load in (("Femur", sample_data.load_femur), ("Spine", sample_data.load_spine)):
            names = [node.GetName() for node in load()]
            assert names == [f"{site} LR (simulated)", f"{site} HR (simulated)"]

    def test_AVolumeIsEnhancedAndCompared(self):
        from MicroCTSuperResLib.panel import dependencies, sample_data
        from MicroCTSuperResLib.quality.pairing import pair
        from MicroCTSuperResLib.quality.slice_scores import score_slices
        from MicroCTSuperResLib.scene.layouts import DL_VIEW, HR_VIEW, LR_VIEW, TRIPLE
        from MicroCTSuperResLib.scene.views import composite_node
        from MicroCTSuperResLib.scene.volume_nodes import volume_from_node

        if dependencies.missing():
            self.skipTest(dependencies.state().headline)
        lr, hr = sample_data.load(sample_data.Sample("femur", (96, 96, 24)))
        dl = self.enhanced(lr)
        volumes = {name: volume_from_node(node) for name, node in (("LR", lr), ("DL", dl), ("HR", hr))}
        assert volumes["DL"].size == volumes["HR"].size
        paired = pair(volumes["HR"], {name: volumes[name] for name in ("LR", "DL")})
        psnr = {name: scores.mean_psnr_db for name, scores in score_slices(paired).of.items()}
        # The bundled network was trained on such phantoms, so it has to beat the interpolation of LR.
        assert psnr["DL"] > psnr["LR"]
        slicer.util.selectModule("MicroCTSuperRes")
        panel = slicer.modules.MicroCTSuperResWidget
        comparison = panel.parameters.comparison
        panel.parameters.lr, panel.parameters.hr, comparison.dl = lr, hr, dl
        panel.compareSection.showLayout(TRIPLE)
        slicer.app.processEvents()
        for view, node in ((LR_VIEW, lr), (DL_VIEW, dl), (HR_VIEW, hr)):
            shown = composite_node(slicer.mrmlScene, view)
            assert shown.GetBackgroundVolumeID() == node.GetID()

    def enhanced(self, lr, seconds=120):
        """Enhance with the bundled model in a worker, as the panel does; Slicer goes on meanwhile."""
        ended = []
        run = MicroCTSuperResLogic().enhance(lr, device="cpu", on_end=lambda *end: ended.append(end))
        latest = time.monotonic() + seconds
        while not ended:
            assert time.monotonic() < latest, "the worker takes too long"
            slicer.app.processEvents()
            time.sleep(0.01)
        del run  # kept until here: a run that nobody refers to would end
        ((outcome, dl),) = ended
        assert outcome.kind == "done", f"{outcome.message} {outcome.hint}"
        return dl


def isqHeader(size, edge):
    """The 512 bytes in front of the voxels of a Scanco ISQ file.

    :param size: voxels along x, y, z.
    :param edge: of a voxel in um.
    """
    header = bytearray(512)
    header[:16] = b"CTDATA-HEADER_V1"
    struct.pack_into("<i", header, 16, 3)  # the type of reconstructed scans
    struct.pack_into("<3i", header, 44, *size)
    struct.pack_into("<3i", header, 56, *(count * edge for count in size))
    struct.pack_into("<i", header, 88, 4096)  # native grey values for 1/cm
    return bytes(header)
