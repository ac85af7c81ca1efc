"""A small simulated scan as a network takes it, what the network makes of it, and a picture of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...imaging.sampling import SCALE, interpolate
from ...imaging.scaling import Scaling, scaling_of
from ...simulation.acquisition import simulate_lr
from ...simulation.phantoms import make_phantom
from .bioimageio_tensors import fixed_scaling, least_size
from .traced_network import network_to_trace

if TYPE_CHECKING:
    from pathlib import Path

    from ...imaging.volume import Volume
    from ..loading import Model

_LEAST_SLICES = 8  # a phantom of fewer HR slices cannot be made
_DENSEST = 1200.0  # mg HA/cm3


@dataclass(frozen=True, eq=False)
class ExampleTensors:
    """What goes into a network and what comes out, with the steps before and after it that the package describes.

    :param given: float32 (1, context slices, y, x), grey values.
    :param expected: float32 (1, HR slices, y, x).
    """

    given: np.ndarray
    expected: np.ndarray


def make_example_tensors(model: Model) -> ExampleTensors:
    """A phantom's LR scan of the smallest size that the model takes, and the network's answer by PyTorch."""
    import torch

    given = _slices(model)
    line = Scaling(0.0, 1.0) if model.network.commutes_with_scaling else _scaling(given, model)
    with torch.inference_mode():
        answer = network_to_trace(model)(torch.from_numpy(line.apply(given)))
        answer = torch.sigmoid(answer) if model.network.output == "logit" else answer
    back = fixed_scaling(model) is not None
    return ExampleTensors(given, line.invert(answer.numpy()) if back else answer.numpy())


def _slices(model: Model) -> np.ndarray:
    on_hr_grid = model.network.input_grid == "hr"
    side = least_size(model) * (1 if on_hr_grid else SCALE)
    count = model.network.context_slices
    hr = make_phantom("femur", (side, side, max(SCALE * count, _LEAST_SLICES)))
    lr = simulate_lr(hr)
    seen = interpolate(lr, grid="in-plane") if on_hr_grid else lr
    return _grey_values(seen, model)[np.newaxis, :count]


def _grey_values(seen: Volume, model: Model) -> np.ndarray:
    """Density, or where the model takes other units, grey values in the same place between its bounds."""
    fixed = fixed_scaling(model)
    if fixed is None or model.card.scaling.units == seen.units:
        return seen.voxels.astype(np.float32)
    return fixed.invert(seen.voxels / np.float32(_DENSEST))


def _scaling(given: np.ndarray, model: Model) -> Scaling:
    fixed = fixed_scaling(model)
    if fixed is not None:
        return fixed
    from ...imaging.volume import Volume

    return scaling_of(Volume(given[0], (1.0, 1.0, 1.0)), model.card.scaling)


def write_cover(tensors: ExampleTensors, path: Path) -> Path:
    """The middle LR slice on the left and the first HR slice on the right, as large as each other."""
    from PIL import Image

    given = tensors.given[0, tensors.given.shape[1] // 2]
    expected = tensors.expected[0, 0]
    steps = expected.shape[0] // given.shape[0]
    halves = [np.kron(given, np.ones((steps, steps), np.float32)), expected]
    Image.fromarray(np.hstack([_in_bytes(half) for half in halves])).save(path)
    return path


def _in_bytes(pixels: np.ndarray) -> np.ndarray:
    lower, upper = np.percentile(pixels, (0.5, 99.5))
    return (255 * np.clip((pixels - lower) / max(upper - lower, 1e-6), 0, 1)).astype(np.uint8)
