"""TCP and UDP probes: what the system tells, how several addresses are tried, and who is silent."""

from __future__ import annotations

import asyncio
import errno
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active.probe import ProbeOptions, ProbeOutcome, probe_tcp, probe_udp
from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.names import Found, SocketAddress
from netanatomy.active.probe.stream import connect
from netanatomy.active.probe.stream import race as first_of
from netanatomy.active.probe.target import parse_target
from netanatomy.errors import NetanatomyError, UsageError
from netanatomy.layers.application.identify import identify, identify_datagram
from netanatomy.schema.probe import Attempt
from tests.active.probe.programs import free_port, saying

QUICK = ProbeOptions(timeout=5, wait=0.2)


def test_words_and_silence() -> None:
    with saying(b"SSH-2.0-x\r\n", linger=1) as (port, _):
        found = probe_tcp(f"127.0.0.1:{port}", options=QUICK)
    assert found.exchange is not None
    assert (found.outcome, found.exchange.identified) == (ProbeOutcome.REACHED, "ssh")
    with saying(b"", linger=1) as (port, _):
        found = probe_tcp(f"localhost:{port}", options=QUICK)
    assert [phase.name for phase in found.phases] == ["name", "connect", "silence"]
    with saying(b"+PONG\r\n", hear=True) as (port, heard):
        found = probe_tcp(f"127.0.0.1:{port}", b"PING\r\n", QUICK)
        assert heard() == [b"PING\r\n"]
    assert found.exchange is not None and found.exchange.identified == "redis"


def test_a_refusal_and_a_name_that_is_none() -> None:
    refused = probe_tcp(f"127.0.0.1:{free_port()}", options=QUICK)
    assert refused.outcome is ProbeOutcome.REFUSED and "connection refused" in refused.detail
    unknown = probe_tcp("nothing.invalid:80", options=QUICK)
    assert unknown.outcome in (ProbeOutcome.NO_SUCH_NAME, ProbeOutcome.UNREACHABLE)


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_INFO is Linux's")
def test_what_the_system_tells_is_what_ss_shows() -> None:
    ss = shutil.which("ss")
    if ss is None:
        pytest.skip("ss is not installed (Debian: iproute2)")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        shown: list[str] = []

        def look() -> None:
            time.sleep(0.5)
            command = [ss, "-tinH", "dst", f"127.0.0.1:{port}"]
            shown.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

        thread = threading.Thread(target=look)
        thread.start()
        found = probe_tcp(f"127.0.0.1:{port}", options=ProbeOptions(timeout=5, wait=1.5))
        thread.join()
    facts = found.tcp
    assert facts is not None and facts.round_trip is not None
    if f"wscale:{facts.send_window_scale},{facts.receive_window_scale}" not in shown[0]:
        pytest.fail(f"{facts} {shown[0]}")
    assert f"mss:{facts.send_mss}" in shown[0] and f"advmss:{facts.advertised_mss}" in shown[0]
    assert f"pmtu:{facts.path_mtu}" in shown[0]
    words = shown[0].split()
    assert "timestamps" in facts.options or "ts" not in words
    assert "window scaling" in facts.options


def race(found: Found) -> tuple[str, list[Attempt]]:
    attempts: list[Attempt] = []

    async def main() -> str:
        sock = await connect(found, attempts)
        with sock:
            return str(sock.getpeername()[0])

    return asyncio.run(main()), attempts


@contextmanager
def full_listener() -> Iterator[tuple[str, int]]:
    """Somebody who answers no SYN: the backlog is full."""
    with socket.socket() as server:
        server.bind(("127.0.0.3", 0))
        server.listen(0)
        address = server.getsockname()
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(address)
            waiting.append(client)
        time.sleep(0.1)
        yield address
        for client in waiting:
            client.close()


def test_the_next_address_is_tried_while_the_first_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, full_listener() as silent:
        family = int(socket.AF_INET)
        begun = time.monotonic()
        peer, attempts = race([(family, silent), (family, server.getsockname())])
        assert time.monotonic() - begun < 3
    assert peer == "127.0.0.1"
    assert [each.result for each in sorted(attempts, key=lambda each: each.begun)] == [
        "not needed",
        "connected",
    ]
    assert 200e6 < max(each.begun for each in attempts) < 2e9


def test_a_refusal_is_followed_by_the_next_at_once_and_the_first_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        family = int(socket.AF_INET)
        closed = ("127.0.0.1", free_port())
        _, attempts = race([(family, closed), (family, server.getsockname())])
        assert [each.result for each in attempts] == ["connection refused", "connected"]
        assert attempts[1].begun < 200e6
    with pytest.raises(NetanatomyError, match="connection refused"):
        race([(family, closed), (family, closed)])


def test_a_silent_host_ends_in_time() -> None:
    with full_listener() as (address, port):
        found = probe_tcp(f"{address}:{port}", options=ProbeOptions(timeout=0.4))
    assert found.outcome is ProbeOutcome.TIMEOUT
    assert found.attempts[0].result == "no answer in time"


