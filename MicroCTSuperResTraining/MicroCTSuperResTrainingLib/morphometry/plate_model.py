"""Trabecular values by ITKBoneMorphometry, which counts crossings along grid lines and takes trabeculae for plates.

Parfitt et al., "Relationships between surface, volume, and thickness of iliac trabecular bone in aging and in
osteoporosis", Journal of Clinical Investigation 72(4), 1983, doi:10.1172/JCI111096: with P_L the crossings of lines and
bone surface per length, the mean over lines along x, y and z,

    Tb.N = P_L,  Tb.Th = (BV/TV) / P_L,  Tb.Sp = (1 - BV/TV) / P_L,  BS/BV = 2 P_L / (BV/TV)

They differ from sphere fitting, so their names say plate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from MicroCTSuperResLib.errors import InputError

# Grids round their spacing; beyond this part the axes that the filter mixes up would show.
_ISOTROPIC = 1e-3


@dataclass(frozen=True)
class PlateModel:
    """What ITKBoneMorphometry tells of a region."""

    tb_n_plate_per_mm: float
    tb_th_plate_mm: float
    tb_sp_plate_mm: float
    bs_bv_plate_per_mm: float


def check_isotropic(spacing: tuple[float, float, float], what: str) -> None:
    """:raises InputError: where the edges of a voxel differ."""
    if max(spacing) > min(spacing) * (1 + _ISOTROPIC):
        told = " x ".join(f"{edge:g}" for edge in spacing)
        raise InputError(
            f"{what} needs voxels with equal edges, these are {told} mm.",
            "Interpolate the volume to such voxels first.",
        )


def load_itk() -> object:
    """ITK with its bone morphometry filter; the first time takes some 10 seconds and 640 MB.

    :raises InputError: where it is not installed.
    """
    try:
        import itk

        itk.BoneMorphometryFeaturesFilter  # noqa: B018  (it is loaded when it is first named)
    except (ImportError, AttributeError) as error:
        raise InputError(
            "The plate model needs itk-bonemorphometry, which is not installed.",
            "Install it with: pip install itk-bonemorphometry",
        ) from error
    return itk


def plate_model(bone: np.ndarray, region: np.ndarray, voxel_mm: float) -> PlateModel | None:
    """Measure the bone of a region.

    :param bone: True where there is bone, (z, y, x), also outside the region: there it goes on.
    :param region: where it is measured, the same shape.
    :param voxel_mm: the edge of a voxel; the filter mixes its axes up, which does not matter for equal edges.
    :return: None where the region has no bone or is empty, for which the filter has no numbers.
    :raises InputError: where itk-bonemorphometry is not installed.
    """
    if not (bone & region).any():
        return None
    itk = load_itk()
    # Outside its image the filter sees no bone, so bone at the border would gain a surface: the border is repeated.
    image = _image(itk, np.pad(bone, 1, mode="edge"), voxel_mm)
    mask = _image(itk, np.pad(region, 1), voxel_mm)
    measured = itk.BoneMorphometryFeaturesFilter.New(Input=image, MaskImage=mask, Threshold=1)
    measured.Update()
    # Its decorated outputs (GetBVTVOutput ...) crash the process.
    values = (measured.GetTbN(), measured.GetTbTh(), measured.GetTbSp(), measured.GetBSBV())
    return PlateModel(*values) if np.isfinite(values).all() else None


def _image(itk: object, mask: np.ndarray, voxel_mm: float) -> object:
    image = itk.image_from_array(mask.astype(np.uint8))
    image.SetSpacing([voxel_mm] * 3)
    return image
