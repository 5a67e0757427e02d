from __future__ import annotations

import asyncio
import time

import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from netanatomy.active.resolve import Options, Outcome, parse_server
from netanatomy.active.resolve.batch import NameAnswers, resolve_names
from netanatomy.active.resolve.plan import Plan
from tests.active.resolve.conftest import Lab
from tests.active.resolve.misbehaving import framed, misbehaving
from tests.active.resolve.nameservers import free_port


def gather(names: list[str], plan: Plan, **more: float) -> list[NameAnswers]:
    async def run() -> list[NameAnswers]:
        return [found async for found in resolve_names(names, plan, **more)]  # type: ignore[arg-type]

    return asyncio.run(run())


def test_many_names_keep_their_order(lab: Lab) -> None:
    names = [f"host{number}.wild.plain.test" for number in range(2000)]
    names[700] = "nothing.plain.test"
    names[900] = "not..a.name"
    plan = Plan(types=("A",), servers=(parse_server(lab.udp),))
    found = gather(names, plan, concurrency=200)
    assert [each.given for each in found] == names
    outcomes = [each.answers[0].outcome for each in found]
    assert outcomes[700] is Outcome.NO_SUCH_NAME
    assert found[900].name is None
    assert "nobody was asked" in found[900].answers[0].detail
    assert outcomes.count(Outcome.ANSWERED) == 1998
    assert all(each.answers[0].data == ("192.0.2.2",) for each in found if each.given.startswith("host"))


def test_many_names_over_one_connection(lab: Lab) -> None:
    names = [f"host{number}.wild.plain.test" for number in range(300)]
    found = gather(names, Plan(types=("A",), servers=(parse_server(f"tcp://{lab.udp}"),)), concurrency=50)
    assert all(each.answers[0].outcome is Outcome.ANSWERED for each in found)
    connects = [p for each in found for p in each.answers[0].exchanges[0].phases if p.name == "connect"]
    assert 1 <= len(connects) <= 50


def test_one_that_times_out_does_not_stop_the_others() -> None:
    def reply(query: bytes, over: str) -> list[bytes]:
        if b"slow" in query:
            return []
        found = dns.message.make_response(dns.message.from_wire(query))
        found.answer.append(dns.rrset.from_text(found.question[0].name, 1, "IN", "A", "192.0.2.1"))
        return [found.to_wire()]

    with misbehaving(reply) as server:
        options = Options(timeout=1.5, attempts=1)
        plan = Plan(types=("A",), servers=(parse_server(server),), options=options)
        started = time.monotonic()
        names = ["slow.example", *(f"n{number}.example" for number in range(200))]
        found = gather(names, plan, concurrency=5)
    assert found[0].answers[0].outcome is Outcome.TIMEOUT
    assert all(each.answers[0].outcome is Outcome.ANSWERED for each in found[1:])
    assert time.monotonic() - started < 10


def test_the_rate_is_kept(lab: Lab) -> None:
    plan = Plan(types=("A",), servers=(parse_server(lab.udp),))
    started = time.monotonic()
    gather([f"host{number}.wild.plain.test" for number in range(31)], plan, rate=50)
    assert time.monotonic() - started >= 30 / 50 - 0.05


