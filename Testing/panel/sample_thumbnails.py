"""The thumbnails of the sample data, as the files of the module hold them. Run as a script, it writes them anew.

The left half shows LR in its own voxels, the right half HR.
"""

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
ICONS = ROOT / "MicroCTSuperRes" / "Resources" / "Icons"
TRAINING_ICONS = ROOT / "MicroCTSuperResTraining" / "Resources" / "Icons"
SIZE = (260, 280)  # the width and height that Slicer's template of modules asks for
WINDOW = (-100.0, 1200.0)  # mg HA/cm3 shown as black and white, as in scene/display.py


def thumbnail(lr: np.ndarray, hr: np.ndarray):
    """A grey picture of a middle slice.

    :param lr: voxels (z, y, x) in mg HA/cm3.
    :param hr: the same place with half the voxel size.
    """
    from PIL import Image

    fine = hr[hr.shape[0] // 2]
    coarse = lr[hr.shape[0] // 4].repeat(2, axis=0).repeat(2, axis=1)
    middle = fine.shape[1] // 2
    both = np.hstack([coarse[:, :middle], fine[:, middle:]])
    grey = np.clip((both - WINDOW[0]) / (WINDOW[1] - WINDOW[0]), 0, 1) * 255
    picture = Image.fromarray(grey.astype(np.uint8))
    picture.thumbnail(SIZE)
    framed = Image.new("L", SIZE)
    framed.paste(picture, ((SIZE[0] - picture.width) // 2, (SIZE[1] - picture.height) // 2))
    return framed


def write(folder: Path = ICONS) -> None:
    """Write the thumbnail of each sample."""
    from MicroCTSuperResLib.simulation.acquisition import simulate_lr
    from MicroCTSuperResLib.simulation.phantoms import make_phantom

    # The samples of panel/sample_data.py, which imports Slicer.
    for site, size in (("femur", (288, 240, 120)), ("spine", (256, 352, 120))):
        hr = make_phantom(site, size, seed=1)
        lr = simulate_lr(hr, seed=1)
        thumbnail(lr.voxels, hr.voxels).save(folder / f"MicroCTSuperRes-{site}.png", optimize=True)


def cohort_thumbnail():
    """Four specimens of the sample cohort, LR on the left of each and HR on the right."""
    from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings, scan_pair
    from PIL import Image

    # The sizes of panel/sample_cohort.py, which imports Slicer.
    settings = PhantomCohortSettings(size=(96, 96, 24), spacing_mm=0.03)
    framed = Image.new("L", SIZE)
    edge = SIZE[0] // 2
    for number in range(4):
        lr, hr = scan_pair("femur", settings, number + 1)
        part = thumbnail(lr.voxels, hr.voxels).crop(
            ((SIZE[0] - 96) // 2, (SIZE[1] - 96) // 2, (SIZE[0] + 96) // 2, (SIZE[1] + 96) // 2)
        )
        framed.paste(part.resize((edge, edge), Image.Resampling.NEAREST), (number % 2 * edge, 10 + number // 2 * edge))
    return framed


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "MicroCTSuperRes"), str(ROOT / "MicroCTSuperResTraining")]
    write()
    cohort_thumbnail().save(TRAINING_ICONS / "MicroCTSuperResTraining-cohort.png", optimize=True)
