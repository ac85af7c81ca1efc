"""Slices worked on by several threads, their results in order."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Beyond this the memory bus, not the cores, is what the filters wait for.
_MOST_THREADS = 8

Result = TypeVar("Result")


def each_slice(work: Callable[[int], Result], count: int, threads: int | None = None) -> Iterator[Result]:
    """`work(0)`, `work(1)` ... `work(count - 1)`, in this order.

    Each slice is worked on by one thread alone, so that the results are the same for any number of threads. Only a few
    slices are begun ahead of the one that is waited for: memory stays that of a few slices, and who stops to ask for
    more waits for no more than these.

    :param work: numpy and scipy, which let other threads run meanwhile.
    :param threads: by default one for each core that this process may use, at most 8.
    """
    threads = _cores() if threads is None else threads
    if threads <= 1 or count <= 1:
        yield from map(work, range(count))
        return
    with ThreadPoolExecutor(min(threads, count)) as pool:
        begun = deque()
        try:
            for number in range(count):
                begun.append(pool.submit(work, number))
                if len(begun) > 2 * threads:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for waiting in begun:
                waiting.cancel()


def _cores() -> int:
    """Cores that this process may run on, where the system tells; otherwise all."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, _MOST_THREADS)
