"""Scores in the panel: whole-volume and per-slice tables, the plot, and clicks that lead to a slice."""

import slicer
from slicer.i18n import tr as _

from .comparison import Compared, changed_since, compared, fingerprints, missing_for_scores
from .comparison_parameters import Measure
from .plot_clicks import PlotClicks
from .scoring import ScoreRun


class ScoreView:
    """Connects the widgets of the scores.

    :param module: the module's widget, whose parameters say what is compared.
    :param ui: the widgets scoreButton, scoreLabel, summaryTable, sliceTable.
    :param onNewScores: called without arguments when there are new scores, to show their plot.
    """

    def __init__(self, module, ui, onNewScores):  # noqa: N803
        self._module = module
        self._ui = ui
        self._on_new_scores = onNewScores
        self._run = None
        self._scored = ()
        self._written = {}  # fingerprints of the volumes that the worker got
        self._known = {}  # those of the volumes that a table has the scores of, by the table's ID
        self._trouble = ""
        self._percent = 0
        self._clicks = PlotClicks(self._point_selected)
        ui.scoreButton.connect("clicked(bool)", self._clicked)
        for view in (ui.summaryTable, ui.sliceTable):
            view.setMRMLScene(slicer.mrmlScene)
        ui.sliceTable.connect("selectionChanged()", self._row_selected)

    @property
    def is_running(self) -> bool:
        return self._run is not None

    def update(self, volumes: Compared) -> None:
        """Enable the button, show the tables of this comparison, tell what is missing."""
        if self.is_running and volumes.key != self._scored:
            self.cancel()
        reason = missing_for_scores(volumes)
        nodes = None if reason else scores_of(volumes)
        self._show_tables(nodes)
        old = self._outdated_by(nodes, volumes) if nodes else ""
        self._ui.scoreButton.text = _("Cancel") if self.is_running else _("Compute scores")
        self._ui.scoreButton.enabled = not reason
        self._ui.scoreButton.toolTip = reason or _(
            "PSNR and SSIM of LR and DL against HR, of each slice and the whole."
        )
        if self.is_running:
            told = self._progress()
        elif reason or self._trouble:
            told = reason or self._trouble
        elif old:
            told = _("Computed before {names} changed: compute the scores again.").format(names=old)
        else:
            told = _("Click a row or a point of the plot to see its slice.") if nodes else _("Not computed yet.")
        self._ui.scoreLabel.text = told

    def chart(self, volumes: Compared, measure: Measure):
        """The chart of this comparison; None without scores."""
        nodes = scores_of(volumes)
        if nodes is None:
            return None
        return nodes.psnr_chart if measure is Measure.PSNR else nodes.ssim_chart

    def listen_to_plot(self) -> None:
        """Hear clicks in the plot view; call it whenever a layout was chosen, as views are made when first shown."""
        from ..scene.layouts import SCORES_VIEW
        from .comparison_views import view_widget

        widget = view_widget(SCORES_VIEW)
        self._clicks.listen(widget.plotView() if widget is not None else None)

    def cancel(self) -> None:
        """End a computation."""
        if self._run is not None:
            run, self._run = self._run, None
            run.cancel()

    def forget(self) -> None:
        """The scene is closing: show no table, compute nothing."""
        self.cancel()
        self._trouble = ""
        self._known = {}
        self._show_tables(None)

    def close(self) -> None:
        """The module ends."""
        self.forget()
        self._clicks.close()

    def _clicked(self) -> None:
        volumes = compared(self._module.parameters)
        if self.is_running:
            self.cancel()
        else:
            self._start(volumes)
        self.update(volumes)

    def _start(self, volumes: Compared) -> None:
        self._trouble, self._percent = "", 0
        self._scored, self._written = volumes.key, fingerprints(volumes)
        self._run = ScoreRun(self._progressed, self._finished, self._failed)
        self._run.start(volumes)

    def _progressed(self, fraction: float) -> None:
        self._percent = round(100 * fraction)
        self._ui.scoreLabel.text = self._progress()

    def _progress(self) -> str:
        return _("Computing, {percent} % …").format(percent=self._percent)

    def _finished(self, scores) -> None:
        from ..scene.quality_scores import show_scores

        self._run = None
        volumes = compared(self._module.parameters)
        if volumes.key == self._scored:
            nodes = show_scores(volumes.dl, volumes.hr, scores)
            self._known[nodes.table.GetID()] = self._written
            for table in (nodes.table, nodes.summary):
                table.SetUseColumnTitleAsColumnHeader(True)
                table.SetLocked(True)
            self._on_new_scores()
        self.update(volumes)

    def _outdated_by(self, nodes, volumes: Compared) -> str:
        """Names of the volumes that have changed since these scores were computed, told in the scores, too."""
        from ..scene.quality_scores import mark_outdated, outdated_by

        # Scores that came with a scene file hold for the volumes that came with it.
        known = self._known.setdefault(nodes.table.GetID(), fingerprints(volumes))
        changed = changed_since(known, volumes)
        if changed and outdated_by(nodes.table) != ", ".join(changed):
            mark_outdated(nodes, changed)
        return outdated_by(nodes.table)

    def _failed(self, trouble: str) -> None:
        self._run = None
        self._trouble = trouble
        self.update(compared(self._module.parameters))

    def _show_tables(self, nodes) -> None:
        for view, node in (
            (self._ui.summaryTable, nodes.summary if nodes else None),
            (self._ui.sliceTable, nodes.table if nodes else None),
        ):
            view.visible = node is not None
            if view.mrmlTableNode() is not node:
                view.setMRMLTableNode(node)

    def _row_selected(self) -> None:
        table, index = self._ui.sliceTable.mrmlTableNode(), self._ui.sliceTable.currentIndex()
        if table is not None and index.isValid():
            _jump(table, index.row())

    def _point_selected(self, series, row: int) -> None:
        nodes = scores_of(compared(self._module.parameters))
        if nodes is not None and series.GetTableNode() is nodes.table:
            _jump(nodes.table, row)


def scores_of(volumes: Compared):
    """The score nodes of this DL against this HR; None where there are none."""
    if volumes.dl is None or volumes.hr is None:
        return None
    from ..scene.quality_scores import find_scores, reference_of

    nodes = find_scores(volumes.dl)
    return nodes if nodes is not None and reference_of(nodes.table) is volumes.hr else None


def _jump(table, row: int) -> None:
    from ..scene.quality_scores import reference_of, slice_of_row
    from ..scene.views import jump_to_slice

    hr, number = reference_of(table), slice_of_row(table, row)
    if hr is not None and number is not None:
        jump_to_slice(slicer.mrmlScene, hr, number)
