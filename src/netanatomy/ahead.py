"""A stage that runs ahead of the next one, on another core.

The kernels hold no lock of the interpreter's while they work, so two stages that hand each other
batches use two cores. What is handed on waits in a short queue: memory stays bounded by a few
batches, and a slow consumer slows its producer down.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")

WAITING = 2
"""Items that may wait: enough to even out stages of changing speed, few enough to lie in a cache still."""

LOOK_UP = 0.2
"""Seconds after which a waiting producer looks whether anybody still wants what it makes."""


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, made in a thread of their own where there is a second core.

    What `items` raises is raised here. Whoever stops early stops the thread as well.

    >>> list(ahead(iter(range(3))))
    [0, 1, 2]
    """
    if cores() < 2:
        yield from items
        return
    producer = _Producer(items)
    try:
        yield from producer.received()
    finally:
        producer.stop()


class _Producer(Generic[Item]):
    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._queue: Queue[Item | None] = Queue(WAITING)
        self._unwanted = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._produce, name="netanatomy-stage", daemon=True)
        self._thread.start()

    def received(self) -> Iterator[Item]:
        while (item := self._queue.get()) is not None:
            yield item
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        self._unwanted.set()
        self._thread.join()

    def _produce(self) -> None:
        try:
            for item in self._items:
                if not self._handed_on(item):
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised where the items are consumed
            self._error = error
        self._handed_on(None)

    def _handed_on(self, item: Item | None) -> bool:
        while not self._unwanted.is_set():
            try:
                self._queue.put(item, timeout=LOOK_UP)
            except Full:
                continue
            return True
        return False
