"""Observers of VTK objects that end with the Qt widget that they serve."""

from shiboken6 import isValid


def observe(widget, subject, event, callback) -> int:
    """Calls back on an event as long as the widget lives in C++.

    :param subject: the vtkObject to observe.
    :return: the observer's tag.
    """

    def run(caller, event_name):
        if caller is None:  # it is being destroyed and must not be touched
            return
        if isValid(widget):
            callback(caller, event_name)
        else:
            caller.RemoveObserver(tag)

    tag = subject.AddObserver(event, run)
    return tag
