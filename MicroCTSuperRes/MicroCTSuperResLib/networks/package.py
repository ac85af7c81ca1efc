"""A model on its way into the store: a folder or a ZIP archive, of which only the model's own files are taken."""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ..errors import ModelError
from .card import CARD_FILE, LARGEST_CARD_BYTES
from .weights import LARGEST_WEIGHTS_BYTES, WEIGHTS_FILE, refuse_pickle_suffix

TEXT_FILES = tuple(f"{name}{suffix}" for name in ("LICENSE", "LICENCE", "README") for suffix in ("", ".txt", ".md"))
MODEL_FILES = (CARD_FILE, WEIGHTS_FILE, *TEXT_FILES)

_LARGEST_TEXT_BYTES = 1 << 20
_MOST_MEMBERS = 1000
# Weights hardly shrink when compressed; a member that unpacks to more than this many times its size is an attack.
_LARGEST_RATIO = 100
_WHAT_A_MODEL_IS = "A model is a folder, or a ZIP of one, with card.json and model.safetensors."
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError)


def read_package(path: Path) -> dict[str, bytes]:
    """The model's files by name: card.json, model.safetensors and, where there are any, licence and read-me texts.

    :param path: a folder, its card.json or model.safetensors, or a ZIP archive with these files at its top or in one
        folder.
    :raises ModelError: if one of the two is missing, or anything is a link, too large, or looks like an attack.
    """
    refuse_pickle_suffix(path)
    folder = path.parent if path.name in (CARD_FILE, WEIGHTS_FILE) and path.is_file() else path
    if folder.is_dir():
        files = _from_folder(folder)
    elif zipfile.is_zipfile(path):
        files = _from_zip(path)
    elif path.exists():
        raise ModelError(f"{path} is neither a folder nor a ZIP archive.", _WHAT_A_MODEL_IS)
    else:
        raise ModelError(f"There is nothing at {path}.", _WHAT_A_MODEL_IS)
    missing = [name for name in (CARD_FILE, WEIGHTS_FILE) if name not in files]
    if missing:
        raise ModelError(f"{path} holds no {' and no '.join(missing)}.", _WHAT_A_MODEL_IS)
    return files


def refuse_other_files(folder: Path) -> None:
    """Refuse to delete or replace a folder that holds more than a model; any folder might be given by mistake.

    :raises ModelError: naming one of the other files.
    """
    others = sorted(path.name for path in folder.iterdir() if path.name not in MODEL_FILES or path.is_dir())
    if others:
        raise ModelError(f"{folder} holds more than a model, such as {others[0]!r}.", "Move or delete it by hand.")


def _from_folder(folder: Path) -> dict[str, bytes]:
    files = {}
    for name in MODEL_FILES:
        path = folder / name
        if path.is_symlink():
            raise ModelError(f"{path} is a link.", "Put the file itself into the folder.")
        if not path.is_file():
            continue
        try:
            _refuse_too_large(name, path.stat().st_size, str(path))
            files[name] = path.read_bytes()
        except OSError as problem:
            raise ModelError(f"{path} cannot be read: {problem.strerror}.", "Check its permissions.") from None
    return files


def _from_zip(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _model_members(archive, path)
            return {name: _member_bytes(archive, member, name, path) for name, member in members.items()}
    except _BROKEN_ZIP as problem:
        raise ModelError(f"{path} cannot be unpacked: {problem}.", "Get the archive again, without password.") from None


def _model_members(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > _MOST_MEMBERS:
        raise ModelError(f"{path} holds {len(members)} files, which no model does.", _WHAT_A_MODEL_IS)
    for member in members:
        _refuse_escape(member.filename, path)
    cards = [PurePosixPath(member.filename) for member in members if PurePosixPath(member.filename).name == CARD_FILE]
    cards = [card for card in cards if len(card.parts) <= 2]
    if len(cards) != 1:
        raise ModelError(f"{path} holds {len(cards) or 'no'} models at its top or in a folder there.", _WHAT_A_MODEL_IS)
    found: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        place = PurePosixPath(member.filename)
        if place.parent != cards[0].parent or place.name not in MODEL_FILES:
            continue
        if place.name in found:
            raise ModelError(f"{path} holds {place} twice.", "Get the archive again from its source.")
        found[place.name] = member
    return found


def _refuse_escape(name: str, path: Path) -> None:
    if name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts:
        raise ModelError(f"{path} holds {name!r}, which points outside the archive.", "Do not trust this archive.")


def _member_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, path: Path) -> bytes:
    where = f"{name} in {path}"
    if stat.S_ISLNK(member.external_attr >> 16):
        raise ModelError(f"{where} is a link.", "Pack the file itself.")
    _refuse_too_large(name, member.file_size, where)
    if member.file_size > _LARGEST_RATIO * max(member.compress_size, 1024):
        raise ModelError(
            f"{where} unpacks from {member.compress_size} to {member.file_size} bytes.", "Do not trust this archive."
        )
    with archive.open(member) as stream:
        return stream.read(member.file_size)


def _refuse_too_large(name: str, size: int, where: str) -> None:
    largest = {CARD_FILE: LARGEST_CARD_BYTES, WEIGHTS_FILE: LARGEST_WEIGHTS_BYTES}.get(name, _LARGEST_TEXT_BYTES)
    if size > largest:
        raise ModelError(f"{where} has {size} bytes, more than the {largest} that are read.", _WHAT_A_MODEL_IS)
