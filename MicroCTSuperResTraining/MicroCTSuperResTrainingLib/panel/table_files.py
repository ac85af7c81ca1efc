"""The dialogs that open and save the table of specimens, and the questions before something would be lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import qt
import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel.states import Stage
from slicer.i18n import tr as _

from ..scene.specimen_table import is_changed

if TYPE_CHECKING:
    from .specimens_section import SpecimensSection


class TableFiles:
    """The buttons that open and save.

    :param section: the section of the specimens.
    """

    def __init__(self, section: SpecimensSection) -> None:
        self._section = section
        section.ui.openButton.connect("clicked(bool)", self._ask_and_open)
        section.ui.saveButton.connect("clicked(bool)", self._save)
        section.ui.saveAsButton.connect("clicked(bool)", self._save_as)

    def may_replace(self) -> bool:
        """Whether another table may be shown: changes that are not saved would be lost."""
        if self._section.table is None or not is_changed(self._section.table):
            return True
        return slicer.util.confirmOkCancelDisplay(
            _("The table has changes that are not saved. Leave them?"), _("Open another table")
        )

    def ask_for_new_table(self, proposed: Path | None = None) -> Path | None:
        """A path for a table, as the user says (the dialog asks before a file is replaced); None if he says none."""
        start = proposed or self._section.path or Path(slicer.app.defaultScenePath or Path.home()) / "cohort.csv"
        path = qt.QFileDialog.getSaveFileName(
            self._section.module.parent, _("Where the table is to be"), str(start), _("Tables (*.csv)")
        )
        if not path or Path(path).suffix:
            return Path(path) if path else None
        path = Path(f"{path}.csv")
        question = _("{name} exists already. Replace it?").format(name=path.name)
        if path.exists() and not slicer.util.confirmOkCancelDisplay(question, _("Replace the table")):
            return None
        return path

    def _ask_and_open(self, _checked: bool) -> None:
        section = self._section
        path = qt.QFileDialog.getOpenFileName(
            section.module.parent, _("The table of a cohort"), str(section.path or ""), _("Tables (*.csv *.tsv *.txt)")
        )
        if path and self.may_replace():
            section.open(path)

    def _save(self, _checked: bool) -> None:
        from .specimen_source import changed_on_disk

        section = self._section
        question = _("Another program has changed {name} since it was opened. Replace it by what is shown here?")
        if changed_on_disk(section.table, section.path) and not slicer.util.confirmOkCancelDisplay(
            question.format(name=section.path.name), _("Save the table")
        ):
            return
        self._write(section.path)

    def _save_as(self, _checked: bool) -> None:
        path = self.ask_for_new_table()
        if path is not None:
            self._write(path)

    def _write(self, path: Path) -> None:
        """Write the table, in place of a file that is there, and read it again, which checks it."""
        from .specimen_source import save_table

        section = self._section
        try:
            save_table(section.table, path, section.path, overwrite=True)
        except MicroCTError as error:
            section.tell(Stage.FAILED, error.message, error.hint)
            return
        section.open(path)
