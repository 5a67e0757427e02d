"""What the check says about our own server, switched this way and that, and about what is no proxy."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from netanatomy.active.socks import Credentials, Endpoint, Limits, Settings, parse_proxy
from netanatomy.active.socks.check import acheck_proxy, check_proxy
from netanatomy.active.socks.failure import PasswordRefusedError
from netanatomy.errors import UsageError
from netanatomy.layers.application import socks5
from netanatomy.layers.application.socks_fields import Destination
from netanatomy.report.socks_check_view import check_document, check_json
from netanatomy.schema.socks_check import Answer, CheckLine, CheckOutcome, ProxyCheck
from tests.active.resolve.nameservers import make_certificates
from tests.active.socks.serving import ANY_PORT, echo, localhost, serving, settings, target, until
from tests.active.socks.test_commands import server_context, udp_echo


def lines(check: ProxyCheck) -> dict[str, CheckLine]:
    return {f"{line.topic} {line.subject}": line for line in check.lines}


def test_a_safe_server() -> None:
    with serving(Settings(listen=ANY_PORT)) as proxy:
        found = check_proxy(parse_proxy(f"127.0.0.1:{proxy.port}"))
    assert found.outcome is CheckOutcome.SOUND
    assert found.exit_code == 0
    told = {name: line.answer for name, line in lines(found).items()}
    assert told["version SOCKS5"] is Answer.YES
    assert told["version SOCKS4"] is Answer.NO
    assert told["command BIND"] is Answer.NO
    assert told["command UDP ASSOCIATE"] is Answer.NO
    assert [answer for name, answer in told.items() if name.startswith("inside")] == [Answer.NO] * 4


def test_a_server_that_does_everything() -> None:
    chosen = settings(socks4=True, udp=True, bind=True)
    with serving(chosen) as proxy:
        found = check_proxy(parse_proxy(f"127.0.0.1:{proxy.port}"))
        kinds = {(each["version"], each["command"]) for each in proxy.logged(10)}
    told = lines(found)
    assert found.outcome is CheckOutcome.CONCERN
    for name in (
        "version SOCKS4",
        "version SOCKS4a",
        "command BIND",
        "address name",
        "names resolved at the proxy",
    ):
        assert told[name].answer is Answer.YES, name
    assert told["command UDP ASSOCIATE"].detail == "a datagram came back"
    assert told["inside 127.0.0.1"].concern
    assert not told["inside 0.0.0.0"].concern
    assert {(5, "CONNECT"), (5, "BIND"), (5, "UDP_ASSOCIATE"), (4, "CONNECT")} <= kinds


def test_with_and_without_the_password() -> None:
    chosen = settings(credentials=Credentials({b"anna": b"secret"}), limits=Limits(handshake_seconds=5))
    with serving(chosen) as proxy:
        stranger = check_proxy(parse_proxy(f"127.0.0.1:{proxy.port}"))
        friend = check_proxy(parse_proxy(f"socks5h://anna:secret@127.0.0.1:{proxy.port}"))
        assert not any(each["outcome"] == "unauthenticated" for each in proxy.lines)  # nothing is guessed
    assert lines(stranger)["access open to whoever reaches it"].answer is Answer.NO
    assert lines(stranger)["command CONNECT"].answer is Answer.UNKNOWN
    assert stranger.outcome is CheckOutcome.SOUND
    assert lines(friend)["command CONNECT"].answer is Answer.YES
    for check in (stranger, friend):
        assert lines(check)["method user and password"].answer is Answer.YES
        assert "secret" not in check_json(check, "1") + str(check)


def test_a_target_of_the_user() -> None:
    seen: list[bytes] = []

    def look(connection: socket.socket) -> None:
        seen.append(connection.recv(100))

    with target(look) as port, serving() as proxy:
        wanted = Destination(IPv4Address("127.0.0.1"), port)
        found = check_proxy(parse_proxy(f"127.0.0.1:{proxy.port}"), target=wanted)
        asked = {
            (each["destination"], each["destination_port"]) for each in proxy.logged(8) if each["destination"]
        }
    # Nothing but the target was asked for, and nothing was said to it. SOCKS4a is tried with a name that
    # exists nowhere; a datagram association names nobody.
    assert asked <= {("127.0.0.1", port), ("socks.invalid", 80), ("0.0.0.0", 0)}
    assert set(seen) == {b""}
    told = lines(found)
    assert told["address IPv6"].answer is Answer.NOT_ASKED
    assert told[f"inside 127.0.0.1:{port} (loopback)"].concern


@contextmanager
def refusing(code: int, version: int = 5) -> Iterator[str]:
    """A proxy that refuses every request with this code."""

    def refuse(connection: socket.socket) -> None:
        first = connection.recv(1)
        if first == b"\x05" and version == 5:
            connection.recv(256)
            connection.sendall(b"\x05\x00")
            connection.recv(1000)
            connection.sendall(bytes((5, code, 0, 1)) + bytes(6))
        elif first == b"\x04" and version == 4:
            connection.recv(1000)
            connection.sendall(bytes((0, code)) + bytes(6))

    with target(refuse) as port:
        yield f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (socks5.Code.GENERAL_FAILURE, Answer.UNKNOWN),
        (socks5.Code.NOT_ALLOWED, Answer.NO),
        (socks5.Code.NETWORK_UNREACHABLE, Answer.UNKNOWN),
        (socks5.Code.HOST_UNREACHABLE, Answer.UNKNOWN),
        (socks5.Code.CONNECTION_REFUSED, Answer.YES),
        (socks5.Code.TTL_EXPIRED, Answer.UNKNOWN),
        (socks5.Code.ADDRESS_TYPE_NOT_SUPPORTED, Answer.NO),
        (0x77, Answer.UNKNOWN),
    ],
)
def test_what_a_refusal_proves_of_inner_addresses(code: int, answer: Answer) -> None:
    with refusing(code) as proxy:
        found = check_proxy(proxy, target=Destination(IPv4Address("10.5.5.5"), 9), timeout=5)
    line = lines(found)["inside 10.5.5.5:9 (private)"]
    assert (line.answer, line.concern) == (answer, answer is Answer.YES)
    assert (found.exit_code == 20) == (answer is Answer.YES)
    assert ("as it should be" in line.meaning) == (code == socks5.Code.NOT_ALLOWED)


@pytest.mark.parametrize("code", [0x5B, 0x5C, 0x5D])
def test_a_refusal_of_socks4_proves_nothing(code: int) -> None:
    inner = [Destination(IPv4Address("10.5.5.5"), 9), Destination(IPv6Address("fd00::1"), 9)]
    with refusing(code, version=4) as proxy:
        found = lines(check_proxy(proxy, target=inner, timeout=5))
    assert found["version SOCKS4"].answer is Answer.YES
    assert found["inside 10.5.5.5:9 (private)"].answer is Answer.UNKNOWN
    assert found["inside [fd00::1]:9 (unique-local)"].answer is Answer.NO  # there is no way to ask for it


def test_no_answer_in_time_proves_nothing() -> None:
    def silent(connection: socket.socket) -> None:
        if connection.recv(1) == b"\x05":
            connection.recv(256)
            connection.sendall(b"\x05\x00")
            connection.recv(1000)
            connection.recv(1000)  # the client gives up

    with target(silent) as port:
        inner = Destination(IPv4Address("10.5.5.5"), 9)
        found = check_proxy(f"127.0.0.1:{port}", target=inner, timeout=0.3)
    assert lines(found)["inside 10.5.5.5:9 (private)"].answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (socks5.Code.NETWORK_UNREACHABLE, Answer.UNKNOWN),
        (socks5.Code.NOT_ALLOWED, Answer.YES),
        (socks5.Code.ADDRESS_TYPE_NOT_SUPPORTED, Answer.NO),
    ],
)
def test_what_a_refusal_proves_of_ipv6(code: int, answer: Answer) -> None:
    with refusing(code) as proxy:
        found = check_proxy(proxy, target=Destination(IPv6Address("2620:fe::fe"), 53), timeout=5)
    assert lines(found)["address IPv6"].answer is answer


def test_only_addresses_are_judged_and_not_the_port() -> None:
    # Port 25 is denied by our own rules, which says nothing about where the address lies.
    with refusing(socks5.Code.CONNECTION_REFUSED) as proxy:
        found = check_proxy(proxy, target=Destination(IPv4Address("9.9.9.9"), 25), timeout=5)
    assert [line.answer for line in found.lines if line.topic == "inside"] == [Answer.NOT_ASKED]


def test_several_targets_in_one_run() -> None:
    with (
        serving(settings(udp=True)) as proxy,
        target(echo) as port,
        target(echo, "::1") as port6,
        udp_echo() as (host, udp_port),
    ):
        targets = [
            Destination(IPv4Address("127.0.0.1"), port),
            Destination(IPv6Address("::1"), port6),
            Destination(b"localhost", port if localhost() == "127.0.0.1" else port6),
            Destination(ip_address(host), udp_port),
        ]
        found = check_proxy(f"127.0.0.1:{proxy.port}", target=targets, timeout=2)
    told = lines(found)
    assert found.target == ", ".join(str(each) for each in targets)
    assert told["command CONNECT"].answer is Answer.YES
    for name in (
        f"address IPv4 ({targets[0]})",
        f"address IPv4 ({targets[3]})",
        "address IPv6",
        "address name",
        "names resolved at the proxy",
        f"inside {targets[0]} (loopback)",
        f"inside {targets[1]} (loopback)",
        f"command a datagram to {targets[3]}",
    ):
        assert told[name].answer is Answer.YES, name
    assert told[f"command a datagram to {targets[3]}"].concern
    (name,) = [each for each in told if each.startswith(f"inside {targets[2]} (here ")]
    assert told[name].concern  # a name that leads inside is as good as the address
    # Nobody answers datagrams there: that is no proof of anything.
    assert told[f"command a datagram to {targets[0]}"].answer is Answer.UNKNOWN


def test_a_wrong_password_ends_it() -> None:
    chosen = settings(credentials=Credentials({b"anna": b"secret"}))
    with serving(chosen) as proxy:
        for ask in (check_proxy, lambda address: asyncio.run(acheck_proxy(address))):
            with pytest.raises(PasswordRefusedError, match="refuses user and password") as refusal:
                ask(f"socks5h://anna:wrong@127.0.0.1:{proxy.port}")
            assert refusal.value.exit_code == 23
            for account in list(proxy.server._clients._found.values()):
                account.blocked_until = 0.0
        until(lambda: not proxy.sessions())
        outcomes = [each["outcome"] for each in proxy.lines]
    # One try each, and no question after it that would meet the back-off.
    assert outcomes.count("unauthenticated") == 2
    assert not {"backed off", "not admitted"} & set(outcomes)


def test_where_nobody_speaks_socks_nothing_is_said_of_access(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path)
    with serving(settings(tls=server_context(certificates))) as proxy:
        found = check_proxy(f"127.0.0.1:{proxy.port}", timeout=2)
        assert found.outcome is CheckOutcome.NO_SOCKS
        assert {line.topic for line in found.lines} == {"version"}
        assert not any(line.answer is Answer.YES for line in found.lines)
        # The same one, asked as it wants to be.
        address = f"socks5h+tls://127.0.0.1:{proxy.port}"
        authority = str(certificates.authority)
        assert check_proxy(address).outcome is CheckOutcome.UNREACHABLE
        for inside in (
            check_proxy(address, ca=authority, server_name="127.0.0.1"),
            asyncio.run(acheck_proxy(address, ca=authority)),
        ):
            assert lines(inside)["encryption SOCKS inside TLS"].answer is Answer.YES
            assert lines(inside)["command CONNECT"].answer is Answer.YES
        with pytest.raises(UsageError, match="authorities in PEM"):
            check_proxy(address, ca=str(tmp_path / "missing"))


def test_nobody_there_and_something_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = check_proxy(parse_proxy(f"127.0.0.1:{port}"))
    assert (found.outcome, found.exit_code, found.lines) == (CheckOutcome.UNREACHABLE, 21, ())

    def web(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    for server in (web, echo, lambda _: None):
        with target(server) as port:
            found = check_proxy(parse_proxy(f"127.0.0.1:{port}"), timeout=1)
            # An echo gives the greeting back, which is a choice of a method that was not offered.
            assert found.outcome in (CheckOutcome.NO_SOCKS, CheckOutcome.SOUND)
            assert (found.outcome is CheckOutcome.NO_SOCKS) or server is echo


def test_one_that_never_answers() -> None:
    started = time.monotonic()
    with target(lambda connection: time.sleep(0.1) or (connection.recv(1000) and time.sleep(3))) as port:  # type: ignore[func-returns-value]
        found = check_proxy(parse_proxy(f"127.0.0.1:{port}"), timeout=0.2)
    assert found.outcome is CheckOutcome.NO_SOCKS
    assert time.monotonic() - started < 20


def test_any_answer_is_told() -> None:
    answers: list[bytes] = [b""]

    def answer(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(answers[-1])
        connection.shutdown(socket.SHUT_WR)

    with target(answer) as port:

        @given(st.sampled_from([b"", b"\x05\x00", b"\x05\x02", b"\x00\x5a"]), st.binary(max_size=40))
        @hypothesis_settings(max_examples=20)
        def check(head: bytes, octets: bytes) -> None:
            answers.append(head + octets)
            found = check_proxy(parse_proxy(f"127.0.0.1:{port}"), timeout=2)
            assert check_document(found).sections
            assert check_json(found, "1").isascii()

        check()


def test_elsewhere_nothing_is_asked_without_a_target(monkeypatch: pytest.MonkeyPatch) -> None:
    # A proxy at an address that is not loopback: this machine's own, if it has another one.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        here = ip_address(probe.getsockname()[0])
    if here.is_loopback:
        pytest.skip("this machine has no address but loopback")
    chosen = settings(listen=(Endpoint(here, 0),))
    monkeypatch.setattr(Settings, "check", lambda _: None)  # an open proxy, for this test only
    with serving(chosen) as proxy:
        found = check_proxy(parse_proxy(f"{here}:{proxy.port}"))
        destinations = {each["destination"] for each in proxy.logged(5)}
    assert destinations <= {None, "0.0.0.0", "socks.invalid"}
    assert lines(found)["access open to whoever reaches it"].concern
    assert lines(found)["command CONNECT"].answer is Answer.NOT_ASKED
    assert found.target == ""
