"""Models as files for programs that do not have MicroCTSuperRes: the formats by the name that a user gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from ..loading import Model

# Each format and how the names of its files end.
FORMATS = {"onnx": ".onnx", "torchscript": ".pt", "bioimageio": ".bioimageio.zip"}


def check_format(name: str) -> None:
    """:raises InputError: if `name` is not one of `FORMATS`."""
    if name not in FORMATS:
        raise InputError(f"Models cannot be exported as {name!r}.", f"Choose one of {', '.join(FORMATS)}.")


def export_model(
    model: Model, path: str | Path, format_name: str, *, authors: tuple[str, ...] = (), overwrite: bool = False
) -> Path:
    """Write a model in one of `FORMATS`.

    :param model: a loaded model.
    :param path: the file to write.
    :param format_name: "onnx", "torchscript" or "bioimageio".
    :param authors: people to name in a bioimage.io package, which alone has a place for them.
    :param overwrite: replace the file if it exists.
    :return: the path.
    :raises InputError: for a format that is not known.
    :raises MicroCTError: if the format needs a package that is not installed.
    :raises OutputError: if the file exists and `overwrite` is false, or it cannot be written.
    """
    check_format(format_name)
    if format_name == "bioimageio":
        from .bioimageio_package import export_bioimageio

        return export_bioimageio(model, path, authors=authors, overwrite=overwrite)
    if format_name == "torchscript":
        from .torchscript_file import export_torchscript

        return export_torchscript(model, path, overwrite=overwrite)
    from .onnx_file import export_onnx

    return export_onnx(model, path, overwrite=overwrite)
