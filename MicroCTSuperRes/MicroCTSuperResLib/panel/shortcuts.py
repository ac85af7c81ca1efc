"""The keyboard shortcuts of the panel. They work in Slicer's whole main window while the module is open.

Slicer's own use single letters (Segment Editor, Markups) and Ctrl with one key, so these take Ctrl+Shift.
"""

import qt
import slicer

from .section import Section

# Keys: the section, and its button that is pressed. A button that cannot be pressed now stays as it is.
BUTTONS = {
    "Ctrl+Shift+E": ("runSection", "enhanceButton"),
    "Ctrl+Shift+C": ("runSection", "cancelButton"),
    "Ctrl+Shift+B": ("compareSection", "flickerButton"),  # B as in blink
    "Ctrl+Shift+P": ("compareSection", "screenshotButton"),  # P as in picture
}


class Shortcuts(Section):
    """Presses buttons of the other sections, which are set up before it."""

    def setup(self):
        self._shortcuts = []
        for keys, (section, name) in BUTTONS.items():
            button = getattr(getattr(self.module, section).ui, name)
            _tell_of(button, keys)
            shortcut = qt.QShortcut(slicer.util.mainWindow() or self.module.parent)  # a Slicer may have no main window
            shortcut.setKey(qt.QKeySequence(keys))
            shortcut.enabled = False
            shortcut.connect("activated()", button.click)
            self._shortcuts.append(shortcut)

    def enter(self):
        for shortcut in self._shortcuts:
            shortcut.enabled = True

    def exit(self):
        for shortcut in self._shortcuts:
            shortcut.enabled = False

    def cleanup(self):
        for shortcut in self._shortcuts:
            shortcut.enabled = False
            shortcut.deleteLater()
        self._shortcuts = []


def _tell_of(button, keys):
    """Name the keys at the end of what the button says of itself."""
    # What was set reads back as rich text; its words are what is wanted.
    document = qt.QTextDocument()
    document.setHtml(button.toolTip)
    button.toolTip = f"{document.toPlainText()} ({keys})".strip()
