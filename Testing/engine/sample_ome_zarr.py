"""OME-Zarr folders as other programs make them, with plain zarr and dictionaries."""

import json

import numpy as np
import zarr

VOXELS = np.arange(4 * 5 * 6, dtype="int16").reshape(4, 5, 6)  # z, y, x
SCALE, TRANSLATION = (3.5, 2.0, 1.1), (30.0, 20.0, 10.0)  # z, y, x in the unit of the axes
KINDS = {"z": "space", "y": "space", "x": "space", "c": "channel", "t": "time"}


def axis(name, unit="micrometer"):
    told = {"name": name, "type": KINDS[name]}
    return told | {"unit": unit} if unit and KINDS[name] == "space" else told


def steps(scale=SCALE, translation=TRANSLATION):
    """The list of transformations of one dataset or of a whole multiscale image."""
    told = [{"type": "scale", "scale": list(scale)}]
    return told if translation is None else [*told, {"type": "translation", "translation": list(translation)}]


def multiscale(axes="zyx", unit="micrometer", path="0", transformations=None, **more):
    """The metadata of one image; axes before z, y, x have scale 1 and place 0."""
    others = [1.0] * (len(axes) - 3), [0.0] * (len(axes) - 3)
    own = transformations or steps((*others[0], *SCALE), (*others[1], *TRANSLATION))
    datasets = [{"path": path, "coordinateTransformations": own}]
    return {"axes": [axis(name, unit) for name in axes], "datasets": datasets, **more}


def attributes(version, *multiscales, **more):
    """The group's attributes with an image (or another layout) of NGFF 0.4 or 0.5."""
    if version == "0.5":
        return {"ome": {"version": "0.5", **({"multiscales": list(multiscales)} if multiscales else {}), **more}}
    told = {"multiscales": [{**one, "version": "0.4"} for one in multiscales]} if multiscales else {}
    return told | more


def write_group(path, version, attributes):
    return zarr.create_group(str(path), zarr_format=3 if version == "0.5" else 2, attributes=attributes)


def write_other(path, version="0.4", voxels=VOXELS, dataset="0", told=None, **array):
    """An image as another program writes it: compressor and chunks are those of zarr unless `array` says otherwise.

    :param told: the group's attributes.
    """
    told = told or attributes(version, multiscale(path=dataset))
    group = write_group(path, version, told)
    settings = {"shape": voxels.shape, "chunks": tuple(min(3, length) for length in voxels.shape), **array}
    settings.setdefault("dtype", voxels.dtype)
    if version == "0.4":
        settings.setdefault("chunk_key_encoding", {"name": "v2", "separator": "/"})
    group.create_array(dataset, **settings)[...] = voxels
    return path


def change_json(path, change):
    """Change a JSON file in place; `change` gets its content."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
