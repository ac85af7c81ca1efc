"""A small cohort of phantoms on disk, and options of `train` that take seconds."""

from dataclasses import replace

from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings, make_phantom_cohort
from MicroCTSuperResTrainingLib.cohort.table import write_cohort

SMALL = (
    "--epochs", "3", "--batch", "8", "--device", "cpu", "--set", "samples_per_epoch=32", "--set", "patch=16",
    "--set", "validation_slices=2", "--set", 'arguments={"channels": 4, "blocks": [1, 1, 1]}',
)  # fmt: skip


def make_small_cohort(folder, splits=("train", "train", "validation", "test")):
    """The table of femurs of 80 x 80 x 24 HR voxels, one an animal, in these splits."""
    settings = PhantomCohortSettings(animals=len(splits), size=(80, 80, 24), spacing_mm=0.03, largest_shift=0.0)
    cohort = make_phantom_cohort(folder, settings)
    specimens = tuple(replace(each, split=split) for each, split in zip(cohort.specimens, splits, strict=True))
    return write_cohort(replace(cohort, specimens=specimens), folder / "cohort.csv", overwrite=True)
