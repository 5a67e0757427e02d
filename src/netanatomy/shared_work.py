"""Three stages in a row shared by two threads: what can be done side by side is, and the middle in one place.

Items are made ready side by side, followed one after the other, and what that finds is told side by side.
Following keeps a large memory, and lines of memory travel slowly from one core to another: so one thread
follows everything, and goes on with what else there is only while nothing is ready to be followed. The
other thread does the rest. So both are busy, whichever stage is the slow one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Condition, Lock, Thread
from typing import Generic, Protocol, TypeVar

from netanatomy.ahead import cores

Item = TypeVar("Item")
Ready = TypeVar("Ready")
Discovery = TypeVar("Discovery")
Told = TypeVar("Told")
Item_contra = TypeVar("Item_contra", contravariant=True)
Told_co = TypeVar("Told_co", covariant=True)

WAITING_ITEMS = 6
"""Items that are taken and not followed yet. Bounds what lies in memory where following is the slow stage."""

WAITING_DISCOVERIES = 3
"""What is found and not yet given on, at most, before following waits. Bounds the same where telling is."""


class Stages(Protocol[Item_contra, Ready, Discovery, Told_co]):
    """What is to be done; the methods that are called side by side must not disturb one another."""

    def make(self, item: Item_contra, in_order: Callable[[], None]) -> Ready:
        """Make an item ready, side by side with others.

        What goes by the order of items is done after `in_order`, which waits until those before are ready.
        """
        ...

    def follow(self, ready: Ready) -> Iterable[Discovery]:
        """Go on with an item that is ready: in the order of items, and always in the same thread."""
        ...

    def end(self) -> Iterable[Discovery]:
        """What is found after the last item, in the same thread."""
        ...

    def tell(self, discovery: Discovery) -> Told_co:
        """Make a result of what was found, side by side with others; results are given on in order."""
        ...


def shared(items: Iterator[Item], stages: Stages[Item, Ready, Discovery, Told]) -> Iterator[Told]:
    """The results of all items, in order, worked out on two cores where there are two.

    What is raised is raised here, behind the results of what was before it. Whoever stops early stops the
    threads as well.
    """
    if cores() < 2:
        yield from _alone(items, stages)
        return
    work = _SharedWork(items, stages)
    try:
        yield from work.results()
    finally:
        work.stop()


def _alone(items: Iterator[Item], stages: Stages[Item, Ready, Discovery, Told]) -> Iterator[Told]:
    for item in items:
        for discovery in stages.follow(stages.make(item, _at_once)):
            yield stages.tell(discovery)
    for discovery in stages.end():
        yield stages.tell(discovery)


def _at_once() -> None:
    """Items before are ready: there is one thread only."""


class _StoppedError(Exception):
    """Nobody wants the results any more."""


class _Failure:
    """What was raised, in the place of what was not made."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


Task = Callable[[], None]


