"""A small cohort of simulated femora, made on this computer: from a cohort to Bland-Altman in minutes."""

from __future__ import annotations

from pathlib import Path

import slicer
from MicroCTSuperResLib.panel.sample_data import CATEGORY
from slicer.i18n import tr as _

NAME = "MicroCT phantom cohort"
_FOLDER = "MicroCT sample cohort"
TABLE = "cohort.csv"
# Ten animals: enough to train, to choose the best epoch, and for limits of agreement. Whole bones, coarse and quick.
ANIMALS, SIZE, SPACING_MM, SPLIT = 10, (96, 96, 24), 0.03, "femur=4/2/4"


def register() -> None:
    """Offer the cohort in the module Sample Data; call it when the application has started."""
    import SampleData

    icons = Path(__file__).parents[2] / "Resources" / "Icons"
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=NAME,
        uris=[],
        fileNames=[],
        thumbnailFileName=str(icons / "MicroCTSuperResTraining-cohort.png"),
        customDownloader=load,
    )


def load(source: object = None) -> list:
    """What the module Sample Data calls: opens this module, which makes the cohort."""
    slicer.util.selectModule("MicroCTSuperResTraining")
    slicer.modules.MicroCTSuperResTrainingWidget.specimensSection.openSampleCohort()
    return []


def folder() -> Path:
    """Where the cohort is, beside the user's scenes: runs and results come to lie there, too."""
    return Path(slicer.app.defaultScenePath or Path.home()) / _FOLDER


def making_jobs() -> list[dict]:
    """The jobs that make the cohort, one after the other."""
    phantoms = {
        "action": "phantoms",
        "output": str(folder()),
        "animals": ANIMALS,
        "size": list(SIZE),
        "spacing_mm": SPACING_MM,
    }
    split = {"action": "split", "table": str(folder() / TABLE), "counts": [SPLIT]}
    return [{"job": "cohort", "arguments": phantoms}, {"job": "cohort", "arguments": split}]


def told() -> str:
    """What goes on while it is made."""
    return _("Making {count} simulated specimens in {folder} ...").format(count=ANIMALS, folder=folder())
