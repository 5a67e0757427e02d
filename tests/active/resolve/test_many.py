"""Thousands of names from Python: in their order, without an event loop and within one."""

from __future__ import annotations

import asyncio

import pytest

import netanatomy as na
from netanatomy.active.resolve import Outcome
from netanatomy.errors import UsageError
from tests.active.resolve.conftest import Lab


def test_many_without_a_loop(lab: Lab) -> None:
    names = [f"host{number}.wild.plain.test" for number in range(500)]
    names[7] = "nothing.plain.test"
    names[9] = "not..a.name"
    found = na.resolve_many(names, ["A", "AAAA"], lab.udp)
    assert [each.given for each in found] == names
    assert found[0].answers[0].data == ("192.0.2.2",)
    assert [answer.question.type for answer in found[0].answers] == ["A", "AAAA"]
    assert {answer.outcome for answer in found[7].answers} == {Outcome.NO_SUCH_NAME}
    assert found[9].name is None


def test_they_come_while_others_are_asked(lab: Lab) -> None:
    taken: list[int] = []

    def names() -> list[str]:
        return [f"host{number}.wild.plain.test" for number in range(1000)]

    async def run() -> None:
        async for found in na.aresolve_many(names(), ["A"], lab.udp, concurrency=10):
            taken.append(int(found.given.partition(".")[0][4:]))
            if len(taken) == 20:
                break

    asyncio.run(run())
    assert taken == list(range(20))


def test_addresses_back_to_names(lab: Lab) -> None:
    found = na.resolve_many(["192.0.2.1", "nonsense"], server=lab.udp, reverse=True)
    assert found[0].answers[0].question.type == "PTR"
    assert found[1].name is None


def test_what_makes_no_sense() -> None:
    with pytest.raises(UsageError):
        na.resolve_many(["a.example"], ["NOTYPE"])
    with pytest.raises(UsageError):
        na.resolve_many(["a.example"], server="nonsense://x")
