"""Making a table of specimens: of the files in a folder, and of volumes in the scene."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import qt
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel.states import Stage
from slicer.i18n import tr as _

from ..scene.specimen_table import rows_of, set_cell

if TYPE_CHECKING:
    from .specimens_section import SpecimensSection


class TableMaking:
    """The widgets of the group "Make a table".

    :param section: the section of the specimens.
    """

    def __init__(self, section: SpecimensSection) -> None:
        self._section = section
        ui = self._ui = section.ui
        ui.folderButton.connect("clicked(bool)", self._take_folder)
        ui.ownAnimalsButton.connect("clicked(bool)", self._own_animals)
        ui.addPairButton.connect("clicked(bool)", self._add_pair)
        for selector in (ui.lrNodeSelector, ui.hrNodeSelector):
            selector.connect("currentNodeChanged(vtkMRMLNode*)", lambda _node: self.show(section.runner.is_running))
        ui.nameEdit.connect("textChanged(QString)", lambda _text: self.show(section.runner.is_running))

    def show(self, running: bool) -> None:
        """Enable what can be done now."""
        ui = self._ui
        there = self._section.parameters is not None and not running
        ui.folderButton.enabled = there
        ui.ownAnimalsButton.enabled = there and any(self._without_animal())
        lr, hr = ui.lrNodeSelector.currentNode(), ui.hrNodeSelector.currentNode()
        ui.addPairButton.enabled = (
            there and lr is not None and hr is not None and lr is not hr and bool(ui.nameEdit.text.strip())
        )

    def _without_animal(self):
        """Rows whose column animal is empty: number, column, name of the specimen."""
        rows = rows_of(self._section.table)
        if not rows:
            return
        from ..cohort.cells import column_named

        for number, row in enumerate(rows):
            meant = {column_named(column): column for column in row.cells}
            if "animal" in meant and "specimen" in meant and not row.cells[meant["animal"]]:
                yield number, meant["animal"], row.cells[meant["specimen"]]

    def _own_animals(self, _checked) -> None:
        for number, column, name in list(self._without_animal()):
            set_cell(self._section.table, number, column, name)
        self._section.edited()

    def _take_folder(self, _checked) -> None:
        section = self._section
        folder = qt.QFileDialog.getExistingDirectory(section.module.parent, _("The folder with the scans"), "")
        if not folder or not section.files.may_replace():
            return
        from .specimen_source import new_table, rows_of_folder

        try:
            table = Path(folder) / "cohort.csv"
            rows = rows_of_folder(Path(folder), section.parameters.specimens.folderPattern, table)
            path = section.files.ask_for_new_table(table)
            if path is None:
                return
            new_table(path, rows_of_folder(Path(folder), section.parameters.specimens.folderPattern, path))
        except MicroCTError as error:
            section.tell(Stage.FAILED, error.message, error.hint)
            return
        if section.open(path):
            section.tell(Stage.DONE, _("{count} specimens were found.").format(count=len(rows)))

    def _add_pair(self, _checked) -> None:
        from .specimen_source import add_pair, new_table

        section, ui = self._section, self._ui
        volumes = {"lr": ui.lrNodeSelector.currentNode(), "hr": ui.hrNodeSelector.currentNode()}
        name, animal = ui.nameEdit.text.strip(), ui.animalEdit.text.strip()
        try:
            if section.table is None or section.path is None:
                path = section.files.ask_for_new_table()
                if path is None:
                    return
                new_table(path, [])
                section.open(path)
            add_pair(section.table, section.path, name, animal, volumes)
        except MicroCTError as error:
            section.tell(Stage.FAILED, error.message, error.hint)
            return
        ui.nameEdit.text, ui.animalEdit.text = "", ""
        section.edited()
