"""The panel of the module: sections of widgets, and the work that they start. Qt and Slicer are known here."""
