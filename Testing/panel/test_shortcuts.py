"""Keyboard shortcuts of the panel."""

import pytest
from slicer_host.actions import process_events


class Module:
    """A module with two sections, of which only the buttons count."""

    def __init__(self, buttons):
        self.runSection = self.compareSection = self
        self.ui = self
        vars(self).update(buttons)


@pytest.fixture
def pressed():
    return []


@pytest.fixture
def module(slicer_scene, pressed):
    import qt
    from MicroCTSuperResLib.panel.shortcuts import BUTTONS

    buttons = {}
    for _, name in BUTTONS.values():
        button = qt.QPushButton()
        button.toolTip = f"What {name} does."
        button.connect("clicked(bool)", lambda _checked, name=name: pressed.append(name))
        buttons[name] = button
    return Module(buttons)


@pytest.fixture
def shortcuts(module):
    from MicroCTSuperResLib.panel.shortcuts import Shortcuts

    shortcuts = Shortcuts(module)
    shortcuts.setup()
    yield shortcuts
    shortcuts.cleanup()


def press(host, letter):
    """Press Ctrl+Shift and a letter in the main window."""
    from PySide6 import QtCore, QtGui, QtTest

    host.main_window.activateWindow()
    assert QtTest.QTest.qWaitForWindowActive(host.main_window)
    QtTest.QTest.keySequence(host.main_window, QtGui.QKeySequence(f"Ctrl+Shift+{letter}"))
    # The sequence ends with the keys held, as far as Qt knows: later tests would select in tables with Shift.
    QtTest.QTest.keyRelease(host.main_window, QtCore.Qt.Key.Key_Shift, QtCore.Qt.KeyboardModifier.NoModifier)
    assert QtGui.QGuiApplication.keyboardModifiers() == QtCore.Qt.KeyboardModifier.NoModifier
    process_events(0.02)


def test_keys_press_buttons_while_the_module_is_open(shortcuts, host, pressed):
    press(host, "E")
    assert pressed == []
    shortcuts.enter()
    for letter in "ECBP":
        press(host, letter)
    assert pressed == ["enhanceButton", "cancelButton", "flickerButton", "screenshotButton"]
    shortcuts.exit()
    press(host, "E")
    assert len(pressed) == 4


def test_a_button_that_cannot_be_pressed_stays_as_it_is(shortcuts, host, module, pressed):
    module.enhanceButton.enabled = False
    shortcuts.enter()
    press(host, "E")
    assert pressed == []


def test_the_buttons_tell_their_keys(shortcuts, module):
    assert "What enhanceButton does. (Ctrl+Shift+E)" in module.enhanceButton.toolTip


def test_the_real_panel_has_these_buttons(open_module):
    from MicroCTSuperResLib.panel.shortcuts import BUTTONS

    panel = open_module("MicroCTSuperRes")
    for section, name in BUTTONS.values():
        assert getattr(getattr(panel, section).ui, name).inherits("QAbstractButton")
