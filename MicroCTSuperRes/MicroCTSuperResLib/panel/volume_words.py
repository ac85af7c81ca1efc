"""What a volume is, in words for the panel."""

from slicer.i18n import tr as _

from ..imaging.calibration import ATTENUATION_UNITS, DENSITY_UNITS, HU_UNITS, NATIVE_UNITS
from ..scene.geometry import world_grid
from ..scene.node_meaning import meaning_of
from ..scene.volume_nodes import array_of


def volume_in_words(node):
    """Size, voxel size, type and grey values of a volume node, as lines of plain text.

    :raises InputError: for a node without grey voxels, or under a transform that is not linear.
    :raises FormatError: for a calibration among its attributes that is damaged.
    """
    grid = world_grid(node)
    size = " x ".join(str(count) for count in grid.size)
    kind = array_of(node).dtype.name
    return "\n".join(
        [
            _("{size} voxels of {spacing}, {kind}").format(
                size=size, spacing=spacing_in_words(grid.spacing), kind=kind
            ),
            grey_values_in_words(meaning_of(node)),
        ]
    )


def grey_values_in_words(meaning):
    """Units of the grey values, and whether densities are known.

    :param meaning: units and calibration, as `scene.node_meaning.meaning_of` gives them.
    """
    told = {
        NATIVE_UNITS: _("Grey values as the scanner stored them"),
        ATTENUATION_UNITS: _("Linear attenuation in 1/cm"),
        HU_UNITS: _("Hounsfield units"),
        DENSITY_UNITS: _("Density in mg HA/cm3"),
    }.get(meaning.units, _("Grey values in {units}").format(units=meaning.units))
    if meaning.units == DENSITY_UNITS:
        return told
    known = meaning.calibration.reaches(meaning.units, DENSITY_UNITS)
    return told + (_(", calibrated for density") if known else _(", not calibrated for density"))


def spacing_in_words(spacing):
    """Voxel size in um, one number for cubes."""
    sides = [f"{1000 * side:.4g}" for side in spacing]
    return f"{sides[0]} um" if len(set(sides)) == 1 else f"{' x '.join(sides)} um"
