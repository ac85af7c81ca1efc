"""What morphometry asks of its workers: volumes of the scene as files, and specimens of the cohort."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS
from MicroCTSuperResLib.imaging.formats import write_volume
from MicroCTSuperResLib.scene.volume_nodes import volume_from_node

from ..scene.tissue_segmentation import tissue_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import slicer

    from ..cohort.specimen import Specimen
    from .morphometry_parameters import MorphometryParameters

TABLE, VOLUMES_TABLE, MASK = "morphometry.csv", "morphometry_volumes.csv", "tissue.nrrd"


@dataclass(frozen=True)
class Tables:
    """The rows of both tables of the command `morphometry`, as texts."""

    slices: list[dict]
    volumes: list[dict]


def scene_job(
    nodes: Mapping[str, slicer.vtkMRMLScalarVolumeNode], specimen: str, chosen: MorphometryParameters, folder: Path
) -> Iterator[dict | None]:
    """Steps that write volumes of one specimen for a worker, at their place in the world; the last one gives the job.

    :param nodes: by "LR", "DL" and "HR"; one at least.
    :param folder: for the files.
    :raises MicroCTError: for volumes that cannot be written, or a tissue area that does not meet them.
    """
    arguments: dict = {**_settings(chosen), "output": str(folder / TABLE), "specimen": specimen}
    paths, units = {}, ""
    for method, node in nodes.items():
        volume = volume_from_node(node)
        units = units or volume.units
        paths[method] = str(write_volume(volume, folder / f"{method}.nrrd"))
        yield None
    first = "HR" if "HR" in nodes else next(iter(nodes))
    arguments |= {"volumes": list(paths.values()), "method": ",".join(paths)}
    if units != DENSITY_UNITS:
        arguments["units"] = units
    if chosen.tissue is not None:
        arguments["mask"] = str(write_volume(tissue_of(chosen.tissue, nodes[first]), folder / MASK))
        del arguments["without_foramen"]
    if "HR" in nodes and len(nodes) > 1:
        arguments["reference"] = paths["HR"]
    yield {"job": "morphometry", "arguments": arguments}


def contour_job(node: slicer.vtkMRMLScalarVolumeNode, chosen: MorphometryParameters, folder: Path) -> dict:
    """The job that finds the tissue area of a volume.

    :raises MicroCTError: for a volume that cannot be written.
    """
    volume = volume_from_node(node)
    path = write_volume(volume, folder / "volume.nrrd")
    arguments = {
        **{name: value for name, value in _settings(chosen).items() if name not in ("thickness", "cortex")},
        "volumes": [str(path)],
        "output": str(folder / TABLE),
        "write_mask": str(folder / MASK),
    }
    if volume.units != DENSITY_UNITS:
        arguments["units"] = volume.units
    return {"job": "morphometry", "arguments": arguments}


def specimen_job(specimen: Specimen, chosen: MorphometryParameters, folder: Path) -> dict:
    """The job that measures the HR scan of a specimen of the cohort, inside its mask or its own contours."""
    reading = specimen.reading
    apart = {f"{scan}_{what}" for scan in ("lr", "hr") for what in ("crop", "spacing")}
    given = {each.name: getattr(reading, each.name) for each in fields(reading) if each.name not in apart}
    given |= {"crop": reading.hr_crop, "spacing": reading.hr_spacing}
    arguments = {
        **_settings(chosen),
        **{name: value for name, value in given.items() if value is not None},
        "volumes": [str(specimen.hr)],
        "output": str(folder / TABLE),
        "specimen": specimen.specimen,
        "method": "HR",
        "overwrite": True,
    }
    if specimen.mask is not None:
        arguments["mask"] = str(specimen.mask)
        del arguments["without_foramen"]
    return {"job": "morphometry", "arguments": arguments}


def tables_in(folder: Path, names: Mapping[str, str] | None = None, tissue: str = "") -> Tables:
    """Read the tables that a job has written.

    :param names: what the column `volume` is to tell in the place of the method's file, by method.
    :param tissue: likewise for the column `tissue`; "" where the job tells it.
    """
    tables = []
    for file in (TABLE, VOLUMES_TABLE):
        with (folder / file).open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            row["volume"] = (names or {}).get(row["method"], row["volume"])
            if tissue and "tissue" in row:
                row["tissue"] = tissue
        tables.append(rows)
    return Tables(*tables)


def _settings(chosen: MorphometryParameters) -> dict:
    return {
        "threshold": chosen.threshold,
        "sigma": chosen.sigma,
        "support": chosen.support,
        "without_foramen": chosen.withoutForamen,
        "thickness": chosen.thickness,
        "cortex": chosen.cortex,
    }
