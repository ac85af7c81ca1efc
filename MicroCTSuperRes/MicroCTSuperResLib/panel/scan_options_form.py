"""What the user typed about a scan, as the arguments of a job; see `jobs/scan_options.py:ScanArguments`."""

from slicer.i18n import tr as _

from ..errors import InputError


class FormError(Exception):
    """A text that is no number, or is not understood."""


def options_of(ui):
    """The options that the window's fields hold; fields left empty are left out.

    :param ui: the widgets of MicroCTSuperResOpenScan.ui.
    :raises FormError: naming the field.
    """
    numbers = {
        "slope": _number(ui.slopeEdit.text, _("slope")),
        "intercept": _number(ui.interceptEdit.text, _("intercept")),
        "mu_scaling": _number(ui.muScalingEdit.text, _("mu scaling")),
        "mu_water": _number(ui.muWaterEdit.text, _("mu water")),
    }
    if (numbers["slope"] is None) != (numbers["intercept"] is None):
        raise FormError(_("Density needs both a slope and an intercept."))
    phantom = _rods(ui)
    if phantom is not None and numbers["slope"] is not None:
        raise FormError(_("Two rods take the place of slope and intercept: give one of them."))
    density_of = ui.densityOfSelector.itemData(ui.densityOfSelector.currentIndex)
    options = {
        **numbers,
        "spacing": _spacing(ui.spacingEdit.text),
        "crop": _crop(ui.cropEdit.text),
        "units": ui.unitsSelector.itemData(ui.unitsSelector.currentIndex),
        "density_of": density_of if numbers["slope"] is not None else None,
        "phantom": phantom,
        "calibration": ui.calibrationPathEdit.currentPath,
    }
    return {name: value for name, value in options.items() if value not in (None, "")}


def _rods(ui):
    """Grey value and density of one rod, then of the other; None where the fields are empty."""
    values = [
        _number(ui.firstGreyEdit.text, _("grey value of the first rod")),
        _number(ui.firstDensityEdit.text, _("density of the first rod")),
        _number(ui.secondGreyEdit.text, _("grey value of the second rod")),
        _number(ui.secondDensityEdit.text, _("density of the second rod")),
    ]
    if all(value is None for value in values):
        return None
    if None in values:
        raise FormError(_("Two rods need a grey value and a density each."))
    return values


def _number(text, name):
    try:
        return float(text) if text.strip() else None
    except ValueError:
        raise FormError(_("The {name} {text!r} is no number.").format(name=name, text=text)) from None


def _spacing(text):
    """One number for cubes, or three along x, y, z; in mm."""
    if not text.strip():
        return None
    parts = [_number(part, _("voxel size")) for part in text.replace(",", " ").replace("x", " ").split()]
    if len(parts) not in (1, 3) or min(parts) <= 0:
        raise FormError(
            _("The voxel size {text!r} is not understood: give one number in mm, or three.").format(text=text)
        )
    return parts * 3 if len(parts) == 1 else parts


def _crop(text):
    if not text.strip():
        return None
    from ..imaging.crop import parse_crop

    try:
        parse_crop(text)
    except InputError as error:
        raise FormError(str(error)) from error
    return text
