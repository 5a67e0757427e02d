"""Services against the system's own tools, and sockets that the test itself opens."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active import service
from netanatomy.active.service import lookup
from netanatomy.active.sockets import Snapshot, exposure, hidden, snapshot
from netanatomy.errors import UsageError
from netanatomy.report.answer_json import answers_json
from netanatomy.report.plain import plain_text
from netanatomy.report.service_answer import LocalSocket
from netanatomy.report.service_view import MAXIMUM_SOCKETS, service_document

GETENT = shutil.which("getent")
NOBODY = 65534
NOTHING = Snapshot(())


def entries() -> list[tuple[str, int, str]]:
    """The system's database, as another program reads it: name, port, protocol (not AppleTalk's)."""
    if GETENT is None:
        pytest.skip("getent is not installed")
    text = subprocess.run([GETENT, "services"], capture_output=True, text=True, check=False).stdout
    rows = [line.split() for line in text.splitlines()]
    every = [(row[0], *row[1].split("/")) for row in rows]
    return [(name, int(port), protocol) for name, port, protocol in every if protocol in service.PROTOCOLS]


@given(st.one_of(st.text(), st.from_regex(r"[a-z0-9-]{0,20}(/[a-z]{0,8})?", fullmatch=True)))
def test_any_text_is_an_answer_or_a_usage_error(text: str) -> None:
    try:
        answer = lookup(text, sockets=NOTHING)
    except UsageError:
        return
    assert answer.known == any(port.known for port in answer.ports)
    assert list(plain_text(service_document(answer)))
    assert answers_json("0", answer=answer)


def test_every_service_of_the_system_is_found_both_ways() -> None:
    found = entries()
    if not found:
        pytest.skip("this system has no database of services")
    for name, port, protocol in found:
        by_name = lookup(f"{name}/{protocol}")
        assert port in {one.port for one in by_name.ports if one.system}, (name, port, protocol)
        by_port = lookup(f"{port}/{protocol}")
        assert by_port.ports[0].system is not None
        assert by_port.ports[0].system.name == socket.getservbyport(port, protocol)


def test_both_databases_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*asked: object) -> str:
        raise OSError("service/proto not found")

    monkeypatch.setattr(socket, "getservbyname", unknown)
    monkeypatch.setattr(socket, "getservbyport", unknown)
    answer = lookup("ssh")
    assert answer.known
    assert answer.ports[0].registered is not None
    assert all(port.system is None for port in answer.ports)
    assert "no database" in answer.note


def test_what_only_the_system_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ports_of", lambda *_: ())
    monkeypatch.setattr(service, "service_name", lambda *_: None)
    monkeypatch.setattr(socket, "getservbyname", lambda *_: 4711)
    monkeypatch.setattr(socket, "getservbyport", lambda *_: "ours")
    answer = lookup("ours", protocols=("tcp",))
    assert answer.known
    assert [(port.port, port.protocol, port.registered) for port in answer.ports] == [(4711, "tcp", None)]


def test_aliases_and_capitals() -> None:
    assert {port.port for port in lookup("WWW").ports} == {80}
    assert {port.port for port in lookup("Domain/UDP").ports} == {53}


def test_an_unknown_service_is_an_answer() -> None:
    for text in ("gopherx", "60000", "\x00", "\udcff", "http\x00", "日本"):
        answer = lookup(text, sockets=NOTHING)
        assert not answer.known, text
        lines = "\n".join(plain_text(service_document(answer)))
        assert "Nobody knows it" in lines
        assert "IANA" in lines
        assert "/etc/services" in lines


def test_a_hostile_name_is_escaped() -> None:
    assert "\x1b" not in "\n".join(plain_text(service_document(lookup("\x1b[31mred"))))


def test_the_range_of_a_port_that_nobody_knows() -> None:
    answer = lookup("60000", sockets=NOTHING)
    assert answer.range is not None
    assert (answer.range.name, answer.ports) == ("dynamic", ())


@pytest.mark.parametrize("text", ["", " ", "/tcp", "http/icmp", "65536", "9" * 200, "53/", "x" * 300, "53/²"])
def test_what_makes_no_sense(text: str) -> None:
    with pytest.raises(UsageError):
        lookup(text)


def test_options_that_contradict_the_question() -> None:
    with pytest.raises(UsageError, match="udp"):
        lookup("53/udp", protocols=("tcp",))
    with pytest.raises(UsageError, match="icmp"):
        lookup("53", protocols=("icmp",))


class TestSockets:
    """Sockets of this very process, on loopback."""

    @pytest.fixture
    def opened(self) -> Iterator[dict[str, socket.socket]]:
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            client = stack.enter_context(socket.create_connection(listener.getsockname()))
            accepted = stack.enter_context(listener.accept()[0])
            datagrams = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            datagrams.bind(("", 0))
            yield {"listener": listener, "client": client, "accepted": accepted, "datagrams": datagrams}

    def test_they_are_found_with_role_process_and_exposure(self, opened: dict[str, socket.socket]) -> None:
        port = opened["listener"].getsockname()[1]
        (answer,) = lookup(f"{port}/tcp", sockets=snapshot()).ports
        mine = [one for one in answer.sockets if one.pid == os.getpid()]
        assert [one.role for one in mine] == ["listens", "serves", "connects"]
        assert [one.exposure for one in mine] == ["loopback", "loopback", None]
        assert [one.state for one in mine] == ["LISTEN", "ESTABLISHED", "ESTABLISHED"]
        assert mine[2].remote_port == port
        assert mine[2].local_port == opened["client"].getsockname()[1]
        assert {one.process for one in mine} == {psutil.Process().name()}
        assert {one.user for one in mine} == {psutil.Process().username()}

    def test_udp(self, opened: dict[str, socket.socket]) -> None:
        port = opened["datagrams"].getsockname()[1]
        answer = lookup(str(port), protocols=("udp",), sockets=snapshot())
        mine = [one for port in answer.ports for one in port.sockets if one.pid == os.getpid()]
        assert [(one.protocol, one.role, one.exposure) for one in mine] == [("udp", "listens", "everywhere")]
        assert str(os.getpid()) in "\n".join(plain_text(service_document(answer)))

    def test_ipv6(self) -> None:
        try:
            listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        except OSError:
            pytest.skip("no IPv6 here")
        with listener:
            (answer,) = lookup(f"{listener.getsockname()[1]}/tcp", sockets=snapshot()).ports
        (mine,) = [one for one in answer.sockets if one.pid == os.getpid()]
        assert (mine.local_address, mine.exposure) == (ip_address("::1"), "loopback")

    def test_they_can_be_left_out(self) -> None:
        assert "not looked for" in lookup("ssh").sockets_note

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems refuse altogether")
    def test_what_an_ordinary_user_cannot_see_is_said(self, opened: dict[str, socket.socket]) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can become somebody else")
        port = opened["listener"].getsockname()[1]
        snapshot()  # loads what it needs, which nobody may not read
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                for one in opened.values():
                    one.close()  # they are the parent's alone
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
                answer = lookup(f"{port}/tcp", sockets=snapshot())
                pids = {one.pid for one in answer.ports[0].sockets}
                os.write(writing, f"{pids} {answer.sockets_note}".encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        said = os.read(reading, 1000).decode()
        os.close(reading)
        os.close(writing)
        note = (
            "the system does not name the process of 3 of 3 sockets to this user; the administrator sees it"
        )
        assert said == f"{{None}} {note}"


def test_sockets_that_cannot_be_read_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refused)
    seen = snapshot()
    assert seen.sockets == ()
    answer = lookup("ssh", sockets=seen)
    assert "does not show" in answer.sockets_note
    assert "does not show" in "\n".join(plain_text(service_document(answer)))


def test_a_process_that_has_ended_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(pid: int) -> None:
        raise psutil.NoSuchProcess(pid)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(psutil, "Process", gone)
        (answer,) = lookup(f"{listener.getsockname()[1]}/tcp", sockets=snapshot()).ports
    (mine,) = [one for one in answer.sockets if one.pid == os.getpid()]
    assert (mine.process, mine.user) == (None, None)


def test_who_reaches_an_address() -> None:
    expected = {
        "127.0.0.1": "loopback",
        "127.8.8.8": "loopback",
        "::1": "loopback",
        "::ffff:127.0.0.1": "loopback",
        "0.0.0.0": "everywhere",
        "::": "everywhere",
        "::ffff:0.0.0.0": "everywhere",
        "10.0.0.1": "private",
        "100.64.0.1": "private",
        "fd00::1": "private",
        "fe80::1": "link",
        "169.254.1.1": "link",
        "9.9.9.9": "one-address",
        "2620:fe::fe": "one-address",
        "224.0.0.251": "multicast",
        "ff02::fb": "multicast",
    }
    assert {text: exposure(ip_address(text)) for text in expected} == expected


def one_socket(state: str = "LISTEN", pid: int | None = None) -> LocalSocket:
    home = ip_address("127.0.0.1")
    return LocalSocket("tcp", "listens", state, home, 80, None, None, "loopback", pid, None, None)


def test_what_the_kernel_holds_alone_is_not_hidden() -> None:
    assert hidden([one_socket("TIME_WAIT"), one_socket(pid=1)]) == ""
    assert "1 of 2" in hidden([one_socket(), one_socket(pid=1)])


def test_a_busy_port_is_cut_short() -> None:
    answer = lookup("80/tcp", sockets=Snapshot((one_socket(pid=1),) * (MAXIMUM_SOCKETS + 7)))
    text = "\n".join(plain_text(service_document(answer)))
    assert text.count("127.0.0.1:80") == MAXIMUM_SOCKETS
    assert "and 7 more" in text


def test_the_file_of_services_is_named_where_it_lies() -> None:
    assert Path("/etc/services") == service.SERVICES_FILE


@pytest.mark.parametrize(("name", "port"), [("rdp", 3389), ("SMB", 445), ("smb/tcp", 445), ("mssql", 1433)])
def test_names_that_everybody_uses_and_iana_does_not(name: str, port: int) -> None:
    found = lookup(name, protocols=("tcp",))
    assert found.known and [each.port for each in found.ports] == [port]
    assert "is listed as" in found.note and "[MS-" in found.note
