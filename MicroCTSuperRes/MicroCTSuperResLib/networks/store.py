"""The models that are at hand: the bundled ones and the user's own. Lists and finds them without importing torch."""

from __future__ import annotations

import difflib
import os
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import MicroCTError, ModelError, OutputError
from ..files import atomic_path
from .card import CARD_FILE, ModelCard, card_from_text, read_card
from .card_checks import NAME_RULE, is_model_name
from .package import read_package, refuse_other_files
from .weights import WEIGHTS_FILE, check_weights, refuse_pickle_suffix

BUNDLED_FOLDER = Path(__file__).parent / "bundled"
USER_FOLDER_VARIABLE = "MICROCT_SUPERRES_MODELS"


@dataclass(frozen=True)
class ModelFolder:
    """A model on disk: its folder, its card, and whether it came with the software."""

    path: Path
    card: ModelCard
    bundled: bool

    @property
    def name(self) -> str:
        """The model's name, from its card."""
        return self.card.name

    @property
    def weights_path(self) -> Path:
        """The file with the weights."""
        return self.path / WEIGHTS_FILE


def default_user_folder() -> Path:
    """Where the user's models are kept: $MICROCT_SUPERRES_MODELS, or the user's data folder of the operating system."""
    chosen = os.environ.get(USER_FOLDER_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    # In Slicer the bundled models are listed before any package is installed.
    from platformdirs import user_data_dir

    return Path(user_data_dir("MicroCTSuperRes", appauthor=False)) / "models"


class ModelStore:
    """The bundled models and the user's, each in a folder of its name.

    :param user_folder: where the user's models are; by default `default_user_folder()`. It need not exist.
    :param bundled_folder: where the models are that came with the software.
    """

    def __init__(self, user_folder: str | Path | None = None, bundled_folder: str | Path = BUNDLED_FOLDER) -> None:
        self.user_folder = Path(user_folder) if user_folder else default_user_folder()
        self.bundled_folder = Path(bundled_folder)

    def list(self) -> list[ModelFolder]:
        """The models that can be used, the bundled ones first, each group by name; `problems` tells of the others."""
        return [found for found in self._scan() if isinstance(found, ModelFolder)]

    def problems(self) -> list[str]:
        """Why folders in the store are no models, one line a folder; empty if all is well."""
        return [str(found) for found in self._scan() if isinstance(found, MicroCTError)]

    def find(self, name_or_path: str | Path) -> ModelFolder:
        """The model of that name, or in that folder.

        A name wins over a folder of the same name in the current directory; write "./name" for the folder.

        :param name_or_path: a model's name, or the path of its folder, its card.json or its model.safetensors.
        :raises ModelError: if there is none (with the nearest name), or its card is broken.
        """
        if isinstance(name_or_path, str) and is_model_name(name_or_path):
            for folder, bundled in ((self.bundled_folder, True), (self.user_folder, False)):
                if (folder / name_or_path).is_dir():
                    return _named_model(folder / name_or_path, bundled)
        path = Path(name_or_path)
        if _exists(path):
            return self._at(path)
        raise self._not_found(str(name_or_path))

    def add(self, path: str | Path, *, overwrite: bool = False) -> ModelFolder:
        """Copy a model into the user's folder.

        Its card, the file's kind and its SHA-256 are checked before anything is written. Only card.json,
        model.safetensors and licence and read-me texts are copied.

        :param path: the model's folder, or a ZIP archive of it.
        :param overwrite: replace a model of the user's of the same name.
        :raises ModelError: for anything that is no sound model, and for the name of a bundled model.
        :raises OutputError: if the user has a model of that name, or the folder cannot be written.
        """
        path = Path(path)
        files = read_package(path)
        card = card_from_text(_as_text(files[CARD_FILE], path), f"{CARD_FILE} in {path}")
        check_weights(files[WEIGHTS_FILE], card.sha256, f"{WEIGHTS_FILE} in {path}")
        if (self.bundled_folder / card.name).is_dir():
            raise ModelError(
                f"{card.name!r} is the name of a bundled model.", "Give your model another name in its card."
            )
        target = self.user_folder / card.name
        if target.exists() and not overwrite:
            raise OutputError(
                f"You have a model {card.name!r} already.", "Remove it first, or allow overwriting it (--overwrite)."
            )
        if target.is_dir():
            refuse_other_files(target)
        self._write(target, files, overwrite)
        return _named_model(target, bundled=False)

    def remove(self, name: str) -> None:
        """Delete a model of the user's, even one that is broken.

        :raises ModelError: for a bundled model, an unknown name, or a folder that holds other files than a model's.
        :raises OutputError: if it cannot be deleted.
        """
        if not is_model_name(name):
            raise ModelError(
                f"{name!r} is no model name: that is {NAME_RULE}.", "Models are removed by name, not by path."
            )
        folder = self.user_folder / name
        if not (folder.is_dir() or folder.is_symlink()):
            if (self.bundled_folder / name).is_dir():
                raise ModelError(f"Model {name!r} came with the software and stays.", "Only your own can be removed.")
            raise self._not_found(name)
        _delete(folder)

    def _scan(self) -> list[ModelFolder | MicroCTError]:
        """Every folder of the store as a model, or as the error that says why it is none."""
        found: list[ModelFolder | MicroCTError] = []
        for folder, bundled in ((self.bundled_folder, True), (self.user_folder, False)):
            for path in _subfolders(folder):
                try:
                    self._refuse_shadow(path, bundled)
                    found.append(_named_model(path, bundled))
                except MicroCTError as problem:
                    found.append(problem)
        return found

    def _refuse_shadow(self, path: Path, bundled: bool) -> None:
        if not bundled and (self.bundled_folder / path.name).is_dir():
            raise ModelError(f"{path} has the name of a bundled model, which is used instead.", "Rename or remove it.")

    def _at(self, path: Path) -> ModelFolder:
        refuse_pickle_suffix(path)
        if path.is_file() and path.suffix.lower() == ".zip":
            raise ModelError(
                f"{path} is an archive.", f"Add it to your models first: microct-superres models add {path}"
            )
        folder = path.parent if path.name in (CARD_FILE, WEIGHTS_FILE) else path
        if not folder.is_dir():
            raise ModelError(f"{path} is no model.", "A model is a folder with card.json and model.safetensors.")
        return _model_in(folder, bundled=folder.resolve().parent == self.bundled_folder.resolve())

    def _not_found(self, name: str) -> ModelError:
        names = [path.name for folder in (self.bundled_folder, self.user_folder) for path in _subfolders(folder)]
        alike = difflib.get_close_matches(name, names, n=1)
        meant = f"Did you mean {alike[0]!r}? " if alike else ""
        return ModelError(
            f"There is no model {name!r}, neither by name nor as a folder.",
            f"{meant}Models at hand: {', '.join(names) or 'none'}.",
        )

    def _write(self, target: Path, files: dict[str, bytes], overwrite: bool) -> None:
        try:
            self.user_folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise OutputError(
                f"The folder for your models, {self.user_folder}, cannot be made: {problem.strerror}.",
                f"Choose another with the environment variable {USER_FOLDER_VARIABLE}.",
            ) from None
        with atomic_path(target, overwrite=overwrite) as partial:
            partial.mkdir()
            for name, content in files.items():
                (partial / name).write_bytes(content)


def _subfolders(folder: Path) -> list[Path]:
    """Folders that may hold models, by name; other names, such as a half-written one's, are passed over."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and is_model_name(path.name))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a text that no path can be, too long for one
        return False


def _named_model(path: Path, bundled: bool) -> ModelFolder:
    model = _model_in(path, bundled)
    if model.name != path.name:
        raise ModelError(
            f"The folder {path} holds a model that its card calls {model.name!r}.",
            "Rename the folder to the model's name.",
        )
    return model


def _model_in(path: Path, bundled: bool) -> ModelFolder:
    card = _card_at(path / CARD_FILE)
    if not (path / WEIGHTS_FILE).is_file():
        raise ModelError(f"{path} holds no {WEIGHTS_FILE}.", "Get the model again from its source.")
    return ModelFolder(path, card, bundled)


def _card_at(file: Path) -> ModelCard:
    """The card in a file. A panel asks for all of them whenever it is opened: each is checked once until it changes."""
    try:
        state = file.stat()
    except OSError:
        return read_card(file)  # which tells why it cannot
    return _card_in_state(file, (state.st_ino, state.st_size, state.st_mtime_ns))


@lru_cache(maxsize=256)
def _card_in_state(file: Path, state: tuple[int, int, int]) -> ModelCard:
    return read_card(file)


def _as_text(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError(f"{CARD_FILE} in {path} is not UTF-8 text.", "Get the model again from its source.") from None


def _delete(folder: Path) -> None:
    try:
        if folder.is_symlink():
            folder.unlink()
            return
        refuse_other_files(folder)
        shutil.rmtree(folder)
    except OSError as problem:
        raise OutputError(f"{folder} cannot be deleted: {problem.strerror}.", "Check its permissions.") from None
