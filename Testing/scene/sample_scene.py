"""Slicer's scene and logics as its application sets them up, and volumes to put into it."""

from pathlib import Path

import numpy as np
import slicer
import slicer.util
import vtk
from MicroCTSuperResLib.imaging.calibration import Calibration
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.scene.layouts import register_layouts
from MicroCTSuperResLib.scene.views import view_node

CALIBRATION = Calibration(
    mu_scaling=8192, mu_water=0.24, slope=1600.5, intercept=-390.0, origins={"mu_scaling": "header of a.isq"}
)
METADATA = {
    "Note": "first line\nsecond; line: 100 %",
    "Maker": "µCT 50 é",
    "MicroCTSuperRes.image_kind": "AI-enhanced",
    "MicroCTSuperRes.model": "default 1.0",
    "MicroCTSuperRes.warnings": "w" * 70_000,
}


class Host:
    """A scene with what the application adds to it: orientations, colours, layouts, linked slice views.

    :param folder: for saved scenes, and for Slicer's cache, which looks after the folder that it is given.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        cache = folder / "cache"
        cache.mkdir(exist_ok=True)
        self._cache, self._data = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
        self._cache.SetRemoteCacheDirectory(str(cache))
        self._data.SetCacheManager(self._cache)
        self.scene = slicer.vtkMRMLScene()
        self.scene.SetDataIOManager(self._data)
        self.application = slicer.vtkSlicerApplicationLogic()
        self.application.SetSliceLogics(vtk.vtkCollection())
        self.application.SetMRMLScene(self.scene)
        self.application.GetColorLogic().SetMRMLScene(self.scene)
        self.application.GetColorLogic().AddDefaultColorNodes()
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(self.scene, True)
        self.layouts = slicer.vtkMRMLLayoutLogic()
        self.layouts.SetMRMLScene(self.scene)
        register_layouts(self.layouts.GetLayoutNode())

    def choose(self, layout) -> None:
        """What the layout manager does when the user chooses a layout."""
        self.layouts.GetLayoutNode().SetViewArrangement(layout.number)

    def slice_logic(self, view, size: int = 64) -> slicer.vtkMRMLSliceLogic:
        """The logic of a slice view on the screen."""
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLApplicationLogic(self.application)
        self.application.GetSliceLogics().AddItem(logic)
        logic.SetMRMLScene(self.scene)
        logic.SetSliceNode(view_node(self.scene, view))
        logic.ResizeSliceNode(size, size)
        return logic

    def save(self) -> Path:
        """The scene as an .mrb file."""
        path = self._folder / "scene.mrb"
        assert self.scene.WriteToMRB(str(path))
        return path

    def reloaded(self) -> "Host":
        """Another Slicer that opened the saved scene."""
        path = self.save()
        folder = self._folder / "reloaded"
        folder.mkdir()
        other = Host(folder)
        assert other.scene.ReadFromMRB(str(path))
        return other

    def count(self, class_name: str) -> int:
        return self.scene.GetNumberOfNodesByClass(class_name)

    def node(self, name: str) -> slicer.vtkMRMLNode:
        return self.scene.GetFirstNodeByName(name)

    def transform(self, matrix: np.ndarray) -> slicer.vtkMRMLLinearTransformNode:
        """A linear transform node, 4x4, RAS."""
        node = self.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        node.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
        return node

    def warp(self) -> slicer.vtkMRMLTransformNode:
        """A transform that is not linear."""
        warp = vtk.vtkThinPlateSplineTransform()
        for points, shift in ((vtk.vtkPoints(), 0.0), (vtk.vtkPoints(), 0.5)):
            for x, y, z in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)):
                points.InsertNextPoint(x, y, z + shift * x * y)
            (warp.SetSourceLandmarks if shift == 0 else warp.SetTargetLandmarks)(points)
        node = self.scene.AddNewNodeByClass("vtkMRMLTransformNode")
        node.SetAndObserveTransformToParent(warp)
        return node


def rotation(angle_x: float, angle_z: float) -> np.ndarray:
    """A 3x3 rotation about x, then z; angles in radians."""
    cx, sx, cz, sz = np.cos(angle_x), np.sin(angle_x), np.cos(angle_z), np.sin(angle_z)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_x


def oblique_volume(**changes) -> Volume:
    """A small oblique volume of densities with everything that can get lost."""
    fields = {
        "voxels": np.random.default_rng(0).integers(-200, 1500, (5, 4, 7)).astype(np.int16),
        "spacing": (0.011, 0.02, 0.035),
        "origin": (-1.5, 2.25, 3.0),
        "direction": tuple(rotation(0.3, -0.5).ravel()),
        "units": "mg HA/cm3",
        "calibration": CALIBRATION,
        "metadata": METADATA,
    }
    return Volume(**(fields | changes))


def ball(size=(24, 24, 24), spacing=0.02, radius=0.15, density=1000.0) -> Volume:
    """A ball of bone in the middle of a volume that is centred at 0."""
    axes = [(np.arange(count) - (count - 1) / 2) * spacing for count in size]
    x, y, z = (axes[0][None, None, :], axes[1][None, :, None], axes[2][:, None, None])
    inside = np.sqrt(x**2 + y**2 + z**2) < radius
    voxels = np.where(inside, density, 0.0).astype(np.float32)
    origin = tuple(float(axis[0]) for axis in axes)
    return Volume(voxels, spacing=(spacing,) * 3, origin=origin, units="mg HA/cm3")


def same_place(got: Volume, wanted: Volume, tolerance: float) -> None:
    """:param tolerance: in mm; for directions without unit."""
    for name in ("spacing", "origin", "direction"):
        np.testing.assert_allclose(getattr(got, name), getattr(wanted, name), rtol=0, atol=tolerance, err_msg=name)


def same_meaning(got: Volume, wanted: Volume) -> None:
    """Voxels, units, calibration and text fields are equal."""
    np.testing.assert_array_equal(got.voxels, wanted.voxels)
    assert got.units == wanted.units
    assert got.calibration == wanted.calibration
    assert dict(got.calibration.origins) == dict(wanted.calibration.origins)
    assert dict(got.metadata) == dict(wanted.metadata)
