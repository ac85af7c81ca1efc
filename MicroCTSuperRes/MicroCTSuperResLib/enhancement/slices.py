"""One block of LR slices through a network: windows in, enhanced slices out, whatever the network's own grid is."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from ..imaging.sampling import SCALE
from .tiles import LARGEST_TILE, Span, span_around, spans

if TYPE_CHECKING:
    import torch

    from ..networks.loading import Model


class SliceRunner:
    """A network on a device.

    :param model: as `load_model` gives it.
    :param device: torch's name of a device that exists.
    :param largest_tile: LR pixels along an axis that go through the network at once.
    """

    def __init__(self, model: Model, device: str, largest_tile: int = LARGEST_TILE) -> None:
        import torch

        self.device = torch.device(device)
        self.network = model.network.to(self.device, memory_format=torch.channels_last).eval()
        self.context = self.network.context_slices
        on_hr_grid = self.network.input_grid == "hr"
        # The network counts pixels of its own input grid; tiles are counted in LR pixels.
        pixels = SCALE if on_hr_grid else 1
        self._multiple = max(1, self.network.multiple // pixels)
        self._halo = -(-self.network.halo // pixels)
        self._apply = self._on_hr_grid if on_hr_grid else self._on_lr_grid
        # At least one step of tiles must stay inside the halos, however small a tile was asked for.
        self._largest_tile = max(largest_tile, 2 * (self._halo + self._multiple) + self._multiple)

    @property
    def margin(self) -> int:
        """LR slices needed before and after a block."""
        return self.context // 2

    def span_around(self, part: slice, length: int) -> Span:
        """What `run` must see of an axis so that a part of it comes out as if it had seen all.

        :param part: LR pixels, start and stop within 0 ... length.
        """
        return span_around(part, length, self._halo, self._multiple)

    def run(self, slices: torch.Tensor) -> torch.Tensor:
        """Enhance the inner slices of a stack.

        :param slices: (n + 2 * margin, y, x) scaled LR slices on the CPU.
        :returns: (n, 2, 2y, 2x) float32 on the CPU: the two HR slices in each LR slice, the lower z first.
        """
        import torch

        with torch.inference_mode():
            return self._run(slices.unfold(0, self.context, 1).movedim(-1, 1))

    def _run(self, windows: torch.Tensor) -> torch.Tensor:
        """Enhance windows (n, context, y, x), tile by tile where a slice is too large for one call."""
        count, _, height, width = windows.shape
        rows = list(spans(height, self._largest_tile, self._halo, self._multiple))
        columns = list(spans(width, self._largest_tile, self._halo, self._multiple))
        if len(rows) == len(columns) == 1:
            return self._run_tile(windows)
        result = windows.new_empty((count, SCALE, SCALE * height, SCALE * width))
        for row in rows:
            for column in columns:
                tile = self._run_tile(windows[:, :, row.read, column.read])
                part = tile[:, :, _doubled(row.inside), _doubled(column.inside)]
                result[:, :, _doubled(row.keep), _doubled(column.keep)] = part
        return result

    def _run_tile(self, windows: torch.Tensor) -> torch.Tensor:
        import torch
        from torch.nn import functional

        height, width = windows.shape[-2:]
        padding = (0, -width % self._multiple, 0, -height % self._multiple)
        batch = functional.pad(windows.contiguous(), padding, mode="replicate").to(self.device)
        batch = batch.contiguous(memory_format=torch.channels_last)
        # Half precision pays on CUDA only: on two CPU cores bfloat16 was slower than float32.
        half = torch.autocast("cuda", dtype=torch.float16) if self.device.type == "cuda" else nullcontext()
        with half:
            enhanced = self._apply(batch)
        return enhanced[..., : SCALE * height, : SCALE * width].float().cpu()

    def _on_lr_grid(self, windows: torch.Tensor) -> torch.Tensor:
        return self.network(windows)

    def _on_hr_grid(self, windows: torch.Tensor) -> torch.Tensor:
        import torch
        from torch.nn import functional

        upsampled = functional.interpolate(windows, scale_factor=SCALE, mode="bilinear", align_corners=False)
        enhanced = self.network(upsampled)
        if self.network.output == "logit":
            enhanced = torch.sigmoid(enhanced)
        # A 2-D network knows one image for both HR slices inside the LR slice, as the study pairs them.
        return enhanced.expand(-1, SCALE, -1, -1)


def _doubled(part: slice) -> slice:
    return slice(SCALE * part.start, SCALE * part.stop)
