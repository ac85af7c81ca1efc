"""A small cohort of simulated pairs in a slice store, and what a training of it leaves behind."""

from pathlib import Path

import numpy as np
from MicroCTSuperResLib.simulation.acquisition import simulate_lr
from MicroCTSuperResLib.simulation.phantoms import make_phantom
from MicroCTSuperResTrainingLib.cohort.pairing import SpecimenPair
from MicroCTSuperResTrainingLib.cohort.specimen import Specimen
from MicroCTSuperResTrainingLib.training.history import EpochRow, History
from MicroCTSuperResTrainingLib.training.model_scores import HeldOutPair
from MicroCTSuperResTrainingLib.training.store_building import build_store

# Name, animal, site and side of each specimen; animal A1 gave a femur and a vertebra.
ROWS = (
    ("A1-femur", "A1", "femur", "train"),
    ("A1-spine", "A1", "spine", "train"),
    ("A2-femur", "A2", "femur", "train"),
    ("A3-femur", "A3", "femur", "validation"),
    ("A4-femur", "A4", "femur", "test"),
    ("A5-femur", "A5", "femur", "test"),
    ("A4-spine", "A4", "spine", "test"),
)
SHIFT_UM = (3.0, 0.0, 4.0)
SPECIMENS = tuple(
    Specimen(
        name, animal, site, "control", Path(f"{name}-lr.nrrd"), Path(f"{name}-hr.nrrd"), split=split, row=row,
        further={"simulated": "yes"},
    )
    for row, (name, animal, site, split) in enumerate(ROWS, 2)
)  # fmt: skip


def pair_of(specimen):
    """Its scans, 48 x 48 x 6 LR voxels of 60 um: a whole bone, coarse and quick."""
    hr = make_phantom(specimen.site, (96, 96, 12), 0.03, seed=specimen.row)
    return SpecimenPair(
        specimen=specimen, lr=simulate_lr(hr, seed=specimen.row), hr=hr, mask=None, shift_um=SHIFT_UM, left_um=None,
        rotation_deg=0.0, likeness=1.0, placement="files", resampled=False, warnings=(),
    )  # fmt: skip


def held_out(name, **changes):
    """The scans of the specimen of that name, as they are scored; with other fields if given."""
    specimen = next(each for each in SPECIMENS if each.specimen == name)
    pair = HeldOutPair.of(pair_of(specimen))
    return HeldOutPair(**{**vars(pair), **changes})


def small_store(folder):
    """All specimens in a slice store."""
    return build_store(folder, SPECIMENS, pair_of, {})


def history(epochs=6, best=4):
    """A training that became better up to epoch `best` and worse afterwards."""
    return History(
        [
            EpochRow(
                epoch=number, step=10 * number, samples=160 * number, learning_rate=1e-3 * 0.8**number,
                train_loss=float(0.4 * np.exp(-number / 3)), validation_loss=0.2 + 0.01 * (number - best) ** 2,
                psnr_db=24.0 - 0.2 * (number - best) ** 2, ssim=0.8 - 0.01 * abs(number - best),
                ba_ta_error=0.01 + 0.001 * abs(number - best),
            )
            for number in range(1, epochs + 1)
        ]
    )  # fmt: skip
