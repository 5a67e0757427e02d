from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active.resolve import (
    Options,
    Outcome,
    Transport,
    multicast,
    resolve,
    resolver,
    system,
    system_files,
)
from netanatomy.schema.resolution import Answer, Question, Record
from tests.active.resolve.misbehaving import misbehaving
from tests.active.resolve.nameservers import free_port, program


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
        ("files mdns4_minimal dns", "a.local", said("x", "192.0.2.1"), "dns", True),
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
    monkeypatch.setattr(system, "installed", lambda _: True)
    answer = replace(said("system", "192.0.2.1"), question=Question(f"{name}.", "A"))
    source = system.source_of(answer, name, [replace(from_dns, question=answer.question)])
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


@contextmanager
def system_of(
    zone: Mapping[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch, search: tuple[str, ...] = ()
) -> Iterator[list[str]]:
    """This machine, as if its name server knew a zone, and refused what is outside of `corp.test`.

    Gives what it was asked.
    """
    asked: list[str] = []

    def reply(query: bytes, over: str) -> list[bytes]:
        message = dns.message.from_wire(query)
        name, kind = message.question[0].name.to_text(), dns.rdatatype.to_text(message.question[0].rdtype)
        asked.append(f"{name} {kind}")
        found = dns.message.make_response(message)
        if not name.endswith((".corp.test.", ".local.")):
            found.set_rcode(dns.rcode.REFUSED)
        elif (name, kind) in zone:
            found.answer.append(dns.rrset.from_text(name, 60, "IN", kind, zone[name, kind]))
        elif all(known != name for known, _ in zone):
            found.set_rcode(dns.rcode.NXDOMAIN)
        return [found.to_wire()]

    def look_up(host: str, _: object, family: int, *__: object) -> list[tuple[object, ...]]:
        names = [f"{host}."] if "." in host else [f"{host}.{domain}." for domain in search]
        kind = "A" if family == socket.AF_INET else "AAAA"
        for name in names:
            if (name, kind) in zone:
                return [(family, 1, 6, name.rstrip("."), (zone[name, kind], 0))]
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with misbehaving(reply) as server:
        host, _, port = server.partition(":")
        monkeypatch.setitem(resolver.DEFAULT_PORTS, Transport.UDP, int(port))
        configuration = system_files.ResolverConfiguration((host,), search, 1)
        monkeypatch.setattr(system_files, "resolver_configuration", lambda: configuration)
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        yield asked


def test_the_source_of_a_name_that_was_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = {("alias.corp.test.", "A"): "192.0.2.60"}
    monkeypatch.setattr(system_files, "host_services", lambda: ("files", "dns"))
    with system_of(zone, monkeypatch, ("nothing.corp.test", "corp.test")):
        (answer,) = resolve("alias", ("A",))
    assert answer.source is not None
    assert (answer.source.service, answer.source.certain) == ("dns", True)
    assert "alias.corp.test." in answer.source.reason


def test_a_server_that_refuses_bare_names_does_not_make_a_searched_name_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with system_of({("only4.corp.test.", "A"): "192.0.2.4"}, monkeypatch, ("corp.test",)):
        four, six = resolve("only4")
    assert (four.outcome, four.data) == (Outcome.ANSWERED, ("192.0.2.4",))
    assert six.outcome in (Outcome.NO_DATA, Outcome.SERVER_FAILURE)
    with system_of({("only4.test.", "A"): "192.0.2.4"}, monkeypatch, ("test",)):
        four, six = resolve("only4")
    # Refused for the whole name: that is told, and the name has an address all the same.
    assert (four.outcome, six.outcome) == (Outcome.ANSWERED, Outcome.NO_DATA)
    assert "only4.test. AAAA: it refuses" in six.detail


def test_types_that_only_name_servers_know_are_searched_for_too(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = {("alias.corp.test.", "A"): "192.0.2.60", ("alias.corp.test.", "MX"): "10 mail.corp.test."}
    with system_of(zone, monkeypatch, ("corp.test",)) as asked:
        address, mail = resolve("alias", ("A", "MX"))
        (nothing,) = resolve("alias", ("TXT",))
        (unknown,) = resolve("x.y", ("MX",))
    assert address.canonical_name == "alias.corp.test."
    assert (mail.outcome, mail.question.name) == (Outcome.ANSWERED, "alias.corp.test.")
    assert "alias. MX" not in asked
    assert nothing.outcome is Outcome.NO_DATA  # and not REFUSED, as the bare name is
    assert unknown.outcome is Outcome.REFUSED  # "x.y." itself: nobody can be sure that there is none


def test_domains_of_the_search_list_that_are_none_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    search = ("bad..domain", "x" * 64, ".".join(["a" * 63] * 4), "corp.test")
    with system_of({("a.corp.test.", "MX"): "1 b.corp.test."}, monkeypatch, search) as asked:
        (answer,) = resolve("a", ("MX",))
    assert answer.outcome is Outcome.ANSWERED
    assert all(len(each) < 100 for each in asked)


def test_names_in_local_come_from_dns_where_nobody_asks_by_multicast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_files, "host_services", lambda: ("files", "mdns4_no_such_module", "dns"))
    with system_of({("printer.local.", "A"): "192.0.2.9"}, monkeypatch):
        (answer,) = resolve("printer.local", ("A",))
    assert answer.source is not None
    assert (answer.source.service, answer.source.certain) == ("dns", True)


def test_names_in_local_are_asked_of_the_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    def responder(query: bytes, over: str) -> list[bytes]:
        message = dns.message.from_wire(query)
        found = dns.message.make_response(message)
        found.id = message.id
        name = message.question[0].name
        found.answer.append(dns.rrset.from_text(name, 10, "IN", "A", "192.0.2.9"))
        return [b"", query, found.to_wire()]

    def look_up(*_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, 1, 6, "printer.local", ("192.0.2.9", 0))]

    monkeypatch.setattr(system_files, "host_services", lambda: ("files", "mdns4_minimal", "dns"))
    monkeypatch.setattr(system, "installed", lambda _: True)
    with misbehaving(responder) as neighbour, system_of({}, monkeypatch):
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        host, _, port = neighbour.partition(":")
        monkeypatch.setattr(multicast, "GROUP", (host, int(port)))
        (known,) = resolve("printer.local", ("A",))
        monkeypatch.setattr(multicast, "GROUP", (host, free_port()))
        (likely,) = resolve("printer.local", ("A",))
    assert known.source is not None and likely.source is not None
    assert (known.source.service, known.source.certain) == ("mdns4_minimal", True)
    assert "mdns://127.0.0.1" in known.source.reason
    assert (likely.source.service, likely.source.certain) == ("mdns4_minimal", False)


