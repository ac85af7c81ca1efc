"""What Slicer would only print, or wait for, fails a test on the host."""

import importlib.util
import sys

import pytest
from slicer_host.actions import process_events
from slicer_host.problems import HostProblem


@pytest.fixture
def qt(slicer_scene):
    import qt

    return qt


def test_an_exception_in_a_slot_is_a_problem(qt, host):
    button = qt.QPushButton()
    button.connect("clicked()", lambda: 1 / 0)
    button.click()
    with pytest.raises(HostProblem, match="ZeroDivisionError"):
        host.problems.raise_any()


def test_an_exception_in_a_timer_is_a_problem(qt, host):
    qt.QTimer.singleShot(0, lambda: 1 / 0)
    process_events(0.02)
    assert [type(problem.exception) for problem in host.problems.take()] == [ZeroDivisionError]


def test_an_exception_in_an_observer_is_a_problem(qt, host):
    import slicer
    import vtk

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")
    node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda caller, event: 1 / 0)
    node.Modified()
    assert [type(problem.exception) for problem in host.problems.take()] == [ZeroDivisionError]


def test_an_exception_in_an_event_handler_is_a_problem(qt, host):
    class Failing(qt.QWidget):
        def resizeEvent(self, event):  # noqa: N802 - Qt's name
            raise KeyError("size")

    widget = Failing()
    widget.show()
    process_events()
    assert {type(problem.exception) for problem in host.problems.take()} == {KeyError}


def test_a_wrong_signal_name_is_a_problem(qt, host):
    assert qt.QPushButton().connect("cliked()", print) is False
    assert [problem.kind for problem in host.problems.take()] == ["signal"]


def test_a_warning_of_qt_is_a_problem(qt, host):
    widget = qt.QWidget()
    qt.QVBoxLayout(widget)
    qt.QVBoxLayout(widget)  # "QLayout: Attempting to add QLayout to QWidget, which already has a layout"
    assert [problem.kind for problem in host.problems.take()] == ["qt"]


def test_an_error_that_mrml_logs_is_a_problem(slicer_scene, host):
    slicer_scene.AddNewNodeByClass("vtkMRMLSliceNode").SetOrientation("Nowhere")
    assert [problem.kind for problem in host.problems.take()] == ["vtk"]


def test_a_process_that_is_dropped_while_it_runs_is_a_problem(qt, host):
    def start():
        process = qt.QProcess()
        process.start("sleep", ["10"])
        process.waitForStarted()

    start()
    assert "Destroyed while process" in host.problems.take()[0].text


@pytest.mark.parametrize(
    "show",
    [
        "slicer.util.errorDisplay('no')",
        "slicer.util.confirmOkCancelDisplay('sure?')",
        "qt.QMessageBox.question(None, 'title', 'text')",
        "qt.QFileDialog.getOpenFileName(None, 'title')",
        "qt.QDialog().exec_()",
        "ctk.ctkMessageBox().exec_()",
        "qt.QMenu().exec_()",
    ],
)
def test_a_dialog_nobody_expects_raises_and_is_a_problem(qt, host, show):
    import ctk
    import slicer
    from slicer_host.application.dialogs import UnexpectedDialog

    with pytest.raises(UnexpectedDialog):
        eval(show, {"qt": qt, "ctk": ctk, "slicer": slicer})
    assert [problem.kind for problem in host.problems.take()] == ["dialog"]


def test_waiting_ends_with_the_first_problem(qt, slicer_scene):
    from slicer_host.actions import wait_until

    qt.QTimer.singleShot(0, lambda: 1 / 0)
    with pytest.raises(HostProblem, match="ZeroDivisionError"):
        wait_until(lambda: False, timeout=60)


def test_a_file_dialog_answers_with_one_text_as_in_slicer(qt, host):
    with host.dialogs.expecting("QFileDialog.getOpenFileName", answer="scan.isq") as seen:
        assert qt.QFileDialog.getOpenFileName(None, "Open scan") == "scan.isq"
    assert seen[0].text == "Open scan"


def test_a_dialog_can_be_filled_in(qt, host):
    class Asking(qt.QDialog):
        def __init__(self):
            qt.QDialog.__init__(self)
            self.edit = qt.QLineEdit(self)

    def fill_in(dialog):
        dialog.edit.text = "mouse 7"
        return qt.QDialog.Accepted

    dialog = Asking()
    with host.dialogs.expecting("exec", answer=fill_in):
        assert dialog.exec_() == qt.QDialog.Accepted
    assert dialog.edit.text == "mouse 7"


def test_an_expected_dialog_that_does_not_come_fails(host, slicer_scene):
    with pytest.raises(AssertionError, match="No dialog"), host.dialogs.expecting("errorDisplay"):
        pass


def test_settings_are_private_and_start_empty(qt):
    import slicer

    assert qt.QSettings().allKeys() == ()
    qt.QSettings().setValue("a", 1)
    slicer.app.userSettings().setValue("b", 2)
    assert str(slicer.app.temporaryPath) in slicer.app.slicerUserSettingsFilePath.replace("Slicer.ini", "temporary")


def test_settings_of_the_test_before_are_gone(qt):
    import slicer

    assert qt.QSettings().allKeys() == slicer.app.userSettings().allKeys() == ()


def test_nothing_of_slicers_application_is_left_after_a_test(host):
    # No fixture starts the application here.
    import slicer

    left = [name for name in ("qt", "ctk", "slicer.i18n", "slicer.ScriptedLoadableModule") if name in sys.modules]
    assert left == []
    assert importlib.util.find_spec("qt") is None
    assert not hasattr(slicer, "app")
    assert not hasattr(slicer, "qMRMLNodeComboBox")


def test_isinstance_of_a_module_is_that_of_slicer(open_module, tmp_path):
    module = tmp_path / "Strict.py"
    module.write_text(
        "import qt\n"
        "from slicer.ScriptedLoadableModule import *\n"
        "class Strict(ScriptedLoadableModule):\n"
        "    pass\n"
        "class StrictWidget(ScriptedLoadableModuleWidget):\n"
        "    def ask(self):\n"
        "        button = qt.QPushButton()\n"
        "        return isinstance(button, qt.QWidget), isinstance(button, qt.QPushButton), isinstance(1, int)\n"
    )
    assert open_module(module).ask() == (False, True, True)
