"""Results of specimens with numbers that are easy to reckon with, as an evaluation gives them."""

from MicroCTSuperResTrainingLib.cohort.pair_settings import PairingSettings
from MicroCTSuperResTrainingLib.evaluation.methods import all_methods
from MicroCTSuperResTrainingLib.evaluation.scores_json import Evaluation
from MicroCTSuperResTrainingLib.evaluation.settings import EvaluationSettings

METHODS = all_methods([])


def facts(name, *sites):
    """What a model's card tells."""
    return {"name": name, "sites": list(sites), "sha256": name}


def result_of(name, *, animal=None, site="femur", psnr=(20.0, 21.0, 24.0), ssim=(0.5, 0.55, 0.6), areas=None, **fields):
    """One specimen; psnr, ssim and areas go through LR linear, LR cubic, DL (and further models).

    :param areas: BA/TA of every slice, of HR first; each slice of T.Ar 1 mm2.
    """
    areas = areas or ([0.4, 0.5], [0.3, 0.4], [0.35, 0.45], [0.39, 0.49])
    keys = ["bilinear", "bicubic", *("dl" if number == 1 else f"dl{number}" for number in range(1, len(psnr) - 1))]
    hr = areas[0]
    means = [sum(one) / len(one) for one in areas]
    methods = {
        key: {
            "psnr_db": psnr[place],
            "psnr_bone_db": psnr[place] and psnr[place] - 5,
            "ssim": ssim[place],
            "ssim_bone": ssim[place] + 0.1,
            "ba_ta": means[place + 1],
            "ba_ta_own": means[place + 1],
            "ba_ta_bias": means[place + 1] - means[0],
            "ba_ta_own_bias": means[place + 1] - means[0],
            "resolution_um": 60.0 - 10 * place,
            "resolution_reach": "crossing",
            "resolution_3d_um": 65.0 - 10 * place,
            "resolution_3d_reach": "crossing",
            "edge_width_um": 50.0 - 10 * place,
        }
        for place, key in enumerate(keys)
    }
    slices = {key: _rows(values) for key, values in zip(("hr", *keys), areas, strict=True)}
    return {
        "specimen": name,
        "animal": animal or name,
        "site": site,
        "group": "",
        "split": "test",
        "simulated": False,
        "units": "mg HA/cm3",
        "lr_spacing_mm": [0.02, 0.02, 0.02],
        "hr_spacing_mm": [0.01, 0.01, 0.01],
        "hr_voxels": [100, 100, len(hr)],
        "slices_with_tissue": len(hr),
        "shift_um": [0.0, 0.0, 0.0],
        "left_um": None,
        "resampled": False,
        "data_range": {"value": 1200.0, "units": "mg HA/cm3", "rule": "fixed for mg HA/cm3"},
        "segmentation": {"threshold": 500.0, "units": "mg HA/cm3", "sigma_voxels": 1.2},
        "tissue": "contours of HR",
        "methods": methods,
        "hr": {"ba_ta": means[0], "ba_ta_own": means[0], "edge_width_um": 20.0},
        "warnings": [],
        "slices": slices,
        "curves": {},
        **fields,
    }


def evaluation_of(results, methods=METHODS, **fields):
    """An evaluation of these specimens."""
    return Evaluation(
        results=results, methods=methods, settings=EvaluationSettings(), pairing=PairingSettings(), **fields
    )


def _rows(values):
    return [
        {
            "slice": number,
            "z_mm": 0.01 * number,
            "psnr_db": None,
            "psnr_bone_db": None,
            "ssim": None,
            "ssim_bone": None,
            "b_ar_mm2": value,
            "t_ar_mm2": 1.0,
            "ba_ta": value,
            "ba_ta_own": value,
            "note": "",
        }
        for number, value in enumerate(values)
    ]
