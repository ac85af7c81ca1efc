"""What the tests of the training module share: its panel with the real worker, and a small cohort."""

from dataclasses import replace

from sample_panel import WORKER_SECONDS, worker_python
from slicer_host.actions import click, wait_until

# A network of some hundred weights, seconds for an epoch.
SMALL = 'samples_per_epoch=16; batch=4; patch=16; validation_slices=2; arguments={"channels":4,"blocks":[1,1,1]}'


def open_training(open_module, monkeypatch, tmp_path):
    """The panel; its workers run in a Python with torch, models and sample cohort lie in the test's folder."""
    import slicer

    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", worker_python())
    monkeypatch.setenv("MICROCT_SUPERRES_MODELS", str(tmp_path / "models"))
    slicer.app.defaultScenePath = str(tmp_path / "documents")
    return open_module("MicroCTSuperResTraining")


def small_cohort(folder, animals=3):
    """The table of simulated femora of 24 x 24 x 8 LR voxels, one for each part of the split; further ones test."""
    from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings, make_phantom_cohort
    from MicroCTSuperResTrainingLib.cohort.specimen import SPLITS
    from MicroCTSuperResTrainingLib.cohort.table import write_cohort

    settings = PhantomCohortSettings(animals=animals, size=(48, 48, 16), spacing_mm=0.06, largest_shift=0.0)
    cohort = make_phantom_cohort(folder, settings)
    splits = [*SPLITS, *["test"] * (animals - 3)]
    specimens = (replace(each, split=split) for each, split in zip(cohort.specimens, splits, strict=True))
    return write_cohort(replace(cohort, specimens=tuple(specimens)), cohort.path, overwrite=True)


def open_table(panel, host, path):
    """Open a table by the button, and wait for its check."""
    with host.dialogs.expecting("QFileDialog.getOpenFileName", answer=str(path)):
        click(panel.specimensSection.ui.openButton)
    wait_for_cohort(panel)


def wait_for_cohort(panel):
    """Wait until no job on the cohort runs, and none is about to."""
    from slicer_host.actions import process_events

    runner = panel.specimensSection.runner
    for _ in range(3):
        wait_until(lambda: not runner.is_running, WORKER_SECONDS, "the end of the job on the cohort")
        process_events(0.05)


def wait_for_training(panel):
    """Wait until the training has ended, and its model is in the list where it came to its end."""
    from slicer_host.actions import process_events

    for _ in range(3):
        wait_until(lambda: not panel.trainSection.training.is_running, WORKER_SECONDS, "the end of the training")
        process_events(0.05)


def wait_for_specimen(panel):
    """Wait until the scans of a specimen are read."""
    wait_until(lambda: not panel.shownSpecimen.is_reading, WORKER_SECONDS, "the scans")


def rows(panel):
    """The rows of the table of specimens."""
    from MicroCTSuperResTrainingLib.scene.specimen_table import rows_of

    return rows_of(panel.specimensSection.table)


def headline(section):
    """What a section tells, without its mark-up."""
    import re

    return re.sub("<[^>]*>", "", section.ui.headlineLabel.text)
