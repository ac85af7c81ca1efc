"""The bytes of model.safetensors: read once, so that what was checked is what is loaded. Needs no torch."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..errors import ModelError

WEIGHTS_FILE = "model.safetensors"
LARGEST_WEIGHTS_BYTES = 1 << 30
PICKLE_SUFFIXES = frozenset({".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".bin", ".joblib"})

_NEVER_PICKLE = "Pickles can run any code when opened, so only safetensors are read; ask for the model in that format."
_GET_AGAIN = "Get the model again from its source."

# A safetensors file starts with the length of its JSON header (8 bytes, little-endian), at most this by its standard.
_LONGEST_HEADER = 100_000_000


def read_weights(path: Path, sha256: str) -> bytes:
    """The content of model.safetensors, checked.

    :param path: the file.
    :param sha256: what the model's card says its SHA-256 is.
    :raises ModelError: if the file is absent, a pickle, no or half a safetensors file, or other than the card says.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_WEIGHTS_BYTES:
            raise ModelError(f"{path} has {size} bytes, more than the 1 GiB that is read.", _GET_AGAIN)
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(
            f"{path.parent} holds no {path.name}.", "A model is a folder with card.json and model.safetensors."
        ) from None
    except OSError as problem:
        raise ModelError(f"{path} cannot be read: {problem.strerror}.", "Check the path and its permissions.") from None
    check_weights(content, sha256, str(path))
    return content


def check_weights(content: bytes, sha256: str, name: str) -> None:
    """Check the content of a weights file called `name`.

    :raises ModelError: if it is a pickle, no or half a safetensors file, or has another SHA-256.
    """
    _refuse_other_formats(content, name)
    _refuse_broken(content, name)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelError(
            f"{name} is not the file that its card describes: its SHA-256 starts with {found[:12]}, "
            f"the card says {sha256[:12]}.",
            f"It was altered or damaged. {_GET_AGAIN}",
        )


def refuse_pickle_suffix(path: Path) -> None:
    """Refuse a file that by its name is a pickled checkpoint.

    :raises ModelError: telling why.
    """
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise ModelError(f"{path} is a {path.suffix} checkpoint, which is a pickle.", _NEVER_PICKLE)


def _refuse_other_formats(content: bytes, name: str) -> None:
    if not content:
        raise ModelError(f"{name} is empty.", _GET_AGAIN)
    header_length = int.from_bytes(content[:8], "little")
    if header_length <= _LONGEST_HEADER and content[8:9] == b"{":
        return
    # torch.save writes a ZIP file with a pickle inside, formerly a bare pickle (protocol 2 to 5).
    if content.startswith(b"PK") or (content[0] == 0x80 and content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")):
        raise ModelError(f"{name} is no safetensors file but a pickled checkpoint or archive.", _NEVER_PICKLE)
    raise ModelError(f"{name} is no safetensors file.", _GET_AGAIN)


def _refuse_broken(content: bytes, name: str) -> None:
    from safetensors import SafetensorError, deserialize

    try:
        deserialize(content)
    except SafetensorError as problem:
        raise ModelError(f"{name} is truncated or broken ({problem}).", _GET_AGAIN) from None
