"""The tables of an evaluation in the panel, what has to be known beside them, and the way to its files."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from MicroCTSuperResLib.panel.messages import show_warnings
from slicer.i18n import tr as _

from .result_section import show_table

REPORT = "report.html"
NOTES_TOLD = 6
_SITES_TAB = 2


def evaluation_here():
    """The evaluation of the application's scene (`scene.score_tables.EvaluationNodes`), or None."""
    from ..scene.score_tables import find_evaluation

    return find_evaluation(slicer.mrmlScene)


class EvaluationTables:
    """Shows the evaluation of the scene.

    :param ui: the widgets summaryTable, specimensTable, crossSiteTable, tablesTab, notesLabel, reportButton and
        filesButton.
    """

    def __init__(self, ui) -> None:
        self._ui = ui
        for view in self._views():
            view.setMRMLScene(slicer.mrmlScene)
        ui.reportButton.connect("clicked(bool)", lambda _checked=False: _open_file(REPORT))
        ui.filesButton.connect("clicked(bool)", lambda _checked=False: _open_file(""))

    def show(self, found) -> None:
        """Show an evaluation.

        :param found: `scene.score_tables.EvaluationNodes`, or None.
        """
        nodes = (found.summary, found.specimens, found.cross_site) if found else (None, None, None)
        for view, node in zip(self._views(), nodes, strict=True):
            show_table(view, node)
        self._ui.tablesTab.visible = found is not None
        self._ui.tablesTab.setTabEnabled(_SITES_TAB, found is not None and found.cross_site is not None)
        folder = Path(found.folder) if found else None
        self._ui.filesButton.enabled = folder is not None and folder.is_dir()
        self._ui.reportButton.enabled = folder is not None and (folder / REPORT).is_file()
        show_warnings(self._ui.notesLabel, first_notes(found.notes) if found else [])

    def clear(self) -> None:
        """Let go of the scene's tables."""
        for view in self._views():
            view.setMRMLTableNode(None)

    def _views(self) -> tuple:
        return self._ui.summaryTable, self._ui.specimensTable, self._ui.crossSiteTable


def first_notes(notes: list[str]) -> list[str]:
    """As many notes as are read; the report has all of them."""
    if len(notes) <= NOTES_TOLD:
        return notes
    # The last ones are about all specimens together.
    left = _("... and {count} more, see the report.").format(count=len(notes) - NOTES_TOLD)
    return [*notes[: NOTES_TOLD - 1], left, notes[-1]]


def _open_file(name: str) -> None:
    """Open a file of the evaluation, or its folder, in the program that the system has for it."""
    found = evaluation_here()
    if found is not None:
        qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(Path(found.folder) / name)))
