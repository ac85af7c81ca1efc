"""Folders of evaluations as `evaluate` leaves them, from results that are easy to reckon with."""

from pathlib import Path

from MicroCTSuperResTrainingLib.evaluation.area_agreement import OWN, SHARED, area_agreement
from MicroCTSuperResTrainingLib.evaluation.evaluation_files import write_evaluation
from MicroCTSuperResTrainingLib.evaluation.scores_json import scores_of
from MicroCTSuperResTrainingLib.report.report_file import report_page
from PIL import Image
from sample_evaluations import METHODS, evaluation_of, result_of

SHA = "0" * 64


def specimen_of(name, **fields):
    """A specimen with all that a report tells of it."""
    return result_of(
        name,
        **{
            "files": {"hr": {"path": f"/data/private/{name}-hr.nrrd", "sha256": SHA}},
            "likeness": 0.99,
            "segmentation": {
                "threshold": 500.0,
                "units": "mg HA/cm3",
                "sigma_voxels": 1.2,
                "support_voxels": 2,
                "smoothing": "3-D",
                "sigma_um": 12.0,
                "effective_sigma_um": 10.82,
                "spacing_mm": "0.01 0.01 0.01",
            },
            **fields,
        },
    )


def evaluated(folder, results, methods=METHODS, **fields):
    """Write the folder of an evaluation of these specimens.

    :returns: the object of scores.json.
    """
    (folder / "overlays").mkdir(parents=True)
    for result in results:
        of_specimen = folder / "specimens" / result["specimen"]
        of_specimen.mkdir(parents=True)
        picture = Image.new("L", (12, 8), 128)
        picture.save(of_specimen / "comparison.png")
        picture.save(folder / "overlays" / f"{result['specimen']}.png")
        for kind in ("svg", "pdf"):
            (of_specimen / f"comparison.{kind}").write_text("a drawing")
    return write_evaluation(evaluation_of(results, methods, **fields), folder)


def page_of(results, methods=METHODS, **fields):
    """The page of these specimens without its pictures, which take long to draw; their captions are there."""
    evaluation = evaluation_of(results, methods, **fields)
    shared, own = (area_agreement(results, methods, value) for value in (SHARED, OWN))
    figures = {"A_comparison": {"png": "absent.png"}, "C_agreement": {"svg": "absent.svg"}}
    files = {"figures": figures, "overlays": {}, "figure_a_shows": results[0]["specimen"]}
    return report_page(scores_of(evaluation, shared, own, files), shared.result, Path("absent"))
