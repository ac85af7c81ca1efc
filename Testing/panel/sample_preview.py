"""A stand-in for the worker of the live preview: it interpolates where the real one enhances, a moment later."""

import sys
from dataclasses import dataclass
from types import ModuleType


@dataclass
class Answer:
    slice_index: int
    enhanced: object

    def volume(self):
        return self.enhanced


class PreviewProcess:
    """Keeps what it was asked for. `made` has all of them."""

    made = []  # noqa: RUF012

    def __init__(self, onSlice, onTrouble):  # noqa: N803
        import qt

        self.on_slice, self.on_trouble = onSlice, onTrouble
        self.volumes, self.requests, self.stopped = [], [], False
        self.made.append(self)
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(10)
        self._timer.connect("timeout()", self.answer)

    def setVolume(self, path, model, device):  # noqa: N802
        from MicroCTSuperResLib import read_volume

        self.volumes.append((path, model, device))
        self._volume = read_volume(path)

    def request(self, slice_index, region):
        assert not self.stopped
        self.requests.append((slice_index, region))
        self._timer.start()

    def answer(self):
        from MicroCTSuperResLib.imaging.box import Box
        from MicroCTSuperResLib.imaging.sampling import interpolate

        number, (first_y, end_y, first_x, end_x) = self.requests[-1]
        part = self._volume.cropped(Box((first_x, first_y, number), (end_x, end_y, number + 1)))
        self.on_slice(Answer(number, interpolate(part)))

    def stop(self):
        self._timer.stop()
        self.stopped = True


def replace_worker(monkeypatch):
    """Let the panel find this class; gives the list of those that it makes."""
    module = ModuleType("MicroCTSuperResLib.panel.preview_process")
    module.PreviewProcess = PreviewProcess
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(PreviewProcess, "made", [])
    return PreviewProcess.made
