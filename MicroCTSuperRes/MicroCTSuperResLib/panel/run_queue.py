"""Volumes that are enhanced one after the other. One that fails does not stop those after it."""

from dataclasses import dataclass
from enum import Enum


class ItemState(Enum):
    """How far one volume of the queue is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass
class Item:
    """One volume.

    :param lr_id: ID of its node.
    :param name: of the node when it was put into the queue.
    :param told: why it failed.
    """

    lr_id: str
    name: str
    state: ItemState = ItemState.WAITING
    told: str = ""


class RunQueue:
    """The volumes of a queue in their order, those that are done at their place. Knows no widgets and no nodes."""

    def __init__(self):
        self.items = []

    @property
    def waiting(self):
        """Those that are still to be enhanced, the one that runs included."""
        return [item for item in self.items if item.state in (ItemState.WAITING, ItemState.RUNNING)]

    def next(self):
        """The first that waits; None if none does."""
        return next((item for item in self.items if item.state is ItemState.WAITING), None)

    def add(self, lr_id, name):
        """Put a volume at the end; one that waits or runs already is not put in again. Returns whether it was."""
        if any(item.lr_id == lr_id for item in self.waiting):
            return False
        self.items = [item for item in self.items if item.lr_id != lr_id]
        self.items.append(Item(lr_id, name))
        return True

    def remove(self, row):
        """Take one out, unless it runs."""
        if 0 <= row < len(self.items) and self.items[row].state is not ItemState.RUNNING:
            del self.items[row]

    def clear(self):
        """Take all out but the one that runs."""
        self.items = [item for item in self.items if item.state is ItemState.RUNNING]

    def follow(self, nodes):
        """Let those that wait be these: what the scene says after it was loaded, or nodes were removed.

        :param nodes: the volume nodes that wait, in their order.
        """
        wanted = {node.GetID(): node.GetName() for node in nodes}
        self.items = [item for item in self.items if item.state is not ItemState.WAITING or item.lr_id in wanted]
        for item in self.items:
            item.name = wanted.get(item.lr_id, item.name)
        known = {item.lr_id for item in self.items}
        self.items += [Item(lr_id, name) for lr_id, name in wanted.items() if lr_id not in known]
