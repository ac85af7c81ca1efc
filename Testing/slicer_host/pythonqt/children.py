"""Children of an object by class and name, as PythonQt finds them."""

from .binding import raw_attribute, raw_property


def find_children(parent, *arguments) -> tuple:
    """`findChildren(class or its name, objectName="")`: all descendants, the nearest first at each level."""
    if not arguments:
        raise ValueError("Could not find matching overload for given arguments:\n()")
    cls, name = (*arguments, "")[:2]
    wanted = cls if isinstance(cls, str) else getattr(cls, "__name__", "QObject")
    return tuple(_descendants(parent, wanted, name))


def find_child(parent, *arguments):
    """`findChild(class or its name, objectName="")`: the first of `find_children`, or None."""
    return next(iter(find_children(parent, *arguments)), None)


def child_named(parent, name: str):
    """The direct child of an object name, which PythonQt also gives as an attribute; None if there is none."""
    children = raw_attribute(parent, "children")()
    return next((child for child in children if raw_property(child, "objectName") == name), None)


def _descendants(parent, wanted: str, name: str):
    children = raw_attribute(parent, "children")()
    for child in children:
        if (not name or raw_property(child, "objectName") == name) and raw_attribute(child, "inherits")(wanted):
            yield child
    for child in children:
        yield from _descendants(child, wanted, name)
