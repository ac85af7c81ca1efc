"""Where the packages come from that are installed: the network, or a folder of the user's choice."""

import ctk

from . import dependencies


class WheelsChoice:
    """Shows and keeps the folder, which is a setting of Slicer, not of the scene.

    :param ui: the widgets of the Run section.
    :param on_change: called after the user chose another folder.
    """

    def __init__(self, ui, on_change):
        self._on_change = on_change
        ui.advancedGroupBox.collapsed = True
        ui.wheelsEdit.filters = ctk.ctkPathLineEdit.Dirs
        ui.wheelsEdit.currentPath = str(dependencies.wheels_folder() or "")
        ui.wheelsEdit.connect("currentPathChanged(QString)", self._chosen)

    def _chosen(self, folder):
        dependencies.set_wheels_folder(folder.strip())
        self._on_change()
