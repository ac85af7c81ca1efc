"""Input, output and scaling of a network in the words of the bioimage.io model description 0.5."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bioimageio.spec.model import v0_5

    from ...imaging.scaling import Scaling
    from ..loading import Model

INPUT, OUTPUT = "lr", "hr"


def least_size(model: Model) -> int:
    """The smallest height and width of the input: one step more than the halo on both sides."""
    network = model.network
    return 2 * network.halo + network.multiple


def fixed_scaling(model: Model) -> Scaling | None:
    """The scaling that is the same line for every volume, None where it depends on the volume."""
    from ...imaging.scaling import Scaling

    wanted = model.card.scaling
    return Scaling(float(wanted.lower), float(wanted.upper)) if wanted.kind == "bounds" else None


def input_tensor(model: Model, example: Path) -> v0_5.InputTensorDescr:
    """The LR slices: (batch, context slices, y, x), grey values as in the volume.

    :param example: .npy of a tensor that the model can be tested with.
    """
    from bioimageio.spec.model import v0_5

    size = v0_5.ParameterizedSize(min=least_size(model), step=model.network.multiple)
    return v0_5.InputTensorDescr(
        id=v0_5.TensorId(INPUT),
        description=_input_in_words(model),
        axes=[
            v0_5.BatchAxis(),
            v0_5.ChannelAxis(channel_names=_slice_names(model.network.context_slices)),
            v0_5.SpaceInputAxis(id=v0_5.AxisId("y"), size=size),
            v0_5.SpaceInputAxis(id=v0_5.AxisId("x"), size=size),
        ],
        data=v0_5.IntervalOrRatioDataDescr(type="float32"),
        preprocessing=_before(model),
        test_tensor=v0_5.FileDescr(source=example),
    )


def output_tensor(model: Model, example: Path) -> v0_5.OutputTensorDescr:
    """The HR slices: (batch, HR slices, y, x).

    :param example: .npy of what the model gives for the input's example.
    """
    from bioimageio.spec.model import v0_5

    steps = 1 if model.network.input_grid == "hr" else model.card.scale
    slices = 1 if model.network.input_grid == "hr" else model.card.scale
    return v0_5.OutputTensorDescr(
        id=v0_5.TensorId(OUTPUT),
        description=_output_in_words(model),
        axes=[
            v0_5.BatchAxis(),
            v0_5.ChannelAxis(channel_names=[f"hr_slice_{number}" for number in range(slices)]),
            *(_enlarged(axis, steps, model.network.halo) for axis in "yx"),
        ],
        data=v0_5.IntervalOrRatioDataDescr(type="float32"),
        postprocessing=_after(model),
        test_tensor=v0_5.FileDescr(source=example),
    )


def _enlarged(axis: str, steps: int, halo: int) -> v0_5.SpaceOutputAxisWithHalo:
    """An axis with `steps` pixels for each of the input's; the input's pixel is the unit of length."""
    from bioimageio.spec.model import v0_5

    reference = v0_5.SizeReference(tensor_id=v0_5.TensorId(INPUT), axis_id=v0_5.AxisId(axis))
    return v0_5.SpaceOutputAxisWithHalo(id=v0_5.AxisId(axis), size=reference, scale=1 / steps, halo=steps * halo)


def _slice_names(count: int) -> list[str]:
    """The LR slices by where they lie: "slice_minus_1", "slice_0", "slice_plus_1"."""
    signs = {True: "minus", False: "plus"}
    offsets = range(-(count // 2), count // 2 + 1)
    return [f"slice_{signs[offset < 0]}_{abs(offset)}" if offset else "slice_0" for offset in offsets]


def _before(model: Model) -> list[v0_5.PreprocessingDescr]:
    from bioimageio.spec.model import v0_5

    fixed = fixed_scaling(model)
    if model.network.commutes_with_scaling:
        return []
    if fixed is not None:
        span = fixed.high - fixed.low
        return [v0_5.ScaleLinearDescr(kwargs=v0_5.ScaleLinearKwargs(gain=1 / span, offset=-fixed.low / span))]
    wanted = model.card.scaling
    lower, upper = (wanted.lower, wanted.upper) if wanted.kind == "percentiles" else (0.0, 100.0)
    return [v0_5.ScaleRangeDescr(kwargs=v0_5.ScaleRangeKwargs(min_percentile=lower, max_percentile=upper))]


def _after(model: Model) -> list[v0_5.PostprocessingDescr]:
    from bioimageio.spec.model import v0_5

    steps = [v0_5.SigmoidDescr()] if model.network.output == "logit" else []
    fixed = fixed_scaling(model)
    if fixed is None or model.network.commutes_with_scaling:
        return steps
    return [*steps, v0_5.ScaleLinearDescr(kwargs=v0_5.ScaleLinearKwargs(gain=fixed.high - fixed.low, offset=fixed.low))]


def _input_in_words(model: Model) -> str:
    grid = ", interpolated to the HR grid" if model.network.input_grid == "hr" else ""
    count = model.card.context_slices
    return f"one LR slice{grid}" if count == 1 else f"{count} neighbouring LR slices{grid}, the middle one is enhanced"


def _output_in_words(model: Model) -> str:
    """At most 128 letters, as the format has it."""
    scaled = not model.network.commutes_with_scaling and fixed_scaling(model) is None
    what = "the HR slices inside the LR slice, lower z first" if model.network.input_grid == "lr" else "the HR slice"
    return f"{what}; {'scaled to 0 ... 1' if scaled else 'grey values as in the input'}"
