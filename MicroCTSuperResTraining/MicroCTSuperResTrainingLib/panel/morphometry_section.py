"""The section "Morphometry": BA/TA of every slice of volumes in the scene or of the cohort, with a tissue area that can
be corrected, a preview of bone, tables and a plot."""
# ruff: noqa: N802 - the methods that the module calls have names in Slicer's style

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel.comparison import has_voxels
from MicroCTSuperResLib.panel.messages import show_text, show_warnings
from MicroCTSuperResLib.panel.screenshot import free_path
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from .bone_preview import BonePreview
from .cohort_measurement import CohortMeasurement
from .prepared_work import PreparedWork
from .result_section import ResultSection, show_table
from .result_views import jump_to_slice, show_volumes
from .scene_measurement import SceneMeasurement
from .tissue_area import TissueArea

METHODS = ("LR", "DL", "HR")


class MorphometrySection(ResultSection):
    """Measures what the parameters name; tables, plot and tissue area are nodes of the scene."""

    ui_file = "MicroCTSuperResTrainingMorphometry.ui"

    def setup(self):
        super().setup()
        ui = self.ui
        self.tissue = TissueArea(self)
        self.measurement = SceneMeasurement(self)
        self.cohort = CohortMeasurement(self)
        self.preview = BonePreview(self._previewed, self.segmentation, self._preview_failed)
        self.work = PreparedWork(self)
        self._point_told = self._preview_told = ""
        self._entered = False
        ui.featuresGroupBox.collapsed = True
        for view in (ui.slicesTable, ui.volumesTable):
            view.setMRMLScene(slicer.mrmlScene)
        ui.slicesTable.connect("selectionChanged()", self._row_selected)
        ui.runButton.connect("clicked(bool)", self.measurement.start)
        ui.cohortButton.connect("clicked(bool)", self.cohort.start)
        ui.contourButton.connect("clicked(bool)", self.tissue.find)
        ui.editButton.connect("clicked(bool)", self.tissue.edit)
        ui.plotButton.connect("clicked(bool)", lambda _checked=False: self.showPlot())
        ui.saveButton.connect("clicked(bool)", self._save)

    def enter(self):
        self._entered = True
        self.tissue.back()
        super().enter()

    def exit(self):
        """The preview belongs to the panel: who leaves it sees the volumes alone."""
        self._entered = False
        self.preview.stop()

    def sceneAboutToClose(self):
        super().sceneAboutToClose()
        self.preview.stop()
        self.stopWork()
        self._point_told = ""
        for view in (self.ui.slicesTable, self.ui.volumesTable):
            view.setMRMLTableNode(None)

    def cleanup(self):
        self.preview.stop()
        self.stopWork()
        super().cleanup()

    def stopWork(self):
        """End what runs; nothing of it comes into the scene."""
        self.work.stop()
        self.cohort.forget()
        self.runner.cancel()

    # What is told -----------------------------------------------------------------------------------------------------

    @property
    def chosen(self):
        """The `morphometry` parameters."""
        return self.parameters.morphometry

    def volumes(self) -> dict:
        """The volume nodes that are measured, by method."""
        nodes = {"LR": self.chosen.lr, "DL": self.chosen.dl, "HR": self.chosen.hr}
        return {method: node for method, node in nodes.items() if has_voxels(node)}

    def units(self) -> str:
        """Units of the threshold: those of the first volume; densities for a cohort."""
        nodes = list(self.volumes().values())
        if not nodes:
            return "mg HA/cm3"
        from MicroCTSuperResLib.scene.node_meaning import meaning_of

        return meaning_of(nodes[0]).units

    def segmentation(self):
        """How bone is told, as chosen now.

        :raises InputError: for settings that make no sense.
        """
        from ..morphometry.segmentation import Segmentation

        return Segmentation(self.chosen.threshold, self.chosen.sigma, self.chosen.support)

    def state(self):
        if not self.volumes():
            return State(
                Stage.NOTHING_SELECTED, _("No volume chosen."), _("Choose volumes of one specimen, or open a cohort.")
            )
        units = self.units()
        if units != "mg HA/cm3":
            advice = _("Choose the threshold in their own grey values, or open the scans calibrated.")
            return State(Stage.READY, _("These volumes are in {units} units.").format(units=units), advice)
        return State(Stage.READY, _("Ready."))

    def showAll(self):
        ui, volumes = self.ui, self.volumes()
        is_free = not self.runner.is_running and not self.work.is_preparing
        ui.thresholdBox.suffix = f" {self.units()}"
        ui.runButton.enabled = bool(volumes) and is_free
        ui.contourButton.enabled = bool(volumes) and is_free
        ui.editButton.enabled = self.chosen.tissue is not None
        ui.foramenBox.enabled = self.chosen.tissue is None
        ui.cohortButton.enabled = bool(self.module.specimens()) and is_free
        self.preview.update()
        self._show_result()

    def _show_result(self):
        from ..scene.area_plot import find_areas

        ui, found = self.ui, find_areas(slicer.mrmlScene)
        for view, node in (
            (ui.slicesTable, found.slices if found else None),
            (ui.volumesTable, found.volumes if found else None),
        ):
            view.visible = found is not None
            show_table(view, node)
        ui.plotButton.enabled = found is not None
        ui.saveButton.enabled = found is not None
        show_text(ui.pointLabel, self._point_told if found else "")
        show_warnings(ui.notesLabel, [*(found.notes if found else []), *filter(None, [self._preview_told])])

    # The preview ------------------------------------------------------------------------------------------------------

    def _previewed(self) -> list:
        """The volumes whose bone is shown, each with the one on whose grid it is measured."""
        if self.parameters is None or not self._entered or not self.chosen.preview:
            return []
        volumes = self.volumes()
        return [(node, volumes.get("HR", node)) for node in volumes.values()]

    def _preview_failed(self, told: str) -> None:
        if told != self._preview_told:
            self._preview_told = told
            self.refresh()

    # Work -------------------------------------------------------------------------------------------------------------

    def take(self, tables, notes: list[str], nodes: dict) -> None:
        """Bring a measurement into the scene and show it.

        :param tables: of `morphometry_jobs.tables_in`.
        :param nodes: the volume nodes that were measured, by method.
        """
        from ..cohort.simulated import row_is_simulated
        from ..scene.area_plot import show_areas

        simulated = any(_is_simulated(node) for node in nodes.values() if node is not None)
        if not nodes:
            simulated = any(row_is_simulated(each.further) for each in self.module.specimens())
        for view in (self.ui.slicesTable, self.ui.volumesTable):
            view.setMRMLTableNode(None)
        shown = show_areas(
            slicer.mrmlScene, tables.slices, tables.volumes, notes=notes, simulated=simulated, nodes=nodes
        )
        self._point_told = ""
        self.showPlot()
        methods = {row["method"] for row in tables.slices}
        if len(methods) > 1 and self.module.parameters.agreement.table is None:
            self.module.parameters.agreement.table = shown.slices

    def _save(self, _checked=False):
        """Write both tables as CSV into a folder; files that are there stay."""
        from ..scene.area_plot import find_areas
        from ..scene.measurement_table import write_measurements

        chosen = qt.QFileDialog.getExistingDirectory(self.module.parent, _("Where to put the tables"), "")
        found = find_areas(slicer.mrmlScene)
        if not chosen or found is None:
            return
        try:
            for name, table in (("morphometry", found.slices), ("morphometry_volumes", found.volumes)):
                write_measurements(table, free_path(Path(chosen) / f"{name}.csv"))
            self.runner.state = State(Stage.DONE, _("Written to {folder}.").format(folder=chosen))
        except (OSError, MicroCTError) as error:
            self.runner.state = State(Stage.FAILED, str(error))
        self.refresh()

    # The plot ---------------------------------------------------------------------------------------------------------

    def showPlot(self) -> None:
        """Show BA/TA along z below the volumes that were measured."""
        from ..scene.area_plot import find_areas, volume_of

        found = find_areas(slicer.mrmlScene)
        if found is None:
            return
        nodes = {method: volume_of(slicer.mrmlScene, method) for method in METHODS}
        self.plot.show(found.chart, with_volumes=True if any(nodes.values()) else None)
        if any(nodes.values()):
            show_volumes(nodes["LR"], nodes["DL"], nodes["HR"])

    def pointSelected(self, series, row):
        if series.GetTableNode() is not None:
            self._go_to(series.GetTableNode(), row)

    def _row_selected(self):
        table, index = self.ui.slicesTable.mrmlTableNode(), self.ui.slicesTable.currentIndex()
        if table is not None and index.isValid():
            self._go_to(table, index.row())

    def _go_to(self, table, row: int) -> None:
        from ..scene.area_plot import slice_at, volume_of

        found = slice_at(table, row)
        if found is None:
            return
        self._point_told = found.text
        show_text(self.ui.pointLabel, found.text)
        volume = volume_of(slicer.mrmlScene, found.method)
        if volume is not None:
            # Slices are counted on the grid that was measured on: that of HR where there is one.
            jump_to_slice(volume_of(slicer.mrmlScene, "HR") or volume, found.number)
        else:
            self.module.evaluateSection.showSpecimen(found.specimen, found.position)


def _is_simulated(node) -> bool:
    return (node.GetAttribute("MicroCTSuperRes.image_kind") or "").startswith("simulated")
