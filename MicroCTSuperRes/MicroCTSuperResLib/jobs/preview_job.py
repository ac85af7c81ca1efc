"""`preview`, for the worker alone: slices of one LR volume enhanced on request, as the user looks at them.

The model and the volume are read once. Then each line on stdin is a request,

    {"id": 7, "slice": 12, "region": [y0, y1, x0, x1]}

for LR slice 12 (from 0), its part from LR voxel y0 up to but not including y1, and so on; `region` may be null for all
of it. Only the newest request that waits is answered. Events besides those of every job:

| event | other keys |
|---|---|
| `ready` | `size` (x, y, z) of the LR volume, `device` |
| `preview` | `id`, `slice`, `region` (limited to the slice), `file`, `shape` (z, y, x), `spacing_mm`, `origin_mm`,
  `direction`, `units`, `seconds` |
| `refused` | `id` (null if it is not known), `code`, `message`, `hint` |

`file` holds the two HR slices as a .npy array. Whoever reads it removes it; what is left goes when the worker ends.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn

from .arguments import read_arguments
from .command import Service, ServiceReporter
from .failures import failure_of

if TYPE_CHECKING:
    from ..enhancement.slice_preview import SlicePreview
    from .requests import Requests


@dataclass(frozen=True)
class PreviewArguments:
    """What to preview.

    :param input: the LR volume, a file.
    :param folder: an existing folder, in which answers are written.
    """

    input: str
    folder: str
    model: str = "default"
    device: str = "auto"


@dataclass(frozen=True)
class PreviewRequest:
    """One slice, or a part of it; see the text of this file."""

    id: int
    slice: int
    region: tuple[int, int, int, int] | None = None


def serve(arguments: dict, reporter: ServiceReporter, requests: Requests) -> NoReturn:
    """Answer requests until the worker is ended.

    :raises FormatError: if the volume cannot be read.
    :raises ModelError: if the model is absent, broken, or not for this volume.
    :raises DeviceError: if the device does not exist.
    :raises OutOfMemory: if the volume does not fit.
    """
    wanted = read_arguments(PreviewArguments, arguments)
    with TemporaryDirectory(prefix="preview-", dir=wanted.folder, ignore_cleanup_errors=True) as folder:
        preview = _open(wanted, reporter)
        while True:
            _answer_next(preview, requests, Path(folder), reporter)


def _open(wanted: PreviewArguments, reporter: ServiceReporter) -> SlicePreview:
    from ..enhancement.devices import choose_device
    from ..enhancement.memory import check_free_memory
    from ..enhancement.slice_preview import SlicePreview
    from ..imaging.formats import open_scan
    from ..networks.loading import load_model
    from .scan_options import bytes_to_read

    scan = open_scan(wanted.input)
    check_free_memory("Previewing this volume", bytes_to_read(scan), "Close other programs, or crop the volume.")
    device = choose_device(wanted.device)
    reporter.log(f"Loading model {wanted.model}")
    _leave_a_core_to_slicer()
    preview = SlicePreview(scan.volume(), load_model(wanted.model), device)
    reporter.answer("ready", size=scan.header.size, device=device)
    return preview


def _leave_a_core_to_slicer() -> None:
    """Slicer draws while the network runs, and threads of the network wait for each other: with other work on both
    cores of a computer, a slice took 0.44 s in two threads and 0.18 s in one."""
    import torch

    torch.set_num_threads(max(1, torch.get_num_threads() - 1))


def _answer_next(preview: SlicePreview, requests: Requests, folder: Path, reporter: ServiceReporter) -> None:
    """Wait for a request and answer it; one that cannot be answered does not end the service."""
    identity = None
    try:
        told = requests.take()
        identity = told.get("id")
        _answer(read_arguments(PreviewRequest, told), preview, folder, reporter)
    except Exception as error:  # not Interrupted: that is how the worker ends
        if failure_of(error).code == "cancelled":  # nobody reads the answers any more
            raise
        failure = failure_of(error)
        reporter.answer("refused", id=identity, code=failure.code, message=failure.message, hint=failure.hint)


def _answer(request: PreviewRequest, preview: SlicePreview, folder: Path, reporter: ServiceReporter) -> None:
    import numpy as np

    began = time.monotonic()
    region = preview.region(request.region)
    enhanced = preview.enhance(request.slice, region)
    file = folder / f"{request.id}.npy"
    np.save(file, enhanced.voxels, allow_pickle=False)
    reporter.answer(
        "preview",
        id=request.id,
        slice=request.slice,
        region=region,
        file=str(file),
        shape=enhanced.voxels.shape,
        spacing_mm=enhanced.spacing,
        origin_mm=enhanced.origin,
        direction=enhanced.direction,
        units=enhanced.units,
        seconds=time.monotonic() - began,
    )


PREVIEW = Service("preview", serve)
