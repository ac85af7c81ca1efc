"""`slicer.app`: a QApplication with the methods and signals that modules use of qSlicerApplication."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from pathlib import Path
from types import SimpleNamespace

from slicer_host.pythonqt.binding import QtCore, QtWidgets
from slicer_host.pythonqt.signals import connections_of, disconnect
from slicer_host.widgets.registry import stand_in, stored


@stand_in("slicer")
class qSlicerApplication(QtWidgets.QApplication):
    """One for the process. The host gives it a scene, logics and a layout manager for each test.

    `testing` is what `testingEnabled()` tells. It is False as for a user, whom dialogs ask and tell.
    """

    startupCompleted = QtCore.Signal()
    mrmlSceneChanged = QtCore.Signal(object)
    SIGNATURES = ("mrmlSceneChanged(vtkMRMLScene*)",)

    testing = stored(bool, "testing", False)
    applicationName = stored(str, "applicationName", "Slicer")
    applicationVersion = stored(str, "applicationVersion", "5.12.4-2026-08-01")
    majorVersion = stored(int, "majorVersion", 5)
    minorVersion = stored(int, "minorVersion", 12)
    revision = stored(str, "revision", "00000")
    os = stored(str, "os", "linux")
    arch = stored(str, "arch", "amd64")
    slicerHome = stored(str, "slicerHome", "")
    temporaryPath = stored(str, "temporaryPath", "")
    cachePath = stored(str, "cachePath", "")
    defaultScenePath = stored(str, "defaultScenePath", "")
    extensionsInstallPath = stored(str, "extensionsInstallPath", "")
    launcherExecutableFilePath = stored(str, "launcherExecutableFilePath", "")
    slicerUserSettingsFilePath = stored(str, "slicerUserSettingsFilePath", "")

    def __init__(self, folder: Path):
        super().__init__(["Slicer"])
        self._folder = folder
        self._parts = SimpleNamespace()
        for name in ("home", "temporary", "cache"):
            (folder / name).mkdir(exist_ok=True)
        self.slicerHome = str(folder / "home")
        self.temporaryPath = str(folder / "temporary")
        self.cachePath = str(folder / "cache")
        self.slicerUserSettingsFilePath = str(folder / "Slicer.ini")
        self.clear_settings()

    def clear_settings(self):
        """Makes all settings private and empty, those of a plain `qt.QSettings()`, too."""
        QtCore.QSettings.setDefaultFormat(QtCore.QSettings.Format.IniFormat)
        QtCore.QSettings.setPath(
            QtCore.QSettings.Format.IniFormat, QtCore.QSettings.Scope.UserScope, str(self._folder / "settings")
        )
        self.setOrganizationName("NA-MIC")
        QtCore.QCoreApplication.setApplicationName("Slicer")
        QtCore.QSettings().clear()
        self.userSettings().clear()

    def take(self, parts: SimpleNamespace) -> None:
        """Uses these from now on: scene, logic, layout_manager, module_manager, io_manager."""
        self._parts = parts
        for signature in {signature for signature, *_ in connections_of(self)}:
            disconnect(self, signature)
        self.mrmlSceneChanged.emit(parts.scene)

    def mrmlScene(self):
        return self._parts.scene

    def applicationLogic(self):
        return self._parts.logic

    def layoutManager(self):
        return self._parts.layout_manager

    def moduleManager(self):
        return self._parts.module_manager

    def ioManager(self):
        return self._parts.io_manager

    def coreIOManager(self):
        return self._parts.io_manager

    def settings(self):
        return self.userSettings()

    def userSettings(self):
        return QtCore.QSettings(self.slicerUserSettingsFilePath, QtCore.QSettings.Format.IniFormat)

    def revisionUserSettings(self):
        return self.userSettings()

    def commandOptions(self):
        return SimpleNamespace(noMainWindow=False, testingEnabled=self.testing)

    def testingEnabled(self):
        return self.testing

    def environment(self):
        return QtCore.QProcessEnvironment.systemEnvironment()

    def startupEnvironment(self):
        return QtCore.QProcessEnvironment.systemEnvironment()

    def toSlicerHomeAbsolutePath(self, path):
        return str(Path(self.slicerHome) / path)

    def pythonManager(self):
        return SimpleNamespace()

    def pauseRender(self):
        self._parts.logic.PauseRender()

    def resumeRender(self):
        self._parts.logic.ResumeRender()

    def moduleDocumentationUrl(self, name):
        return f"https://slicer.readthedocs.io/en/5.12/user_guide/modules/{name.lower()}.html"

    def restart(self):
        raise RuntimeError("The application would restart now.")
