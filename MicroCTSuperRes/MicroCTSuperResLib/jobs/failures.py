"""Any failure, as what is told of it: a code, one line of what was wrong, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import MicroCTError


@dataclass(frozen=True)
class Failure:
    """What is told of a failure; message and hint are one line each, the hint may be empty."""

    code: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


def failure_of(error: BaseException) -> Failure:
    """What to tell of an error. Errors that nobody foresaw keep their Python name, for the report to the developers."""
    if isinstance(error, MicroCTError):
        return Failure(error.code, _one_line(error.message), _one_line(error.hint))
    if isinstance(error, KeyboardInterrupt):
        return Failure("cancelled", "Cancelled.", "No half-written result was left.")
    if _is_out_of_memory(error):
        return Failure(
            "out-of-memory",
            f"There is not enough memory ({_one_line(error) or type(error).__name__}).",
            "Close other programs, or work on a smaller volume.",
        )
    if isinstance(error, ModuleNotFoundError):
        return Failure(
            "not-installed", f"The Python package {error.name!r} is needed for this.", f"Install {error.name!r}."
        )
    if isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if error.filename else ""
        return Failure("failed", f"{error.strerror}{place}.", "Check the file, its folder and your rights to it.")
    return Failure(
        "unexpected",
        f"Unexpected {type(error).__name__}: {_one_line(error)}.",
        "Run the command again with --debug and report what it prints.",
    )


def _is_out_of_memory(error: BaseException) -> bool:
    # SimpleITK and torch raise a RuntimeError, the loader of libraries an ImportError: only their text tells.
    text = str(error)
    return isinstance(error, MemoryError) or "allocate memory" in text or "failed to map segment" in text


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
