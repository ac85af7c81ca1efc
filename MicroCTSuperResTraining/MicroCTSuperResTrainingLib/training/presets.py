"""The settings to begin with, by name."""

from __future__ import annotations

from MicroCTSuperResLib.networks.card import GreyScaling

from .config import TrainingConfig

# The default network, and what trains it best.
FAST = TrainingConfig()
# The study: U-Net on bilinearly upsampled slices, min-max scaling of each image, cross-entropy, Adam 1e-3, 100 epochs.
# The batch is not told; eight whole slices are what an 8 GB GPU takes.
ABSTRACT = TrainingConfig(
    preset="abstract",
    architecture="unet_abstract",
    arguments={"channels": 64},
    loss="cross-entropy",
    scaling=GreyScaling("image-minmax"),
    epochs=100,
    samples_per_epoch=None,
    batch=8,
    patch=None,
    augment=False,
    schedule="constant",
    warm_up=0.0,
    clip=None,
    average=None,
)
PRESETS = {"fast": FAST, "abstract": ABSTRACT}
# A trained network is not far from its goal: fewer and smaller steps.
FINE_TUNING = {"epochs": 10, "learning_rate": 3e-4}
