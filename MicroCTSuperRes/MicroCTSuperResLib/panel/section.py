"""A part of the panel: one file, one class, one .ui file."""
# ruff: noqa: N802 - the module calls sections by names in Slicer's style

import slicer


class Section:
    """What all sections have. Those that need one of the moments below define it.

    :param module: the module's widget, which has `parameters` (None while there are none), `addSectionWidget` and
        `resourcePath`.
    :param ui_file: name of the .ui file, whose widgets become attributes of `ui`.
    """

    ui_file = ""

    def __init__(self, module):
        self.module = module
        self.ui = None

    @property
    def parameters(self):
        """The module's parameters; None while there are none."""
        return self.module.parameters

    def setup(self):
        """Make the widgets."""
        widget = slicer.util.loadUI(self.module.resourcePath(f"UI/{self.ui_file}"))
        self.ui = slicer.util.childWidgetVariables(widget)
        self.module.addSectionWidget(widget)

    def parametersChanged(self):
        """Show the parameters. Called for every change, whichever it is; there are parameters then."""

    def enter(self):
        """The user opens the module."""

    def exit(self):
        """The user leaves the module."""

    def runStarted(self):
        """The enhancement of a volume begins; it needs the memory and the processors."""

    def sceneAboutToClose(self):
        """The scene is about to be emptied; its nodes are still there."""

    def sceneClosed(self):
        """The scene is empty."""

    def cleanup(self):
        """The panel goes for good."""
