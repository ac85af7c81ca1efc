"""The picture of a specimen that the check of the pairs has made."""

from __future__ import annotations

from pathlib import Path

import qt

_WIDTH = 420


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
            self._label.setPixmap(qt.QPixmap(wanted).scaledToWidth(_WIDTH, qt.Qt.SmoothTransformation))
            self._label.toolTip = wanted
