"""Makes the pictures of the panel in README.md and docs/tutorial.md, with a real worker and the simulated femur.

    python Testing/panel/make_pictures.py [FOLDER]

Without a folder the pictures in Resources/Screenshots are replaced. Look at them before they are committed.
"""

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "Resources" / "Screenshots"
# Large enough for the panel's texts, small enough for a page.
WINDOW_SIZE = (1340, 860)
MOST_BYTES = 250_000
SECTIONS = {
    "input": "inputCollapsibleButton",
    "model": "modelCollapsibleButton",
    "output": "outputCollapsibleButton",
    "run": "runCollapsibleButton",
}


def make(folder: Path) -> None:
    """Go through the story of the tutorial and take a picture at each station.

    :param folder: where the files are written; it must exist.
    """
    with tempfile.TemporaryDirectory() as host_folder, a_host(Path(host_folder)) as host:
        _go_through(host, folder)


@contextmanager
def a_host(folder: Path):
    """The test host, whose application and workers end with it.

    :param folder: for its files.
    """
    from slicer_host.host import Host

    host = Host(folder)
    host.start_test()
    try:
        yield host
        host.problems.take()
    finally:
        from MicroCTSuperResLib.panel.worker_process import stop_all

        stop_all()
        host.end_test()


def _go_through(host, folder: Path) -> None:
    import slicer
    from MicroCTSuperResLib.panel import sample_data
    from slicer_host.actions import click, process_events, wait_until

    panel = _open_panel(host)
    host.layout_manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    lr, hr = sample_data.load_femur()
    panel.inputSection.ui.lrSelector.setCurrentNode(lr)
    wait_until(lambda: panel.runSection.devices.devices, 120, "the devices")
    process_events(0.3)
    _take(host, folder / "panel-ready.png")

    _show_sections(panel, "input", "model")
    panel.modelSection.ui.cardGroupBox.collapsed = False
    process_events(0.3)
    _take(host, folder / "panel-model.png")
    panel.modelSection.ui.cardGroupBox.collapsed = True

    _show_sections(panel, "input", "run")
    spine, _spine_hr = sample_data.load_spine()
    panel.inputSection.ui.lrSelector.setCurrentNode(spine)
    click(panel.runSection.ui.addToQueueButton)
    panel.inputSection.ui.lrSelector.setCurrentNode(lr)
    click(panel.runSection.ui.addToQueueButton)
    panel.runSection.ui.queueGroupBox.collapsed = False
    click(panel.runSection.ui.runQueueButton)
    bar = panel.runSection.ui.progressBar
    wait_until(lambda: bar.maximum > 0 and bar.value > 0.4 * bar.maximum, 300, "progress")
    _take(host, folder / "panel-queue.png")
    wait_until(lambda: not panel.runSection.runner.is_running, 600, "the end of the queue")

    panel.runSection.ui.queueGroupBox.collapsed = True
    compare = panel.compareSection
    _show_sections(panel)
    compare.ui.hrSelector.setCurrentNode(hr)
    click(compare.ui.scoreButton)
    wait_until(lambda: not compare.scores.is_running, 300, "the scores")
    for button, name in ((compare.ui.tripleDifferencesButton, "maps"), (compare.ui.plotButton, "scores")):
        click(button)
        wait_until(lambda: "Computing" not in compare.ui.noteLabel.text, 60, "the maps")
        process_events(0.5)
        _take(host, folder / f"panel-{name}.png")


def _open_panel(host):
    loaded = host.module_manager.load(ROOT / "MicroCTSuperRes" / "MicroCTSuperRes.py")
    host.tell_startup_completed()
    host.module_manager.select(loaded.name)
    host.main_window.resize(*WINDOW_SIZE)
    return loaded.widgetRepresentation().self()


def _show_sections(panel, *opened: str) -> None:
    """Open some of the sections above the comparison, and close the others."""
    for name, button in SECTIONS.items():
        getattr(getattr(panel, f"{name}Section").ui, button).collapsed = name not in opened


def _take(host, path: Path) -> None:
    """Write what the main window looks like, in as many colours as there is room for: few ones change small marks."""
    from PIL import Image
    from slicer_host.actions import pixels

    picture = Image.fromarray(pixels(host.main_window))
    for colours in ("all", 256, 128, 64, 48, 32):
        kept = picture if colours == "all" else picture.quantize(colours, dither=Image.Dither.NONE)
        kept.save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            break
    print(f"{path}: {picture.width} x {picture.height}, {colours} colours, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "MicroCTSuperRes"), str(ROOT / "Testing")]
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
