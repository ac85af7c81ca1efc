"""MicroCTSuperResTraining in 3D Slicer: what Slicer knows of the module; the rest is in MicroCTSuperResTrainingLib."""

import tempfile
import time
from pathlib import Path

import slicer
from MicroCTSuperResLib.panel import start_up
from MicroCTSuperResLib.panel.sections_widget import SectionsWidget
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
)


class MicroCTSuperResTraining(ScriptedLoadableModule):
    """What Slicer shows about the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        start_up.introduce(self.parent)
        self.parent.title = _("MicroCT Super-Resolution Training")
        self.parent.dependencies = ["MicroCTSuperRes"]
        self.parent.helpText = _(
            "Train networks for MicroCT Super-Resolution on your own pairs of scans, evaluate them on specimens that "
            "were not trained with, measure slice-wise bone area (BA/TA), and judge the agreement with high-resolution "
            "scans by Bland-Altman analysis."
        )
        slicer.app.connect("startupCompleted()", registerWithSlicer)


def registerWithSlicer():
    """Make the layouts of the plots known to Slicer and the sample cohort to the module Sample Data."""
    from MicroCTSuperResTrainingLib.panel import sample_cohort
    from MicroCTSuperResTrainingLib.scene.layouts import TRAINING_LAYOUTS

    start_up.make_layouts_known(TRAINING_LAYOUTS)
    sample_cohort.register()


class MicroCTSuperResTrainingWidget(SectionsWidget):
    """The panel. What its sections share: the cohort, its specimens, and the views that show one of them."""

    def makeLogic(self):
        return MicroCTSuperResTrainingLogic()

    def makeSections(self):
        from MicroCTSuperResTrainingLib.panel.agreement_section import AgreementSection
        from MicroCTSuperResTrainingLib.panel.evaluate_section import EvaluateSection
        from MicroCTSuperResTrainingLib.panel.morphometry_section import MorphometrySection
        from MicroCTSuperResTrainingLib.panel.shown_specimen import ShownSpecimen
        from MicroCTSuperResTrainingLib.panel.specimens_section import SpecimensSection
        from MicroCTSuperResTrainingLib.panel.train_section import TrainSection

        self.shownSpecimen = ShownSpecimen(self)
        self.specimensSection = SpecimensSection(self)
        self.trainSection = TrainSection(self)
        self.evaluateSection = EvaluateSection(self)
        self.morphometrySection = MorphometrySection(self)
        self.agreementSection = AgreementSection(self)
        return [
            self.specimensSection,
            self.trainSection,
            self.evaluateSection,
            self.morphometrySection,
            self.agreementSection,
        ]

    def cleanup(self):
        self.shownSpecimen.close()
        SectionsWidget.cleanup(self)

    @property
    def cohortPath(self):
        """The table on the disk that the jobs take; "" without one."""
        return self.parameters.specimens.cohortPath if self.parameters else ""

    def specimens(self):
        """The specimens of the table on the disk whose rows are understood; [] without one."""
        return self.logic.specimens(self.cohortPath)

    def showSpecimen(self, name, slice_mm=None):
        """Show LR, DL (if there is one) and HR of a specimen beside each other; scans are read by a worker first.

        :param slice_mm: distance of a slice from the first one of HR, to go to; None stays at the slice.
        """
        self.shownSpecimen.show(name, slice_mm)

    def dlOf(self, name):
        """The enhanced volume of a specimen: the path of its file as a section knows it, else a node, else None."""
        for section in self.sections:
            path = section.dlOf(name) if hasattr(section, "dlOf") else None
            if path is not None:
                return path
        return self.shownSpecimen.enhanced_node(name)


class MicroCTSuperResTrainingLogic(ScriptedLoadableModuleLogic):
    """What scripts and the panel do without widgets."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleLogic.__init__(self, parent)
        self._read = (None, [])  # what the specimens were read from, and they

    def getParameters(self):
        """The settings of the panel, which are saved with the scene."""
        from MicroCTSuperResTrainingLib.panel.parameters import Parameters

        return Parameters(self.getParameterNode())

    def specimens(self, path):
        """The specimens of a cohort's table whose rows are understood.

        :param path: of the table; "" or a file that cannot be read gives [].
        :return: list of `cohort.specimen.Specimen`.
        """
        file = Path(path)
        if not path or not file.is_file():
            return []
        state = (path, file.stat().st_mtime_ns, file.stat().st_size)
        if self._read[0] != state:
            from MicroCTSuperResLib.errors import MicroCTError
            from MicroCTSuperResTrainingLib.cohort.table import scan_table

            try:
                cohort, _problems = scan_table(file)
            except MicroCTError:
                return []
            self._read = (state, list(cohort.specimens))
        return list(self._read[1])

    def train(self, cohort, run, preset="fast", settings=(), on_end=None):
        """Train in a process of its own; returns at once.

        :param cohort: path of the table, divided into train, validation and test.
        :param run: folder of the run, which is made.
        :param settings: NAME=VALUE each, as on the command line.
        :param on_end: called with how it ended (`MicroCTSuperResLib/panel/outcome.py:Outcome`).
        :return: the worker, which has `cancel()`.
        """
        from MicroCTSuperResLib.panel.worker_process import WorkerProcess

        arguments = {"cohort": str(cohort), "output": str(run), "preset": preset, "settings": list(settings)}
        job = {"job": "train", "arguments": arguments}
        worker = WorkerProcess(job, lambda event: None, on_end or (lambda outcome: None))
        worker.start()
        return worker


