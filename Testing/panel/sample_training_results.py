"""What the tests of the sections with results share."""

import csv

from sample_panel import WORKER_SECONDS
from slicer_host.actions import process_events, wait_until


def wait_for(section):
    """Wait until a section's job has ended, and the next one that it may have started."""
    for _ in range(3):
        wait_until(lambda: not section.runner.is_running, WORKER_SECONDS, "the end of the job")
        process_events(0.02)


def told(section):
    """What a section tells: its stage, headline and advice."""
    state = section.runner.state or section.state()
    return state.stage.name, state.headline, state.advice


def expand(section):
    """Open the section, as a user does by a click on its title, and close the others."""
    for other in section.module.sections:
        name = next((each for each in vars(other.ui) if each.endswith("CollapsibleButton")), None) if other.ui else None
        if name is not None:
            getattr(other.ui, name).collapsed = other is not section
    process_events()


def plot_view(host):
    """The view of the results' charts."""
    return next(
        host.layout_manager.plotWidget(number).plotView()
        for number in range(host.layout_manager.plotViewCount)
        if host.layout_manager.plotWidget(number).mrmlPlotViewNode().GetSingletonTag() == "MicroCTResult"
    )


def shown_chart(host):
    """The name of the chart that the view of the results shows."""
    return plot_view(host)._view_node.GetPlotChartNode().GetName()


def write_measurements(path, specimens=4, slices=3):
    """A table of BA/TA: LR is larger than HR by 0.04 on average, DL by 0.01."""
    off = {"HR": (0.0, 0.0), "LR": (0.04, 0.01), "DL": (0.01, 0.002)}
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["specimen", "method", "slice", "z_mm", "ba_ta"])
        for number in range(specimens):
            for method, (mean, step) in off.items():
                # Steps of -1.5, -0.5, 0.5, 1.5 sum up to 0.
                value = 0.3 + 0.05 * number + mean + step * (number - (specimens - 1) / 2)
                for k in range(slices):
                    table.writerow([f"A{number + 1}-femur", method, k, 0.02 * k, value + 0.001 * k])
    return path


def close_and_reopen(host, path):
    """Save the scene, close it, and open it again."""
    import slicer

    assert slicer.util.saveScene(str(path))
    slicer.mrmlScene.Clear(False)
    host.problems.take()  # Slicer's slice views complain of volumes that go while they are shown
    process_events(0.1)
    slicer.util.loadScene(str(path))
    process_events(0.1)
