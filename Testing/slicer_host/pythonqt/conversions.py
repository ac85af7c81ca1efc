"""How PythonQt turns Qt's values into Python's, and which Python values a property accepts."""

import enum
import re

_WHOLE = ("int", "uint", "qlonglong", "qulonglong")
_NUMBERS = (*_WHOLE, "double", "float")


def plain(value):
    """A value as PythonQt hands it out: lists are tuples, at any depth."""
    if type(value) in (list, tuple):
        return tuple(plain(item) for item in value)
    if type(value) is dict:
        return {key: plain(item) for key, item in value.items()}
    return value


def property_value(value):
    """The value of a property as PythonQt hands it out: an enumerator is a plain int."""
    return int(value) if isinstance(value, enum.Enum) and isinstance(value, int) else plain(value)


def rich_tool_tip(text: str) -> str:
    """Slicer wraps plain tool tips in a paragraph, so that Qt breaks their lines."""
    return f"<p>{text}</p>" if text and not re.search(r"</?[a-zA-Z]+[^<>]*>", text) else text


def accepted_value(name: str, type_name: str, value):
    """A Python value converted for a property as PythonQt converts it.

    :param type_name: Qt's name of the property's type.
    :raises AttributeError: for a value that PythonQt does not accept.
    """
    if type_name in _NUMBERS:
        if isinstance(value, str | bytes) or not (hasattr(value, "__float__") or hasattr(value, "__int__")):
            got = f"{type(value).__name__} ({value!r})"
            raise AttributeError(f"Property '{name}' of type '{type_name}' does not accept an object of type {got}")
        return int(value) if type_name in _WHOLE else float(value)  # int() cuts, it does not round
    if type_name == "bool":
        return bool(value)
    if type_name == "QString":
        text = value if isinstance(value, str) else str(value)
        return rich_tool_tip(text) if name == "toolTip" else text
    # A bare string becomes a list of its letters, as in Slicer.
    return list(value) if type_name == "QStringList" or isinstance(value, tuple) else value
