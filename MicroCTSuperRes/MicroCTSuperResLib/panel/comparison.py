"""Which volumes are compared, what is missing, and whether they changed."""

from dataclasses import dataclass

import slicer
import vtk
from slicer.i18n import tr as _

from ..scene.layouts import LR_DIFFERENCE_VIEW, PAIR, SCORES_VIEW, Layout
from ..scene.lineage import enhanced_from


@dataclass(frozen=True, eq=False)
class Compared:
    """The volumes of a comparison; None where there is none. For the moment only: nodes are not kept.

    :param lr: low resolution.
    :param dl: enhanced.
    :param hr: reference.
    """

    lr: slicer.vtkMRMLScalarVolumeNode | None = None
    dl: slicer.vtkMRMLScalarVolumeNode | None = None
    hr: slicer.vtkMRMLScalarVolumeNode | None = None

    @property
    def named(self):
        """Those that are there, by name."""
        return {name: node for name, node in (("LR", self.lr), ("DL", self.dl), ("HR", self.hr)) if node is not None}

    @property
    def key(self):
        """Tells one comparison from another."""
        return tuple(node.GetID() if node is not None else "" for node in (self.lr, self.dl, self.hr))


def compared(parameters) -> Compared:
    """The volumes that the parameters name, as far as they have voxels.

    :param parameters: the module's parameters; None while the scene is closing.
    """
    if parameters is None:
        return Compared()
    lr, dl = parameters.lr, parameters.comparison.dl
    if dl is None and has_voxels(lr):
        dl = newest_dl(lr)
    return Compared(*(node if has_voxels(node) else None for node in (lr, dl, parameters.hr)))


def newest_dl(lr):
    """The last volume that was made from LR by enhancing; None without one."""
    made = [node for node in enhanced_from(lr) if has_voxels(node)]
    return made[-1] if made else None


def has_voxels(node) -> bool:
    """Whether a node is a volume in the scene that has voxels."""
    if node is None or node.GetScene() is None or node.GetImageData() is None:
        return False
    return 0 not in node.GetImageData().GetDimensions()


def missing_for(layout: Layout, volumes: Compared) -> str:
    """Why a layout cannot be shown, as a sentence; "" where it can."""
    if volumes.lr is None:
        return _("Choose an LR volume first.")
    if layout is PAIR:
        return ""
    needs_scores = SCORES_VIEW in layout.views or LR_DIFFERENCE_VIEW in layout.views
    if needs_scores and volumes.dl is None:
        return _("Enhance the LR volume first, or choose its DL volume.")
    needs_hr = needs_scores or any(view.label == "HR" for view in layout.views)
    if needs_hr and volumes.hr is None:
        return _("Choose an HR reference first.")
    return ""


def missing_for_scores(volumes: Compared) -> str:
    """Why nothing can be scored; "" where it can."""
    if volumes.hr is None:
        return _("Scores need an HR reference of the same specimen.")
    if volumes.dl is None:
        return _("Scores need a DL volume: enhance the LR volume first.")
    if volumes.hr in (volumes.dl, volumes.lr):
        return _("The HR reference is one of the volumes that it is compared with.")
    return "" if volumes.lr is not None else _("Choose an LR volume first.")


def summary_of(volumes: Compared) -> str:
    """What is there and what is not, in one calm sentence."""
    if volumes.lr is None:
        return _("Choose an LR volume to look at.")
    if volumes.dl is None and volumes.hr is None:
        return _("No DL volume yet, and no HR reference: LR can be looked at, also with the live preview.")
    if volumes.dl is None:
        return _("No DL volume yet: enhance the LR volume, or switch the live preview on.")
    if volumes.hr is None:
        return _("Comparing {dl} with its LR. Without an HR reference there are no scores and difference maps.").format(
            dl=volumes.dl.GetName()
        )
    return _("Comparing {dl} with {hr}.").format(dl=volumes.dl.GetName(), hr=volumes.hr.GetName())


def fingerprint(node) -> tuple:
    """Changes when the voxels of a volume, their place, or the transform above them change."""
    if not has_voxels(node):
        return ()
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    transform = node.GetParentTransformNode()
    moved = (transform.GetID(), transform.GetTransformToWorldMTime()) if transform is not None else ()
    place = tuple(matrix.GetElement(row, column) for row in range(3) for column in range(4))
    return (node.GetID(), node.GetImageData().GetMTime(), place, moved)


def fingerprints(volumes: Compared) -> dict:
    """The fingerprint of each volume, by name."""
    return {name: fingerprint(node) for name, node in volumes.named.items()}


def changed_since(before: dict, volumes: Compared) -> list[str]:
    """Names of the volumes whose voxels or place are not as they were; only of those that are compared still.

    :param before: of :func:`fingerprints`.
    """
    return [
        name
        for name, node in volumes.named.items()
        if name in before and before[name][:1] == (node.GetID(),) and before[name] != fingerprint(node)
    ]
