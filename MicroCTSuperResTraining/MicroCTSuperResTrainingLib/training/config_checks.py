"""What can be wrong with the settings of a training, each setting alone and together with others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from MicroCTSuperResLib.networks.architectures import ARCHITECTURES
from MicroCTSuperResLib.networks.card_checks import scaling_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[object], str | None]

LOSS_OF = {"unet_subpixel": "relative", "unet_abstract": "cross-entropy"}
SCHEDULES = ("constant", "cosine")
BEST_BY = ("psnr_db", "ssim", "validation_loss")
PRECISIONS = ("32", "bf16", "16")
DEVICES = ("auto", "cpu", "cuda")
SMALLEST_PATCH = 8


def problems_of(settings: Mapping[str, object]) -> list[str]:
    """What is wrong, a sentence each; empty for settings that can be trained with.

    :param settings: as `TrainingConfig.to_dict` gives them.
    """
    problems = [
        f"{name} must be {told}, is {_shown(settings[name])}"
        for name, check in _CHECKS.items()
        if (told := check(settings[name])) is not None
    ]
    problems += scaling_problems(settings["scaling"])
    return problems or _contradictions(settings)


def _contradictions(settings: Mapping[str, object]) -> list[str]:
    problems = []
    loss = LOSS_OF[settings["architecture"]]
    if settings["loss"] != loss:
        problems.append(f"loss must be {loss!r} for {settings['architecture']}, is {settings['loss']!r}")
    processes = settings["devices"] * settings["nodes"]
    if settings["batch"] % processes:
        problems.append(f"batch must be a multiple of the {processes} devices, is {settings['batch']}")
    if settings["patch"] is not None and settings["scaling"]["kind"] == "image-minmax":
        problems.append("patch must be null where each image is scaled by its own values (image-minmax)")
    if settings["precision"] == "16" and settings["device"] == "cpu":
        problems.append("precision must be '32' or 'bf16' on a CPU, is '16'")
    return problems


def _one_of(*choices: str) -> Check:
    return lambda value: None if isinstance(value, str) and value in choices else f"one of {', '.join(choices)}"


def _whole(least: int, most: int = 2**31 - 1) -> Check:
    return lambda value: (
        None if _is_whole(value) and least <= value <= most else f"a whole number from {least} to {most}"
    )


def _number(low: float, high: float, *, open_below: bool = False) -> Check:
    def check(value: object) -> str | None:
        fits = _is_number(value) and (low < value if open_below else low <= value) and value <= high
        return None if fits else f"a number {'above' if open_below else 'from'} {low:g} to {high:g}"

    return check


def _or_null(check: Check) -> Check:
    def check_unless_null(value: object) -> str | None:
        told = None if value is None else check(value)
        return None if told is None else f"{told}, or null"

    return check_unless_null


def _truth(value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _text(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else "a text"


def _object(value: object) -> str | None:
    return None if isinstance(value, dict) else "an object"


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_CHECKS: dict[str, Check] = {
    "preset": _text,
    "architecture": _one_of(*ARCHITECTURES),
    "arguments": _object,
    "from_model": _or_null(_text),
    "from_sha256": _or_null(_text),
    "loss": _one_of(*LOSS_OF.values()),
    "worse_weight": _number(1, 100),
    "epochs": _whole(1),
    "samples_per_epoch": _or_null(_whole(1)),
    "batch": _whole(1),
    "patch": _or_null(_whole(SMALLEST_PATCH)),
    "augment": _truth,
    "learning_rate": _number(0, 1, open_below=True),
    "schedule": _one_of(*SCHEDULES),
    "warm_up": _number(0, 0.9),
    "clip": _or_null(_number(0, 1e6, open_below=True)),
    "average": _or_null(_number(0, 0.99999)),
    "validation_slices": _whole(1),
    "best_by": _one_of(*BEST_BY),
    "patience": _or_null(_whole(1)),
    "seed": _whole(0),
    "precision": _one_of(*PRECISIONS),
    "deterministic": _truth,
    "compile": _truth,
    "device": _one_of(*DEVICES),
    "devices": _whole(1),
    "nodes": _whole(1),
    "workers": _or_null(_whole(0)),
}
