"""Where stand-ins are registered, and how their properties are declared."""

from slicer_host.pythonqt.binding import QtCore, raw_attribute, raw_property, raw_set_property, stand_ins

# Name of the Python module that has the class in Slicer -> class name -> stand-in.
by_module: dict[str, dict[str, type]] = {"ctk": {}, "slicer": {}}


def stand_in(module: str):
    """Class decorator: the stand-in for the class of the same name in `ctk` or `slicer`."""

    def register(cls):
        stand_ins[cls.__name__] = cls
        by_module[module][cls.__name__] = cls
        return cls

    return register


def stored(type_name, name: str, default):
    """A property that is only kept.

    :param type_name: Python type or Qt's name of the property's type.
    :param name: the property's name.
    """
    key = f"_stored_{name}"
    return QtCore.Property(
        type_name,
        lambda self: raw_attribute(self, "__dict__").get(key, default),
        lambda self, value: raw_attribute(self, "__dict__").__setitem__(key, value),
    )


def of_inner(type_name, widget: str, name: str):
    """A property that an inner widget has.

    :param widget: attribute of the stand-in that holds the inner widget.
    :param name: name of the inner widget's property.
    """
    return QtCore.Property(
        type_name,
        lambda self: raw_property(getattr(self, widget), name),
        lambda self, value: raw_set_property(getattr(self, widget), name, value),
    )
