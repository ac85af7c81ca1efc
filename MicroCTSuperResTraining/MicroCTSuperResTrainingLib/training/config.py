"""Everything that determines the result of a training, in one validated object that JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType

from MicroCTSuperResLib.errors import FormatError, InputError
from MicroCTSuperResLib.networks.card import GreyScaling

from .config_checks import problems_of

_EXAMPLE = "train --print-config shows what it holds."
PERCENTILES = GreyScaling("percentiles", 0.1, 99.9)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The settings of one training.

    :param preset: the preset that the others were taken from, for people.
    :param architecture: the network, as `build_network` knows it; `arguments` are its own.
    :param from_model: name or folder of the model whose weights the training starts from; None for random ones.
    :param from_sha256: of that model's weights; set when the training begins.
    :param loss: "relative" (`unet_subpixel` only) or "cross-entropy" (`unet_abstract` only), see `losses.py`.
    :param worse_weight: of the relative loss: what a pair counts on which the network is worse than interpolation.
    :param scaling: how grey values are brought to 0 ... 1, as in the model card.
    :param epochs: at most so many.
    :param samples_per_epoch: pairs in an epoch; None for as many as there are. Only whole batches are made.
    :param batch: pairs in one step of the optimizer, over all devices together.
    :param patch: LR pixels along y and x that are cut from a slice at random; None for whole slices.
    :param augment: mirror and turn the patches by quarter turns.
    :param learning_rate: highest rate of Adam.
    :param schedule: "constant", or "cosine" down to a hundredth.
    :param warm_up: part of all steps in which the rate rises.
    :param clip: largest norm of a step's gradient; None for any.
    :param average: part of the running average of the weights that stays at each step; None for the weights themselves.
    :param validation_slices: LR slices that are enhanced and scored after each epoch, over all validation specimens.
    :param best_by: "psnr_db", "ssim" (highest) or "validation_loss" (lowest): what the best epoch is chosen by.
    :param patience: stop after so many epochs without a new best; None never.
    :param seed: of the first weights, the order of the samples, patches and mirrorings.
    :param precision: "32", or mixed "bf16" or "16" (CUDA).
    :param deterministic: only algorithms that give the same result every time; the CPU's do so anyway.
    :param compile: let `torch.compile` translate the network first.
    :param device: "auto", "cpu" or "cuda".
    :param devices: processes on one node, each with its own device.
    :param nodes: computers.
    :param workers: processes that prepare samples for each device; None for none on a CPU and several on a GPU. They
        change no result.
    :raises InputError: naming every setting that is wrong, in one line.
    """

    preset: str = "fast"
    architecture: str = "unet_subpixel"
    arguments: Mapping[str, object] = field(default_factory=lambda: {"channels": 32, "blocks": [1, 1, 2]})
    from_model: str | None = None
    from_sha256: str | None = None
    loss: str = "relative"
    worse_weight: float = 2.0
    scaling: GreyScaling = PERCENTILES
    epochs: int = 50
    samples_per_epoch: int | None = 2048
    batch: int = 16
    patch: int | None = 64
    augment: bool = True
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    warm_up: float = 0.02
    clip: float | None = 1.0
    average: float | None = 0.999
    validation_slices: int = 24
    best_by: str = "psnr_db"
    patience: int | None = None
    seed: int = 0
    precision: str = "32"
    deterministic: bool = False
    compile: bool = False
    device: str = "auto"
    devices: int = 1
    nodes: int = 1
    workers: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.arguments, Mapping):
            object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))
        problems = problems_of(self.to_dict())
        if problems:
            raise InputError(
                f"The training settings have {_counted(problems)}: {'; '.join(problems)}.",
                "docs/training.md tells what each setting may be; train --print-config shows all of them.",
            )

    @property
    def world_size(self) -> int:
        """Processes that train together."""
        return self.devices * self.nodes

    def to_dict(self) -> dict[str, object]:
        """As plain JSON values."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        scaling = named["scaling"]
        if isinstance(scaling, GreyScaling):
            named["scaling"] = _without_none(asdict(scaling))
        if isinstance(self.arguments, Mapping):
            named["arguments"] = dict(self.arguments)
        return named

    def to_json(self) -> str:
        """The text of config.json."""
        return json.dumps(self.to_dict(), indent=2) + "\n"

    def with_settings(self, settings: Mapping[str, object]) -> TrainingConfig:
        """With other values of some settings, given as JSON has them.

        :raises InputError: for a name that is no setting, or values that are wrong.
        """
        unknown = sorted(set(settings) - {each.name for each in fields(self)})
        if unknown:
            raise InputError(
                f"There is no training setting {', '.join(map(repr, unknown))}.",
                f"The settings are {', '.join(each.name for each in fields(self))}.",
            )
        changes = dict(settings)
        if isinstance(changes.get("precision"), int):
            changes["precision"] = str(changes["precision"])
        if isinstance(changes.get("scaling"), Mapping):
            changes["scaling"] = _scaling_from(changes["scaling"])
        return replace(self, **changes)


def read_config(path: str | Path) -> dict[str, object]:
    """The settings in a JSON file, which need not be all.

    :raises FormatError: if it cannot be read or is no JSON object.
    """
    try:
        settings = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}).", "Check the path.") from error
    except ValueError as error:
        raise FormatError(f"{path} is not valid JSON ({error}).", _EXAMPLE) from error
    if not isinstance(settings, dict):
        raise FormatError(f"{path} holds no JSON object.", _EXAMPLE)
    return settings


def _scaling_from(values: Mapping[str, object]) -> GreyScaling | Mapping[str, object]:
    """The scaling, or the values themselves where they name what no scaling has: the check then tells it."""
    known = {each.name for each in fields(GreyScaling)}
    if "kind" not in values or not set(values) <= known:
        return values
    inner = values.get("otherwise")
    return GreyScaling(**{**values, "otherwise": _scaling_from(inner) if isinstance(inner, Mapping) else inner})


def _without_none(values: dict) -> dict:
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if value is not None
    }


def _counted(problems: list[str]) -> str:
    return "a problem" if len(problems) == 1 else f"{len(problems)} problems"
