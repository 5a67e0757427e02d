"""Down from a root of our own: a Knot DNS for each zone, on loopback addresses of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import dns.message
import dns.rrset
import pytest

from netanatomy.active.resolve import Options, Outcome, Question
from netanatomy.active.resolve.trace import MAXIMUM_QUESTIONS, Tracer
from netanatomy.schema.resolution import Answer
from tests.active.resolve.misbehaving import misbehaving
from tests.active.resolve.nameservers import free_port, program, running

ADDRESSES = {
    ".": "127.1.0.1",
    "test.": "127.1.0.2",
    "plain.test.": "127.1.0.3",
    "other.test.": "127.1.0.4",
    "next.": "127.1.0.5",
}
ZONES = {
    ".": (
        "@ NS a.root.\na.root. A 127.1.0.1\ntest. NS ns.test.\nns.test. A 127.1.0.2\n"
        "next. NS ns.next.\nns.next. A 127.1.0.5\n"
    ),
    "test.": (
        "@ NS ns.test.\nns.test. A 127.1.0.2\n"
        "plain NS ns.plain\nns.plain A 127.1.0.3\n"
        "other NS ns.plain.test.\nother NS ns.other\nns.other A 127.1.0.4\n"
        "glueless NS ns.next.\nlame NS ns.plain.test.\n"
        "dead NS ns.dead\nns.dead A 127.1.0.99\n"
        "circle NS ns.spin.test.\nspin NS ns.circle.test.\n"
    ),
    "plain.test.": "@ NS ns\nns A 127.1.0.3\nwww A 192.0.2.1\naway CNAME www.other.test.\n",
    "other.test.": "@ NS ns\nns A 127.1.0.4\nwww A 192.0.2.2\n",
    "next.": "@ NS ns\nns A 127.1.0.5\n",
    "glueless.test.": "@ NS ns.next.\nwww A 192.0.2.3\n",
}
SERVED = {"127.1.0.5": ("next.", "glueless.test.")}
QUICK = Options(timeout=0.5, attempts=1, dnssec=True)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    if sys.platform != "linux":
        pytest.skip("only Linux has all of 127.0.0.0/8 on its loopback interface")
    knotd = program("knotd", "knot")
    found = free_port()
    with ExitStack() as stack:
        for zone, address in ADDRESSES.items():
            folder = tmp_path_factory.mktemp(address)
            lines = [
                f"server:\n  listen: {address}@{found}\n  rundir: {folder}\n  pidfile: {folder}/pid",
                "  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1",
                f"database:\n  storage: {folder}\nlog:\n  - target: stderr\n    any: warning\nzone:",
            ]
            for served in SERVED.get(address, (zone,)):
                path = folder / f"{served}zone"
                text = f"$TTL 300\n@ SOA ns.test. host.test. 1 3600 600 86400 300\n{ZONES[served]}"
                path.write_text(text)
                lines.append(f"  - domain: {served}\n    file: {path}\n    semantic-checks: off")
            (folder / "knot.conf").write_text("\n".join(lines) + "\n")
            command = [knotd, "-c", str(folder / "knot.conf")]
            stack.enter_context(running(command, folder / "log", found, zone, address))
        yield found


def trace(port: int, name: str, kind: str = "A") -> Answer:
    return asyncio.run(Tracer(QUICK, ("127.1.0.1",), port).trace(Question(name, kind)))


def test_each_step_is_told(port: int) -> None:
    answer = trace(port, "www.plain.test.")
    assert answer.data == ("192.0.2.1",)
    assert [(step.zone, step.result) for step in answer.trace] == [
        (".", "referral"),
        ("test.", "referral"),
        ("plain.test.", "answer"),
    ]
    assert answer.trace[0].address == f"127.1.0.1:{port}"
    assert answer.trace[0].signed is False
    assert "test. is served by ns.test." in answer.trace[0].detail


def test_servers_without_address_are_looked_up(port: int) -> None:
    answer = trace(port, "www.glueless.test.")
    assert answer.data == ("192.0.2.3",)
    assert any(step.question == "ns.next. A" for step in answer.trace)


def test_aliases_into_other_zones_begin_anew(port: int) -> None:
    answer = trace(port, "away.plain.test.")
    assert answer.data == ("192.0.2.2",)
    assert [record.type for record in answer.records] == ["CNAME", "A"]
    assert answer.question.name == "away.plain.test."


def test_a_name_that_is_not_there(port: int) -> None:
    answer = trace(port, "nothing.plain.test.")
    assert answer.outcome is Outcome.NO_SUCH_NAME


def test_servers_that_are_of_no_use(port: int) -> None:
    assert trace(port, "www.lame.test.").outcome is Outcome.REFUSED
    assert trace(port, "www.dead.test.").outcome in (Outcome.UNREACHABLE, Outcome.TIMEOUT)


def test_servers_that_need_each_other(port: int) -> None:
    answer = trace(port, "www.circle.test.")
    assert answer.outcome is Outcome.UNREACHABLE
    assert len(answer.trace) <= MAXIMUM_QUESTIONS


def test_a_server_that_refers_for_ever() -> None:
    """Each answer names three new servers without address, one label deeper."""

    def reply(query: bytes, over: str) -> list[bytes]:
        asked = dns.message.from_wire(query)
        name = asked.question[0].name
        found = dns.message.make_response(asked)
        names = [f"n{number}.{'x.' * 5}evil." for number in range(30)]
        found.authority.append(dns.rrset.from_text(name, 60, "IN", "NS", *names))
        return [found.to_wire()]

    with misbehaving(reply) as server:
        host, _, port = server.partition(":")
        tracer = Tracer(QUICK, (host,), int(port))
        answer = asyncio.run(tracer.trace(Question("a.b.c.evil.", "A")))
    assert answer.outcome in (Outcome.UNREACHABLE, Outcome.SERVER_FAILURE)
    assert len(answer.trace) <= MAXIMUM_QUESTIONS
