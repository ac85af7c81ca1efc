"""The result of `info` in plain words."""

from __future__ import annotations

from ..files import in_bytes
from .terminal import in_words

_FEW_SECONDS = 5
_LONGEST_VALUE, _MOST_FIELDS = 100, 40
_OWN_PREFIX = "MicroCTSuperRes."
_NOT_CALIBRATED = (
    "not calibrated: density in mg HA/cm3 is not known; give --slope and --intercept of your scanner, two rods of a "
    "phantom with --phantom, or a --calibration file"
)
# What the constants are in, the units that the slope starts from left open.
_UNITS_OF = {
    "mu_scaling": "native grey values per 1/cm",
    "mu_water": "1/cm",
    "slope": "mg HA/cm3 per {one}",
    "intercept": "mg HA/cm3",
}
_ONE_OF = {"native": "native grey value", "1/cm": "1/cm", "HU": "HU"}


def tell(result: dict) -> str:
    """The result of `info` in plain words, one block for each thing told."""
    blocks = {
        "size": [f"{_numbers(result['size'])} voxels (x, y, z), {_type_in_words(result)}"],
        "crop": _crop_in_words(result),
        "voxel size": [f"{_numbers(result['spacing_mm'])} mm"],
        "origin": [f"{', '.join(f'{value:g}' for value in result['origin_mm'])} mm"],
        "grey values": [result["units"]],
        "calibration": _calibration_in_words(result),
        "bones": _bones_in_words(result),
        "scan": _fields_in_words(result["metadata"]),
        "personal": _personal_in_words(result["personal"]),
        "made": _maker_in_words(result["metadata"]),
        "to enhance": [_enhancement_in_words(result["enhancement"])],
        "warning": result["warnings"],
    }
    lines = [f"{result['file']}: {result['format']}"]
    for name, told in blocks.items():
        lines += [f"{name if number == 0 else '':<13}{line}" for number, line in enumerate(told)]
    return "\n".join(lines)


def _numbers(values: list) -> str:
    return " x ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)


def _type_in_words(result: dict) -> str:
    told = f"{result['voxel_type']}, {in_bytes(result['voxel_bytes'])}"
    rescale = result["rescale"]
    if rescale is None:
        return told
    return f"{told} (stored as {result['stored_type']}, rescale {rescale['slope']:g} and {rescale['intercept']:g})"


def _crop_in_words(result: dict) -> list[str]:
    if result["crop_voxels"] is None:
        return []
    return [f"{result['crop_voxels']} of {_numbers(result['whole_size'])} voxels"]


def _calibration_in_words(result: dict) -> list[str]:
    """Each constant with its units and origin, then what the study's threshold is in all units."""
    calibration = result["calibration"] or {}
    lines = []
    for name, units in _UNITS_OF.items():
        if name in calibration:
            origin = calibration["origins"].get(name, "origin not told")
            told = units.format(one=_ONE_OF.get(calibration.get("density_of")))
            lines.append(f"{name:<11}{calibration[name]:<10.10g} {told} ({origin})")
    threshold = result["study_threshold"]
    if threshold is None:
        return [*lines, _NOT_CALIBRATED]
    others = [f"{value:.6g} {units}" for units, value in threshold.items() if units != "mg HA/cm3"]
    if others:
        return [*lines, f"{threshold['mg HA/cm3']:g} mg HA/cm3 (the study's threshold) is {', '.join(others)}"]
    return [*lines, "none needed: grey values are densities"]


def _bones_in_words(result: dict) -> list[str]:
    if result["bones"] is None:
        return [result["bones_note"]]
    told = [
        f"{number}: --crop {bone['box']}, {' x '.join(f'{side:.3g}' for side in bone['size_mm'])} mm"
        for number, bone in enumerate(result["bones"], start=1)
    ]
    return told or ["none found"]


def _fields_in_words(metadata: dict) -> list[str]:
    """What the file tells of the scan: energy, current, projections and the like."""
    fields = [(name, text) for name, text in metadata.items() if not name.startswith(_OWN_PREFIX)]
    lines = [f"{name}: {_short(text)}" for name, text in fields[:_MOST_FIELDS]]
    return lines + ([f"and {len(fields) - _MOST_FIELDS} more, see --json"] if len(fields) > _MOST_FIELDS else [])


def _personal_in_words(personal: dict) -> list[str]:
    if not personal:
        return []
    if any(text is not None for text in personal.values()):
        return [f"{name}: {_short(text or '')}" for name, text in personal.items()]
    return [
        f"{', '.join(personal)}: may name a person; shown with --personal, written into results only with "
        "--keep-personal"
    ]


def _short(text: str) -> str:
    """One line of a text, as far as it is short."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_VALUE else line[: _LONGEST_VALUE - 3] + "..."


def _maker_in_words(metadata: dict) -> list[str]:
    """A line about what this software did to make the file, if it did."""
    told = {name.removeprefix(_OWN_PREFIX): text for name, text in metadata.items() if name.startswith(_OWN_PREFIX)}
    lines = []
    if "image_kind" in told:
        words = [("by model", "model"), ("from", "source_file")] if told["image_kind"] == "AI-enhanced" else []
        lines.append(" ".join([told["image_kind"], *(f"{word} {told[name]}" for word, name in words if name in told)]))
    if "conversion_source_file" in told:
        crop = f", voxels {told['conversion_source_crop_voxels']}" if "conversion_source_crop_voxels" in told else ""
        lines.append(f"converted from {told['conversion_source_file']}{crop}")
    return lines


def _enhancement_in_words(enhancement: dict) -> str:
    if "obstacle" in enhancement:
        return enhancement["obstacle"]
    return (
        f"{in_bytes(enhancement['memory_bytes'])} of memory, {in_bytes(enhancement['output_bytes'])} of disk, "
        f"{_time_in_words(enhancement['seconds'])} on the CPU (model {enhancement['model']}, {enhancement['grid']})"
    )


def _time_in_words(seconds: float) -> str:
    """Starting the program takes longer than enhancing a small volume."""
    return "a few seconds" if seconds < _FEW_SECONDS else f"about {in_words(seconds)}"