def test_a_neighbour_who_says_nothing_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async def says(sock: socket.socket, size: int) -> tuple[bytes, tuple[str, int]]:
        heard.append(b"")
        return b"", ("127.0.0.1", 5353)  # at once: the loop gets no turn in which time could be up

    async def asking() -> Answer | None:
        monkeypatch.setattr(asyncio.get_running_loop(), "sock_recvfrom", says)
        return await multicast.ask_neighbours(Question("printer.local.", "A"), 60)

    monkeypatch.setattr(multicast, "GROUP", ("127.0.0.1", free_port()))
    assert asyncio.run(asking()) is None
    assert len(heard) == multicast.MAXIMUM_DATAGRAMS


NEIGHBOUR = """
mount -t tmpfs none /run && ip link set lo up && ip link add v0 type veth peer name v1 || exit 77
ip link set v0 up; ip link set v1 up; ip addr add 192.0.2.1/24 dev v0; ip route add 224.0.0.0/4 dev v0
avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$1" >/dev/null 2>&1 &
daemon=$!
"$2" -c "$3"
kill $daemon
"""
ASKING = """
import asyncio
import os
from netanatomy.active.resolve.multicast import ask_neighbours
from netanatomy.schema.resolution import Question
for _ in range(30):
    if found := asyncio.run(ask_neighbours(Question("printer.local.", "A"), 1)):
        break
print(found and (found.server, found.data))
"""


def test_avahi_answers_what_is_asked_by_multicast(tmp_path: Path) -> None:
    unshare = program("unshare", "util-linux")
    program("avahi-daemon", "avahi-daemon")
    program("ip", "iproute2")
    if os.geteuid() != 0:
        pytest.skip("a network namespace of its own needs root")
    settings = tmp_path / "avahi.conf"
    settings.write_text("[server]\nhost-name=printer\nuse-ipv6=no\nenable-dbus=no\nallow-interfaces=v0\n")
    command = [unshare, "-mn", "sh", "-c", NEIGHBOUR, "sh", str(settings), sys.executable, ASKING]
    found = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    if found.returncode == 77 or "not permitted" in found.stderr:
        pytest.skip(f"no network namespace with a link: {found.stderr.strip()}")
    assert found.stdout == "('mdns://192.0.2.1', ('192.0.2.1',))\n", found.stderr
