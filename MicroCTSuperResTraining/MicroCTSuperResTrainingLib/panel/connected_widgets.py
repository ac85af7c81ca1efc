"""The connection of a section's widgets to the parameters, which are other ones after a scene was read or closed."""

from __future__ import annotations


class ConnectedWidgets:
    """Connects the widgets that carry the property SlicerParameterName.

    :param ui: the widgets of a section.
    """

    def __init__(self, ui: object) -> None:
        self._ui = ui
        self._connected = None  # (parameters, tag of their connection)

    def follow(self, parameters: object) -> None:
        """Connect the widgets to these parameters alone; two at once would change each other without end."""
        if self._connected is None or self._connected[0] is not parameters:
            self.leave()
            self._connected = (parameters, parameters.connectGui(self._ui))

    def leave(self) -> None:
        """Connect the widgets to none: the parameters go."""
        if self._connected is not None:
            parameters, tag = self._connected
            self._connected = None
            parameters.disconnectGui(tag)
