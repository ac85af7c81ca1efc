"""Sample data: simulated bones with an LR and an HR scan, made on this computer; nothing is downloaded."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from ..errors import MicroCTError

if TYPE_CHECKING:
    from ..imaging.volume import Volume

CATEGORY = "MicroCT Super-Resolution"
# Part of the cached files' names: another number when phantoms or the simulation change.
_EDITION = 1
_CACHE_FOLDER = "MicroCTSuperRes"


@dataclass(frozen=True)
class Sample:
    """A simulated specimen.

    :param site: "femur" or "spine".
    :param size: voxels of the HR scan along x, y, z, each 10 um: large enough for the bone, small enough for seconds.
    :param seed: which specimen.
    """

    site: str
    size: tuple[int, int, int]
    seed: int = 1

    @property
    def name(self) -> str:
        """The sample's name in the module Sample Data."""
        return f"MicroCT {self.site} phantom"


FEMUR = Sample("femur", (288, 240, 120))
SPINE = Sample("spine", (256, 352, 120))


def register() -> None:
    """Offer the samples in the module Sample Data; call it when the application has started."""
    import SampleData

    icons = Path(__file__).parents[2] / "Resources" / "Icons"
    for sample, load in ((FEMUR, load_femur), (SPINE, load_spine)):
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=sample.name,
            uris=[],
            fileNames=[],
            thumbnailFileName=str(icons / f"MicroCTSuperRes-{sample.site}.png"),
            customDownloader=load,
        )


def load_femur(source: object = None) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """Load the femur: what the module Sample Data calls, see :func:`load`."""
    return load(FEMUR)


def load_spine(source: object = None) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """Load the vertebra: what the module Sample Data calls, see :func:`load`."""
    return load(SPINE)


def load(sample: Sample) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """Load the LR and the HR scan of a specimen; the first time they are made, which takes seconds.

    :return: the LR and the HR node; LR is shown in the slice views.
    :raises Exception: whatever went wrong; the user was told.
    """
    from ..scene.display import show_bone
    from ..scene.volume_nodes import node_from_volume
    from .slice_views import show_in_slice_views

    with slicer.util.tryWithErrorDisplay(_("The sample cannot be made."), waitCursor=True):
        nodes = []
        volumes = scans_of(sample, Path(slicer.app.cachePath) / _CACHE_FOLDER)
        for kind, volume in volumes.items():
            node = node_from_volume(slicer.mrmlScene, volume, f"{sample.site.capitalize()} {kind} (simulated)")
            show_bone(node, volume.units)
            nodes.append(node)
        show_in_slice_views(nodes[0])
    return nodes


def scans_of(sample: Sample, folder: Path) -> dict[str, Volume]:
    """The scans of a specimen, "LR" and "HR", from files in a folder; they are made where the files are missing.

    :param folder: it is made; where it cannot be written, the scans are made each time.
    """
    size = "x".join(map(str, sample.size))
    name = f"{sample.site}-{size}-{sample.seed}"
    files = {kind: folder / f"{name}-{kind}-{_EDITION}.nrrd" for kind in ("LR", "HR")}
    volumes = _read(files)
    if volumes is None:
        volumes = _made(sample)
        _write(volumes, files)
    return volumes


def _made(sample: Sample) -> dict[str, Volume]:
    from ..simulation.acquisition import simulate_lr
    from ..simulation.phantoms import make_phantom

    hr = make_phantom(sample.site, sample.size, seed=sample.seed)
    return {"LR": simulate_lr(hr, seed=sample.seed), "HR": hr}


def _read(files: dict[str, Path]) -> dict[str, Volume] | None:
    """The volumes; None unless all files are there and whole."""
    from ..imaging.formats import read_volume

    try:
        return {kind: read_volume(file) for kind, file in files.items()}
    except MicroCTError:
        return None


def _write(volumes: dict[str, Volume], files: dict[str, Path]) -> None:
    try:
        for kind, file in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            volumes[kind].write(file, overwrite=True)
    except (MicroCTError, OSError) as error:
        logging.warning("The sample is not kept for the next time: %s", error)
