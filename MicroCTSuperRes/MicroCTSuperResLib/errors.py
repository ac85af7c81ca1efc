"""The errors that a user can act on.

Every error carries a `message` (what was wrong, with the value that was got) and a `hint` (what to do). The command
line prints both on one line and exits with status 1; the worker sends them as an `error` event with the error's `code`.
"""


class MicroCTError(Exception):
    """Base of all errors that are told to the user without a traceback.

    :param message: what was wrong, naming the file or value.
    :param hint: what the user can do about it; may be empty.
    """

    code = "failed"

    def __init__(self, message: str, hint: str = "") -> None:
        message = _printable(message)
        super().__init__(message)
        self.message = message
        self.hint = _printable(hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


def _printable(text: str) -> str:
    """The text on one line, with what no terminal can show (such as the bytes of a damaged header) replaced."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "?" for letter in text)


class InputError(MicroCTError):
    """A volume or an argument that cannot be worked with (NaN voxels, 4-D image, unknown grid ...)."""

    code = "bad-input"


class CalibrationError(InputError):
    """A conversion of grey values for which a constant is missing, or constants that make no sense."""

    code = "not-calibrated"


class FormatError(MicroCTError):
    """A file that is absent, truncated, unreadable or of a format that is not supported."""

    code = "bad-file"


class OutputError(MicroCTError):
    """A result that cannot be written: it exists already, the folder is read-only, the disk is full."""

    code = "bad-output"


class InUse(OutputError):
    """A folder of results in which another process works."""

    code = "in-use"


class ModelError(MicroCTError):
    """A model that is absent, broken, altered, or does not fit the volume."""

    code = "bad-model"


class DeviceError(MicroCTError):
    """A computing device that does not exist here."""

    code = "bad-device"


class OutOfMemory(MicroCTError):
    """Not enough memory for the work, found before it starts wherever it can be estimated."""

    code = "out-of-memory"


class Cancelled(MicroCTError):
    """The user ended the work."""

    code = "cancelled"
