"""The maps LR - HR and DL - HR of the comparison: made in steps, shown when they are there, told when they are old."""

import slicer
from slicer.i18n import tr as _

from ..errors import MicroCTError
from ..quality.differences import differences
from ..quality.pairing import laid_on_hr
from ..scene.differences import difference_node, find_difference, show_differences
from ..scene.layouts import DL_DIFFERENCE_VIEW, LR_DIFFERENCE_VIEW
from ..scene.views import show_volumes
from ..scene.volume_nodes import volume_from_node
from .comparison import Compared, changed_since, fingerprints, has_voxels
from .steps import Steps

_VIEWS = {"LR": LR_DIFFERENCE_VIEW, "DL": DL_DIFFERENCE_VIEW}


class DifferenceMaps:
    """Makes the maps again only where a volume or its place has changed.

    :param on_change: called without arguments when `note` has changed, in the course of work that goes on.
    """

    def __init__(self, on_change):
        self._on_change = on_change
        self._made = {}  # fingerprints of the volumes that the maps are of
        self._steps = None
        self._percent = 0
        self._trouble = ""

    def show(self, volumes: Compared) -> None:
        """Show the maps in their views, at once or as soon as they are made."""
        wanted, maps = fingerprints(volumes), _maps_of(volumes)
        if None not in maps.values() and wanted == self._made:
            _show(maps)
        elif wanted != self._made or not self._is_running:
            self.stop()
            self._made, self._trouble, self._percent = wanted, "", 0
            self._steps = Steps(self._work(volumes))

    def stop(self) -> None:
        """Make nothing any more."""
        if self._steps is not None:
            self._steps.stop()
            self._steps = None

    def forget(self) -> None:
        """After the scene was closed or another one loaded."""
        self.stop()
        self._made, self._trouble = {}, ""

    def note(self, volumes: Compared) -> str:
        """What the user has to know of the maps of these volumes; "" if nothing."""
        if self._is_running:
            return _("Computing the difference maps, {percent} % …").format(percent=self._percent)
        if self._trouble:
            return self._trouble
        changed = changed_since(self._made, volumes)
        if not changed:
            return ""
        return _(
            "The difference maps were computed before {names} changed. Choose the layout again to renew them."
        ).format(names=", ".join(changed))

    @property
    def _is_running(self):
        return self._steps is not None and self._steps.is_running

    def _work(self, volumes):
        """The steps: slabs of the maps, then one node after the other."""
        try:
            yield from self._make(volumes)
        except MicroCTError as error:
            self._trouble = str(error)
        except MemoryError:
            self._trouble = _("There is not enough memory to compare these volumes.")
        self._steps = None
        self._on_change()

    def _make(self, volumes):
        images = {name: volume_from_node(volumes.named[name]) for name in _VIEWS}
        hr = volume_from_node(volumes.hr)
        made = yield from self._told(differences(hr, laid_on_hr(hr, images) or images))
        for name, values in made.items():
            if not all(has_voxels(node) for node in volumes.named.values()):
                return  # removed meanwhile
            node = volumes.named[name]
            difference_node(node, volumes.hr, values, f"{node.GetName()} - {volumes.hr.GetName()}")
            yield
        maps = _maps_of(volumes)
        show_differences(list(maps.values()))
        _show(maps)

    def _told(self, work):
        """Steps whose progress is told, each percent once."""
        try:
            while True:
                percent = int(100 * next(work))
                if percent != self._percent:
                    self._percent = percent
                    if self._steps is not None:  # after what is done at once
                        self._on_change()
                yield
        except StopIteration as end:
            return end.value


def _maps_of(volumes):
    return {name: find_difference(volumes.named[name], volumes.hr) for name in _VIEWS}


def _show(maps):
    show_volumes(slicer.mrmlScene, {_VIEWS[name]: node for name, node in maps.items()})
