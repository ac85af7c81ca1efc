"""From what a user gives to the settings of a training, and whether a run may go on with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError

from .config_checks import LOSS_OF
from .presets import ABSTRACT, FAST, FINE_TUNING, PRESETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .config import TrainingConfig

# Settings that may differ when a run goes on: the length of the way, and what changes no result.
_FREE = ("epochs", "workers")


def choose_config(preset: str | None, settings: Mapping[str, object], from_model: str | None = None) -> TrainingConfig:
    """The settings of a new training.

    :param preset: of `PRESETS`; by default "fast", or "abstract" where `from_model` has the study's network.
    :param settings: what is to be otherwise than there.
    :param from_model: name or folder of the model to start from: network and scaling are its own.
    :raises InputError: for an unknown preset, unknown or wrong settings, or settings that another network than the
        model's would need.
    :raises ModelError: if there is no such model.
    """
    if preset is not None and preset not in PRESETS:
        raise InputError(f"There is no preset {preset!r}.", f"The presets are {', '.join(PRESETS)}.")
    from_model = from_model or settings.get("from_model")
    if from_model is None:
        return (PRESETS[preset] if preset else FAST).with_settings(settings)
    return _from_model(preset, str(from_model), settings)


def _from_model(preset: str | None, name: str, settings: Mapping[str, object]) -> TrainingConfig:
    from MicroCTSuperResLib.networks.store import ModelStore

    card = ModelStore().find(name).card
    card.check_supported()
    base = FAST if card.architecture == FAST.architecture else ABSTRACT
    if preset is not None and PRESETS[preset].architecture != card.architecture:
        raise InputError(
            f"The model {name} has the network {card.architecture}, the preset {preset!r} trains "
            f"{PRESETS[preset].architecture}.",
            "Leave the preset out, or choose another model.",
        )
    own = {"architecture": card.architecture, "arguments": json.loads(json.dumps(dict(card.arguments)))}
    wrong = [key for key, value in own.items() if settings.get(key, value) != value]
    if wrong:
        raise InputError(
            f"The model {name} has another network than the settings {', '.join(wrong)} ask for.",
            "Leave them out: a training from a model keeps its network.",
        )
    return base.with_settings(
        {
            **FINE_TUNING, **own, "loss": LOSS_OF[card.architecture], "scaling": card.scaling,
            **settings, "from_model": name, "from_sha256": card.sha256,
        }
    )  # fmt: skip


def read_settings(texts: Iterable[str]) -> dict[str, object]:
    """Settings given as NAME=VALUE, the value as JSON or a plain word.

    :raises InputError: for a text without "=".
    """
    settings = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise InputError(f"{text!r} is no setting.", "Write NAME=VALUE, such as learning_rate=0.0003.")
        try:
            settings[name.strip()] = json.loads(value)
        except ValueError:
            settings[name.strip()] = value.strip()
    return settings


def config_to_resume(begun: TrainingConfig, settings: Mapping[str, object]) -> TrainingConfig:
    """The settings of a run that goes on.

    :param begun: what the run began with.
    :param settings: what was given now.
    :raises InputError: if they differ in anything but the number of epochs, which may only grow, and the workers.
    """
    wanted = begun.with_settings(settings)
    before, now = begun.to_dict(), wanted.to_dict()
    changed = [name for name in now if name not in _FREE and now[name] != before[name]]
    if changed:
        told = "; ".join(f"{name} was {before[name]!r}, is {now[name]!r}" for name in changed)
        raise InputError(
            f"The run was begun with other settings: {told}.",
            "Resume without them, or train into another folder.",
        )
    if wanted.epochs < begun.epochs:
        raise InputError(
            f"The run was begun for {begun.epochs} epochs, fewer are asked for: {wanted.epochs}.",
            "Resume with as many or more.",
        )
    return wanted
