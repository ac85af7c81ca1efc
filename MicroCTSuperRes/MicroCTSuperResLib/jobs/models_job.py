"""`models`: the store of networks that `enhance` can use."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .arguments import arguments_from, read_arguments
from .command import Command, Reporter, add_common_options

if TYPE_CHECKING:
    from ..networks.store import ModelFolder


# Of networks/export, which is imported only where a model is exported.
_FORMATS = ("onnx", "torchscript", "bioimageio")


@dataclass(frozen=True)
class ModelsArguments:
    """See `microct-superres models --help`.

    :param action: "list", "show", "add", "remove" or "export".
    :param model: name or path of the model; needed by all but "list".
    :param format: what "export" writes; "onnx", "torchscript" or "bioimageio".
    :param output: the file that "export" writes; if None, it is named after the model in the current folder.
    :param author: people to name in a bioimage.io package.
    :param overwrite: whether "add" and "export" may replace what is there.
    """

    action: str
    model: str | None = None
    format: str = "onnx"
    output: str | None = None
    author: tuple[str, ...] = ()
    overwrite: bool = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the sub-commands of `models` and their options."""
    parser.set_defaults(model=None, format="onnx", output=None, author=[], overwrite=False)
    actions = parser.add_subparsers(title="actions", dest="action", metavar="ACTION", required=True)
    _add_action(actions, "list", "list all models")
    show = _add_action(actions, "show", "show a model's card")
    show.add_argument("model", metavar="NAME", help="name or path of a model")
    add = _add_action(actions, "add", "add a model to your own models")
    add.add_argument("model", metavar="PATH", help="the model's folder, with card.json and model.safetensors")
    add.add_argument("--overwrite", action="store_true", help="replace your model of the same name")
    remove = _add_action(actions, "remove", "remove one of your own models")
    remove.add_argument("model", metavar="NAME", help="name of the model")
    export = _add_action(actions, "export", "write a model for other software")
    export.add_argument("model", metavar="NAME", help="name or path of a model")
    export.add_argument("--format", choices=_FORMATS, default="onnx", help="kind of file (default: onnx)")
    export.add_argument(
        "-o", "--output", metavar="FILE", help="file to write (default: NAME.onnx, NAME.pt, NAME.bioimageio.zip)"
    )
    export.add_argument(
        "--author",
        metavar="NAME",
        action="append",
        default=[],
        help="who made the model (bioimageio only); may be repeated",
    )
    export.add_argument("--overwrite", action="store_true", help="replace an existing file")


