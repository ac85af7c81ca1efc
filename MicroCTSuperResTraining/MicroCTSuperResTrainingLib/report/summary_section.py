"""What the evaluation is about and what came out, in a few sentences."""

from __future__ import annotations

from collections.abc import Mapping

from .html import Markup, bullets, element
from .specimen_section import warnings_of
from .words import at, count, in_brackets, interval, listed, method_names, model_name


def summary_section(scores: Mapping, analysis: Mapping | None) -> list[Markup | None]:
    """The main results: image quality and BA/TA of every DL beside those of LR."""
    names = method_names(scores)
    enhanced = [key for key in names if key not in ("bilinear", "bicubic")]
    lr = scores["bilinear"]["ba_ta"]
    of_lr = [] if lr["bias"] is None else [f"BA/TA of LR less that of HR: {_agreement(lr)}."]
    return [bullets([*of_lr, *(text for key in enhanced for text in _of_method(scores, key, names[key], analysis))])]


def _of_method(scores: Mapping, key: str, name: str, analysis: Mapping | None) -> list[str]:
    gain = scores["gains"][f"{key}_minus_bilinear"]
    cubic = scores["gains"][f"{key}_minus_bicubic"]
    own = scores[key]["ba_ta"]
    n = scores["specimens_n"]
    told = [
        f"{name} against linear interpolation of LR: {_gains(gain, n)}; against cubic interpolation: "
        f"{_gains(cubic, n)}."
    ]
    if own["bias"] is not None:
        told.append(f"BA/TA of {name} less that of HR: {_agreement(own)}.")
    ratio = next(
        (
            one["spread_ratio"]
            for one in at(analysis, "comparisons") or ()
            if (one["method"], one["other"])
            == (scores["methods"][key]["label"], scores["methods"]["bilinear"]["label"])
        ),
        None,
    )
    if ratio is not None:
        told.append(
            f"The limits of agreement of {name} are {in_brackets(ratio['ratio'], ratio['ci'], '.2f')} times as wide as "
            "those of LR."
        )
    return told


def _gains(gain: Mapping, specimens: int) -> str:
    """What was gained of PSNR and SSIM; the PSNR of a specimen that is identical to HR is infinite and not counted."""
    psnr, ssim = gain["psnr_db"], gain["ssim"]
    told = f"PSNR {in_brackets(psnr['mean'], psnr['ci95'], '+.2f')} dB"
    if psnr["mean"] is None:
        told = "no finite gain of PSNR, as volumes are identical to HR"
    elif psnr["n"] < specimens:
        told += f" (in the {psnr['n']} of {specimens} specimens where no volume is identical to HR)"
    return f"{told}, SSIM {in_brackets(ssim['mean'], ssim['ci95'], '+.4f')}"


def _agreement(told: Mapping) -> str:
    bias = in_brackets(told["bias"], told["bias_ci"], "+.4f")
    limits = interval(told["limits"], "+.4f")
    of = " of slices" if told["level"] == "slices" else ""
    return f"{bias}, limits of agreement{of} {limits}" if limits else f"{bias}, no limits of agreement"


def simulated_section(scores: Mapping) -> Markup | None:
    """What was simulated; None where nothing was."""
    simulated = [one["specimen"] for one in scores["specimens"] if one["simulated"]]
    if not simulated:
        return None
    if len(simulated) == len(scores["specimens"]):
        which = "All specimens of this report are simulated"
    else:
        are = "is" if len(simulated) == 1 else "are"
        which = f"{len(simulated)} of {len(scores['specimens'])} specimens {are} simulated ({listed(simulated)})"
    return element(
        "div",
        element("strong", "Simulated specimens. "),
        f"{which}: their bones are phantoms made by a program, their scans the result of a model of acquisition, or "
        "both. Such scores show that the software works. They say nothing about biology, and are not the results of "
        "the study whose method the software makes available.",
        class_="simulated",
        role="note",
    )


def about_section(scores: Mapping) -> Markup:
    """One line on what was evaluated."""
    sites = sorted({one["site"] for one in scores["specimens"]} - {""})
    parts = [
        f"{count(scores['specimens_n'], 'specimen')} of {count(scores['animals_n'], 'animal')}",
        f"sites: {listed(sites)}" if sites else "",
        *(
            f"{method['label']}: {model_name(method['model'])}"
            for method in scores["methods"].values()
            if method["model"]
        ),
        scores["software"],
        scores["created"][:10],
    ]
    return element("p", " · ".join(part for part in parts if part), class_="about")


def cautions_section(scores: Mapping) -> list[Markup | None]:
    """Specimens that failed, notes and warnings, models that learnt from simulated data."""
    failed = [[element("strong", one["specimen"]), f": {one['message']}"] for one in scores["failed"]]
    text = (
        f"{count(len(failed), 'specimen')} could not be evaluated and {'is' if len(failed) == 1 else 'are'} left out:"
    )
    points = [*(_readable(note) for note in scores["notes"]), *_learnt_from_simulation(scores), *warnings_of(scores)]
    return [
        element("div", element("p", element("strong", text)), bullets(failed), class_="failed") if failed else None,
        bullets(points) if points else element("p", "There are no warnings."),
    ]


def _learnt_from_simulation(scores: Mapping) -> list[str]:
    told = []
    for method in scores["methods"].values():
        data = at(method, "model", "data") or ()
        simulated = [one["name"] for one in data if one["simulated"]]
        if simulated:
            kind = "simulated data only" if len(simulated) == len(data) else "simulated data, too"
            told.append(f"The model {model_name(method['model'])} was trained with {kind}: {listed(simulated)}.")
    return list(dict.fromkeys(told))


def _readable(note: str) -> str:
    """A note with the names of quantities instead of those of their columns."""
    told = {"ba_ta_own": "BA/TA (own contours)", "ba_ta": "BA/TA", "regression (proportional_bias)": "regression"}
    for name, words in told.items():
        note = note.replace(name, words)
    return note