def test_questions_come_from_many_ports() -> None:
    ports: set[int] = set()

    async def run() -> None:
        loop = asyncio.get_running_loop()

        class Server(asyncio.DatagramProtocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                self.transport = transport

            def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
                ports.add(addr[1])
                self.transport.sendto(data[:2] + b"\x81\x83" + data[4:], addr)  # type: ignore[attr-defined]

        transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        server = parse_server(f"127.0.0.1:{port}")
        names = [f"n{number}.example" for number in range(400)]
        async for _ in resolve_names(names, Plan(types=("A",), servers=(server,)), concurrency=10):
            pass
        transport.close()

    asyncio.run(run())
    assert len(ports) >= 16  # RFC 5452 section 9.2: who forges answers must guess the port


def test_what_goes_wrong_on_the_fast_way_is_put_right_on_the_ordinary_one() -> None:
    """Lost, truncated, forged and broken answers among a hundred good ones."""
    seen: set[bytes] = set()

    def reply(query: bytes, over: str) -> list[bytes]:
        asked = dns.message.from_wire(query)
        name = asked.question[0].name
        found = dns.message.make_response(asked)
        found.answer.append(dns.rrset.from_text(name, 1, "IN", "A", "192.0.2.1"))
        wire = found.to_wire()
        label = name.labels[0]
        if over == "tcp":
            return [framed(wire)]
        if label.startswith(b"large"):
            return [wire[:2] + bytes([wire[2] | 2]) + wire[3:]]
        first = label not in seen
        seen.add(label)
        if label.startswith(b"lost") and first:
            return []
        if label.startswith(b"broken") and first:
            return [wire[:-1]]
        if label.startswith(b"forged"):
            return [bytes([wire[0] ^ 1]) + wire[1:], wire[:12] + b"\x01x" + wire[14:], wire, wire]
        if label.startswith(b"old") and asked.edns >= 0:
            return [query[:2] + b"\x80\x01" + query[4:10] + b"\0\0" + query[12:-11]]
        return [wire]

    kinds = ("good", "lost", "large", "broken", "forged", "old")
    names = [f"{kinds[number % 6]}{number}.example" for number in range(120)]
    with misbehaving(reply) as server:
        options = Options(timeout=0.5, attempts=3)
        found = gather(names, Plan(types=("A",), servers=(parse_server(server),), options=options))
    assert [each.given for each in found] == names
    assert {each.answers[0].outcome for each in found} == {Outcome.ANSWERED}
    assert {each.answers[0].data for each in found} == {("192.0.2.1",)}
    assert any("truncated" in note for note in found[2].answers[0].notes)


def test_nobody_there() -> None:
    server = parse_server(f"127.0.0.1:{free_port()}")
    options = Options(timeout=0.5, attempts=1)
    found = gather([f"n{number}.example" for number in range(50)], Plan(servers=(server,), options=options))
    assert {answer.outcome for each in found for answer in each.answers} == {Outcome.UNREACHABLE}
    assert all(len(each.answers) == 2 for each in found)


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_a_silent_server_is_asked_as_often_as_was_said(attempts: int) -> None:
    asked: list[bytes] = []

    def silent(query: bytes, over: str) -> list[bytes]:
        asked.append(query)
        return []

    with misbehaving(silent) as server:
        options = Options(timeout=0.3, attempts=attempts)
        plan = Plan(types=("A", "AAAA"), servers=(parse_server(server),), options=options)
        (found,) = gather(["a.example"], plan)
    assert len(asked) == 2 * attempts
    for answer in found.answers:
        assert (answer.outcome, len(answer.exchanges)) == (Outcome.TIMEOUT, attempts)
        assert ("asked" in answer.detail.partition("A: ")[2]) is (attempts > 1)
        assert attempts == 1 or f"asked {attempts} times" in answer.detail


def test_only_what_failed_is_asked_again() -> None:
    asked: list[str] = []

    def forgetful(query: bytes, over: str) -> list[bytes]:
        message = dns.message.from_wire(query)
        asked.append(dns.rdatatype.to_text(message.question[0].rdtype))
        if asked[-1] == "AAAA" and asked.count("AAAA") == 1:
            return []
        return [dns.message.make_response(message).to_wire()]

    with misbehaving(forgetful) as server:
        options = Options(timeout=0.5, attempts=2)
        (found,) = gather(["a.example"], Plan(servers=(parse_server(server),), options=options))
    assert sorted(asked) == ["A", "AAAA", "AAAA"]
    assert [answer.outcome for answer in found.answers] == [Outcome.NO_DATA, Outcome.NO_DATA]
    assert any("asked again, because: no answer" in note for note in found.answers[1].notes)
