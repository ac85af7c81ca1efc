"""One 3-D view: Slicer's displayable managers in an off-screen render window."""

import slicer
import vtk

from .pixels import window_pixels

MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLThreeDReformatDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager3D",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLVolumeRenderingDisplayableManager",
)


class ThreeDView:
    """Draws one vtkMRMLViewNode.

    :param size: (width, height) in pixels.
    """

    def __init__(self, application_logic, node, size=(400, 400)):
        self.node = node
        self.size = size
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(True)
        self.window.SetMultiSamples(0)
        self.window.SetSize(*size)
        self.renderer = vtk.vtkRenderer()
        self.window.AddRenderer(self.renderer)
        self.interactor = vtk.vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        self.interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(application_logic)
        for manager in MANAGERS:
            if not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self.managers = slicer.vtkMRMLDisplayableManagerGroup()
        self.managers.SetRenderer(self.renderer)
        self.managers.Initialize(factory, self.renderer)
        self.managers.SetMRMLDisplayableNode(node)

    def resize(self, width: int, height: int) -> None:
        """Gives the view another size in pixels."""
        if width > 0 and height > 0:
            self.size = (width, height)
            self.window.SetSize(width, height)

    def reset_focal_point(self) -> None:
        """Moves the camera so that everything is seen."""
        self.renderer.ResetCamera()

    def pixels(self):
        """What the view shows: uint8 (rows, columns, RGB), the top row first."""
        self.window.Render()
        return window_pixels(self.window)

    def close(self) -> None:
        """Lets go of the scene and the render window."""
        self.managers.SetMRMLDisplayableNode(None)
        self.window.Finalize()
