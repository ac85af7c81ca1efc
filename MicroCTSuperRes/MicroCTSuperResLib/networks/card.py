"""The model card: what a model is, what it was trained on and for which volumes it may be used (docs/model-card.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType

from ..errors import ModelError
from .card_checks import SCHEMA_MAJOR, problems_of, unknown_fields

CARD_FILE = "card.json"
SCHEMA = f"{SCHEMA_MAJOR}.0"
SUPPORTED_SCALE = 2
LARGEST_CARD_BYTES = 1 << 20

# A header's voxel size is often rounded ("0.0199 mm"): that much beyond the range is no reason to warn.
_VOXEL_SIZE_TOLERANCE = 0.02
_GUIDE = "docs/model-card.md tells what each field must hold."


@dataclass(frozen=True)
class GreyScaling:
    """How grey values of an LR volume are brought to 0 ... 1 for the network, by what is known from LR alone.

    :param kind: "bounds" (fixed grey values in `units`), "percentiles" (of the whole LR volume) or "image-minmax" (the
        study's: smallest and largest value, of each slice in training and of the whole volume when enhancing).
    :param lower: what becomes 0: a grey value, or a percentile in %.
    :param upper: what becomes 1: a grey value, or a percentile in %.
    :param units: the units that `lower` and `upper` of "bounds" are in.
    :param otherwise: the scaling for a volume in other units than those of "bounds"; None where there is none.
    """

    kind: str
    lower: float | None = None
    upper: float | None = None
    units: str | None = None
    otherwise: GreyScaling | None = None

    def for_units(self, units: str) -> GreyScaling:
        """The scaling to use for a volume whose grey values are in `units`.

        :raises ModelError: if the model knows fixed bounds in other units only.
        """
        if self.kind != "bounds" or units == self.units:
            return self
        if self.otherwise is None:
            raise ModelError(
                f"The model takes grey values in {self.units}, these are in {units}.",
                f"Read the volume in {self.units} with --units (a scan that is not calibrated needs --slope and "
                "--intercept, --phantom or --calibration), or choose a model that scales by percentiles.",
            )
        return self.otherwise


@dataclass(frozen=True)
class TrainingData:
    """One source of training images: its name, where it is from, its licence, and whether it was simulated."""

    name: str
    source: str
    licence: str
    simulated: bool


@dataclass(frozen=True)
class Score:
    """One measured number: the metric (say "psnr") of the model on a data set, its unit and how it was measured."""

    dataset: str
    metric: str
    value: float
    unit: str
    settings: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _make_read_only(self, "settings")


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """A model's card, sound by construction.

    :param name: the model's name in the store, which is also its folder's name.
    :param version: of the weights, as 1.2.3.
    :param summary: one sentence for people.
    :param architecture: a name that `build_network` knows.
    :param arguments: the architecture's arguments.
    :param scale: HR voxels along each axis for one LR voxel.
    :param context_slices: LR slices that the network sees for one LR slice (1 for a 2-D network); odd.
    :param scaling: how grey values are scaled before and after the network.
    :param voxel_size_um: smallest and largest LR voxel size in the training data, in micrometres.
    :param sites: bones in the training data.
    :param data: what the model was trained on.
    :param loss: the loss that was minimised.
    :param training: settings of the training (samples, epochs, optimizer, learning rate ...).
    :param scores: measured numbers, each with its settings.
    :param licence: of the weights, as an SPDX expression.
    :param citation: how to cite the model.
    :param sha256: of model.safetensors, hexadecimal; empty until the weights are written.
    :param software: name and version of the software that wrote the weights; empty until then.
    :param created: date of the weights as 2026-01-31; empty until then.
    :param schema: version of the card's own format.
    :param extra: fields that a later schema 1.x may bring; kept when the card is written again, not used.
    :raises ModelError: naming every field that is wrong, in one line.
    """

    name: str
    version: str
    summary: str
    architecture: str
    arguments: Mapping[str, object]
    scale: int
    context_slices: int
    scaling: GreyScaling
    voxel_size_um: tuple[float, float]
    sites: tuple[str, ...]
    data: tuple[TrainingData, ...]
    loss: str
    training: Mapping[str, object]
    scores: tuple[Score, ...]
    licence: str
    citation: str
    sha256: str = ""
    software: str = ""
    created: str = ""
    schema: str = SCHEMA
    extra: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _refuse_if_wrong(_type_problems(self) or problems_of(self.to_dict(), saved=False), "This model card")
        for name in ("arguments", "training", "extra"):
            _make_read_only(self, name)
        for name in ("voxel_size_um", "sites", "data", "scores"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def to_dict(self) -> dict[str, object]:
        """The card as plain JSON values, the schema first and unknown fields last."""
        known = {each.name: _plain(getattr(self, each.name)) for each in fields(self) if each.name != "extra"}
        return {"schema": known.pop("schema"), **known, **_plain(self.extra)}

    def to_json(self) -> str:
        """The text of card.json."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def check_fits(self, units: str) -> None:
        """Refuse a model that cannot enhance volumes with grey values in `units`, or none at all.

        :raises ModelError: for another scale than the engine's, or fixed bounds in other units only.
        """
        self.check_supported()
        self.scaling.for_units(units)

    def check_supported(self) -> None:
        """Refuse a model that enhances by another factor than the engine's.

        :raises ModelError: for a scale other than 2.
        """
        if self.scale != SUPPORTED_SCALE:
            raise ModelError(
                f"Model {self.name!r} enhances {self.scale} times, this version works {SUPPORTED_SCALE} times only.",
                "Choose another model: microct-superres models list.",
            )

    def range_warnings(self, spacing_mm: Sequence[float], units: str) -> list[str]:
        """What in a volume lies outside what the model was trained on, one sentence each; empty if nothing does.

        :param spacing_mm: voxel size of the LR volume along x, y, z in mm.
        :param units: what its grey values mean, as in Volume.units.
        """
        return [*self._voxel_size_warnings(spacing_mm), *self._units_warnings(units)]

    def _voxel_size_warnings(self, spacing_mm: Sequence[float]) -> list[str]:
        lowest = self.voxel_size_um[0] * (1 - _VOXEL_SIZE_TOLERANCE)
        highest = self.voxel_size_um[1] * (1 + _VOXEL_SIZE_TOLERANCE)
        sizes_um = [1000.0 * size for size in spacing_mm]
        if all(lowest <= size <= highest for size in sizes_um):
            return []
        shown = " x ".join(f"{size:g}" for size in (round(size, 3) for size in sizes_um))
        smallest, largest = self.voxel_size_um
        return [
            f"The voxel size {shown} um lies outside the {smallest:g} to {largest:g} um that model {self.name!r} was "
            "trained on: compare the result with interpolation before you trust it."
        ]

    def _units_warnings(self, units: str) -> list[str]:
        if self.scaling.kind != "bounds" or units == self.scaling.units:
            return []
        return [
            f"Grey values are in {units}, model {self.name!r} was trained on {self.scaling.units}: "
            "read the volume in these units (--units) for results that compare between scans."
        ]


def read_card(path: str | Path) -> ModelCard:
    """Read the card of a saved model.

    :param path: card.json, or the model's folder.
    :raises ModelError: if it is absent, no JSON, of a newer schema, or any field is missing or wrong.
    """
    path = Path(path)
    path = path / CARD_FILE if path.is_dir() else path
    return card_from_text(_read_text(path), str(path))


def card_from_text(text: str, name: str) -> ModelCard:
    """The card written in `text`, called `name` in messages.

    :raises ModelError: if it is no JSON object, of a newer schema, or any field is missing or wrong.
    """
    try:
        values = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(values, ensure_ascii=False).encode()  # finds half characters, which could not be printed or saved
    except (ValueError, RecursionError) as problem:
        raise ModelError(f"{name} is not valid JSON: {problem}.", "Get the model again from its source.") from None
    if not isinstance(values, dict):
        raise ModelError(f"{name} holds no JSON object but a {type(values).__name__}.", _GUIDE)
    _refuse_newer_schema(values.get("schema"), name)
    _refuse_if_wrong(problems_of(values, saved=True), name)
    return _card_from_checked(values)


def _card_from_checked(values: Mapping[str, object]) -> ModelCard:
    unknown = unknown_fields(values)
    known = {name: value for name, value in values.items() if name not in unknown}
    known["scaling"] = _scaling_from_checked(values["scaling"])
    known["data"] = tuple(TrainingData(**each) for each in values["data"])
    known["scores"] = tuple(Score(**each) for each in values["scores"])
    return ModelCard(**known, extra={name: values[name] for name in unknown})


def _scaling_from_checked(values: Mapping[str, object]) -> GreyScaling:
    otherwise = values.get("otherwise")
    return GreyScaling(**{**values, "otherwise": _scaling_from_checked(otherwise) if otherwise else None})


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_CARD_BYTES + 1)
        if len(raw) > LARGEST_CARD_BYTES:
            raise ModelError(f"{path} is larger than 1 MiB, which no model card is.", "Get the model again.")
        return raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise ModelError(
            f"{path.parent} holds no {path.name}.", "A model is a folder with card.json and model.safetensors."
        ) from None
    except UnicodeDecodeError:
        raise ModelError(f"{path} is not UTF-8 text.", "Get the model again from its source.") from None
    except OSError as problem:
        raise ModelError(f"{path} cannot be read: {problem.strerror}.", "Check the path and its permissions.") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _refuse_newer_schema(schema: object, name: str) -> None:
    major = schema.partition(".")[0] if isinstance(schema, str) else ""
    if major.isdecimal() and int(major) > SCHEMA_MAJOR:
        raise ModelError(
            f"{name} is written in card schema {schema}, this version reads {SCHEMA_MAJOR}.x.",
            "Update MicroCTSuperRes or choose an older version of the model.",
        )


