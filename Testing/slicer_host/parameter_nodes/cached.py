"""Values that a wrapper keeps, so that it does not read texts each time: as Slicer's `_CachedParameterWrapper`."""

import weakref

import slicer
import vtk


class CachedValue:
    """One parameter of one wrapper.

    It is read again when the parameter node tells that it was modified, and only then: a node that was removed from
    the scene stays here, and so does what was read while a scene file was loaded, before references were resolved.

    :param parameter: see `wrapper.py`.
    :param node: the parameter node.
    :param prefix: in front of all names in the node.
    """

    def __init__(self, parameter, node, prefix):
        self._parameter, self._node, self._prefix = parameter, node, prefix
        self._is_writing = False
        self.value = parameter.read(node, prefix)
        # A strong reference would keep the wrapper, and this observer, for as long as the node lives.
        this = weakref.ref(self)
        self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: this()._node_modified())

    def __del__(self):
        if hasattr(self, "_tag"):
            self._node.RemoveObserver(self._tag)

    def _node_modified(self):
        if not self._is_writing:
            self.value = self._parameter.read(self._node, self._prefix)

    def write(self, value):
        """Keep another value; observers of the node are told when it can be read here."""
        self._is_writing = True
        try:
            with slicer.util.NodeModify(self._node):
                self._parameter.write(self._node, self._prefix, value)
                self.value = self._parameter.read(self._node, self._prefix)
        finally:
            self._is_writing = False
