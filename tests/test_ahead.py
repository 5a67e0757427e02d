"""Stages that run ahead of one another: same items, same errors, no thread left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from netanatomy import ahead as module
from netanatomy.ahead import WAITING, ahead


@pytest.fixture(params=[1, 2], ids=["one core", "two cores"])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    number: int = request.param
    monkeypatch.setattr(module, "cores", lambda: number)
    return number


def stages() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "netanatomy-stage"]


def test_items_come_in_their_order(cores: int) -> None:
    assert list(ahead(iter(range(1000)))) == list(range(1000))
    assert list(ahead(ahead(ahead(iter("abc"))))) == ["a", "b", "c"]
    assert not stages()


def test_an_error_comes_after_the_items_before_it(cores: int) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    received = []
    with pytest.raises(ValueError, match="broken"):
        received.extend(ahead(items()))
    items_again = ahead(items())
    assert next(items_again) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items_again)
    assert not stages()


def test_whoever_stops_early_stops_the_thread(cores: int) -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            made.append(number)
            yield number

    some = ahead(items())
    assert [next(some), next(some)] == [0, 1]
    some.close()  # type: ignore[attr-defined]
    assert not stages()
    assert len(made) <= 2 + WAITING + 2


def test_a_slow_consumer_holds_its_producer_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cores", lambda: 2)
    made = []

    def items() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    some = ahead(items())
    next(some)
    time.sleep(0.2)
    assert len(made) <= 1 + WAITING + 1
    assert sum(1 for _ in some) == 49
