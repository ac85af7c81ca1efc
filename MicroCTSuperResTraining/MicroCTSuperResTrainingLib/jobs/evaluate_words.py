"""The result of `evaluate` in plain words."""

from __future__ import annotations

_COLUMNS = ("PSNR, dB", "SSIM", "BA/TA", "bias", "limits of agreement")


def tell(result: dict) -> str:
    """Means of each method, gains, what the reader has to know, and where to look."""
    scores = result["scores"]
    keys = list(scores["methods"])
    names = {key: _name(key, scores["methods"][key]) for key in keys}
    width = max(len("against HR"), *map(len, names.values()))
    header = f"{'against HR':<{width}}  {_COLUMNS[0]:>9}  {_COLUMNS[1]:>7}  {_COLUMNS[2]:>7}  {_COLUMNS[3]:>8}  "
    lines = [header + _COLUMNS[4]]
    lines += [f"{names[key]:<{width}}  {_row(scores[key])}" for key in keys]
    lines.append(f"{'HR':<{width}}  {'':>9}  {'':>7}  {_number(scores['hr']['ba_ta']['mean'], '.4f'):>7}")
    lines += ["", *_gains(scores, names), *_about(scores)]
    figures = scores["files"]["figures"]
    lines += [f"Figures: {', '.join(names['png'] for names in figures.values())}", f"Results: {result['output']}"]
    lines.append(f"Report: {result['report']}")
    return "\n".join(lines)


def _name(key: str, method: dict) -> str:
    return {"bilinear": "LR, linear", "bicubic": "LR, cubic"}.get(key, method["label"])


def _row(values: dict) -> str:
    area = values["ba_ta"]
    limits = "" if area["limits"] is None else f"{area['limits'][0]:+.4f} to {area['limits'][1]:+.4f}"
    of_slices = " (of slices)" if limits and area["level"] == "slices" else ""
    return (
        f"{_number(values['psnr_db'], '.2f', 'identical'):>9}  {_number(values['ssim'], '.4f'):>7}  "
        f"{_number(area['mean'], '.4f'):>7}  {_number(area['bias'], '+.4f'):>8}  {limits}{of_slices}"
    )


def _gains(scores: dict, names: dict[str, str]) -> list[str]:
    lines = []
    for key, label in names.items():
        gain = scores["gains"].get(f"{key}_minus_bilinear")
        if gain is None:
            continue
        told = [
            f"PSNR {_number(gain['psnr_db']['mean'], '+.2f')} dB{_interval(gain['psnr_db'], '.2f')}",
            f"SSIM {_number(gain['ssim']['mean'], '+.4f')}{_interval(gain['ssim'], '.4f')}",
            f"that is {_number(gain['ssim_percent']['mean'], '+.1f')} %",
        ]
        if gain["psnr_db"]["mean"] is None:
            told[0] = "PSNR identical to HR"
        lines.append(f"{label} over LR, linear: {', '.join(told)}")
    return lines


def _about(scores: dict) -> list[str]:
    settings, count = scores["settings"], scores["specimens_n"]
    many = f"{count} specimens of {scores['animals_n']} animals" if count > 1 else "One specimen"
    lines = [f"{many}, {settings['slices']} slices, {settings['slices_with_tissue']} with tissue."]
    if isinstance(settings["data_range"], dict):
        lines[0] += f" Data range {settings['data_range']['value']:.5g} {settings['data_range']['units']}."
    if isinstance(settings["segmentation"], dict):
        bone = settings["segmentation"]
        lines[0] += (
            f" Bone: Gaussian of {bone['sigma_voxels']:g} voxels, {bone['threshold']:.5g} {bone['units']} or more."
        )
    lines += [f"Note: {note}" for note in scores["notes"]]
    if scores["simulated"] != "none":
        lines.append("Simulated specimens show that the software works; they say nothing about biology.")
    return lines


def _number(value: float | None, form: str, missing: str = "") -> str:
    return missing if value is None else format(value, form)


def _interval(gain: dict, form: str) -> str:
    if gain["ci95"] is None:
        return ""
    lower, upper = (format(value, f"+{form}") for value in gain["ci95"])
    return f" [{lower}, {upper}]"
