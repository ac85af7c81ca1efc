"""Makes the pictures of the training module in README.md and docs/tutorial-training.md, with real workers.

    python Testing/panel/make_training_pictures.py [FOLDER]

It goes through the story of the tutorial: the sample cohort, a training that begins with the default model, its
evaluation, morphometry, Bland-Altman. Without a folder the pictures in Resources/Screenshots are replaced. Look at them
before they are committed.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from make_pictures import PICTURES, ROOT, WINDOW_SIZE, _take, a_host

SECTIONS = ("specimens", "train", "evaluate", "morphometry", "agreement")
SECONDS = 900


def make(folder: Path) -> None:
    """Go through the story and take a picture at each station.

    :param folder: where the files are written; it must exist.
    """
    with tempfile.TemporaryDirectory() as host_folder:
        os.environ["MICROCT_SUPERRES_MODELS"] = str(Path(host_folder) / "models")
        os.environ["HOME"] = host_folder  # the panel tells folders from there on
        os.environ.setdefault("MICROCT_SUPERRES_PYTHON", sys.executable)
        with a_host(Path(host_folder)) as host:
            import slicer

            slicer.app.defaultScenePath = str(Path(host_folder) / "Documents")
            _go_through(host, folder)


def _go_through(host, folder: Path) -> None:
    panel = _open_panel(host)
    began = time.monotonic()
    _specimens(host, panel, folder)
    print(f"specimens: {time.monotonic() - began:.0f} s")
    _train(host, panel, folder)
    print(f"trained: {time.monotonic() - began:.0f} s")
    _evaluate(host, panel, folder)
    print(f"evaluated: {time.monotonic() - began:.0f} s")
    _measure(host, panel, folder)
    _agree(host, panel, folder)
    print(f"all: {time.monotonic() - began:.0f} s")


def _specimens(host, panel, folder: Path) -> None:
    from slicer_host.actions import click, process_events, wait_until

    _show_sections(panel, "specimens")
    section = panel.specimensSection
    click(section.ui.sampleButton)
    _wait_for(section.runner, "the sample cohort")
    click(section.ui.pairButton)
    _wait_for(section.runner, "the pairs")
    section.ui.specimensTable.setCurrentCell(1, 0)
    click(section.ui.showButton)
    wait_until(lambda: not panel.shownSpecimen.is_reading, SECONDS, "the scans")
    process_events(0.5)
    _take(host, folder / "training-specimens.png")
    section.ui.motionSelector.setCurrentIndex(1)  # take back the shift


def _train(host, panel, folder: Path) -> None:
    from slicer_host.actions import click, process_events, wait_until

    _show_sections(panel, "train")
    section = panel.trainSection
    row = section.ui.fromSelector.findData("default")
    section.ui.fromSelector.setCurrentIndex(row)
    section.ui.fromSelector.activated.emit(row)
    section.ui.settingsEdit.text = "samples_per_epoch=256"
    click(section.ui.startButton)
    wait_until(lambda: section.known_runs() and section.known_runs()[0].epochs_done >= 5, SECONDS, "five epochs")
    process_events(0.5)
    _take(host, folder / "training-curves.png")
    for _ in range(3):
        wait_until(lambda: not section.training.is_running, SECONDS, "the end of the training")
        process_events(0.1)


def _evaluate(host, panel, folder: Path) -> None:
    from slicer_host.actions import click, process_events, wait_until

    _show_sections(panel, "evaluate")
    section = panel.evaluateSection
    panel.parameters.evaluate.models = "default-tuned-1"
    section.modelsChanged()
    process_events(0.1)
    click(section.ui.runButton)
    _wait_for(section.runner, "the evaluation")
    click(section.ui.plotButton)
    section.ui.specimensTable.selectRow(1)
    _wait_for(section.enhanced.runner, "DL of a specimen")
    wait_until(lambda: not panel.shownSpecimen.is_reading, SECONDS, "the scans")
    click(section.ui.plotButton)
    process_events(0.5)
    _take(host, folder / "training-evaluation.png")


def _measure(host, panel, folder: Path) -> None:
    import slicer
    from MicroCTSuperResTrainingLib.scene.specimen_volumes import SCANS, volume_of
    from slicer_host.actions import click, process_events

    _show_sections(panel, "morphometry")
    section, chosen = panel.morphometrySection, panel.parameters.morphometry
    shown = next(
        each.specimen for each in panel.specimens() if volume_of(slicer.mrmlScene, each.specimen, "DL") is not None
    )
    chosen.lr, chosen.dl, chosen.hr = (volume_of(slicer.mrmlScene, shown, scan) for scan in SCANS)
    chosen.preview = True
    click(section.ui.runButton)
    _wait_for(section.runner, "the morphometry")
    click(section.ui.plotButton)
    process_events(0.5)
    _take(host, folder / "training-morphometry.png")
    chosen.preview = False


def _agree(host, panel, folder: Path) -> None:
    import slicer
    from MicroCTSuperResTrainingLib.scene.score_tables import find_evaluation
    from slicer_host.actions import click, process_events

    _show_sections(panel, "agreement")
    section = panel.agreementSection
    section.offer(find_evaluation(slicer.mrmlScene).slices)
    click(section.ui.runButton)
    _wait_for(section.runner, "the analysis")
    click(section.ui.plotButton)
    process_events(0.5)
    _take(host, folder / "training-agreement.png")


def _wait_for(runner, what: str) -> None:
    from slicer_host.actions import process_events, wait_until

    for _ in range(3):
        wait_until(lambda: not runner.is_running, SECONDS, what)
        process_events(0.1)


def _open_panel(host):
    import slicer

    loaded = host.module_manager.load(ROOT / "MicroCTSuperResTraining" / "MicroCTSuperResTraining.py")
    host.tell_startup_completed()
    host.module_manager.select(loaded.name)
    host.main_window.resize(*WINDOW_SIZE)
    host.layout_manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    return loaded.widgetRepresentation().self()


def _show_sections(panel, *opened: str) -> None:
    """Open these sections and close the others."""
    for name in SECTIONS:
        ui = getattr(panel, f"{name}Section").ui
        getattr(ui, f"{name}CollapsibleButton").collapsed = name not in opened


if __name__ == "__main__":
    modules = [str(ROOT / name) for name in ("MicroCTSuperRes", "MicroCTSuperResTraining", "Testing")]
    sys.path[:0] = modules
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
