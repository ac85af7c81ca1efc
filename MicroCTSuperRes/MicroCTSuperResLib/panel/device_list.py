"""The devices that a network can run on, told by a worker: only it imports torch."""

from slicer.i18n import tr as _

from ..files import in_bytes
from .worker_process import WorkerProcess


class DeviceList:
    """Asks a worker for the devices.

    :param on_change: called when an answer has come.
    """

    def __init__(self, on_change):
        self.devices = []
        self.trouble = ""
        self.was_asked = False
        self._on_change = on_change
        self._worker = None

    @property
    def is_asking(self):
        return self._worker is not None

    def ask(self):
        """Look for devices; the answer comes later."""
        if not self.is_asking:
            self.was_asked = True
            self._worker = WorkerProcess({"job": "devices", "arguments": {}}, lambda event: None, self._answered)
            self._worker.start()

    def close(self):
        """Stop looking and tell nobody any more."""
        self._on_change = lambda: None
        if self.is_asking:
            self._worker.stop()

    def choices(self, chosen):
        """Names and texts to offer.

        :param chosen: the device that the scene asks for; it is offered even where this computer has none such.
        """
        offered = {"auto": self._automatic()}
        offered.update((device["name"], _in_words(device)) for device in self.devices)
        if not self.devices:
            offered["cpu"] = _("CPU")
        if chosen not in offered:
            offered[chosen] = _("{name} (not found here)").format(name=chosen) if self.devices else chosen
        return offered

    def meant_by(self, chosen):
        """The device that will be used: "auto" is the first; the CPU until a worker has answered."""
        if chosen != "auto":
            return chosen
        return self.devices[0]["name"] if self.devices else "cpu"

    def _automatic(self):
        if not self.devices:
            return _("Automatic")
        return _("Automatic: {device}").format(device=self.devices[0]["description"])

    def _answered(self, outcome):
        self._worker = None
        if outcome.kind == "done":
            self.devices, self.trouble = outcome.result["devices"], ""
        elif outcome.kind != "cancelled":
            self.trouble = f"{outcome.message} {outcome.hint}".strip()
        self._on_change()


def _in_words(device):
    name = device["description"] if device["name"] == "cpu" else f"{device['description']} ({device['name']})"
    free = device["free_memory_bytes"]
    return name if free is None else _("{name}, {free} free").format(name=name, free=in_bytes(free))
