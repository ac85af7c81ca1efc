"""One specimen in the comparison views: its scans are read by workers, then LR | DL | HR stand beside each other."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel.busy import wait_cursor
from MicroCTSuperResLib.panel.scan_reading import ScanReading
from MicroCTSuperResLib.panel.states import Stage, State
from MicroCTSuperResLib.panel.timers import single_shot
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from ..cohort.specimen import Specimen


@dataclass(frozen=True)
class _Wanted:
    """What is to be shown.

    :param files: of the scans, by "LR", "DL" and "HR".
    :param slice_mm: third coordinate of the slice's first voxel; None for any.
    """

    specimen: Specimen
    files: dict[str, str]
    slice_mm: float | None


class ShownSpecimen:
    """Shows specimens of the module's cohort.

    :param module: the module's widget.
    """

    def __init__(self, module) -> None:
        self._module = module
        self._wanted: _Wanted | None = None
        self._readings: dict[str, ScanReading] = {}
        self._ids = ("", "", "")  # of the volumes that were shown last: LR, DL, HR
        self._refit = single_shot(0, self._fit)
        self.state: State | None = None

    @property
    def is_reading(self) -> bool:
        """Whether scans are being read."""
        return bool(self._readings)

    def show(self, name: str, slice_mm: float | None = None) -> None:
        """See `showSpecimen` of the module. What goes wrong is told by `state`."""
        specimen = next((each for each in self._module.specimens() if each.specimen == name), None)
        if specimen is None:
            obstacle = self._module.specimensSection.obstacle()
            if obstacle is not None and obstacle.stage is Stage.FAILED:
                self._tell(obstacle.stage, obstacle.headline, obstacle.advice)
                return
            told = _("{name} is in no row of the table's file that can be used.").format(name=name)
            self._tell(Stage.FAILED, told, _("Correct its row, and press Save."))
            return
        self.forget()
        dl = self._module.dlOf(name)
        files = {"LR": str(specimen.lr), "HR": str(specimen.hr)}
        if isinstance(dl, str | Path):
            files["DL"] = str(dl)
        self._wanted = _Wanted(specimen, files, slice_mm)
        self._read_missing()

    def enhanced_node(self, name: str):
        """The last volume that was made of the specimen's LR in this scene; None without one."""
        if not self._module.cohortPath:
            return None
        from ..scene.specimen_volumes import enhanced_of

        return enhanced_of(slicer.mrmlScene, name)

    def forget(self) -> None:
        """End what is being read; nothing is shown then."""
        readings, self._readings, self._wanted = self._readings, {}, None
        self._refit.stop()
        for reading in readings.values():
            reading.cancel()

    def close(self) -> None:
        """The panel goes for good."""
        readings = list(self._readings.values())
        self.forget()
        for reading in readings:
            reading.stop()

    def _read_missing(self) -> None:
        from ..scene.specimen_volumes import volume_of

        wanted, name = self._wanted, self._wanted.specimen.specimen
        missing = {
            scan: file for scan, file in wanted.files.items() if volume_of(slicer.mrmlScene, name, scan, file) is None
        }
        try:
            options = _options(wanted.specimen) if missing else {}
        except MicroCTError as error:
            self._fail(error.message, error.hint)
            return
        for scan, file in missing.items():
            taken = lambda outcome, node, scan=scan: self._read(wanted, scan, outcome, node)  # noqa: E731
            self._readings[scan] = ScanReading(file, options[scan], taken)
        if not missing:
            self._display()
            return
        self._tell(Stage.RUNNING, _("Reading the scans of {name} ...").format(name=name), "")
        for reading in list(self._readings.values()):
            reading.start()

    def _read(self, wanted: _Wanted, scan: str, outcome, node) -> None:
        if self._wanted is not wanted:  # another one is wanted by now, whose scans may be being read
            if node is not None:
                slicer.mrmlScene.RemoveNode(node)
            return
        from ..scene.cohort_tree import put_into_cohort
        from ..scene.specimen_volumes import mark

        del self._readings[scan]
        if node is None:
            self._fail(outcome.message, outcome.hint)
            return
        name = wanted.specimen.specimen
        node.SetName(slicer.mrmlScene.GenerateUniqueName(f"{name} {scan}"))
        mark(node, name, scan, wanted.files[scan])
        put_into_cohort(node, Path(self._module.cohortPath).stem, name)
        if not self._readings:
            self._display()

    def _display(self) -> None:
        from MicroCTSuperResLib.panel import comparison_views as views
        from MicroCTSuperResLib.panel.comparison import Compared
        from MicroCTSuperResLib.scene.views import jump_to_slice

        from ..scene.layouts import layout_of_specimen
        from ..scene.specimen_volumes import remove_others, slice_at, volume_of

        wanted, scene = self._wanted, slicer.mrmlScene
        name = wanted.specimen.specimen
        nodes = {scan: volume_of(scene, name, scan, file) for scan, file in wanted.files.items()}
        dl = nodes.get("DL") or self.enhanced_node(name)
        volumes = Compared(nodes["LR"], dl, nodes["HR"])
        with wait_cursor():
            is_new = not views.shows(volumes)
            views.choose_layout(layout_of_specimen(slicer.app.layoutManager().layout, with_dl=dl is not None))
            views.set_up(True)
            views.fill(volumes, None)
            note = views.apply_windows(volumes, True)
            views.apply_interpolation(volumes, False)
            if is_new:
                views.fit(volumes, True)
            if wanted.slice_mm is not None:
                jump_to_slice(scene, volumes.hr, slice_at(volumes.hr, wanted.slice_mm))
            remove_others(scene, name)
        self._ids = tuple(node.GetID() if node is not None else "" for node in (volumes.lr, volumes.dl, volumes.hr))
        self._refit.start()
        shown = _("{name}: LR | DL | HR.") if dl is not None else _("{name}: LR | HR. There is no DL of it yet.")
        self._tell(Stage.DONE, shown.format(name=name), note)

    def _fit(self) -> None:
        """Once more, after Qt has given new views their size; the slice stays."""
        from MicroCTSuperResLib.panel import comparison_views as views
        from MicroCTSuperResLib.panel.comparison import Compared

        nodes = (slicer.mrmlScene.GetNodeByID(node_id) if node_id else None for node_id in self._ids)
        volumes = Compared(*nodes)
        if volumes.lr is not None:
            views.fit(volumes, True, keep_slice=True)

    def _fail(self, message: str, hint: str) -> None:
        self.forget()
        self._tell(Stage.FAILED, message, hint)

    def _tell(self, stage: Stage, headline: str, advice: str) -> None:
        self.state = State(stage, headline, advice)
        self._module.specimensSection.shownChanged()


def _options(specimen: Specimen) -> dict[str, dict]:
    """How the job `convert` reads LR, HR and DL of a specimen.

    :raises MicroCTError: if LR and HR cannot be read, or have no common units.
    """
    from ..cohort.scans import common_units, open_whole

    reading = specimen.reading
    lr, hr = open_whole(specimen, "lr"), open_whole(specimen, "hr")
    units = common_units(specimen, lr.header, hr.header)
    apart = {f"{scan}_{what}" for scan in ("lr", "hr") for what in ("crop", "spacing")}
    both = {each.name: getattr(reading, each.name) for each in fields(reading) if each.name not in apart}
    both["units"] = units if units != "native" or reading.units else None
    given = {name: value for name, value in both.items() if value is not None}
    options = {"DL": {}}
    for scan in ("lr", "hr"):
        own = {what: getattr(reading, f"{scan}_{what}") for what in ("crop", "spacing")}
        options[scan.upper()] = {**given, **{what: value for what, value in own.items() if value is not None}}
    return options
