"""Slicer's views drawn without a screen: real logics and displayable managers in VTK's render windows."""
