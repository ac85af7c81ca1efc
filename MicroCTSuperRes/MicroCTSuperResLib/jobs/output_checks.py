"""Whether a result can be written, found out before the work that makes it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..errors import OutputError

if TYPE_CHECKING:
    from ..imaging.calibration import Line
    from ..imaging.formats import Header


def check_output(
    target: str | Path,
    result_type: str,
    *,
    overwrite: bool,
    compress: bool = False,
    needed_bytes: int = 0,
    voxel_type: str | None = None,
    rescale: Line | None = None,
    ngff: str = "0.5",
) -> None:
    """Check the format, whether it holds such voxels, the folder, and the free space.

    :param target: file to write, or `folder/*.png` and the like for a folder of slices.
    :param result_type: numpy name of the result's voxel type.
    :param needed_bytes: size of the result, together with what else will be written before it; 0 if it is not known.
    :raises InputError: for a `voxel_type` or `rescale` that makes no sense; both, and `ngff`, are as in `write_volume`.
    :raises OutputError: if it cannot be written there in this way.
    """
    from ..files import check_writable
    from ..imaging.formats import check_output_format, output_target

    target = Path(target)
    check_output_format(target)
    check_writable(output_target(target), overwrite=overwrite, needed_bytes=0 if compress else needed_bytes)
    _check_voxels_fit(target, result_type, compress=compress, voxel_type=voxel_type, rescale=rescale, ngff=ngff)


def refuse_to_replace_input(header: Header, target: str | Path, *, compress: bool) -> None:
    """:raises OutputError: if writing `target` would replace a file of the scan, by whatever name it goes."""
    from ..imaging.formats import output_target
    from ..imaging.formats.registry import format_to_write

    place = output_target(target)
    scan = [path for path in (header.path, *header.files) if path.exists()]
    companions = format_to_write(Path(target)).companions(place, compress)
    for written in (place, *(place.parent / name for name in companions)):
        if written.exists() and any(_is_or_holds(written, path) for path in scan):
            raise OutputError(
                f"Writing {target} would replace the input {header.path}.",
                "Name another: scans are never replaced.",
            )


def _is_or_holds(written: Path, path: Path) -> bool:
    return written.samefile(path) or (written.is_dir() and written.samefile(path.parent))


def _check_voxels_fit(target: Path, result_type: str, **writing: object) -> None:
    """Write a volume of a few such voxels in this format, elsewhere: its own writer knows best what it can hold."""
    import numpy as np

    from ..imaging.formats import write_volume
    from ..imaging.volume import Volume

    with TemporaryDirectory() as folder:
        # The folder of `folder/*.png` is made by the writer, so there has to be one that does not exist yet.
        place = Path(folder, "slices" if "*" in target.name else "", target.name)
        write_volume(Volume(np.zeros((2, 2, 2), result_type), (1.0, 1.0, 1.0)), place, **writing)
