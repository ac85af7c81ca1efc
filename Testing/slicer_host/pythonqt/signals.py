"""Signals of PythonQt: connected by their signature as a string, delivered to any callable."""

import types

from slicer_host.problems import problems

from .binding import QtCore, class_name, meta_of, raw_attribute

ANY_NUMBER = 99  # of arguments


class Signal:
    """A signal as an attribute of its object: `b.clicked.connect(f)`, `b.clicked.emit(True)` and `b.clicked(True)`."""

    def __init__(self, owner, name: str):
        self._owner = owner
        self._name = name

    def connect(self, target) -> bool:
        return connect(self._owner, self._signature(), target)

    def disconnect(self, target=None) -> bool:
        return disconnect(self._owner, self._signature(), target)

    def emit(self, *arguments) -> None:
        signal = raw_attribute(self._owner, self._name)
        try:
            signal.emit(*arguments)
        except TypeError:  # an overload other than PySide6's first one
            signal[tuple(type(argument) for argument in arguments)].emit(*arguments)

    __call__ = emit

    def _signature(self) -> str:
        """The overload with most arguments, as PythonQt chooses it."""
        meta = meta_of(self._owner)
        methods = [meta.method(i) for i in range(meta.methodCount())]
        signatures = [
            method.methodSignature().data().decode()
            for method in methods
            if method.methodType() == QtCore.QMetaMethod.MethodType.Signal
        ]
        signatures += getattr(type(self._owner), "SIGNATURES", ())
        mine = [signature for signature in signatures if signature.split("(")[0] == self._name]
        return max(mine, key=lambda signature: (signature.count(","), len(signature)))


def connect(sender, signature, target, slot=None) -> bool:
    """PythonQt's connect: `(signature, callable)` or `(signature, receiver, "slot(...)")`.

    :return: whether the sender has the signal; PythonQt prints and goes on where it has not.
    """
    if not isinstance(signature, str):  # PySide6's own code calls (sender, "2timeout()", callable) on the receiver
        return connect(signature, target.lstrip("2"), slot)
    found = find_signal(sender, signature)
    if found is None:
        problems.add_wrong_signal(f"QObject::connect: no such signal {class_name(sender)}::{signature}")
        return False
    normalized, signal, count = found
    receiver = getattr(target, slot.split("(")[0]) if slot else target
    delivery = _delivery(sender, normalized, receiver, count)
    signal.connect(delivery)
    connections_of(sender).append((normalized, receiver, delivery))
    return True


def disconnect(sender, *arguments) -> bool:
    """PythonQt's disconnect: of one callable, of one connection at a time, or of all of a signal.

    :return: whether anything was connected.
    """
    if not arguments:
        raise ValueError("Could not find matching overload for given arguments:\n()")
    signature, target, slot = (*arguments, None, None)[:3]
    found = find_signal(sender, signature)
    if found is None:
        return False
    normalized, signal, _ = found
    receiver = getattr(target, slot.split("(")[0]) if slot else target
    matching = [c for c in connections_of(sender) if c[0] == normalized and (receiver is None or c[1] == receiver)]
    for connection in matching if receiver is None else matching[:1]:
        signal.disconnect(connection[2])
        connections_of(sender).remove(connection)
    return bool(matching)


def connections_of(sender) -> list[tuple]:
    """What is connected to an object: (signature, receiver, what PySide6 calls)."""
    return raw_attribute(sender, "__dict__").setdefault("_connections", [])


def find_signal(sender, signature: str):
    """(normalized signature, PySide6's signal, number of arguments), or None where the sender lacks it."""
    normalized = QtCore.QMetaObject.normalizedSignature(signature).data().decode()
    cls = type(sender)
    known = meta_of(sender).indexOfSignal(normalized) >= 0 or normalized in getattr(cls, "SIGNATURES", ())
    if not known or "(" not in normalized:
        return None
    name, arguments = normalized[:-1].split("(", 1)
    # In a stand-in the signal's name may be taken by a virtual method of Qt.
    name = getattr(cls, "RENAMED_SIGNALS", {}).get(name, name)
    signal = raw_attribute(sender, name)
    return normalized, signal, len(arguments.split(",")) if arguments else 0


def guarded(receiver):
    """A callable that notes an exception instead of raising it into Qt."""

    def run(*arguments):
        try:
            receiver(*arguments)
        except Exception as error:
            problems.add_exception(error)

    return run


def _delivery(sender, signature: str, receiver, count: int):
    """What PySide6 calls: it cuts the arguments to what the receiver takes."""
    taken = min(count, _accepted(receiver))
    convert = getattr(type(sender), "CONVERTED_SIGNALS", {}).get(signature, lambda argument: argument)
    run = guarded(receiver)

    def deliver(arguments):
        run(*[convert(argument) for argument in arguments[:taken]])

    # PySide6 drops a signal's default argument, as in clicked(bool), for a slot with *args: exact parameters are
    # needed. A signal has few arguments, so each number has its function.
    exact = {
        0: lambda: deliver(()),
        1: lambda a: deliver((a,)),
        2: lambda a, b: deliver((a, b)),
        3: lambda a, b, c: deliver((a, b, c)),
        4: lambda a, b, c, d: deliver((a, b, c, d)),
    }
    return exact.get(count, lambda *arguments: deliver(arguments))


def _accepted(receiver) -> int:
    """How many positional arguments PythonQt passes at most; parameters with defaults count."""
    function, bound = (receiver.__func__, 1) if isinstance(receiver, types.MethodType) else (receiver, 0)
    takes_any = not isinstance(function, types.FunctionType) or function.__code__.co_flags & 4  # CO_VARARGS
    return ANY_NUMBER if takes_any else function.__code__.co_argcount - bound
