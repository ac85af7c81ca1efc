"""CTK's collapsible buttons and groups, menus of tools and message boxes."""
# ruff: noqa: N801, N802, N815 - the names are CTK's

from slicer_host.pythonqt.binding import QtCore, QtWidgets

from .registry import stand_in, stored

HEADER_HEIGHT = 26  # pixels of a collapsible button's own line


@stand_in("ctk")
class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A button over its contents; unchecked means collapsed."""

    contentsCollapsed = QtCore.Signal(bool)
    contentsFrameShape = stored(int, "contentsFrameShape", 0)
    flat = stored(bool, "flat", False)
    collapsedHeight = stored(int, "collapsedHeight", 14)

    def __init__(self, text="", parent=None):
        if not isinstance(text, str):
            text, parent = "", text
        super().__init__(parent)
        self.setText(text)
        self.setContentsMargins(0, HEADER_HEIGHT, 0, 0)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Maximum)
        self._collapsed = False
        self.setCheckable(True)
        self.setChecked(True)
        self.connect("toggled(bool)", lambda checked: self._collapse(not checked))

    def _collapse(self, collapsed):
        if bool(collapsed) != self._collapsed:
            self._collapsed = bool(collapsed)
            self.setChecked(not self._collapsed)
            self._show_contents()
            self.updateGeometry()
            self.contentsCollapsed.emit(self._collapsed)

    collapsed = QtCore.Property(bool, lambda self: self._collapsed, _collapse)

    def _show_contents(self):
        for child in self.children():
            if child.isWidgetType() and not child.isWindow():
                child.setVisible(not self._collapsed)

    def showEvent(self, event):
        self._show_contents()

    def sizeHint(self):
        layout = self.layout()
        width = self.fontMetrics().horizontalAdvance(self.text) + 50
        if layout is None:
            return QtCore.QSize(width, HEADER_HEIGHT)
        inner = layout.sizeHint()
        return QtCore.QSize(max(width, inner.width()), HEADER_HEIGHT if self._collapsed else inner.height())

    minimumSizeHint = sizeHint

    def paintEvent(self, event):
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width, HEADER_HEIGHT - 2)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButtonBevel, option)
        centred = int(QtCore.Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QtCore.QRect(8, 0, 16, HEADER_HEIGHT - 2), centred, "▸" if self._collapsed else "▾")
        painter.drawText(QtCore.QRect(24, 0, self.width - 24, HEADER_HEIGHT - 2), centred, self.text)


@stand_in("ctk")
class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    """A group box whose contents are hidden while it is unchecked."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self.connect("toggled(bool)", self._show_contents)

    def _show_contents(self, visible):
        for child in self.children():
            if child.isWidgetType():
                child.setVisible(visible)

    collapsed = QtCore.Property(bool, lambda self: not self.checked, lambda self, value: self.setChecked(not value))


@stand_in("ctk")
class ctkMenuButton(QtWidgets.QPushButton):
    """A push button with a menu at its side."""


@stand_in("ctk")
class ctkExpandButton(QtWidgets.QToolButton):
    """A checkable arrow."""

    mirrorOnExpand = stored(bool, "mirrorOnExpand", False)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setCheckable(True)


@stand_in("ctk")
class ctkMessageBox(QtWidgets.QMessageBox):
    """A message box that can be told not to come again. Like every dialog of the host it never waits."""

    dontShowAgainVisible = stored(bool, "dontShowAgainVisible", False)
    dontShowAgainSettingsKey = stored(str, "dontShowAgainSettingsKey", "")
    dontShowAgain = stored(bool, "dontShowAgain", False)


@stand_in("ctk")
class ctkFittedTextBrowser(QtWidgets.QTextBrowser):
    """A text browser as high as its text."""

    collapsed = stored(bool, "collapsed", False)
    collapsible = stored(bool, "collapsible", False)