class _SharedWork(Generic[Item, Ready, Discovery, Told]):
    """The state that the two threads share; every change of it is made under `_lock`.

    Items have numbers, and so has what was found: the places in which results are given on. Whoever waits
    is woken only by what it waits for: waking costs more than most of what is done here.
    """

    def __init__(self, items: Iterator[Item], stages: Stages[Item, Ready, Discovery, Told]) -> None:
        self._items = items
        self._stages = stages
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._come = Condition(self._lock)
        self._unwanted = False
        self._taking = False
        self._exhausted = False
        self._taken = 0
        self._ready: dict[int, Ready | _Failure] = {}
        self._ready_before = 0
        self._followed = 0
        self._end: Iterator[Discovery] | None = None
        self._all_found = False
        self._found: deque[tuple[int, Discovery]] = deque()
        self._discoveries = 0
        self._told: dict[int, Told | _Failure] = {}
        self._given = 0
        self._threads = [
            Thread(target=self._work, args=(choose,), name="netanatomy-stage", daemon=True)
            for choose in (self._follower, self._helper)
        ]
        for thread in self._threads:
            thread.start()

    def results(self) -> Iterator[Told]:
        """The results, as they come."""
        while True:
            with self._lock:
                self._come.wait_for(lambda: self._given in self._told or self._over())
                if self._given not in self._told:
                    return
                told = self._told.pop(self._given)
                self._given += 1
                self._changed.notify_all()
            if isinstance(told, _Failure):
                raise told.error
            yield told

    def stop(self) -> None:
        """End the threads, as soon as each has done what it is at."""
        with self._lock:
            self._unwanted = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self, choose: Callable[[], Task | None]) -> None:
        """Do what there is to be done until nothing is left."""
        while True:
            with self._lock:
                while (task := choose()) is None:
                    if self._unwanted or self._over():
                        return
                    self._changed.wait()
            try:
                task()
            except _StoppedError:
                return
            task = None  # what it worked on need not live until there is another

    def _over(self) -> bool:
        return self._all_found and self._given == self._discoveries

    # What comes next is chosen, and marked as begun, under `_lock`.

    def _follower(self) -> Task | None:
        """What the thread does that follows."""
        if self._unwanted:
            return None
        if self._discoveries - self._given < WAITING_DISCOVERIES and not self._all_found:
            if self._followed in self._ready:
                ready = self._ready.pop(self._followed)
                return lambda: self._follow(ready)
            if self._exhausted and self._followed == self._taken:
                return self._go_on_ending
        return self._helper()

    def _helper(self) -> Task | None:
        """What the other thread does: first what is nearest to the end."""
        if self._unwanted:
            return None
        if self._found:
            number, discovery = self._found.popleft()
            return lambda: self._tell(number, discovery)
        if not self._taking and not self._exhausted and self._taken - self._followed < WAITING_ITEMS:
            self._taking = True
            return self._make
        return None

    def _make(self) -> None:
        failure: _Failure | None = None
        try:
            item = next(self._items, None)
        except BaseException as error:  # noqa: BLE001 - it is raised where the results are consumed
            item, failure = None, _Failure(error)
        with self._lock:
            number = self._taken
            self._taking = False
            self._exhausted |= item is None
            if item is not None or failure is not None:
                self._taken += 1
            if failure is not None:
                self._made(number, failure)
            self._changed.notify_all()
        if item is None:
            return
        ready: Ready | _Failure
        try:
            ready = self._stages.make(item, lambda: self._wait_for(number))
        except _StoppedError:
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            ready = _Failure(error)
        del item
        with self._lock:
            self._made(number, ready)

    def _wait_for(self, number: int) -> None:
        with self._lock:
            self._changed.wait_for(lambda: self._unwanted or self._ready_before == number)
            if self._unwanted:
                raise _StoppedError

    def _made(self, number: int, ready: Ready | _Failure) -> None:
        self._ready[number] = ready
        while self._ready_before in self._ready:
            self._ready_before += 1
        self._changed.notify_all()

    def _follow(self, ready: Ready | _Failure) -> None:
        if isinstance(ready, _Failure):
            self._fail(ready)
            return
        try:
            for discovery in self._stages.follow(ready):
                self._discovered(discovery)
        except BaseException as error:  # noqa: BLE001 - as above
            self._fail(_Failure(error))
            return
        with self._lock:
            self._followed += 1
            self._changed.notify_all()

    def _go_on_ending(self) -> None:
        try:
            if self._end is None:
                self._end = iter(self._stages.end())
            for discovery in self._end:
                self._discovered(discovery)
                return
        except BaseException as error:  # noqa: BLE001 - as above
            self._fail(_Failure(error))
            return
        with self._lock:
            self._all_found = True
            self._changed.notify_all()
            self._come.notify()

    def _discovered(self, discovery: Discovery) -> None:
        with self._lock:
            self._found.append((self._discoveries, discovery))
            self._discoveries += 1
            self._changed.notify_all()

    def _tell(self, number: int, discovery: Discovery) -> None:
        told: Told | _Failure
        try:
            told = self._stages.tell(discovery)
        except BaseException as error:  # noqa: BLE001 - as above
            told = _Failure(error)
        with self._lock:
            self._told[number] = told
            if number == self._given:
                self._come.notify()

    def _fail(self, failure: _Failure) -> None:
        """Behind what was found before, nothing comes but the failure."""
        with self._lock:
            self._told[self._discoveries] = failure
            self._discoveries += 1
            self._all_found = True
            self._exhausted = True
            self._changed.notify_all()
            self._come.notify()
