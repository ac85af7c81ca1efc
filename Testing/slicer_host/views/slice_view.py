"""One slice view: Slicer's slice logic and displayable managers in an off-screen render window."""

import numpy as np
import slicer
import vtk

from .pixels import image_pixels, window_pixels

MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLScalarBarDisplayableManager",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLColorLegendDisplayableManager",
)


class SliceView:
    """Draws one slice node.

    :param application_logic: the application's vtkMRMLApplicationLogic.
    :param node: the vtkMRMLSliceNode.
    :param size: (width, height) in pixels.
    """

    def __init__(self, application_logic, node, size=(400, 400)):
        self.node = node
        self.size = size
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(True)
        self.window.SetSize(*size)
        self.renderer = vtk.vtkRenderer()
        self.renderer.GetActiveCamera().ParallelProjectionOn()
        self.window.AddRenderer(self.renderer)
        self.interactor = vtk.vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        self.interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())
        self.logic = self._slice_logic(application_logic)
        self._add_image_actor()
        self._add_managers(application_logic)
        self._add_mouse()
        self.logic.ResizeSliceNode(*size)

    def _slice_logic(self, application_logic):
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLApplicationLogic(application_logic)
        logic.SetMRMLScene(self.node.GetScene())
        logic.SetSliceNode(self.node)
        application_logic.GetSliceLogics().AddItem(logic)
        return logic

    def _add_image_actor(self):
        # CTK's light box renderer is not in slicer-core; one image actor does its work.
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        self._actor = vtk.vtkActor2D()
        self._actor.SetMapper(self._mapper)
        self._actor.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(self._actor)

    def _add_managers(self, application_logic):
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(application_logic)
        for manager in MANAGERS:
            if not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self.managers = slicer.vtkMRMLDisplayableManagerGroup()
        self.managers.SetRenderer(self.renderer)
        self.managers.Initialize(factory, self.renderer)
        self.managers.SetMRMLDisplayableNode(self.node)

    def _add_mouse(self):
        self.style = slicer.vtkMRMLSliceViewInteractorStyle()
        self.style.SetSliceLogic(self.logic)
        self.style.SetDisplayableManagers(self.managers)
        self.style.SetInteractor(self.interactor)

    def resize(self, width: int, height: int) -> None:
        """Gives the view another size in pixels; the field of view follows as in Slicer."""
        if (width, height) != tuple(self.size) and width > 0 and height > 0:
            self.size = (width, height)
            self.window.SetSize(width, height)
            self.logic.ResizeSliceNode(width, height)

    def slice_pixels(self):
        """The slice as Slicer composes it, without OpenGL: uint8 (rows, columns, RGB), the top row first."""
        connection = self.logic.GetImageDataConnection()
        if connection is None:
            return np.zeros((self.size[1], self.size[0], 3), np.uint8)
        producer = connection.GetProducer()
        producer.Update()
        return image_pixels(producer.GetOutputDataObject(connection.GetIndex()))

    def pixels(self):
        """The whole view, drawn with OpenGL: slice, ruler, markups ...: uint8 (rows, columns, RGB)."""
        connection = self.logic.GetImageDataConnection()
        self._mapper.SetInputConnection(connection)
        self._actor.SetVisibility(connection is not None)
        self.window.Render()
        return window_pixels(self.window)

    def wheel(self, steps: int, position=None, *, control=False) -> None:
        """Turns the mouse wheel over the view, away from the user for positive steps.

        :param position: (x, y) in pixels from the lower left corner; the middle without it.
        """
        x, y = position or (self.size[0] // 2, self.size[1] // 2)
        self.interactor.SetEventInformation(x, y, int(control), 0)
        self.interactor.InvokeEvent("EnterEvent")
        self.interactor.InvokeEvent("MouseMoveEvent")
        for _ in range(abs(steps)):
            self.interactor.SetEventInformation(x, y, int(control), 0)
            self.interactor.InvokeEvent("MouseWheelForwardEvent" if steps > 0 else "MouseWheelBackwardEvent")

    def drag(self, button: str, start: tuple[int, int], end: tuple[int, int], *, shift=False) -> None:
        """Drags with a mouse button from one pixel to another, (x, y) from the lower left corner.

        :param button: "Left", "Middle" or "Right".
        """
        for event, (x, y) in (
            ("EnterEvent", start),
            ("MouseMoveEvent", start),
            (f"{button}ButtonPressEvent", start),
            ("MouseMoveEvent", end),
            (f"{button}ButtonReleaseEvent", end),
        ):
            self.interactor.SetEventInformation(x, y, 0, int(shift))
            self.interactor.InvokeEvent(event)

    def close(self) -> None:
        """Lets go of the scene and the render window."""
        self.managers.SetMRMLDisplayableNode(None)
        self.logic.SetMRMLScene(None)
        self.window.Finalize()
