"""MicroCTSuperRes in 3D Slicer: this version brings the engine into Slicer's Python and says how to use it there."""

import tempfile
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)


class MicroCTSuperRes(ScriptedLoadableModule):
    """What Slicer shows about the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("MicroCT Super-Resolution")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        self.parent.dependencies = []
        self.parent.contributors = ["The MicroCTSuperRes developers"]
        self.parent.helpText = _(
            "Deep-learning super-resolution of bone microCT volumes. In this version volumes are enhanced from the "
            "command line and from Python, not from this panel."
        )
        self.parent.acknowledgementText = _(
            "Makes the method of David et al. available: Deep Learning Models Improve Spatial Resolution of MicroCT "
            "Images Across Murine Femur and Spine (abstract, Orthopaedic Research Society)."
        )


class MicroCTSuperResWidget(ScriptedLoadableModuleWidget):
    """Tells how to enhance a volume with this version."""

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        label = qt.QLabel(usageText())
        label.wordWrap = True
        label.textInteractionFlags = qt.Qt.TextSelectableByMouse
        self.layout.addWidget(label)
        self.layout.addStretch(1)


def usageText():
    """What this version can do and how, as the rich text of a label."""
    from MicroCTSuperResLib import __version__

    return _(
        "<p>MicroCTSuperRes {version} enhances volumes from the command line and from Python. "
        "The commands and their set-up are in the README.</p>"
        "<p>In Slicer's Python console, once PyTorch (by the PyTorch extension), safetensors, psutil and platformdirs "
        "are installed:</p>"
        "<pre>from MicroCTSuperResLib import read_volume, enhance\n"
        'enhance(read_volume("lr.nrrd")).write("dl.nrrd")</pre>'
    ).format(version=__version__)


class MicroCTSuperResTest(ScriptedLoadableModuleTest):
    """Checks inside Slicer that the engine works with Slicer's own Python libraries."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        self.setUp()
        self.test_SlicerReadsWhatTheEngineWrites()

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
