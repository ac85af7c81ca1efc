"""The result of `morphometry` in plain words."""

from __future__ import annotations

_THICKNESSES = {
    "tb_th_mm": "Tb.Th",
    "tb_sp_mm": "Tb.Sp",
    "tb_th_plate_mm": "Tb.Th of plates",
    "ct_th_mm": "Ct.Th",
}


def tell(result: dict) -> str:
    """A line for each bone, then how bone was told and where the tables are."""
    lines = [_bone_line(volume["volume"], bone) for volume in result["volumes"] for bone in volume["bones"]]
    if result["volumes"]:
        first = result["volumes"][0]["bones"][0]
        lines.append(
            f"Bone: Gaussian of {first['sigma_voxels']:g} voxels ({first['sigma_um']:g} um; cut off after "
            f"{first['support_voxels']} voxels, {first['effective_sigma_um']:.3g} um are left), "
            f"{first['threshold']:g} {first['units']} or more."
        )
        lines.append(f"Slices: {result['output']}; volumes: {result['volumes_table']}")
    return "\n".join(lines)


def _bone_line(volume: str, bone: dict) -> str:
    which = "" if bone["bone"] == "all" else f", bone {bone['bone']}"
    values = [f"BA/TA {_number(bone['ba_ta'])}", f"BV/TV {_number(bone['bv_tv'])} ({bone['region']})"]
    values += [f"{name} {_number(bone[key], ' mm')}" for key, name in _THICKNESSES.items() if key in bone]
    note = f" ({bone['note']})" if bone["note"] else ""
    return f"{volume}{which}: {', '.join(values)}{note}"


def _number(value: float | None, unit: str = "") -> str:
    return "none" if value is None else f"{value:.4f}{unit}"
