"""What lives in Slicer's application: `slicer.app`, the main window, modules, reading and writing, dialogs."""
