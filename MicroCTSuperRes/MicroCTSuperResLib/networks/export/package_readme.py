"""The documentation inside a bioimage.io package: the model's card in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .bioimageio_tensors import fixed_scaling

if TYPE_CHECKING:
    from ..card import ModelCard
    from ..loading import Model


def readme_of(model: Model) -> str:
    """README.md of a package: what the model is, how to run it, on what it was trained and how well it does."""
    card = model.card
    smallest, largest = card.voxel_size_um
    sizes = f"{smallest:g}" if smallest == largest else f"{smallest:g} to {largest:g}"
    return "\n".join(
        [
            f"# {card.name} {card.version}",
            "",
            card.summary,
            "",
            f"Enhances microCT slices of bone {card.scale} times along each axis. Made for LR voxels of "
            f"{sizes} micrometres; bones in the training data: {', '.join(card.sites)}.",
            "",
            "## Running it",
            "",
            *_how_to_run(model),
            "",
            "## Training data",
            "",
            *(
                f"- {each.name} ({'simulated' if each.simulated else 'measured'}): {each.source}. Licence: "
                f"{each.licence}."
                for each in card.data
            ),
            "",
            "## Validation",
            "",
            *_scores(card),
            "",
            "Compare the result with interpolation and, where there is one, with an HR scan before you trust it: what "
            "a network adds to a scan need not be there.",
            "",
            "## Licence and citation",
            "",
            f"Licence of the weights: {card.licence}.",
            "",
            card.citation,
            "",
            "The archive also holds card.json and model.safetensors: `microct-superres models add` takes it as it is.",
            "",
        ]
    )


def _how_to_run(model: Model) -> list[str]:
    lines = []
    if model.network.input_grid == "hr":
        lines.append(
            "The input is one LR slice, interpolated linearly to twice its height and width with aligned pixel edges."
        )
    else:
        lines.append(
            f"The channels of the input are {model.card.context_slices} neighbouring LR slices, those of the output "
            f"the {model.card.scale} HR slices inside the middle one. Beyond the first and last slice the stack goes "
            "on with these."
        )
    if model.network.commutes_with_scaling:
        lines.append("Grey values of any unit go in and come out in the same unit; nothing needs to be scaled.")
    elif fixed_scaling(model) is not None:
        lines.append(f"Grey values are in {model.card.scaling.units}.")
    else:
        lines.append(
            "The result is scaled to 0 ... 1: the format has no step that takes it back to grey values. Give the whole "
            "stack as one batch, so that all slices share one scale."
        )
    return lines


def _scores(card: ModelCard) -> list[str]:
    if not card.scores:
        return ["No scores were recorded."]
    rows = [
        f"| {each.dataset} | {each.metric} | {each.value:.4g} {each.unit} | "
        f"{'; '.join(f'{name} {value}' for name, value in each.settings.items())} |"
        for each in card.scores
    ]
    return ["| data | measure | value | settings |", "|---|---|---|---|", *rows]
