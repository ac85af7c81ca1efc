"""What the Run section starts: one enhancement, or those of the queue one after the other, and how it ended."""

import qt
from slicer.i18n import tr as _

from ..errors import MicroCTError
from .enhancement_run import EnhancementRun
from .failed_outcome import failed_outcome
from .run_queue import ItemState, RunQueue
from .states import Stage, State


class Runner:
    """Runs one enhancement at a time. Knows no widgets.

    :param on_change: called after anything changed: `state`, `queue`, `is_running`.
    :param on_event: gets each event of the worker.
    :param on_outcome: gets the Outcome of each worker and the DL node, None unless there is one.
    """

    def __init__(self, on_change, on_event, on_outcome):
        self.queue = RunQueue()
        self.state = None
        self._on_change, self._on_event, self._on_outcome = on_change, on_event, on_outcome
        self._run = None
        self._item = None
        self._find_work = None
        self._closed = False
        self._forgotten = False

    @property
    def is_running(self):
        return self._run is not None or self._find_work is not None

    @property
    def lr_id(self):
        """ID of the node that is being enhanced; None while none is."""
        return self._run.lr_id if self._run else None

    def enhance(self, lr, output, settings):
        """Enhance one volume; see :class:`.enhancement_run.EnhancementRun`."""
        if not self.is_running:
            self._start(lr, output, settings)
            self._on_change()

    def enhance_queue(self, find_work):
        """Enhance all that wait.

        :param find_work: called with a node's ID when its turn has come; gives the node and the settings, or raises
            MicroCTError.
        """
        if not self.is_running and self.queue.next():
            self._find_work = find_work
            self._next()

    def cancel(self):
        """End what runs; the rest of the queue waits on."""
        self._find_work = None
        if self._run is not None:
            self._run.cancel()
            self.state = State(Stage.RUNNING, _("Cancelling ..."))
            self._on_change()

    def forget(self):
        """Cancel, and forget the queue and how the last run ended: the scene goes."""
        self.cancel()
        self.queue.items = []
        self._item = None
        self._forgotten = self.is_running
        self.state = None

    def close(self):
        """End what runs, return when it has ended, and tell nobody any more."""
        self._closed = True
        self._find_work = None
        if self._run is not None:
            self._run.stop()

    def _start(self, lr, output, settings):
        """Start a run; what keeps it from starting is its outcome. Returns whether it was started."""
        run = EnhancementRun(lr, output, settings, self._on_event, self._ended)
        try:
            run.start()
        except Exception as error:
            self.state = _outcome_in_words(failed_outcome(error), None)
            return False
        self._run = run
        self.state = State(Stage.RUNNING, _("Enhancing {name} ...").format(name=lr.GetName()))
        return True

    def _next(self):
        """Start the next of the queue; those that cannot be started fail."""
        while self._find_work is not None and self._run is None and not self._closed:
            self._item = self.queue.next()
            if self._item is None:
                self._find_work = None
                self.state = _queue_in_words(self.queue.items)
                break
            self._start_item(self._item)
        if not self._closed:
            self._on_change()

    def _start_item(self, item):
        try:
            lr, settings = self._find_work(item.lr_id)
        except MicroCTError as error:
            item.state, item.told = ItemState.FAILED, str(error)
            return
        item.state = ItemState.RUNNING
        if not self._start(lr, None, settings):
            item.state, item.told = ItemState.FAILED, f"{self.state.headline} {self.state.advice}".strip()

    def _ended(self, outcome, dl):
        self._run = None
        item, self._item = self._item, None
        self.state = None if self._forgotten else _outcome_in_words(outcome, dl)
        self._forgotten = False
        if item is not None:
            item.state = {"done": ItemState.DONE, "cancelled": ItemState.WAITING}.get(outcome.kind, ItemState.FAILED)
            item.told = f"{outcome.message} {outcome.hint}".strip() if item.state is ItemState.FAILED else ""
        if self._closed:
            return
        if self._find_work is not None:
            qt.QTimer.singleShot(0, self._next)
        self._on_outcome(outcome, dl)
        self._on_change()


def _outcome_in_words(outcome, dl):
    if outcome.kind == "done":
        return State(Stage.DONE, _("Done: {name} is in the scene.").format(name=dl.GetName()))
    if outcome.kind == "cancelled":
        return State(Stage.CANCELLED, _("Cancelled. The scene is as it was."))
    return State(Stage.FAILED, outcome.message, outcome.hint)


def _queue_in_words(items):
    """How a queue ended."""
    failed = [item for item in items if item.state is ItemState.FAILED]
    done = sum(item.state is ItemState.DONE for item in items)
    told = _("{done} of {all} volumes of the queue are enhanced.").format(done=done, all=done + len(failed))
    if not failed:
        return State(Stage.DONE, told)
    names = ", ".join(item.name for item in failed)
    return State(Stage.FAILED, f"{told} {_('Failed: {names}.').format(names=names)}", failed[0].told)