def _add_action(actions: object, name: str, summary: str) -> ArgumentParser:
    parser = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    add_common_options(parser)
    return parser


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return arguments_from(ModelsArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Do the action.

    :raises InputError: for an unknown action, or one without its model.
    :raises ModelError: for a model that is absent, broken, or not one's own to remove.
    """
    wanted = read_arguments(ModelsArguments, arguments)
    if wanted.action not in _ACTIONS:
        raise InputError(f"There is no action {wanted.action!r} on models.", f"Actions: {', '.join(_ACTIONS)}.")
    if wanted.model is None and wanted.action != "list":
        raise InputError(f"models {wanted.action} needs a model.", "Name one: microct-superres models list.")
    return {"action": wanted.action, **_ACTIONS[wanted.action](wanted, reporter)}


def _list(wanted: ModelsArguments, reporter: Reporter) -> dict:
    from ..networks.store import ModelStore

    store = ModelStore()
    problems = store.problems()
    for problem in problems:
        reporter.warn(problem)
    return {"models": [_entry(folder) for folder in store.list()], "problems": problems}


def _show(wanted: ModelsArguments, reporter: Reporter) -> dict:
    from ..networks.store import ModelStore

    folder = ModelStore().find(wanted.model)
    return {**_entry(folder), "card": folder.card.to_dict()}


def _add(wanted: ModelsArguments, reporter: Reporter) -> dict:
    from ..networks.store import ModelStore

    return _entry(ModelStore().add(Path(wanted.model), overwrite=wanted.overwrite))


def _remove(wanted: ModelsArguments, reporter: Reporter) -> dict:
    from ..networks.store import ModelStore

    ModelStore().remove(wanted.model)
    return {"name": wanted.model}


def _export(wanted: ModelsArguments, reporter: Reporter) -> dict:
    from ..files import check_writable
    from ..networks.export import FORMATS, check_format, export_model
    from ..networks.loading import load_model

    check_format(wanted.format)
    if wanted.author and wanted.format != "bioimageio":
        raise InputError(
            f"The format {wanted.format} has no place for authors.",
            "Name none, or export as bioimageio, which has one.",
        )
    model = load_model(wanted.model)
    output = Path(wanted.output or f"{model.card.name}{FORMATS[wanted.format]}")
    check_writable(output, overwrite=wanted.overwrite)
    export_model(model, output, wanted.format, authors=wanted.author, overwrite=wanted.overwrite)
    return {"name": model.card.name, "format": wanted.format, "output": str(output)}


_ACTIONS = {"list": _list, "show": _show, "add": _add, "remove": _remove, "export": _export}


def _entry(folder: ModelFolder) -> dict:
    """One model in a result."""
    return {
        "name": folder.name,
        "version": folder.card.version,
        "summary": folder.card.summary,
        "bundled": folder.bundled,
        "folder": str(folder.path),
    }


def tell(result: dict) -> str:
    """The result in plain words."""
    return _TELLERS[result["action"]](result)


def _tell_list(result: dict) -> str:
    if not result["models"]:
        return "There are no models."
    width = max(len(model["name"]) for model in result["models"])
    return "\n".join(
        f"{model['name']:<{width}}  {model['version']}  {'bundled' if model['bundled'] else 'yours  '}  "
        f"{model['summary']}"
        for model in result["models"]
    )


def _tell_show(result: dict) -> str:
    card = result["card"]
    slices = "1 LR slice" if card["context_slices"] == 1 else f"{card['context_slices']} LR slices"
    facts = {
        "enhances": f"{card['scale']} times along each axis, from {slices} at a time",
        "made for": f"LR voxels of {_range_in_words(card['voxel_size_um'])} um; {', '.join(card['sites'])}",
        "grey values": _scaling_in_words(card["scaling"]),
        "network": f"{card['architecture']} ({_in_words(card['arguments'])})",
        "loss": card["loss"],
        "training": _in_words(card["training"]),
        "licence": card["licence"],
        "citation": card["citation"],
        "made by": f"{card['software']}, {card['created']}",
        "folder": result["folder"],
        "sha256": card["sha256"],
    }
    return "\n".join(
        [
            f"{card['name']} {card['version']} ({'bundled' if result['bundled'] else 'yours'})",
            card["summary"],
            "",
            *(f"{name:<12} {value}" for name, value in facts.items()),
            "",
            "Trained on",
            *(_data_in_words(data) for data in card["data"]),
            "",
            *_scores_in_words(card["scores"]),
        ]
    )


def _range_in_words(ends: list[float]) -> str:
    smallest, largest = ends
    return f"{smallest:g}" if smallest == largest else f"{smallest:g} to {largest:g}"


def _scaling_in_words(scaling: dict) -> str:
    if scaling["kind"] == "image-minmax":
        return "scaled by the smallest and largest of the scan"
    bounds = f"{scaling['lower']:g} to {scaling['upper']:g}"
    if scaling["kind"] == "percentiles":
        return f"scaled by the percentiles {bounds} % of the scan, any units"
    otherwise = scaling.get("otherwise")
    return f"{bounds} {scaling['units']}" + (f"; other units: {_scaling_in_words(otherwise)}" if otherwise else "")


def _data_in_words(data: dict) -> str:
    kind = "simulated" if data["simulated"] else "real"
    return f"- {data['name']} ({kind})\n  {data['source']}\n  licence: {data['licence']}"


def _scores_in_words(scores: list[dict]) -> list[str]:
    if not scores:
        return ["No scores were recorded."]
    lines = []
    for score in scores:
        settings = f" ({_in_words(score['settings'])})" if score.get("settings") else ""
        value = f"{score['value']:g} {score['unit']}".rstrip()
        lines.append(f"- {score['dataset']}: {score['metric']} {value}{settings}")
    return ["Scores", *lines]


def _in_words(value: object) -> str:
    """A setting to read; those of a group within stand in brackets."""
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')} {_as_part(each)}" for name, each in value.items())
    if isinstance(value, list):
        return " ".join(_as_part(each) for each in value)
    return str(value)


def _as_part(value: object) -> str:
    return f"({_in_words(value)})" if isinstance(value, dict) else _in_words(value)


_TELLERS = {
    "list": _tell_list,
    "show": _tell_show,
    "add": lambda result: f"Added model {result['name']}: {result['folder']}",
    "remove": lambda result: f"Removed model {result['name']}.",
    "export": lambda result: f"Exported model {result['name']}: {result['output']}",
}

MODELS = Command("models", "List, show, add, remove or export networks.", add_arguments, describe, run, tell)
