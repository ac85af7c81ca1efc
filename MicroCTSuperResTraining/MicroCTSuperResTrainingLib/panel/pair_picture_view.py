"""The picture of a specimen that the check of the pairs has made."""

from __future__ import annotations

from pathlib import Path

import qt

# In pixels, as wide as the panel where that is narrower.
_WIDTHS, _MARGIN = (200, 420), 10


class PairPictureView:
    """Shows a picture in a label, which is away while there is none.

    :param label: the QLabel.
    """

    def __init__(self, label: object) -> None:
        self._label = label
        self._shown: str | None = None

    def show(self, folder: str, specimen: str) -> None:
        """Show the picture of a specimen.

        :param folder: that the job `cohort pair` has written; "" without one.
        :param specimen: "" for none.
        """
        file = Path(folder) / "pictures" / f"{specimen}.png"
        wanted = str(file) if folder and specimen and file.is_file() else ""
        if wanted == self._shown:
            return
        self._shown = wanted
        self._label.visible = bool(wanted)
        if wanted:
            least, most = _WIDTHS
            width = min(max(self._label.parentWidget().width - 2 * _MARGIN, least), most)
            self._label.setPixmap(qt.QPixmap(wanted).scaledToWidth(width, qt.Qt.SmoothTransformation))
            self._label.toolTip = wanted
