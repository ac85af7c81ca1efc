"""Pictures of render windows and images."""

import vtk
from vtk.util.numpy_support import vtk_to_numpy


def window_pixels(window):
    """What a render window shows: uint8 (rows, columns, RGB), the top row first."""
    grabber = vtk.vtkWindowToImageFilter()
    grabber.SetInput(window)
    grabber.ReadFrontBufferOff()
    grabber.ShouldRerenderOff()
    grabber.Update()
    return image_pixels(grabber.GetOutput())


def image_pixels(image):
    """The first slice of a vtkImageData of colours: uint8 (rows, columns, RGB), the top row first."""
    width, height, _ = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)[::-1, :, :3].copy()