def test_datagrams() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]

        def answer() -> None:
            for place in range(2):  # the first is "lost"
                octets, client = server.recvfrom(2000)
                if place:
                    server.sendto(octets, client)

        thread = threading.Thread(target=answer)
        thread.start()
        found = probe_udp(f"127.0.0.1:{port}", b"hello", ProbeOptions(timeout=3))
        thread.join()
        assert found.exchange is not None
        assert (found.exchange.received, found.exchange.identified) == (b"hello", "echo")
        assert "datagram 2" in found.notes[0]
        silent = probe_udp(f"127.0.0.1:{port}", b"hello", ProbeOptions(timeout=0.3))
        assert silent.outcome is ProbeOutcome.TIMEOUT and "open or filtered" in silent.detail
    refused = probe_udp(f"127.0.0.1:{port}", options=ProbeOptions(timeout=3))
    assert refused.outcome is ProbeOutcome.REFUSED and "ICMP" in refused.detail


@pytest.mark.parametrize(
    "text",
    ["", ":80", "x", "x:", "x:0", "x:65536", "x:no-such-service-at-all", "[::1", "[::1]x", "[x]:1", "1:2:3",
     "a b:1", "a..b:1", "x" * 64 + ":1", "\x1b[2J:1", "a/b:1"],
)  # fmt: skip
def test_targets_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError):
        parse_target(text)


@given(st.text(max_size=40))
def test_any_target(text: str) -> None:
    try:
        assert parse_target(text, 1).port > 0
    except UsageError as error:
        assert str(error)


@given(st.binary(max_size=300))
def test_any_octets_are_identified_or_not(octets: bytes) -> None:
    assert isinstance(identify(octets), str)
    assert isinstance(identify_datagram(octets, octets[:5]), str)


def test_identifying_does_not_take_long() -> None:
    begun = time.process_time()
    for octets in (b"\r\n" * 2048, b"\r" * 4096, b"220 " + b"F" * 4096, b"<?xml" + b" " * 4096, bytes(4096)):
        identify(octets)
    assert time.process_time() - begun < 0.5


def test_json_has_everything() -> None:
    from netanatomy.report.answer_json import answers_json

    found = probe_tcp(f"127.0.0.1:{free_port()}", options=QUICK)
    (said,) = json.loads(answers_json("1", probes=[found]))["probes"]
    assert (said["outcome"], said["protocol"], said["tls"]) == ("refused", "tcp", None)


def test_every_address_of_a_name_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first refuses (ICMP), the second is silent, the third answers: and that is what is told."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talking,
    ):
        silent.bind(("127.0.0.2", 0))
        port = silent.getsockname()[1]
        talking.bind(("127.0.0.3", port))
        listed = [(int(socket.AF_INET), (f"127.0.0.{last}", port)) for last in (1, 2, 3)]

        async def three(host: str, number: int, family: int = 0) -> object:
            return listed

        def answer() -> None:
            octets, client = talking.recvfrom(100)
            talking.sendto(octets[::-1], client)

        monkeypatch.setattr("netanatomy.active.probe.udp.addresses", three)
        thread = threading.Thread(target=answer)
        thread.start()
        found = probe_udp(f"three.test:{port}", b"hello", ProbeOptions(timeout=5))
        thread.join(5)
        assert found.outcome is ProbeOutcome.REACHED, found.detail
        assert found.exchange is not None and found.exchange.received == b"olleh"
        assert [(each.address, each.result) for each in found.attempts][-2:] == [
            ("127.0.0.3", "answered"),
            ("127.0.0.2", "not needed"),
        ]
        # Where nobody answers, the first refusal is told.
        listed.pop()
        refused = probe_udp(f"two.test:{port}", b"hello", ProbeOptions(timeout=1))
        assert refused.outcome is ProbeOutcome.REFUSED
        listed.pop(0)
        assert (
            probe_udp(f"one.test:{port}", b"hello", ProbeOptions(timeout=1)).outcome is ProbeOutcome.TIMEOUT
        )


@pytest.mark.parametrize("first", [0, 1, 2])
def test_of_several_failures_the_one_that_says_most_is_told_and_all_are_named(first: int) -> None:
    errors = {
        "2001:db8::1": OSError(errno.ENETUNREACH, "x"),
        "127.0.0.1": ConnectionRefusedError(errno.ECONNREFUSED, "x"),
        "127.0.0.2": TimeoutError(errno.ETIMEDOUT, "x"),
    }
    names = [*errors][first:] + [*errors][:first]
    found: Found = [(socket.AF_INET, (name, 1)) for name in names]
    attempts: list[Attempt] = []

    async def opening(family: int, address: SocketAddress) -> socket.socket:
        raise errors[address[0]]

    with pytest.raises(ProbeError) as failure:
        asyncio.run(first_of(found, attempts, opening))
    assert failure.value.outcome is ProbeOutcome.REFUSED
    refused, silent, unreachable = failure.value.reason.split("; ")
    assert "127.0.0.1:1: connection refused" in refused
    assert "127.0.0.2:1: connection timed out" in silent
    assert "[2001:db8::1]:1: network is unreachable" in unreachable
    assert len(attempts) == 3


def test_a_refusal_counts_more_than_silence_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = free_port()
    with full_listener() as (address, port):

        async def addresses(host: str, _: int, family: int) -> Found:
            return [(socket.AF_INET, (address, port)), (socket.AF_INET, ("127.0.0.1", closed))]

        monkeypatch.setattr("netanatomy.active.probe.draft.addresses", addresses)
        found = probe_tcp("both.test:1", options=ProbeOptions(timeout=3))
    assert found.outcome is ProbeOutcome.REFUSED
    assert f"127.0.0.1:{closed}: connection refused; {address}:{port}: no answer in time" in found.detail
