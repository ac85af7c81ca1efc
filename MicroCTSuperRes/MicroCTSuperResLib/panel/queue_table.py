"""The table of volumes that wait to be enhanced, and its buttons."""

import qt
import slicer
from slicer.i18n import tr as _

from ..errors import InputError
from .run_queue import ItemState


class QueueTable:
    """Shows the runner's queue and keeps those that wait in the parameters, so that they are saved with the scene.

    :param ui: the widgets of the Run section.
    :param section: the Run section.
    """

    def __init__(self, ui, section):
        self._ui, self._section = ui, section
        self._shown = None
        ui.queueGroupBox.collapsed = True
        ui.queueTable.setColumnWidth(0, 220)
        ui.addToQueueButton.connect("clicked(bool)", self._add)
        ui.runQueueButton.connect("clicked(bool)", self._run)
        ui.removeFromQueueButton.connect("clicked(bool)", self._remove)
        ui.clearQueueButton.connect("clicked(bool)", self._clear)

    def show(self, running, obstacle):
        """Show the queue.

        :param running: whether a run goes on.
        :param obstacle: what keeps the chosen volume from being enhanced, or None.
        """
        ui, queue = self._ui, self._section.runner.queue
        chosen = self._section.parameters.lr if self._section.parameters else None
        ui.addToQueueButton.enabled = obstacle is None and all(item.lr_id != chosen.GetID() for item in queue.waiting)
        ui.runQueueButton.enabled = not running and queue.next() is not None
        for button in (ui.removeFromQueueButton, ui.clearQueueButton):
            button.enabled = bool(queue.items)
        ui.queueGroupBox.title = _("Queue ({count})").format(count=len(queue.items)) if queue.items else _("Queue")
        self._fill(queue.items)

    def keep_waiting(self):
        """Write those that wait into the parameters."""
        nodes = [slicer.mrmlScene.GetNodeByID(item.lr_id) for item in self._section.runner.queue.waiting]
        nodes = [node for node in nodes if node is not None]
        if list(self._section.parameters.queue) != nodes:
            self._section.parameters.queue = nodes

    def _fill(self, items):
        rows = [(item.name, _state_in_words(item), item.told) for item in items]
        if rows == self._shown:
            return
        self._shown = rows
        table = self._ui.queueTable
        table.setRowCount(len(rows))
        for number, (name, state, told) in enumerate(rows):
            for column, text in enumerate((name, state)):
                cell = qt.QTableWidgetItem(text)
                cell.setToolTip(told)
                table.setItem(number, column, cell)

    def _add(self, _checked):
        lr = self._section.parameters.lr
        self._section.runner.queue.add(lr.GetID(), lr.GetName())
        self._ui.queueGroupBox.collapsed = False
        self.keep_waiting()

    def _remove(self, _checked):
        self._section.runner.queue.remove(self._ui.queueTable.currentRow())
        self.keep_waiting()

    def _clear(self, _checked):
        self._section.runner.queue.clear()
        self.keep_waiting()

    def _run(self, _checked):
        if self._section.install():
            self._section.runner.enhance_queue(self._find_work)

    def _find_work(self, lr_id):
        """The node of a queue's item and how to enhance it.

        :raises InputError: if the node is gone.
        """
        node = slicer.mrmlScene.GetNodeByID(lr_id)
        if node is None:
            raise InputError("The volume was removed from the scene.", "Put another one into the queue.")
        self._section.begin(node)
        return node, self._section.settings()


def _state_in_words(item):
    return {
        ItemState.WAITING: _("waiting"),
        ItemState.RUNNING: _("running"),
        ItemState.DONE: _("done"),
        ItemState.FAILED: _("failed: {reason}").format(reason=item.told),
    }[item.state]
