"""Small results of the commands `agreement` and `evaluate`, made by the engine itself."""

import numpy as np
from MicroCTSuperResTrainingLib.agreement.analysis import analyse
from MicroCTSuperResTrainingLib.agreement.measurements import Measurements
from MicroCTSuperResTrainingLib.agreement.result_files import write_points_csv

# Differences from HR in hundredths: LR is off by 4 on average, DL by 1.
LR_OFF, DL_OFF = (0.02, 0.04, 0.06), (0.00, 0.01, 0.02)
HR_AREAS = (0.3, 0.4, 0.5)


def measurements(slices=(0, 1, 2), enhanced=("DL",)):
    """BA/TA of three specimens with some slices each; slice k of a specimen is larger by k thousandths.

    :param enhanced: names of the methods that are off as DL is.
    """
    offs = {"HR": (0.0, 0.0, 0.0), "LR": LR_OFF, **dict.fromkeys(enhanced, DL_OFF)}
    values = {
        method: {
            f"femur-{number}": {str(k): area + off + 0.001 * k for k in slices}
            for number, (area, off) in enumerate(zip(HR_AREAS, of_method, strict=True), start=1)
        }
        for method, of_method in offs.items()
    }
    return Measurements(values, "ba_ta", "slice", 0)


def agreement(folder, slices=(0, 1, 2), enhanced=("DL",), **settings):
    """agreement.json, and the rows of agreement_points.csv."""
    import csv

    result, pairs = analyse(measurements(slices, enhanced), **settings)
    path = folder / "points.csv"
    write_points_csv(pairs.values(), path, overwrite=True)
    with path.open(newline="") as file:
        return result, list(csv.DictReader(file))


def series_of(chart):
    """The series of a chart by their texts in the legend."""
    series = [chart.GetNthPlotSeriesNode(number) for number in range(chart.GetNumberOfPlotSeriesNodes())]
    return {one.GetName(): one for one in series}


def column(table, name):
    """A column of numbers."""
    from MicroCTSuperResLib.scene.tables import column_of

    return np.array(column_of(table, name))


def heights(series):
    """The different heights that a series of lines has."""
    values = column(series.GetTableNode(), series.GetYColumnName())
    return sorted(set(values[np.isfinite(values)].tolist()))
