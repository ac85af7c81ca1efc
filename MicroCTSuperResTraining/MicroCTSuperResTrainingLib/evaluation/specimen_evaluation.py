"""One specimen evaluated, from its files to its folder of results.

FOLDER/specimens/<specimen>/result.json               what was measured; written last
FOLDER/specimens/<specimen>/comparison.png .svg .pdf  LR, DL and HR of one slice
FOLDER/overlays/<specimen>.png                        contours of the tissue area, for checking
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING

from MicroCTSuperResLib.files import atomic_path, sha256_of
from MicroCTSuperResLib.quality.baselines import baselines
from MicroCTSuperResLib.quality.pairing import Paired, pair

from ..cohort.pairing import pair_specimen
from ..cohort.simulated import row_is_simulated, scan_is_simulated
from ..morphometry.settings import settings_of
from .against_hr import HR, measure_against_hr
from .dl_file import doubts_about_content, doubts_about_place, read_dl
from .methods import DL
from .sharpness import sharpness_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from MicroCTSuperResLib.imaging.volume import Volume
    from MicroCTSuperResLib.networks.loading import Model
    from MicroCTSuperResLib.progress import Progress

    from ..cohort.pairing import SpecimenPair
    from ..cohort.specimen import Specimen
    from .against_hr import AgainstHr
    from .sharpness import Sharpness
    from .specimen_task import SpecimenTask

_DL_FIELDS = ("model", "model_sha256", "software")


def evaluate_specimen(
    task: SpecimenTask,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> dict:
    """Pair, enhance and measure a specimen, and write its result and pictures.

    :returns: what `result.json` holds: an object with `methods` (means of each), `hr`, `slices` (rows of each method),
        `curves` (Fourier ring correlation, edge profiles) and what they depend on.
    :raises MicroCTError: for scans that cannot be paired, enhanced or measured.
    :raises Cancelled: when `should_cancel` says so.
    """
    started = time.monotonic()
    # Taken first: a file that is written meanwhile is then another one.
    fingerprint = task.fingerprint()
    warnings: list[str] = []
    of = pair_specimen(task.specimen, task.pairing, should_cancel=should_cancel)
    warnings += of.warnings
    images = _images(task, of, warnings, should_cancel)
    paired = pair(of.hr, images)
    if paired.box.size != of.hr.size:
        warnings.append(f"DL covers the voxels {paired.box} of HR; only these are compared.")
    if task.dl is not None:
        warnings += doubts_about_place(images[DL], of.hr)
        warnings += doubts_about_content(paired, DL, task.pairing.least_likeness)
    labels = {method.key: method.label for method in task.methods}
    segmentation, told = task.settings.segmentation(paired.reference)
    warnings += [told] if told else []
    measured = measure_against_hr(
        paired,
        segmentation,
        tissue=None if of.mask is None else of.mask[paired.box.slices],
        without_foramen=task.settings.without_foramen,
        own_contours=task.settings.own_contours,
        labels=labels,
        threads=task.threads,
        on_progress=on_progress,
        should_cancel=should_cancel,
    )
    sharp = sharpness_of(paired, measured.masks.tissue, labels=labels, threads=task.threads)
    warnings += [*measured.warnings, *sharp.warnings]
    result = {
        "fingerprint": fingerprint,
        "work": task.work(),
        **{name: getattr(task.specimen, name) for name in ("specimen", "animal", "site", "group", "split")},
        "simulated": task.simulated or _is_simulated(task.specimen, of),
        "files": _files(task, images),
        **_facts(of, paired, measured),
        **_means(task, measured, sharp),
        "warnings": list(dict.fromkeys(warnings)),
        "seconds": round(time.monotonic() - started, 1),
        "curves": sharp.curves,
        "slices": {name: [_finite_values(row) for row in measured.slice_rows(name)] for name in measured.areas},
    }
    _write(task, result, of, paired, measured)
    return result


def _images(
    task: SpecimenTask, of: SpecimenPair, warnings: list[str], should_cancel: Callable[[], bool] | None
) -> dict[str, Volume]:
    """The volumes that are compared with HR, by the keys of their methods."""
    from MicroCTSuperResLib.enhancement.engine import enhance

    images = baselines(of.lr, of.hr)
    for method in task.methods:
        if not method.is_dl:
            continue
        if method.model is None:
            images[method.key] = read_dl(task.dl, of)
        else:
            images[method.key] = enhance(
                of.lr,
                _loaded(str(method.model)),
                device=task.device,
                should_cancel=should_cancel,
                on_warning=warnings.append,
            )
    return images


def _files(task: SpecimenTask, images: dict[str, Volume]) -> dict[str, dict]:
    """The files that were read, with their checksums; of DL also what made it, as far as its file tells."""
    told = {name: {"path": str(path), "sha256": sha256_of(path)} for name, path in task.files().items()}
    if "dl" in told:
        fields = images["dl"].metadata
        told["dl"] |= {name: fields.get(f"MicroCTSuperRes.{name}") for name in _DL_FIELDS}
    return told


def _means(task: SpecimenTask, measured: AgainstHr, sharp: Sharpness) -> dict[str, dict]:
    """`methods`, and `hr`."""
    keys = [method.key for method in task.methods]
    told = {key: _finite_values({**measured.means(key), **sharp.of[key]}) for key in (HR, *keys)}
    return {"methods": {key: told[key] for key in keys}, HR: told[HR]}


@lru_cache(maxsize=4)
def _loaded(folder: str) -> Model:
    """A process evaluates many specimens with the same few models."""
    from MicroCTSuperResLib.networks.loading import load_model

    return load_model(folder)


def _facts(of: SpecimenPair, paired: Paired, measured: AgainstHr) -> dict:
    tissue = [area for area in measured.areas[HR].shared if area.tissue_pixels]
    return {
        "units": of.hr.units,
        "lr_spacing_mm": list(of.lr.spacing),
        "hr_spacing_mm": list(of.hr.spacing),
        "hr_voxels": list(paired.reference.size),
        "slices_with_tissue": len(tissue),
        "shift_um": [round(part, 3) for part in of.shift_um],
        "left_um": None if of.left_um is None else [round(part, 3) for part in of.left_um],
        "rotation_deg": of.rotation_deg,
        "likeness": round(of.likeness, 4),
        "placement": of.placement,
        "resampled": of.resampled,
        "data_range": asdict(measured.scores.data_range),
        "segmentation": settings_of(measured.segmentation, paired.reference),
        "tissue": measured.tissue,
    }


def _is_simulated(specimen: Specimen, of: SpecimenPair) -> bool:
    """Whether the row or a scan says so."""
    return row_is_simulated(specimen.further) or scan_is_simulated(of.lr) or scan_is_simulated(of.hr)


def _write(task: SpecimenTask, result: dict, of: SpecimenPair, paired: Paired, measured: AgainstHr) -> None:
    from ..morphometry.overlay import overlay_picture, save_overlay

    for folder in (task.result_path.parent, task.overlay_path.parent):
        folder.mkdir(parents=True, exist_ok=True)
    overlay = overlay_picture(paired.reference, measured.masks, first_slice=paired.box.start[2])
    # Without a result whatever lies there is of a specimen that was not finished.
    save_overlay(overlay, task.overlay_path, overwrite=True)
    _draw(task, result, of, paired, measured)
    with atomic_path(task.result_path, overwrite=True) as temporary:
        temporary.write_text(json.dumps(result, allow_nan=False) + "\n", encoding="utf-8")


def _draw(task: SpecimenTask, result: dict, of: SpecimenPair, paired: Paired, measured: AgainstHr) -> None:
    """LR, DL and HR of the middle one of the slices with tissue."""
    from .picture import Specimen as Shown
    from .picture import draw_comparison, save_picture

    with_tissue = [area.slice for area in measured.areas[HR].shared if area.tissue_pixels]
    figure = draw_comparison(
        Shown(task.specimen.specimen, result["simulated"], _maker(task)),
        paired.reference,
        of.lr,
        paired.images["bilinear"],
        paired.images["dl"],
        slice_number=with_tissue[len(with_tissue) // 2],
        data_range=measured.scores.data_range,
    )
    for path in task.comparison_paths:
        save_picture(figure, path, overwrite=True)


def _maker(task: SpecimenTask) -> str:
    """What made the DL that is shown."""
    models = [method.facts["name"] for method in task.methods if method.model is not None]
    if not models:
        return ""
    more = f", the first of {len(models)} that are compared" if len(models) > 1 else ""
    return f"model {models[0]}{more}"


def _finite_values(values: dict) -> dict:
    """Numbers that JSON has; what is infinite or does not exist is null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in values.items()
    }
