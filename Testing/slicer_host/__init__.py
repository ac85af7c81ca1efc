"""A stand-in for the application 3D Slicer in which the tests open, click and photograph the project's panels.

The README beside this file tells what is real, what is a stand-in and what the host cannot tell.
"""
