"""Calls of Qt's methods as PythonQt makes them: ints for enumerators, strings for bytes, its errors, no keywords."""

import enum
import inspect
import typing

from shibokensupport.signature import get_signature

from slicer_host.problems import problems

from .conversions import plain

# PySide6's own errors about arguments; an error raised inside a Python override must pass.
_ABOUT_ARGUMENTS = ("wrong argument", "Supported signatures", "missing signature", "takes", "arguments")


class builtin_qt_slot:  # noqa: N801 - the name that PythonQt gives it
    """A method of a Qt object, as an attribute gives it."""

    def __init__(self, method, name: str):
        self._method = method
        self._name = name

    def __call__(self, *arguments, **keywords):
        if keywords:
            raise ValueError(f"Called {self._name} with keyword arguments, but called slot does not support kwargs.")
        try:
            return plain(call(self._method, self._name, arguments))
        except Exception as error:
            if not _was_in_an_override(error):
                raise
            problems.add_exception(error)  # PythonQt prints it and goes on
            return None

    def __eq__(self, other):
        return isinstance(other, builtin_qt_slot) and self._method == other._method

    def __hash__(self):
        return hash(self._method)


def call(method, name: str, arguments: tuple, signed_by=None):
    """Calls one of PySide6's methods with arguments that PythonQt would accept.

    :param signed_by: what has the signatures, where that is not the method itself.
    :raises ValueError: where the arguments fit no overload.
    """
    try:
        return method(*arguments)
    except TypeError as error:
        if not _is_about_arguments(error):
            raise
        message = str(error)
    for fitted in _fitted_arguments(signed_by or method, arguments):
        try:
            return method(*fitted)
        except TypeError as error:
            if not _is_about_arguments(error):
                raise
    raise ValueError(f"Called {name} with wrong arguments: {arguments}\n{message}")


def _was_in_an_override(error: Exception) -> bool:
    """Whether it was raised by a Python method that Qt called, such as a resizeEvent."""
    return "Error calling Python override" in str(error)


def _is_about_arguments(error: TypeError) -> bool:
    return not _was_in_an_override(error) and any(words in str(error) for words in _ABOUT_ARGUMENTS)


def _fitted_arguments(method, arguments: tuple):
    """The arguments converted for each of a method's signatures, where that changes anything."""
    signatures = get_signature(_defined(method)) or []
    for signature in signatures if isinstance(signatures, list) else [signatures]:
        annotations = [
            parameter.annotation
            for parameter in signature.parameters.values()
            if parameter.name != "self" and parameter.kind is not inspect.Parameter.KEYWORD_ONLY
        ]
        fitted = tuple(map(_fitted, arguments, annotations))
        if len(fitted) == len(arguments) and any(new is not old for new, old in zip(fitted, arguments, strict=True)):
            yield fitted


def _defined(method):
    """A bound method as its class has it: PySide6 does not tell the signatures of inherited bound ones."""
    owners = type(method.__self__).__mro__ if hasattr(method, "__self__") else ()
    return next((cls.__dict__[method.__name__] for cls in owners if method.__name__ in cls.__dict__), method)


def _fitted(argument, annotation):
    for accepted in typing.get_args(annotation) or (annotation,):
        if isinstance(argument, str) and getattr(accepted, "__name__", "") in ("QByteArray", "bytes"):
            return argument.encode()
        if isinstance(argument, int) and isinstance(accepted, enum.EnumType):
            return accepted(int(argument))
        if isinstance(argument, float) and accepted is int:
            return int(argument)
    return argument