class MicroCTSuperResTrainingTest(ScriptedLoadableModuleTest):
    """Checks inside Slicer, with Slicer's own Python libraries, that the module's parts work together."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        for test in (self.test_APhantomCohortIsShown, self.test_ANetworkIsTrained):
            self.setUp()
            test()

    def test_APhantomCohortIsShown(self):
        from MicroCTSuperResTrainingLib.scene.specimen_table import rows_of

        with tempfile.TemporaryDirectory() as folder:
            table = self.smallCohort(Path(folder))
            slicer.util.selectModule("MicroCTSuperResTraining")
            panel = slicer.modules.MicroCTSuperResTrainingWidget
            panel.specimensSection.open(str(table))
            assert len(rows_of(panel.parameters.specimens.table)) == 3
            assert [specimen.split for specimen in panel.specimens()] == ["train", "validation", "test"]

    def test_ANetworkIsTrained(self):
        from MicroCTSuperResTrainingLib.panel import training_packages

        if training_packages.missing():
            self.skipTest("packages for training are not installed")
        settings = (
            "epochs=1", "samples_per_epoch=8", "batch=4", "patch=16", "device=cpu",
            'arguments={"channels":4,"blocks":[1,1,1]}',
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            table, run = self.smallCohort(Path(folder)), Path(folder) / "run"
            ended = []
            worker = MicroCTSuperResTrainingLogic().train(table, run, settings=settings, on_end=ended.append)
            latest = time.monotonic() + 240
            while not ended:
                assert time.monotonic() < latest, "the worker takes too long"
                slicer.app.processEvents()
                time.sleep(0.01)
            del worker
            assert ended[0].kind == "done", f"{ended[0].message} {ended[0].hint}"
            assert (run / "model" / "card.json").is_file()

    def smallCohort(self, folder):
        """Three simulated femora of 24 x 24 x 8 LR voxels, one for each part of the split; path of the table."""
        from dataclasses import replace

        from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings, make_phantom_cohort
        from MicroCTSuperResTrainingLib.cohort.specimen import SPLITS
        from MicroCTSuperResTrainingLib.cohort.table import write_cohort

        settings = PhantomCohortSettings(animals=3, size=(48, 48, 16), spacing_mm=0.06, largest_shift=0.0)
        cohort = make_phantom_cohort(folder / "cohort", settings)
        specimens = tuple(replace(each, split=split) for each, split in zip(cohort.specimens, SPLITS, strict=True))
        return write_cohort(replace(cohort, specimens=specimens), cohort.path, overwrite=True)
