"""Small real material for trainings: pairs of phantoms in memory, their slice store, and settings that take seconds."""

from functools import cache
from pathlib import Path

from MicroCTSuperResLib.simulation.acquisition import simulate_lr
from MicroCTSuperResLib.simulation.phantoms import make_phantom
from MicroCTSuperResTrainingLib.cohort.pairing import SpecimenPair
from MicroCTSuperResTrainingLib.cohort.specimen import Specimen
from MicroCTSuperResTrainingLib.training.presets import PRESETS
from MicroCTSuperResTrainingLib.training.store_building import build_store

NAMES = ("f0", "f1", "f2")
SMALL = {
    "fast": {"arguments": {"channels": 4, "blocks": [1, 1, 1]}, "patch": 16},
    "abstract": {"arguments": {"channels": 2}},
}


def specimen(name, split="train", number=0):
    """A specimen without files: the pair is made in memory."""
    return Specimen(
        name, f"animal {name}", "femur", "", Path(f"{name}-lr"), Path(f"{name}-hr"), split=split, row=number
    )


@cache
def phantom_pair(seed, size=(64, 64, 16), units="mg HA/cm3"):
    """LR of 32 x 32 x 8 voxels of 60 um, and HR."""
    hr = make_phantom("femur", size=size, spacing_mm=0.03, seed=seed)
    lr = simulate_lr(hr, seed=seed, frames=1)
    if units != hr.units:
        lr, hr = (volume.with_voxels(volume.voxels, units=units) for volume in (lr, hr))
    return lr, hr


def pair_of(of, **changes):
    """The pair of a specimen; `row` is the seed of its phantom."""
    lr, hr = changes.pop("volumes", None) or phantom_pair(of.row)
    facts = {
        "specimen": of, "lr": lr, "hr": hr, "mask": None, "shift_um": (0.0, 0.0, 0.0), "left_um": None,
        "rotation_deg": None, "likeness": 1.0, "placement": "files", "resampled": False, "warnings": (),
    }  # fmt: skip
    return SpecimenPair(**{**facts, **changes})


def make_store(folder, names=NAMES):
    """The store of phantoms of these names."""
    return build_store(folder, [specimen(name, number=number) for number, name in enumerate(names)], pair_of, {})


def small_config(preset="fast", **settings):
    """A preset made small enough for some steps a second."""
    return PRESETS[preset].with_settings(
        {
            "device": "cpu", "epochs": 3, "samples_per_epoch": 32, "batch": 8, "validation_slices": 2,
            **SMALL[preset], **settings,
        }
    )  # fmt: skip
