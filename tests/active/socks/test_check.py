"""What the check says about our own server, switched this way and that, and about what is no proxy."""

from __future__ import annotations

import socket
import time
from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from netanatomy.active.socks import Credentials, Endpoint, Limits, Settings, parse_proxy
from netanatomy.active.socks.check import check_proxy
from netanatomy.layers.application.socks_fields import Destination
from netanatomy.report.socks_check_view import check_document, check_json
from netanatomy.schema.socks_check import Answer, CheckLine, CheckOutcome, ProxyCheck
from tests.active.socks.serving import ANY_PORT, echo, serving, settings, target


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
