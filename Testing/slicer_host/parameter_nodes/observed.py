"""Lists and dicts that write themselves to their parameter node when they change."""

import collections.abc


class ObservedList(collections.abc.MutableSequence):
    """A list read from a parameter node.

    :param values: its elements.
    :param save: called with the elements after each change, gives what was kept; what it refuses is undone.
    """

    def __init__(self, values, save):
        self._values = values
        self._save = save

    def _change(self, changed):
        self._values = self._save(changed)

    def __getitem__(self, index):
        return self._values[index]

    def __setitem__(self, index, value):
        changed = list(self._values)
        changed[index] = value
        self._change(changed)

    def __delitem__(self, index):
        changed = list(self._values)
        del changed[index]
        self._change(changed)

    def __len__(self):
        return len(self._values)

    def insert(self, index, value):
        changed = list(self._values)
        changed.insert(index, value)
        self._change(changed)

    def extend(self, values):
        self._change([*self._values, *values])

    def __iadd__(self, values):
        self.extend(values)
        return self

    def clear(self):
        self._change([])

    def sort(self, **keywords):
        self._change(sorted(self._values, **keywords))

    def reverse(self):
        self._change(self._values[::-1])

    def __eq__(self, other):
        return self._values == (other._values if isinstance(other, ObservedList) else other)

    __hash__ = None

    def __repr__(self):
        return f"ObservedList({self._values})"


class ObservedDict(collections.abc.MutableMapping):
    """A dict read from a parameter node; see ObservedList."""

    def __init__(self, values, save):
        self._values = values
        self._save = save

    def _change(self, changed):
        self._values = self._save(changed)

    def __getitem__(self, key):
        return self._values[key]

    def __setitem__(self, key, value):
        self._change({**self._values, key: value})

    def __delitem__(self, key):
        self._change({other: value for other, value in self._values.items() if other != key})

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def popitem(self):
        key = next(reversed(self._values))
        return key, self.pop(key)

    def clear(self):
        self._change({})

    def __repr__(self):
        return f"ObservedDict({self._values})"
