"""Small whole scans of every format that is read, to be damaged."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tifffile
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS, Calibration, Line
from MicroCTSuperResLib.imaging.formats import write_volume
from MicroCTSuperResLib.imaging.formats.calibration_file import write_calibration
from MicroCTSuperResLib.imaging.volume import Volume
from trial import Seed, emptied

sys.path.append(str(Path(__file__).resolve().parents[1] / "engine"))
from sample_scanco import aim_bytes, calibration_blocks, isq_bytes
from sample_skyscan import write_scan, write_slices
from sample_volumes import sample_volume

_CALIBRATION = Calibration(8192, 0.24, 1600.0, -390.0, origins={"slope": "phantom"})
_STEP = Line(0.5, -10.0)
_WRITTEN = {
    "nrrd": ("scan.nrrd", {}),
    "nrrd-compressed": ("scan.nrrd", {"compress": True}),
    "nhdr": ("scan.nhdr", {}),
    "mha": ("scan.mha", {}),
    "mha-compressed": ("scan.mha", {"compress": True}),
    "mhd": ("scan.mhd", {}),
    "nii": ("scan.nii", {"voxel_type": "int16", "rescale": _STEP}),
    "nii-gz": ("scan.nii.gz", {}),
    "tiff": ("scan.tif", {}),
    "tiff-compressed": ("scan.tif", {"compress": True}),
    "tiff-slices": ("slices/*.tif", {}),
    "png-slices": ("slices/*.png", {"voxel_type": "uint8", "rescale": Line(1.0, 0.0)}),
    "bmp-slices": ("slices/*.bmp", {"voxel_type": "uint8", "rescale": Line(1.0, 0.0)}),
    "dicom": ("slices/*.dcm", {}),
    "ome-zarr-0.5": ("scan.zarr", {}),
    "ome-zarr-0.4": ("scan.zarr", {"ngff": "0.4"}),
}
_SCANCO_CONSTANTS = {"slope": 369.154, "intercept": -191.56, "mu_water": 0.5189, "units": "mg HA/ccm"}
_SCANCO = {
    "isq": lambda greys: isq_bytes(greys),
    "isq-calibrated": lambda greys: isq_bytes(greys, blocks=calibration_blocks(_SCANCO_CONSTANTS)),
    "aim-020": lambda greys: aim_bytes(greys, version="020"),
    "aim-030": lambda greys: aim_bytes(greys),
    "aim-bits": lambda greys: aim_bytes((greys > 50).astype(np.int8), "bits"),
    "aim-runs": lambda greys: aim_bytes((greys // 30).astype(np.int8), "runs"),
    "aim-binary-runs": lambda greys: aim_bytes((greys > 50).astype(np.int8), "binary runs", "020"),
}


def _calibrated_beside(folder: Path) -> Seed:
    """Constants in a file of their own, which the units that are read come from."""
    path = folder / "scan.isq"
    path.write_bytes(isq_bytes(sample_volume("int16", size=(7, 5, 4)).voxels))
    write_calibration(_CALIBRATION, folder / "scan.isq.calibration.json")
    return Seed("calibration-file", path, (folder / "scan.isq.calibration.json",), units=DENSITY_UNITS)


def _dicom_rescaled(folder: Path) -> Seed:
    """Slices that single precision is computed from, with a calibration file in their folder."""
    place = write_volume(_volume(), folder / "slices" / "*.dcm", voxel_type="int16", rescale=_STEP)
    write_calibration(_CALIBRATION, place / "calibration.json")
    return Seed("dicom-rescaled", place, _files(folder))


def _rsq(folder: Path) -> Seed:
    path = folder / "scan.rsq"
    path.write_bytes(isq_bytes(sample_volume("int16", size=(7, 5, 4)).voxels))
    return Seed("rsq", path, (path,), spacing=(1.0, 1.0, 1.0))


def _skyscan(folder: Path) -> Seed:
    write_scan(folder / "scan", ending=".tif")
    return Seed("skyscan", folder / "scan", _files(folder))


def _jpeg_2000(folder: Path) -> Seed:
    write_slices(folder / "slices", ending=".jp2")
    return Seed("jpeg-2000", folder / "slices", _files(folder), spacing=(0.02, 0.02, 0.02), may_lose_ends=True)


def _imagej(folder: Path) -> Seed:
    path = folder / "scan.tif"
    told = {"spacing": 0.02, "unit": "mm", "axes": "ZYX"}
    tifffile.imwrite(path, _volume().voxels, imagej=True, resolution=(50, 50), metadata=told)
    return Seed("imagej", path, (path,))


_OTHERS = {
    "skyscan": _skyscan,
    "jpeg-2000": _jpeg_2000,
    "imagej": _imagej,
    "calibration-file": _calibrated_beside,
    "dicom-rescaled": _dicom_rescaled,
    "rsq": _rsq,
}


def make_seeds(folder: Path, names: list[str] | None = None) -> list[Seed]:
    """Write the scans of these names, or of all, into sub-folders of `folder`."""
    wanted = names or list(every_name())
    return [_made(name, emptied(folder / name)) for name in wanted]


def every_name() -> tuple[str, ...]:
    return (*_WRITTEN, *_SCANCO, *_OTHERS)


def _made(name: str, folder: Path) -> Seed:
    if name in _OTHERS:
        return _OTHERS[name](folder)
    return _scanco(name, folder) if name in _SCANCO else _written(name, folder)


def _scanco(name: str, folder: Path) -> Seed:
    path = folder / f"scan.{name[:3]}"
    path.write_bytes(_SCANCO[name](sample_volume("int16", size=(7, 5, 4)).voxels))
    return Seed(name, path, (path,))


def _written(name: str, folder: Path) -> Seed:
    file_name, options = _WRITTEN[name]
    path = folder / file_name
    path.parent.mkdir(exist_ok=True)
    if "*" in file_name:
        path.parent.rmdir()
    place = write_volume(_volume(), path, **options)
    return Seed(name, place, _files(folder), is_text_told=name in ("nhdr", "mhd"))


def _volume() -> Volume:
    small = sample_volume("int16", size=(7, 5, 4), calibration=_CALIBRATION)
    return small.with_voxels(np.ascontiguousarray(small.voxels))


def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(file for file in folder.rglob("*") if file.is_file()))
