"""A model as a package of the BioImage Model Zoo (bioimage.io), for the programs that run such packages.

The format (model description 0.5, https://bioimage.io/spec) describes tensors and what is done to them before and after
the network. The package holds the network in TorchScript and ONNX, and the model's own files as attachments, so that
`models add` takes the same archive.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import MicroCTError, ModelError
from ...files import atomic_path
from ..card import CARD_FILE
from ..package import MODEL_FILES
from ..store import BUNDLED_FOLDER
from ..weights import WEIGHTS_FILE
from .bioimageio_tensors import input_tensor, output_tensor
from .example_tensors import make_example_tensors, write_cover
from .onnx_file import OPSET, onnx_bytes
from .package_readme import readme_of
from .torchscript_file import torchscript_bytes

if TYPE_CHECKING:
    from bioimageio.spec.model import v0_5

    from ..loading import Model

DEVELOPERS = "The MicroCTSuperRes developers"
_UNET_DOI = "10.1007/978-3-319-24574-4_28"
_TAGS = ("microct", "bone", "super-resolution", "unet", "pytorch", "x-ray-microscopy", "2d", "tissue")
_LONGEST_DESCRIPTION = 1024
_LONGEST_REASON = 300  # after that pydantic repeats all that it was given


def export_bioimageio(
    model: Model, path: str | Path, *, authors: tuple[str, ...] = (), overwrite: bool = False
) -> Path:
    """Write a model as a bioimage.io package, which is checked by bioimageio.spec after it is written.

    What the format cannot tell is left out rather than told wrongly: the result of a network that was trained on
    percentiles or the smallest and largest value stays between 0 and 1, as there is no step that undoes such a scaling;
    a licence that is no single SPDX identifier and a citation without DOI stand in the package's README.md alone.

    :param model: a loaded model.
    :param path: the archive to write.
    :param authors: names of the people who made the model; a bundled model's are the developers of this software.
    :param overwrite: replace the file if it exists.
    :return: the path.
    :raises MicroCTError: if the packages bioimageio.spec or onnx are not installed.
    :raises ModelError: if bioimageio.spec refuses the package.
    :raises OutputError: if the file exists and `overwrite` is false, or it cannot be written.
    """
    _require_spec()
    with (
        atomic_path(Path(path), overwrite=overwrite) as partial,
        tempfile.TemporaryDirectory(dir=partial.parent) as files,
    ):
        _write_package(model, _write_files(model, Path(files)), _authors(model, authors), partial)
    return Path(path)


def _require_spec() -> None:
    try:
        import bioimageio.spec  # noqa: F401
    except ImportError:
        raise MicroCTError(
            "Exporting for bioimage.io needs the Python package bioimageio.spec.",
            "Install it: pip install microct-superres[export]",
        ) from None


def _authors(model: Model, authors: tuple[str, ...]) -> tuple[str, ...]:
    bundled = model.folder.resolve().parent == BUNDLED_FOLDER.resolve()
    return authors or ((DEVELOPERS,) if bundled else ())


def _write_files(model: Model, folder: Path) -> dict[str, Path]:
    """Everything that the description points to, by what it is."""
    import numpy as np

    tensors = make_example_tensors(model)
    contents = {"onnx": ("weights.onnx", onnx_bytes(model)), "torchscript": ("weights.pt", torchscript_bytes(model))}
    contents["readme"] = ("README.md", readme_of(model).encode())
    found = {}
    for kind, (name, content) in contents.items():
        found[kind] = folder / name
        found[kind].write_bytes(content)
    for kind, tensor in (("input", tensors.given), ("output", tensors.expected)):
        found[kind] = folder / f"test_{kind}.npy"
        np.save(found[kind], tensor)
    found["cover"] = write_cover(tensors, folder / "cover.png")
    return found


def _write_package(model: Model, files: dict[str, Path], authors: tuple[str, ...], path: Path) -> None:
    from bioimageio.spec import ValidationContext, save_bioimageio_package
    from loguru import logger

    # It tells of every step and of recommended fields that are empty; what is wrong it raises.
    logger.disable("bioimageio")
    try:
        with ValidationContext(log_warnings=False, perform_io_checks=True), warnings.catch_warnings():
            # It looks for the files of the finished archive beside it, before it looks into the archive.
            warnings.filterwarnings("ignore", "Found mapping with 'source'", UserWarning)
            save_bioimageio_package(_description(model, files, authors), output_path=path)
    except ValueError as problem:
        raise ModelError(
            f"The package bioimageio.spec refuses a package of model {model.card.name!r}: "
            f"{str(problem)[:_LONGEST_REASON]}",
            "Look at the model's card; and see that pydantic is older than 2.14, with which bioimageio.spec fails.",
        ) from problem
    finally:
        logger.enable("bioimageio")


def _description(model: Model, files: dict[str, Path], authors: tuple[str, ...]) -> v0_5.ModelDescr:
    from bioimageio.spec.model import v0_5
    from bioimageio.spec.model.v0_5 import FileDescr

    card = model.card
    own_files = [model.folder / name for name in MODEL_FILES if (model.folder / name).is_file()]
    return v0_5.ModelDescr(
        name=_name(card.name),
        description=card.summary[:_LONGEST_DESCRIPTION],
        version=v0_5.Version(card.version),
        timestamp=v0_5.Datetime(datetime.fromisoformat(card.created).replace(tzinfo=UTC)),
        authors=[v0_5.Author(name=name) for name in authors],
        cite=_citations(card.citation),
        license=_licence(card.licence),
        tags=[*_TAGS, *(site.replace(" ", "-") for site in card.sites)],
        documentation=FileDescr(source=files["readme"]),
        covers=[FileDescr(source=files["cover"])],
        inputs=[input_tensor(model, files["input"])],
        outputs=[output_tensor(model, files["output"])],
        weights=_weights(files),
        attachments=[FileDescr(source=path) for path in own_files if path.name in (CARD_FILE, WEIGHTS_FILE)],
        config=v0_5.Config(microct_superres={"card": card.to_dict()}),
    )


def _name(model_name: str) -> str:
    """The format knows letters, digits, blanks and a few signs, and wants five letters at least."""
    return f"MicroCTSuperRes {model_name.replace('.', ' ')}"


def _citations(citation: str) -> list[v0_5.CiteEntry]:
    """The card's citation where it holds a DOI, without which the format takes none, and that of the U-Net."""
    from bioimageio.spec.model import v0_5

    entries = [v0_5.CiteEntry(text="U-Net, Ronneberger et al. 2015", doi=v0_5.Doi(_UNET_DOI))]
    found = re.search(r"10\.\d{4,9}/[^\s,;]*[^\s,;.)\]]", citation)
    if found is None:
        return entries
    return [v0_5.CiteEntry(text=citation, doi=v0_5.Doi(found.group())), *entries]


def _licence(expression: str) -> v0_5.LicenseId | None:
    """The licence where it is one that the format knows by its SPDX identifier."""
    from bioimageio.spec.model.v0_5 import LicenseId

    try:
        return LicenseId(expression)
    except ValueError:
        return None


def _weights(files: dict[str, Path]) -> v0_5.WeightsDescr:
    import torch
    from bioimageio.spec.model import v0_5

    version = v0_5.Version(torch.__version__.partition("+")[0])
    # One format must be the first; both were made from model.safetensors, for which there is no entry.
    return v0_5.WeightsDescr(
        torchscript=v0_5.TorchscriptWeightsDescr(source=files["torchscript"], pytorch_version=version),
        onnx=v0_5.OnnxWeightsDescr(source=files["onnx"], opset_version=OPSET, parent="torchscript"),
    )