def _refuse_if_wrong(problems: list[str], name: str) -> None:
    if problems:
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise ModelError(f"{name} has {count}: {'; '.join(problems)}.", _GUIDE)


def _type_problems(card: ModelCard) -> list[str]:
    """What a program, not a file, can get wrong: a part of the card given as another type than its own."""
    problems = [] if isinstance(card.scaling, GreyScaling) else ["scaling: must be a GreyScaling"]
    for name, kind in (("data", TrainingData), ("scores", Score)):
        parts = getattr(card, name)
        if not isinstance(parts, (list, tuple)) or not all(isinstance(part, kind) for part in parts):
            problems.append(f"{name}: must be a list of {kind.__name__}")
    if not isinstance(card.extra, Mapping) or set(unknown_fields(card.extra)) != set(card.extra):
        problems.append("extra: must be an object without the card's own fields")
    return problems


def _make_read_only(owner: object, name: str) -> None:
    value = getattr(owner, name)
    if isinstance(value, Mapping):
        object.__setattr__(owner, name, MappingProxyType(dict(value)))


def _plain(value: object) -> object:
    """Data classes, mappings and tuples as dict and list; a data class's None fields are left out."""
    if isinstance(value, (GreyScaling, TrainingData, Score)):
        named = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: _plain(each) for name, each in named.items() if each is not None}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
