"""DL and another volume in one view: faded by a slider, or flickered between by a timer."""

import qt
import slicer
from slicer.i18n import tr as _

from .comparison import Compared

FLICKER_MS = 500


class FadeControl:
    """Shows LR or HR over DL in the DL view.

    :param ui: the widgets fadeSlider, fadePartnerBox, flickerButton and fadeLabel.
    """

    def __init__(self, ui):
        self._ui = ui
        self._partner = None  # name of the volume laid over
        self._timer = qt.QTimer()
        self._timer.setInterval(FLICKER_MS)
        self._timer.connect("timeout()", self._flicker)
        ui.flickerButton.connect("toggled(bool)", self._flicker_toggled)
        self._reapply = lambda: None

    def update(self, volumes: Compared, settings, *, in_view: bool, reapply) -> None:
        """Enable what can be used, and show what the settings say.

        :param settings: the `comparison` parameters.
        :param in_view: whether a comparison layout is shown, whose views may be changed.
        :param reapply: called without arguments when flickering ends, to show the settings again.
        """
        self._reapply = reapply
        name = settings.fadeWith.value
        reason = _reason(volumes, settings, name, in_view)
        for widget in (self._ui.fadeSlider, self._ui.flickerButton):
            widget.enabled = not reason
        self._ui.fadeSlider.toolTip = reason or _("Fade from DL into {name} in the DL view.").format(name=name)
        self._ui.fadePartnerBox.enabled = volumes.dl is not None
        if reason:
            self.stop()
            self._ui.fadeLabel.text = _("Fade:")
            if settings.preview:
                self.forget()  # the preview has taken the place of what was laid over
            elif in_view:
                self._take_off()
            return
        if not self._timer.active:
            self._lay_over(volumes, name, settings.fade)
        elif self._partner != (name, volumes.key):
            self._lay_over(volumes, name, 0.0)

    def forget(self) -> None:
        """Nothing of this is laid over any more."""
        self._partner = None

    def stop(self) -> None:
        """End flickering."""
        self._timer.stop()
        if self._ui.flickerButton.checked:
            self._ui.flickerButton.checked = False

    def _lay_over(self, volumes: Compared, name: str, fraction: float) -> None:
        from ..scene.blend import fade, lay_over
        from ..scene.layouts import DL_VIEW

        if fraction == 0.0 and not self._ui.flickerButton.checked:
            self._take_off()
        else:
            if self._partner != (name, volumes.key):
                lay_over(slicer.mrmlScene, DL_VIEW, volumes.named[name])
                self._partner = (name, volumes.key)
            fade(slicer.mrmlScene, DL_VIEW, fraction)
        self._ui.fadeLabel.text = _("Fade ({percent} % {name}):").format(percent=round(100 * fraction), name=name)

    def _take_off(self) -> None:
        if self._partner is not None:
            from ..scene.blend import lay_over
            from ..scene.layouts import DL_VIEW

            lay_over(slicer.mrmlScene, DL_VIEW, None)
            self._partner = None

    def _flicker_toggled(self, on: bool) -> None:
        if on:
            self._timer.start()
            self._reapply()
        else:
            self._timer.stop()
            self._reapply()

    def _flicker(self) -> None:
        from ..scene.blend import flicker
        from ..scene.layouts import DL_VIEW

        if self._partner is not None:
            other = flicker(slicer.mrmlScene, DL_VIEW)
            self._ui.fadeLabel.text = _("Shown: {name}").format(name=self._partner[0] if other else "DL")


def _reason(volumes: Compared, settings, name: str, in_view: bool) -> str:
    """Why there is nothing to fade."""
    if volumes.dl is None:
        return _("There is no DL volume to fade.")
    if name not in volumes.named:
        return _("There is no {name} volume to fade into.").format(name=name)
    if settings.preview:
        return _("The live preview is shown in the DL view. Switch it off to fade.")
    return "" if in_view else _("Choose a comparison layout first.")
