"""Small cohorts on disk: scans of a few voxels whose headers tell what those of a real cohort tell."""

import csv

import numpy as np
from MicroCTSuperResLib import Volume

LR_SIZE, LR_SPACING = (8, 6, 4), 0.02


def write_scan(path, *, size=LR_SIZE, spacing=LR_SPACING, origin=None, **changes):
    """A scan whose outer corner lies at 0, so that LR and HR of one field share their edges; size is x, y, z."""
    place = (spacing / 2,) * 3 if origin is None else origin
    fields = {"units": "mg HA/cm3", **changes}
    greys = np.random.default_rng(0).integers(0, 1000, size[::-1]).astype(np.int16)
    return Volume(greys, (spacing,) * 3, place, **fields).write(path)


def write_pair(folder, name, *, lr=None, hr=None):
    """LR of 20 um and HR of 10 um of one field; `lr` and `hr` are what differs."""
    write_scan(folder / f"{name}-lr.nrrd", **(lr or {}))
    write_scan(folder / f"{name}-hr.nrrd", **{"size": tuple(2 * n for n in LR_SIZE), "spacing": 0.01, **(hr or {})})
    return {"specimen": name, "animal": name, "lr": f"{name}-lr.nrrd", "hr": f"{name}-hr.nrrd"}


def write_table(path, rows):
    """A table with all columns of its rows."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path
