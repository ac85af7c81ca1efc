"""CTK's combo boxes, paths, folders and colours."""
# ruff: noqa: N801, N802, N815 - the names are CTK's

from slicer_host.pythonqt.binding import QtCore, QtGui, QtWidgets

from .ctk_numbers import _in_a_row
from .registry import of_inner, stand_in, stored

CHECKED_ROLE = QtCore.Qt.ItemDataRole.CheckStateRole


@stand_in("ctk")
class ctkComboBox(QtWidgets.QComboBox):
    """A combo box with a text for "nothing chosen"."""

    defaultText = stored(str, "defaultText", "")
    forceDefault = stored(bool, "forceDefault", False)
    scrollWheelEnabled = stored(bool, "scrollWheelEnabled", True)


@stand_in("ctk")
class ctkCheckableComboBox(QtWidgets.QComboBox):
    """A combo box whose entries have check boxes."""

    checkedIndexesChanged = QtCore.Signal()

    def checkableModel(self):
        return self.model()

    def setCheckState(self, index, state):
        self.setItemData(index.row(), int(state), int(CHECKED_ROLE))
        self.checkedIndexesChanged.emit()

    def checkState(self, index):
        return QtCore.Qt.CheckState(int(self.itemData(index.row(), int(CHECKED_ROLE)) or 0))

    def checkedIndexes(self):
        indexes = [self.model().index(row, 0) for row in range(self.count)]
        return tuple(index for index in indexes if int(self.checkState(index)))


@stand_in("ctk")
class ctkCheckBox(QtWidgets.QCheckBox):
    """A check box that can have an icon as its indicator."""


@stand_in("ctk")
class ctkPathLineEdit(QtWidgets.QWidget):
    """A line for a path. Its browse button opens nothing: tests set `currentPath`."""

    currentPathChanged = QtCore.Signal(str)
    validInputChanged = QtCore.Signal(bool)
    # The flags of QDir::Filter, which PythonQt gives as attributes of the class.
    Dirs, Files, Drives, NoSymLinks, Readable, Writable, Executable, Hidden = 1, 2, 4, 8, 16, 32, 64, 256

    filters = stored(int, "filters", 24663)
    nameFilters = stored("QStringList", "nameFilters", ())
    settingKey = stored(str, "settingKey", "")
    label = stored(str, "label", "")
    showBrowseButton = stored(bool, "showBrowseButton", True)
    showHistoryButton = stored(bool, "showHistoryButton", True)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._edit = QtWidgets.QLineEdit()
        browse = QtWidgets.QToolButton()
        browse.setText("…")
        _in_a_row(self, self._edit, browse)
        self._edit.connect("textChanged(QString)", self.currentPathChanged.emit)

    currentPath = of_inner(str, "_edit", "text")

    def setCurrentPath(self, path):
        self._edit.setText(path)

    def addCurrentPathToHistory(self):
        """The history of paths is not imitated."""


@stand_in("ctk")
class ctkDirectoryButton(QtWidgets.QPushButton):
    """A button that shows a folder. A click opens nothing: tests set `directory`."""

    directoryChanged = QtCore.Signal(str)
    directorySelected = QtCore.Signal(str)
    caption = stored(str, "caption", "")

    def _set_directory(self, folder):
        folder = QtCore.QDir(folder).absolutePath()
        if folder != QtCore.QDir(self._directory()).absolutePath():  # none is the current folder
            self._folder = folder
            self.setText(folder)
            self.directoryChanged.emit(folder)

    def _directory(self):
        return self.__dict__.get("_folder", "")

    directory = QtCore.Property(str, _directory, _set_directory)


@stand_in("ctk")
class ctkColorPickerButton(QtWidgets.QPushButton):
    """A button that shows a colour."""

    colorChanged = QtCore.Signal(QtGui.QColor)
    displayColorName = stored(bool, "displayColorName", True)

    def _set_color(self, color):
        self._color = QtGui.QColor(color)
        self.colorChanged.emit(self._color)

    def setColor(self, color):
        self._set_color(color)

    color = QtCore.Property(QtGui.QColor, lambda self: self.__dict__.get("_color", QtGui.QColor("black")), _set_color)


@stand_in("ctk")
class ctkSearchBox(QtWidgets.QLineEdit):
    """A line edit for searching."""


@stand_in("ctk")
class ctkFileDialog(QtWidgets.QFileDialog):
    """A file dialog; like every dialog of the host it never waits."""
