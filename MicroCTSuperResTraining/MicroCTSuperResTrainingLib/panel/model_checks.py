"""The list of models with check marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qt
from MicroCTSuperResLib.panel.model_list import model_store

if TYPE_CHECKING:
    from collections.abc import Callable


class ModelChecks:
    """Offers the models of the store.

    :param widget: a QListWidget.
    :param on_chosen: called with the names that are checked, when the user has changed a check mark.
    """

    def __init__(self, widget, on_chosen: Callable[[list[str]], None]) -> None:
        self._widget, self._on_chosen = widget, on_chosen
        self._filling = False
        widget.connect("itemChanged(QListWidgetItem*)", self._changed)

    def fill(self, chosen: list[str]) -> None:
        """Offer the models that there are now.

        :param chosen: names or folders that are checked; they are offered in any case.
        """
        names = list(dict.fromkeys([*(model.name for model in model_store().list()), *chosen]))
        self._filling = True
        self._widget.clear()
        for name in names:
            item = qt.QListWidgetItem(name)
            item.setCheckState(qt.Qt.Checked if name in chosen else qt.Qt.Unchecked)
            self._widget.addItem(item)
        self._filling = False

    def checked(self) -> list[str]:
        """The names that are checked."""
        items = [self._widget.item(row) for row in range(self._widget.count)]
        return [item.text() for item in items if item.checkState() == qt.Qt.Checked]

    def _changed(self, _item) -> None:
        if not self._filling:
            self._on_chosen(self.checked())
