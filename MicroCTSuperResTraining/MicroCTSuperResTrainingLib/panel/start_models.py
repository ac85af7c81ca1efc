"""The models that a training may start from, offered in a combo box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from MicroCTSuperResLib.panel.model_list import model_store
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from collections.abc import Callable


class StartModels:
    """Offers the models of the store, and nothing: a new network.

    :param selector: the QComboBox.
    :param on_choice: called with the name of the model that the user has chosen, "" for a new network.
    """

    def __init__(self, selector: object, on_choice: Callable[[str], None]) -> None:
        self.names: tuple[str, ...] = ()
        self._selector = selector
        self._chosen = ""
        selector.connect("activated(int)", lambda row: on_choice(selector.itemData(row)))

    def read(self) -> None:
        """Offer the models that there are now; the one that was chosen stays chosen."""
        self.names = tuple(model.name for model in model_store().list())
        selector = self._selector
        selector.clear()
        selector.addItem(_("nothing: a new network"), "")
        for name in self.names:
            selector.addItem(name, name)
        self.choose(self._chosen)

    def choose(self, name: str) -> None:
        """Show which one is chosen, also one that is not there any more: the scene asks for it."""
        self._chosen = name
        row = self._selector.findData(name)
        if row < 0:
            self._selector.addItem(_("{name} (missing)").format(name=name), name)
            row = self._selector.count - 1
        self._selector.setCurrentIndex(row)
