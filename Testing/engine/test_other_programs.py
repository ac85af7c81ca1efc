"""What is written is read by other programs: SimpleITK, pydicom and 3D Slicer (slicer-core)."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from MicroCTSuperResLib.imaging.calibration import Line
from MicroCTSuperResLib.imaging.formats import read_volume, write_volume
from sample_volumes import sample_volume

NAMES = ("v.nrrd", "v.nhdr", "v.mha", "v.mhd", "v.nii", "v.nii.gz")
# NRRD and MetaImage keep doubles; NIfTI keeps 32-bit numbers (24 bits: 6e-8 of numbers up to 3).
TOLERANCE = {"v.nii": 3e-7, "v.nii.gz": 3e-7}
RAS_FROM_LPS = np.diag([-1, -1, 1])
TYPES = ("uint8", "int16", "uint16", "int32", "float32", "float64")


def grey_volume(**changes):
    """Grey values from -80 to 247 that are no whole numbers."""
    volume = sample_volume("float32", **changes)
    return volume.with_voxels(np.float32(volume.voxels * 3.3 - 80))


@pytest.fixture
def slicer():
    """The libraries of 3D Slicer without its application."""
    return pytest.importorskip("slicer", reason="slicer-core is not installed: pip install slicer-core")


def loaded_by_slicer(slicer, path):
    """A scalar volume node as Slicer's own storage nodes load it, with its scene, which must outlive it."""
    scene = slicer.vtkMRMLScene()
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    kind = "vtkMRMLNRRDStorageNode" if path.suffix in (".nrrd", ".nhdr") else "vtkMRMLVolumeArchetypeStorageNode"
    storage = scene.AddNewNodeByClass(kind)
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return node, scene


def geometry_of_node(node):
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASDirectionMatrix(matrix)
    direction = np.array([[matrix.GetElement(row, column) for column in range(3)] for row in range(3)])
    return np.array(node.GetSpacing()), np.array(node.GetOrigin()), direction


def voxels_of_node(node):
    from vtk.util.numpy_support import vtk_to_numpy

    image = node.GetImageData()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("compress", [False, True])
