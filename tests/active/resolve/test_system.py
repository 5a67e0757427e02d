from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active.resolve import Options, Outcome, Transport, resolve, resolver, system, system_files
from netanatomy.schema.resolution import Answer, Question, Record
from tests.active.resolve.misbehaving import misbehaving


def test_localhost_comes_from_the_hosts_file() -> None:
    (answer,) = resolve("localhost", ("A",))
    assert answer.outcome is Outcome.ANSWERED
    assert "127.0.0.1" in answer.data
    assert {info[4][0] for info in socket.getaddrinfo("localhost", None, socket.AF_INET)} == set(answer.data)
    assert answer.source is not None
    assert answer.source.service in ("files", "myhostname", "resolve")


def test_an_address_is_its_own_answer() -> None:
    (answer,) = resolve("192.0.2.7", ("A",))
    assert answer.data == ("192.0.2.7",)
    assert answer.source is not None
    assert answer.source.service == "literal"


def test_reverse() -> None:
    (answer,) = resolve("127.0.0.1", reverse=True)
    name, _ = socket.getnameinfo(("127.0.0.1", 0), socket.NI_NAMEREQD)
    assert answer.data == (f"{name}.",)
    assert answer.question == Question("1.0.0.127.in-addr.arpa.", "PTR")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (socket.EAI_NONAME, Outcome.NO_SUCH_NAME),
        (getattr(socket, "EAI_NODATA", -5), Outcome.NO_DATA),
        (socket.EAI_FAIL, Outcome.SERVER_FAILURE),
    ],
)
def test_what_the_system_may_say(monkeypatch: pytest.MonkeyPatch, code: int, outcome: Outcome) -> None:
    def fail(*arguments: object) -> object:
        raise socket.gaierror(code, "in words")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    question = Question("a.example.", "A")
    answer = asyncio.run(system.system_answer(question, "a.example", 1))
    assert answer.outcome is outcome
    assert "in words" in answer.detail


def test_a_system_that_hangs_does_not_hang_us(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*arguments: object) -> list[object]:
        time.sleep(3)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    started = time.monotonic()
    answer = asyncio.run(system.system_answer(Question("a.example.", "A"), "a.example", 0.1))
    assert answer.outcome is Outcome.TIMEOUT
    assert time.monotonic() - started < 2.8
    time.sleep(3)  # the thread ends quietly, though its loop is gone


def said(server: str, *data: str) -> Answer:
    records = tuple(Record("a.example.", "A", 60, each) for each in data)
    question = Question("a.example.", "A")
    return Answer(question=question, server=server, outcome=Outcome.ANSWERED, detail="", records=records)


@pytest.mark.parametrize(
    ("services", "name", "from_dns", "service", "certain"),
    [
        ("files dns", "a.example", said("x", "192.0.2.1"), "dns", True),
        ("files dns", "a.example", said("x", "192.0.2.1", "192.0.2.2"), "dns", False),
        ("files mdns4_minimal [NOTFOUND=return] dns", "a.local", said("x"), "mdns4_minimal", False),
        ("files mdns4_minimal [NOTFOUND=return] dns", "a.example", said("x", "192.0.2.1"), "dns", True),
        ("files resolve [!UNAVAIL=return] dns", "a.example", said("x", "192.0.2.1"), "resolve", False),
        ("myhostname dns", "b.localhost", said("x"), "myhostname", False),
        ("files", "a.example", said("x"), None, False),
    ],
)
def test_where_it_came_from(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    services: str,
    name: str,
    from_dns: Answer,
    service: str | None,
    certain: bool,
) -> None:
    path = tmp_path / "nsswitch.conf"
    path.write_text(f"passwd: files\nhosts: {services} # a comment\n")
    found = system_files.host_services(path)
    monkeypatch.setattr(system_files, "host_services", lambda: found)
    source = system.source_of(said("system", "192.0.2.1"), name, [from_dns])
    assert (source.service if source else None) == service
    assert source is None or source.certain is certain


def test_resolver_configuration(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(
        "# comment\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver nonsense\nnameserver ::1\n"
        "nameserver 192.0.2.4\ndomain old.example\nsearch a.example b.example\noptions ndots:99 rotate\n"
    )
    found = system_files.resolver_configuration(path)
    assert found.nameservers == ("192.0.2.1", "fe80::1%eth0", "::1")
    assert found.search == ("a.example", "b.example")
    assert found.ndots == 15
    missing = system_files.resolver_configuration(tmp_path / "missing")
    assert missing == system_files.ResolverConfiguration((), (), 1)
    assert system_files.host_services(tmp_path / "missing") == ("files", "dns")


def test_hosts_file(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text(
        "# x\n127.0.0.1\tlocalhost\n192.0.2.1 Web.Example web # www\n\nbad line\n2001:DB8::1 web\n"
    )
    assert system_files.hosts_entries("WEB.", path) == ((3, "192.0.2.1"), (6, "2001:DB8::1"))
    assert system_files.hosts_names("2001:db8::1", path) == ((6, "web"),)
    assert system_files.hosts_entries("www", path) == ()


@given(st.binary(max_size=300))
def test_any_file_is_read(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(b"hosts: " + octets + b"\nnameserver " + octets + b"\n" + octets)
    system_files.resolver_configuration(path)
    system_files.host_services(path)
    system_files.hosts_entries("a", path)
    system_files.hosts_names("127.0.0.1", path)


def test_names_of_the_hosts_file_are_not_told_to_name_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def reply(query: bytes, over: str) -> list[bytes]:
        seen.append(query)
        return []

    with misbehaving(reply) as server:
        host, _, port = server.partition(":")
        monkeypatch.setitem(resolver.DEFAULT_PORTS, Transport.UDP, int(port))
        configuration = system_files.ResolverConfiguration((host,), (), 1)
        monkeypatch.setattr(system_files, "resolver_configuration", lambda: configuration)
        resolve("localhost", ("A",))
        resolve("192.0.2.7", ("A",))
        assert not seen
        (answer,) = resolve("a.example", ("MX",), options=Options(timeout=0.2, attempts=1))
    assert seen
    assert answer.outcome is Outcome.TIMEOUT
    assert f"udp://{host}" in answer.server
