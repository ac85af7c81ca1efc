"""Time and memory of an enhancement in words, before it starts."""

from dataclasses import dataclass

from slicer.i18n import tr as _

from ..files import in_bytes
from ..jobs.terminal import in_words


@dataclass(frozen=True)
class Wanted:
    """What an estimate has to know of a volume; see `enhancement/memory.py:Described`."""

    size: tuple
    spacing: tuple
    origin: tuple
    direction: tuple
    voxel_type: str


@dataclass(frozen=True)
class RunEstimate:
    """What a run will take, in words.

    :param text: size of the result, time and memory.
    :param caution: why it may not fit; empty where it does.
    """

    text: str
    caution: str = ""


def estimate_run(node, card, device, grid):
    """What enhancing a volume node will take.

    :param card: the model's.
    :param device: "cpu" or another device's name.
    :param grid: "isotropic" or "in-plane".
    :raises InputError: for a node without voxels.
    """
    from ..imaging.sampling import hr_grid
    from ..scene.geometry import local_grid
    from ..scene.volume_nodes import array_of
    from .scan_reader import available_memory

    place = local_grid(node)
    volume = Wanted(place.size, place.spacing, place.origin, place.direction, array_of(node).dtype.name)
    size = " x ".join(str(count) for count in hr_grid(volume, grid).size)
    told = _estimate(volume, card, device, grid)
    if told is None:
        return RunEstimate(_("Result: {size} voxels.").format(size=size))
    words = _("Result: {size} voxels, {bytes}. ").format(size=size, bytes=in_bytes(told.output_bytes))
    words += _("Needs {memory} of memory").format(memory=in_bytes(told.memory_bytes))
    if told.seconds is not None:
        words += _(" and about {time}").format(time=in_words(told.seconds))
    free = available_memory()
    caution = ""
    # The worker needs its memory while Slicer keeps its own; then Slicer takes the result.
    if free is not None and max(told.memory_bytes, 2 * told.output_bytes) > free:
        caution = _("Only {free} of memory are free: close other programs, or enhance a smaller part.").format(
            free=in_bytes(free)
        )
    return RunEstimate(words + ".", caution)


def _estimate(volume, card, device, grid):
    """None while the packages that tell of the computer are not installed."""
    from ..enhancement.memory import estimate

    try:
        return estimate(volume, card, device, grid)
    except ModuleNotFoundError:
        return None