def test_simpleitk_reads_voxels_and_geometry(tmp_path, name, compress):
    volume = sample_volume()
    image = sitk.ReadImage(str(volume.write(tmp_path / name, compress=compress)))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), volume.voxels)
    tolerance = TOLERANCE.get(name, 1e-14)
    np.testing.assert_allclose(image.GetSpacing(), volume.spacing, rtol=0, atol=tolerance)
    np.testing.assert_allclose(image.GetOrigin(), volume.origin, rtol=0, atol=tolerance)
    np.testing.assert_allclose(image.GetDirection(), volume.direction, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("flipped", [False, True])
def test_slicer_reads_voxels_and_geometry(slicer, tmp_path, name, flipped):
    volume = sample_volume()
    if flipped:
        volume = volume.with_voxels(volume.voxels, direction=tuple((volume.direction_matrix * [1, 1, -1]).ravel()))
    node, scene = loaded_by_slicer(slicer, volume.write(tmp_path / name))
    voxels, (spacing, origin, direction) = voxels_of_node(node), geometry_of_node(node)
    if np.linalg.det(direction) * np.linalg.det(volume.direction_matrix) < 0:
        # Slicer reads left-handed volumes with their slices in reverse order, each at the same place.
        voxels, origin = voxels[::-1], origin + direction[:, 2] * spacing[2] * (len(voxels) - 1)
        direction = direction * [1, 1, -1]
    np.testing.assert_array_equal(voxels, volume.voxels)
    tolerance = TOLERANCE.get(name, 1e-14)
    np.testing.assert_allclose(spacing, volume.spacing, rtol=0, atol=tolerance)
    np.testing.assert_allclose(origin, RAS_FROM_LPS @ volume.origin, rtol=0, atol=tolerance)
    np.testing.assert_allclose(direction, RAS_FROM_LPS @ volume.direction_matrix, rtol=0, atol=tolerance)
    scene.Clear(1)


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii.gz"])
@pytest.mark.parametrize("voxel_type", TYPES)
def test_slicer_reads_every_usual_type(slicer, tmp_path, name, voxel_type):
    volume = sample_volume(voxel_type)
    node, scene = loaded_by_slicer(slicer, volume.write(tmp_path / name, compress=True))
    read = voxels_of_node(node)
    np.testing.assert_array_equal(read, volume.voxels)
    assert read.dtype == voxel_type
    scene.Clear(1)


@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz"])
@pytest.mark.parametrize("voxel_type", ["uint8", "int16", "uint16"])
def test_whole_numbers_with_a_rescale_are_grey_values_elsewhere_as_nifti(slicer, tmp_path, name, voxel_type):
    volume = grey_volume()
    path = write_volume(volume, tmp_path / name, voxel_type=voxel_type)
    ours = read_volume(path)
    node, scene = loaded_by_slicer(slicer, path)
    # Both turn the numbers of the file into floating point; NIfTI's slope and intercept have 24 bits.
    np.testing.assert_allclose(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), ours.voxels, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(voxels_of_node(node), ours.voxels, rtol=1e-6, atol=1e-5)
    step = {"uint8": 2.0, "int16": 0.005, "uint16": 0.005}[voxel_type]  # of 327 grey values in 256 or 65536 numbers
    np.testing.assert_allclose(ours.voxels, volume.voxels, rtol=0, atol=step / 2 + 1e-4)
    scene.Clear(1)


@pytest.mark.parametrize("voxel_type", ["uint8", "int8", "int16", "uint16", "int32"])
def test_whole_numbers_with_a_rescale_are_grey_values_elsewhere_as_dicom(tmp_path, voxel_type):
    volume = grey_volume(units="HU")
    folder = write_volume(volume, tmp_path / "series" / "*.dcm", voxel_type=voxel_type)
    ours = read_volume(folder)
    for number in range(volume.size[2]):
        file = folder / f"slice_{number:04d}.dcm"
        slice_ = pydicom.dcmread(file)
        told = slice_.pixel_array * float(slice_.RescaleSlope) + float(slice_.RescaleIntercept)
        np.testing.assert_allclose(ours.voxels[number], told, rtol=2**-24, atol=1e-9)  # rounded to single precision
        np.testing.assert_allclose(sitk.GetArrayFromImage(sitk.ReadImage(str(file)))[0], told, rtol=1e-12, atol=1e-9)
        assert slice_.RescaleType == "HU"
        assert slice_.pixel_array.dtype == voxel_type
    step = abs(float(slice_.RescaleSlope))
    np.testing.assert_allclose(ours.voxels, volume.voxels, rtol=0, atol=step / 2 + 1e-4)


@pytest.mark.parametrize(
    "line", [Line(0.5, -1000.0), Line(-2.0, 7.0), Line(1 / 3, 1e-9), Line(3.0, 1.23456789012345678e8)]
)
def test_a_rescale_of_any_digits_fits_into_dicom(tmp_path, line):
    volume = sample_volume("int16", units="HU")
    grey = volume.with_voxels(line.applied_to(volume.voxels, "float64"))
    folder = write_volume(grey, tmp_path / "series" / "*.dcm", voxel_type="int16", rescale=line)
    slice_ = pydicom.dcmread(folder / "slice_0003.dcm")
    np.testing.assert_array_equal(slice_.pixel_array, volume.voxels[3])
    # Decimals of 16 characters: 1/3 is 0.33333333333333, 14 digits.
    np.testing.assert_allclose((slice_.RescaleSlope, slice_.RescaleIntercept), line, rtol=1e-9)
    read = read_volume(folder).voxels  # single precision, but for the last line: it cannot tell 3 from 0 at 1e8
    np.testing.assert_allclose(read, grey.voxels, rtol=1e-9 if read.dtype == np.float64 else 2**-23)
    assert (read.dtype == np.float64) == (line.offset > 1e8)


def test_whole_numbers_without_a_rescale_have_none_in_dicom(tmp_path):
    slice_ = pydicom.dcmread(sample_volume("int16").write(tmp_path / "s" / "*.dcm") / "slice_0000.dcm")
    assert (slice_.RescaleSlope, slice_.RescaleIntercept) == (1, 0)


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha"])
def test_other_programs_see_the_stored_numbers_and_the_rescale_as_text_in_nrrd_and_metaimage(tmp_path, name):
    path = write_volume(grey_volume(), tmp_path / name, voxel_type="uint8")
    image = sitk.ReadImage(str(path))
    factor, offset = (float(part) for part in image.GetMetaData("MicroCTSuperRes.rescale").split())
    assert image.GetPixelIDTypeAsString() == "8-bit unsigned integer"
    np.testing.assert_allclose(sitk.GetArrayFromImage(image) * factor + offset, read_volume(path).voxels, rtol=1e-6)
