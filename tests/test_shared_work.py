"""Three stages shared by two threads: results in order, errors in their place, nobody left behind."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from netanatomy import shared_work as module
from netanatomy.shared_work import WAITING_DISCOVERIES, WAITING_ITEMS, shared


@pytest.fixture(params=[1, 2], ids=["one core", "two cores"])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    number: int = request.param
    monkeypatch.setattr(module, "cores", lambda: number)
    return number


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cores", lambda: 2)


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "netanatomy-stage"]


class Counting:
    """Each item is made in a time of its own; following it finds as many things as it says.

    `broken` is the stage and the item at which something is raised.
    """

    def __init__(self, broken: tuple[str, int] = ("", 0), pause: float = 0.0) -> None:
        self.broken = broken
        self.pause = pause
        self.random = random.Random(0)
        self.followers: set[int] = set()
        self.made: list[int] = []
        self.followed: list[int] = []
        self.in_order: list[int] = []

    def wait(self, stage: str, item: int) -> None:
        if (stage, item) == self.broken:
            raise ValueError(f"{stage} of {item}")
        if self.pause:
            time.sleep(self.random.random() * self.pause)

    def make(self, item: int, in_order: Callable[[], None]) -> int:
        self.wait("make", item)
        if item % 3 == 0:
            in_order()
            self.in_order.append(item)
        self.made.append(item)
        return item

    def follow(self, ready: int) -> Iterator[str]:
        self.followers.add(threading.get_ident())
        self.followed.append(ready)
        for part in range(ready % 4):
            self.wait("follow", ready)
            yield f"{ready}.{part}"

    def end(self) -> Iterator[str]:
        self.followers.add(threading.get_ident())
        for part in range(3):
            self.wait("end", part)
            yield f"end.{part}"

    def tell(self, discovery: str) -> str:
        item = discovery.partition(".")[0]
        self.wait("tell", -1 if item == "end" else int(item))
        return discovery.upper()


def expected(items: int) -> list[str]:
    told = [f"{item}.{part}" for item in range(items) for part in range(item % 4)]
    return [*told, *(f"END.{part}" for part in range(3))]


@pytest.mark.parametrize("pause", [0.0, 0.002])
@pytest.mark.parametrize("items", [0, 1, 2, 100])
def test_results_come_in_order(cores: int, items: int, pause: float) -> None:
    stages = Counting(pause=pause)
    assert list(shared(iter(range(items)), stages)) == expected(items)
    assert stages.followed == list(range(items))
    assert sorted(stages.made) == stages.followed
    assert stages.in_order == [item for item in stages.followed if item % 3 == 0]
    assert len(stages.followers) == 1
    assert not threads()


@pytest.mark.parametrize("stage", ["make", "follow", "tell"])
def test_an_error_comes_behind_the_results_before_it(cores: int, stage: str) -> None:
    broken = 42
    results = shared(iter(range(100)), Counting((stage, broken), pause=0.001))
    before = expected(100).index(f"{broken}.0")
    assert [next(results) for _ in range(before)] == expected(100)[:before]
    with pytest.raises(ValueError, match=f"{stage} of {broken}"):
        next(results)
    assert not threads()


def test_an_error_of_the_items_comes_behind_the_results_before_it(cores: int) -> None:
    def items() -> Iterator[int]:
        yield from range(7)
        raise ValueError("no more items")

    results = shared(items(), Counting())
    before = expected(7)[:-3]
    assert [next(results) for _ in before] == before
    with pytest.raises(ValueError, match="no more items"):
        next(results)
    assert not threads()


def test_an_error_at_the_end_comes_behind_all_results(cores: int) -> None:
    results = shared(iter(range(5)), Counting(("end", 1)))
    before = expected(5)[:-2]
    assert [next(results) for _ in before] == before
    with pytest.raises(ValueError, match="end of 1"):
        next(results)
    assert not threads()


def test_whoever_stops_early_stops_the_threads(cores: int) -> None:
    stages = Counting(pause=0.001)
    taken = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            taken.append(number)
            yield number

    results = shared(items(), stages)
    assert [next(results), next(results)] == ["1.0", "2.0"]
    results.close()  # type: ignore[attr-defined]
    assert not threads()
    assert len(taken) < 100


@pytest.mark.usefixtures("two_cores")
def test_a_slow_consumer_holds_the_threads_back() -> None:
    stages = Counting()
    results = shared(iter(range(1, 10_000)), stages)
    next(results)
    time.sleep(0.2)
    # Every fourth item finds nothing; what one finds is not cut off when there is no more room.
    assert len(stages.followed) <= 2 * (1 + WAITING_DISCOVERIES)
    assert len(stages.made) <= len(stages.followed) + WAITING_ITEMS
    results.close()  # type: ignore[attr-defined]
    assert not threads()


@pytest.mark.usefixtures("two_cores")
def test_slow_following_holds_the_other_thread_back() -> None:
    gate = threading.Event()

    class Held(Counting):
        def follow(self, ready: int) -> Iterator[str]:
            gate.wait()
            return super().follow(ready)

    stages = Held()
    results = shared(iter(range(1_000)), stages)
    time.sleep(0.2)
    first = threading.Thread(target=lambda: next(results))
    first.start()
    time.sleep(0.2)
    assert len(stages.made) <= WAITING_ITEMS
    gate.set()
    first.join()
    results.close()  # type: ignore[attr-defined]
    assert not threads()


@pytest.mark.usefixtures("two_cores")
def test_both_threads_make_items_while_nothing_is_ready() -> None:
    makers = set()
    both = threading.Barrier(2, timeout=10)

    class Meeting(Counting):
        def make(self, item: int, in_order: Callable[[], None]) -> int:
            makers.add(threading.get_ident())
            if item < 2:
                both.wait()  # broken if only one thread came
            return super().make(item, in_order)

    assert list(shared(iter(range(4)), Meeting())) == expected(4)
    assert len(makers) == 2


@pytest.mark.usefixtures("two_cores")
def test_who_waits_for_those_before_is_let_go_when_nobody_wants_it() -> None:
    gate = threading.Event()

    class Stuck(Counting):
        def make(self, item: int, in_order: Callable[[], None]) -> int:
            if item == 1:
                gate.wait()
            if item > 1:
                in_order()
            return item

    results = shared(iter(range(1, 100)), Stuck())
    consumer = threading.Thread(target=lambda: next(results, None))
    consumer.start()
    time.sleep(0.1)
    gate.set()
    consumer.join()
    results.close()  # type: ignore[attr-defined]
    assert not threads()
