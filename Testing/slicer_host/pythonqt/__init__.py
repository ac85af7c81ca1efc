"""PySide6 dressed as PythonQt, the binding that gives Slicer's Python its modules `qt` and `ctk`.

`slicer_host.recorded` holds what a real Slicer answered to a list of expressions; the dressing is tested against it.
"""
