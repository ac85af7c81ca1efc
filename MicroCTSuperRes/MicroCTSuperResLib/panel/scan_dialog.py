"""The window that asks which scan to open, which part of it, and what its grey values mean."""

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ..jobs.scan_options import UNITS
from .messages import show_text, show_trouble
from .scan_options_form import FormError, options_of
from .worker_process import WorkerProcess

_FOLDER_SETTING = "MicroCTSuperRes/lastScanFolder"


class ScanDialog:
    """A window that stays beside Slicer's: it does not wait, and Slicer can be used meanwhile.

    :param ui_path: of its .ui file.
    :param on_open: called with the path and the options (see `scan_options_form.py`) when the user presses Open.
    """

    def __init__(self, ui_path, on_open):
        self._on_open = on_open
        self._worker = None
        self._path_looked_at = ""
        self.window = slicer.util.loadUI(ui_path)
        self.ui = slicer.util.childWidgetVariables(self.window)
        self.window.setParent(slicer.util.mainWindow(), qt.Qt.Dialog)
        self._fill_choices()
        ui = self.ui
        ui.calibrationGroupBox.collapsed = True
        ui.fileButton.connect("clicked(bool)", self._choose_file)
        ui.folderButton.connect("clicked(bool)", self._choose_folder)
        ui.pathEdit.connect("textChanged(QString)", self._path_changed)
        ui.pathEdit.connect("editingFinished()", self._path_typed)
        ui.autoButton.connect("clicked(bool)", self._take_bone)
        ui.findBonesButton.connect("clicked(bool)", self._find_bones)
        ui.bonesSelector.connect("activated(int)", self._bone_chosen)
        ui.openButton.connect("clicked(bool)", self._open)
        ui.closeButton.connect("clicked(bool)", self._close_clicked)
        self._path_changed(ui.pathEdit.text)

    def show(self):
        """Show the window in front."""
        self.window.show()
        self.window.activateWindow()

    def close(self):
        """Close the window; what is being looked up ends."""
        self._stop_looking()
        self.window.hide()

    def delete(self):
        """Close the window for good."""
        if self._worker is not None:
            self._worker.stop()
        self.window.hide()
        self.window.deleteLater()

    def set_path(self, path):
        """Choose a scan and look what it is."""
        self.ui.pathEdit.text = path
        self._look()

    def _fill_choices(self):
        self.ui.unitsSelector.addItem(_("As in the file"), "")
        for units in UNITS[1:]:
            self.ui.unitsSelector.addItem(_("In {units}").format(units=units), units)
        self.ui.densityOfSelector.addItem(_("the usual"), "")
        for units in UNITS[:-1]:
            self.ui.densityOfSelector.addItem(units, units)

    def _choose_file(self, _checked):
        path = qt.QFileDialog.getOpenFileName(self.window, _("Choose a scan"), self._last_folder(), _scan_filter())
        if path:
            self._remember_folder(str(Path(path).parent))
            self.set_path(path)

    def _choose_folder(self, _checked):
        path = qt.QFileDialog.getExistingDirectory(self.window, _("Choose a folder of slices"), self._last_folder())
        if path:
            self._remember_folder(path)
            self.set_path(path)

    def _last_folder(self):
        return str(qt.QSettings().value(_FOLDER_SETTING) or "")

    def _remember_folder(self, folder):
        qt.QSettings().setValue(_FOLDER_SETTING, folder)

    def _path_changed(self, path):
        self._stop_looking()
        has_path = bool(path.strip())
        for button in (self.ui.openButton, self.ui.findBonesButton):
            button.enabled = has_path
        self._offer_bones(None)
        show_text(self.ui.scanInfoLabel, "" if has_path else _("Choose a file, or a folder of slices."))

    def _take_bone(self, _checked):
        self.ui.cropEdit.text = "auto"

    def _bone_chosen(self, row):
        crop = self.ui.bonesSelector.itemData(row)
        if crop:
            self.ui.cropEdit.text = crop

    def _find_bones(self, _checked):
        self._look(bones=True)

    def _path_typed(self):
        # The field also tells so when the window goes, and when it was filled by a button.
        if self.window.visible and self.ui.pathEdit.text.strip() != self._path_looked_at:
            self._look()

    def _look(self, bones=None):
        """Let a worker tell what the scan is, and its bones.

        :param bones: True looks for them at any cost, None where that costs little.
        """
        path = self.ui.pathEdit.text.strip()
        options = self._options()
        if not path or options is None:
            return
        self._stop_looking()
        self._path_looked_at = path
        show_text(self.ui.scanInfoLabel, _("Looking at the scan ..."))
        # The whole scan is looked at: a part of it that is not there would hide what is.
        options = {name: value for name, value in options.items() if name not in ("crop", "units")}
        arguments = {"file": path, "bones": bones, **options}
        self._worker = WorkerProcess({"job": "info", "arguments": arguments}, lambda event: None, self._looked)
        self._worker.start()

    def _stop_looking(self):
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()

    def _looked(self, outcome):
        if outcome.kind == "cancelled":
            return
        self._worker = None
        if outcome.kind != "done":
            show_trouble(self.ui.scanInfoLabel, f"{outcome.message} {outcome.hint}".strip())
            return
        self._offer_bones(outcome.result["bones"])
        show_text(self.ui.scanInfoLabel, _told(outcome.result))

    def _offer_bones(self, bones):
        """Offer the bones found; None means that nobody looked for them."""
        selector = self.ui.bonesSelector
        selector.clear()
        told = _("not looked for") if bones is None else _("{count} found").format(count=len(bones))
        selector.addItem(told, "")
        for bone in bones or []:
            size = " x ".join(f"{side:.3g}" for side in bone["size_mm"])
            text = _("Bone {number}, {size} mm").format(number=bone["number"], size=size)
            selector.addItem(text, f"auto:4mm:{bone['number']}")
        selector.enabled = bool(bones)

    def _options(self):
        """The options of the form; None, and said in the window, where they make no sense."""
        try:
            return options_of(self.ui)
        except FormError as error:
            show_trouble(self.ui.scanInfoLabel, str(error))
            return None

    def _open(self, _checked):
        options = self._options()
        if options is not None:
            self.close()
            self._on_open(self.ui.pathEdit.text.strip(), options)

    def _close_clicked(self, _checked):
        self.close()


def _scan_filter():
    """All endings that the engine reads, as a filter of Qt's file dialog."""
    from ..imaging.formats.registry import FORMATS

    endings = sorted({end.removeprefix("*") for form in FORMATS for end in form.extensions if end})
    patterns = " ".join(f"*{end} *{end.upper()}" for end in endings)
    return f"{_('Scans')} ({patterns} *.ISQ;* *.AIM;*);;{_('All files')} (*)"


def _told(result):
    """What `info` says of a scan, in few lines."""
    from .volume_words import spacing_in_words

    size, spacing = " x ".join(map(str, result["size"])), spacing_in_words(result["spacing_mm"])
    threshold = result["study_threshold"]
    lines = [
        _("{format}: {size} voxels of {spacing}, {type}").format(
            format=result["format"], size=size, spacing=spacing, type=result["voxel_type"]
        ),
        _("Grey values: {units}").format(units=result["units"])
        + (_(", not calibrated for density") if threshold is None else _(", calibrated for density")),
        *result["warnings"],
    ]
    return "\n".join(lines)
