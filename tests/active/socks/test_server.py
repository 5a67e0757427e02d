"""The server: what it passes on, whom it lets in, and what hostile clients cannot do to it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import socket
import struct
import threading
import time
from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from netanatomy.active.socks import Credentials, Endpoint, Limits, Settings, SocksServer
from netanatomy.active.socks.clients import Client
from netanatomy.active.socks.log import line
from netanatomy.active.socks.resolver import ResolutionError
from netanatomy.errors import NetanatomyError, UsageError
from netanatomy.layers.application.socks_fields import MAXIMUM_NAME
from netanatomy.layers.internet.addresses import Address
from tests.active.socks.serving import (
    ANY_PORT,
    LOOPBACK,
    Serving,
    echo,
    opened,
    read_all,
    read_exactly,
    request,
    serving,
    settings,
    target,
    through,
    until,
)

PROCESS = Path("/proc/self/fd")


def reply_to(address: tuple[str, int], octets: bytes) -> bytes:
    """Everything that a server says to these octets, after which the client has finished."""
    with opened(address) as connection:
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


# What it passes on.


def test_octets_go_both_ways_and_are_logged() -> None:
    with target(echo) as port, serving() as proxy:
        with through(proxy.address, port) as connection:
            connection.sendall(b"hello")
            assert read_exactly(connection, 5) == b"hello"
        found = proxy.logged()[0]
    assert (found["octets_up"], found["octets_down"], found["outcome"]) == (5, 5, "closed")
    assert (found["client"], found["destination"], found["destination_port"]) == ("127.0.0.1",) * 2 + (port,)


def test_half_close_is_passed_on_both_ways() -> None:
    def sum_up(connection: socket.socket) -> None:
        digest = hashlib.sha256(read_all(connection)).digest()  # only at the end is there an answer
        connection.sendall(digest)

    def speak_first(connection: socket.socket) -> None:
        connection.sendall(b"banner")
        connection.shutdown(socket.SHUT_WR)
        heard.append(read_all(connection))

    heard: list[bytes] = []
    octets = os.urandom(300_000)
    with serving() as proxy:
        with target(sum_up) as port, through(proxy.address, port) as connection:
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection) == hashlib.sha256(octets).digest()
        with target(speak_first) as port:
            with through(proxy.address, port) as connection:
                assert read_all(connection) == b"banner"
                connection.sendall(b"still here")
            until(lambda: bool(heard))
        assert heard == [b"still here"]
        assert [each["outcome"] for each in proxy.logged(2)] == ["closed", "closed"]


def test_what_is_sent_ahead_arrives() -> None:
    with target(echo) as port, serving() as proxy:
        ahead = b"\x05\x01\x00" + request("127.0.0.1", port) + b"early bird"
        answer = reply_to(proxy.address, ahead)
    assert answer[:2] == b"\x05\x00"
    assert answer.endswith(b"early bird")


def test_a_large_transfer_is_equal_and_slow_readers_hold_it_back() -> None:
    octets = random.Random(1).randbytes(24_000_000)
    sent = []

    def give(connection: socket.socket) -> None:
        for start in range(0, len(octets), 1 << 20):
            connection.sendall(octets[start : start + (1 << 20)])
            sent.append(1)

    with target(give) as port, serving() as proxy, through(proxy.address, port) as connection:
        time.sleep(0.5)
        # Nobody reads yet: buffers of the system are full, ours hold next to nothing, the sender waits.
        assert len(sent) < 24
        assert read_all(connection) == octets


def test_a_thousand_sessions_at_once() -> None:
    async def one(port: int, proxy: Serving, everybody: asyncio.Barrier, number: int) -> bool:
        reader, writer = await asyncio.open_connection(*proxy.address)
        writer.write(b"\x05\x01\x00")
        await reader.readexactly(2)
        writer.write(request("127.0.0.1", port))
        await reader.readexactly(10)
        await everybody.wait()  # all of them are open now
        octets = struct.pack("!I", number) * 500
        writer.write(octets)
        same = await reader.readexactly(len(octets)) == octets
        writer.close()
        await writer.wait_closed()
        return same

    async def serve_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(65536):
            writer.write(octets)
        writer.close()

    async def all_of_them(proxy: Serving) -> list[bool]:
        server = await asyncio.start_server(serve_echo, "127.0.0.1", 0, backlog=1000)
        port = server.sockets[0].getsockname()[1]
        everybody = asyncio.Barrier(1000)
        try:
            found = await asyncio.gather(*(one(port, proxy, everybody, number) for number in range(1000)))
            async with asyncio.timeout(30):
                while len(proxy.lines) < 1000:
                    await asyncio.sleep(0.01)
            return found
        finally:
            server.close()

    _need_descriptors(4500)
    with serving(settings(limits=Limits(handshakes=2000))) as proxy:
        assert all(asyncio.run(all_of_them(proxy)))
        assert all(each["outcome"] == "closed" for each in proxy.logged(1000))


def _need_descriptors(number: int) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        if hard != resource.RLIM_INFINITY and hard < number:
            pytest.skip(f"this system allows {hard} open files only")
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


# What it refuses.


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (b"\x05\x01\x00" + request("10.0.0.1", 80), b"\x05\x00\x05\x02"),
        (b"\x05\x01\x00" + request("127.0.0.1", 1), b"\x05\x00\x05\x05"),
        (b"\x05\x01\x00" + request("127.0.0.1", 80, 2), b"\x05\x00\x05\x07"),
        (b"\x05\x01\x00" + request("0.0.0.0", 0, 3), b"\x05\x00\x05\x07"),
        (b"\x05\x01\x00" + request("127.0.0.1", 80, 9), b"\x05\x00\x05\x07"),
        (b"\x05\x01\x00\x05\x01\x00\x09abc", b"\x05\x00\x05\x08"),
        (b"\x05\x01\x00\x05\x01\x00\x03\x0bbad\x1b[2Jname\x00\x50", b"\x05\x00\x05\x04"),
        (b"\x05\x01\x00\x05\x01\x00\x03\x00\x00\x50", b"\x05\x00\x05\x04"),
        (b"\x05\x01\x02", b"\x05\xff"),
        (b"\x05\x00", b""),
        (b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", b""),
        (b"GET / HTTP/1.1\r\n\r\n", b""),
    ],
)
def test_refusals(octets: bytes, answer: bytes) -> None:
    with serving() as proxy:
        found = reply_to(proxy.address, octets)
        assert found[: len(answer)] == answer
        assert bool(found) == bool(answer)
        assert proxy.logged()[0]["outcome"] in ("denied", "failed", "refused", "broken")


def test_socks4_if_asked() -> None:
    with target(echo) as port, serving(settings(socks4=True)) as proxy:
        head = b"\x04\x01" + struct.pack("!H", port)
        for rest in (b"\x7f\x00\x00\x01anna\0", b"\0\0\0\x01anna\x00127.0.0.1\0"):
            answer = reply_to(proxy.address, head + rest + b"hello")
            assert answer[:2] == b"\x00\x5a"
            assert answer[8:] == b"hello"
        assert reply_to(proxy.address, head + b"\x0a\x00\x00\x01\0")[:2] == b"\x00\x5b"
        assert [each["user"] for each in proxy.logged(3)] == ["anna", "anna", ""]


def password(user: bytes, secret: bytes) -> bytes:
    return b"\x05\x02\x00\x02" + bytes((1, len(user))) + user + bytes((len(secret),)) + secret


def test_passwords_and_the_back_off() -> None:
    chosen = settings(credentials=Credentials({b"anna": b"secret", b"bert": b"other"}))
    with target(echo) as port, serving(chosen) as proxy:
        go = request("127.0.0.1", port)
        for user, secret in ((b"anna", b"secret"), (b"bert", b"other")):
            answer = reply_to(proxy.address, password(user, secret) + go + b"hi")
            assert answer[:4] == b"\x05\x02\x01\x00"
            assert answer.endswith(b"hi")
        assert reply_to(proxy.address, b"\x05\x01\x00") == b"\x05\xff"
        assert reply_to(proxy.address, password(b"anna", b"other") + go) == b"\x05\x02\x01\x01"
        # Now this client has to wait: not even the right password is looked at.
        with opened(proxy.address) as connection, pytest.raises(OSError):
            connection.sendall(password(b"anna", b"secret"))
            if not connection.recv(1):
                raise ConnectionResetError
        until(lambda: bool(proxy.lines) and proxy.lines[-1]["outcome"] == "not admitted")
        time.sleep(1.1)
        assert reply_to(proxy.address, password(b"anna", b"secret") + go + b"hi").endswith(b"hi")
        outcomes = [each["outcome"] for each in proxy.logged(6)]
    assert outcomes == ["closed", "closed", "refused", "unauthenticated", "not admitted", "closed"]
    assert "secret" not in str(proxy.lines)


def test_guessing_in_parallel_gains_nothing() -> None:
    with serving(settings(credentials=Credentials({b"anna": b"secret"}))) as proxy:
        guessers = [opened(proxy.address) for _ in range(20)]
        for one in guessers:
            one.sendall(b"\x05\x01\x02")
            assert read_exactly(one, 2) == b"\x05\x02"
        for one in guessers:
            one.sendall(password(b"anna", b"guess")[4:])
            assert read_exactly(one, 2) == b"\x01\x01"
            one.close()
        outcomes = [each["outcome"] for each in proxy.logged(20)]
    assert outcomes.count("unauthenticated") == 1
    assert outcomes.count("backed off") == 19


def test_the_back_off_doubles_up_to_a_limit() -> None:
    client = Client(asyncio.Semaphore(1))
    waits = []
    for _ in range(12):
        client.fail(1000.0)
        waits.append(client.blocked_until - 1000.0)
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 300
    client.fail(9000.0)
    assert client.blocked_until == 9001.0


def test_clients_of_other_networks() -> None:
    with serving(settings(clients=(ip_network("127.0.0.2/32"),))) as proxy:
        with pytest.raises(OSError):
            if not reply_to(proxy.address, b"\x05\x01\x00"):
                raise ConnectionResetError
        with socket.create_connection(proxy.address, 10, source_address=("127.0.0.2", 0)) as connection:
            connection.sendall(b"\x05\x01\x00")
            assert read_exactly(connection, 2) == b"\x05\x00"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"listen": (Endpoint(ip_address("0.0.0.0"), 0),)}, "password"),
        ({"listen": (Endpoint(ip_address("192.0.2.1"), 0),)}, "password"),
        ({"listen": (Endpoint(ip_address("::"), 0),)}, "password"),
        (
            {"listen": (*ANY_PORT, Endpoint(ip_address("::"), 0)), "credentials": Credentials({b"a": b"b"})},
            "networks of its clients",
        ),
        ({"socks4": True, "credentials": Credentials({b"a": b"b"})}, "SOCKS4 has none"),
        ({"listen": ()}, "no address"),
    ],
)
def test_what_it_does_not_start_with(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        SocksServer(settings(**changes), print)


def test_a_port_that_is_taken() -> None:
    with serving() as proxy:
        other = SocksServer(Settings(listen=(Endpoint(ip_address("127.0.0.1"), proxy.port),)), print)
        with pytest.raises(NetanatomyError, match="in use"):
            asyncio.run(other.start())


# Names.


def test_every_address_of_a_name_is_checked_and_the_checked_one_is_used() -> None:
    asked: list[str] = []
    answers: dict[str, Sequence[str]] = {
        "good.test": ("127.0.0.1",),
        "mixed.test": ("127.0.0.1", "10.0.0.1"),
        "inner.test": ("192.168.0.1",),
        "mapped.test": ("::ffff:10.0.0.1",),
        "many.test": tuple(f"127.0.{n // 200}.{n % 200}" for n in range(300)),
        "none.test": (),
    }

    async def resolve(name: str) -> Sequence[Address]:
        asked.append(name)
        if name == "fails.test":
            raise ResolutionError("fails.test: no")
        if name == "rebinding.test":
            # The first answer is harmless, every other one is not.
            return (ip_address("127.0.0.1" if asked.count(name) == 1 else "10.0.0.1"),)
        return tuple(ip_address(text) for text in answers[name])

    def ask(name: bytes, port: int) -> int:
        octets = b"\x05\x01\x00\x05\x01\x00\x03" + bytes((len(name),)) + name + struct.pack("!H", port)
        return reply_to(proxy.address, octets)[3]

    with target(echo) as port, serving(resolve=resolve) as proxy:
        assert ask(b"good.test", port) == 0
        assert ask(b"rebinding.test", port) == 0
        assert asked.count("rebinding.test") == 1  # once: what was checked is what was connected to
        assert ask(b"rebinding.test", port) == 2
        for name in (b"mixed.test", b"inner.test", b"mapped.test"):
            assert ask(name, port) == 2, name
        for name in (b"many.test", b"none.test", b"fails.test"):
            assert ask(name, port) == 4, name
        before = len(asked)
        # Numbers in other clothes are addresses, and looked at as such.
        assert ask(b"127.0.0.1", port) == 0
        assert ask(b"[::ffff:10.0.0.1]", port) == 2
        assert ask(b"fe80::1%lo", port) == 4
        assert ask(b"a b.test", port) == 4
        assert len(asked) == before
    assert proxy.lines[0]["connected"] == "127.0.0.1"


def test_numbers_that_only_the_system_reads_as_addresses() -> None:
    with serving(Settings(listen=ANY_PORT)) as proxy:
        for name in (b"2130706433", b"0x7f.1", b"127.1", b"localhost", b"0"):
            octets = b"\x05\x01\x00\x05\x01\x00\x03" + bytes((len(name),)) + name + b"\x00\x50"
            assert reply_to(proxy.address, octets)[3] in (2, 4), name


# Hostile clients.


def test_every_truncation_of_a_handshake_ends() -> None:
    chosen = settings(
        credentials=Credentials({b"anna": b"secret"}), limits=Limits(handshake_seconds=5), udp=True, bind=True
    )
    whole = [
        password(b"anna", b"secret") + request("127.0.0.1", 1),
        password(b"anna", b"secret") + b"\x05\x01\x00\x03\x09localhost\x00\x01",
        password(b"anna", b"secret") + b"\x05\x03\x00\x04" + bytes(18),
    ]
    with serving(chosen) as proxy:
        count = 0
        for octets in whole:
            for length in range(len(octets) + 1):
                answer = reply_to(proxy.address, octets[:length])
                assert answer[:1] in (b"", b"\x05")
                count += 1
        proxy.logged(count)
        until(lambda: not proxy.sessions())


def test_octets_one_by_one() -> None:
    with target(echo) as port, serving() as proxy, opened(proxy.address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in b"\x05\x01\x00" + request("127.0.0.1", port):
            connection.sendall(bytes((octet,)))
            time.sleep(0.002)
        assert read_exactly(connection, 12)[:4] == b"\x05\x00\x05\x00"


def test_any_octets_do_not_harm() -> None:
    with serving(settings(socks4=True, udp=True, rules=())) as proxy:

        @given(st.sampled_from([b"", b"\x05\x01\x00", b"\x05\x01\x00\x05\x01\x00", b"\x04\x01"]), st.binary())
        @hypothesis_settings(max_examples=150)
        def send(head: bytes, octets: bytes) -> None:
            with opened(proxy.address) as connection:
                connection.settimeout(40)
                try:
                    connection.sendall(head + octets)
                    connection.shutdown(socket.SHUT_WR)
                    read_all(connection)
                except ConnectionError:
                    return

        send()
        until(lambda: not proxy.sessions())
        assert not any(each["outcome"] == "error" for each in proxy.lines)
        assert reply_to(proxy.address, b"\x05\x01\x00")[:2] == b"\x05\x00"


def test_slow_handshakes_do_not_shut_others_out() -> None:
    _need_descriptors(4500)
    limits = Limits(handshakes=64, handshake_seconds=3)
    with target(echo) as port, serving(settings(limits=limits)) as proxy:
        slow = []
        for number in range(1000):
            one = opened(proxy.address)
            one.sendall(b"\x05"[: number % 2])
            slow.append(one)
            if number % 250 == 0:
                with through(proxy.address, port) as connection:
                    connection.sendall(b"hello")
                    assert read_exactly(connection, 5) == b"hello"
        until(lambda: proxy.sessions() <= 64)
        with through(proxy.address, port) as connection:
            connection.sendall(b"hello")
            assert read_exactly(connection, 5) == b"hello"
        until(lambda: not proxy.sessions())  # and those that are left run out of time
        outcomes = [each["outcome"] for each in proxy.lines]
        for one in slow:
            one.close()
    assert outcomes.count("evicted") >= 900
    assert outcomes.count("time-out") > 0


@pytest.mark.skipif(not PROCESS.is_dir(), reason="descriptors are counted in /proc, which is not here")
def test_killed_clients_leak_nothing() -> None:
    with target(echo) as port, serving() as proxy:
        with through(proxy.address, port):
            pass
        until(lambda: not proxy.sessions())
        before = len(list(PROCESS.iterdir()))
        for number in range(150):
            connection = opened(proxy.address)
            if number % 3:
                connection.sendall(b"\x05\x01\x00")
            if number % 3 == 2:
                connection.sendall(request("127.0.0.1", port) + b"x" * 1000)
                read_exactly(connection, 12)
            # A reset, as when the machine of the client is gone.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        until(lambda: not proxy.sessions())
        until(lambda: len(list(PROCESS.iterdir())) <= before)


def test_a_client_that_never_reads_is_cut_at_the_end() -> None:
    def flood(connection: socket.socket) -> None:
        while True:
            connection.sendall(bytes(1 << 20))

    limits = Limits(idle_seconds=1, linger_seconds=0.5)
    with serving(settings(limits=limits)) as proxy, target(flood) as port, through(proxy.address, port):
        assert proxy.logged()[0]["outcome"] == "idle"
        until(lambda: not proxy.sessions())


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        (Limits(session_octets=100_000), "cap"),
        (Limits(client_octets=100_000), "cap"),
        (Limits(session_seconds=0.5), "time-out"),
        (Limits(idle_seconds=0.5), "idle"),
    ],
)
def test_caps_of_a_session(limits: Limits, outcome: str) -> None:
    with target(echo) as port, serving(settings(limits=limits)) as proxy:
        with through(proxy.address, port) as connection:
            try:
                if outcome == "cap":
                    connection.sendall(bytes(200_000))
                assert len(read_all(connection)) < 200_000
            except ConnectionError:
                pass
        assert proxy.logged()[0]["outcome"] == outcome


def test_sessions_of_a_client_are_capped() -> None:
    with target(echo) as port, serving(settings(limits=Limits(client_sessions=2))) as proxy:
        with through(proxy.address, port), through(proxy.address, port):
            assert reply_to(proxy.address, b"\x05\x01\x00" + request("127.0.0.1", port))[3] == 1
            assert proxy.logged()[0]["outcome"] == "full"
        until(lambda: not proxy.sessions())
        through(proxy.address, port).close()


def talk(proxy: Serving, port: int, octets: int) -> int:
    """What comes back of so many octets, and of the reply before that its code."""
    with through(proxy.address, port) as connection:
        try:
            connection.sendall(bytes(octets))
            return len(read_exactly(connection, octets))
        except ConnectionError:
            return -1


def test_octets_of_a_client_are_those_of_all_its_sessions() -> None:
    with target(echo) as port, serving(settings(limits=Limits(client_octets=100_000))) as proxy:
        assert talk(proxy, port, 30_000) == 30_000
        assert proxy.logged()[0]["outcome"] == "closed"
        assert talk(proxy, port, 60_000) < 60_000
        assert proxy.logged(2)[1]["outcome"] == "cap"
        # And there are no further ones before the hour is over.
        assert reply_to(proxy.address, b"\x05\x01\x00" + request("127.0.0.1", port))[3] == 1
        refused = proxy.logged(3)[2]
        assert (refused["outcome"], "octets of this client" in refused["reason"]) == ("full", True)
        for account in list(proxy.server._clients._found.values()):
            account.window -= 3601
        assert talk(proxy, port, 30_000) == 30_000


def test_time_of_a_client_is_that_of_all_its_sessions() -> None:
    limits = Limits(client_seconds=1.5)
    with target(echo) as port, serving(settings(limits=limits)) as proxy:
        sessions = [through(proxy.address, port) for _ in range(4)]
        # Four at once have it in a quarter of the time; none of them alone lasts that long.
        lines = proxy.logged(4)
        for each in sessions:
            each.close()
        assert {line["outcome"] for line in lines} == {"cap"}
        assert {line["reason"] for line in lines} == {"time of all sessions of this client in an hour"}
        assert reply_to(proxy.address, b"\x05\x01\x00" + request("127.0.0.1", port))[3] == 1
        assert "time of all sessions" in proxy.logged(5)[4]["reason"]


def test_the_time_of_sessions_that_have_ended_counts() -> None:
    client = Client(asyncio.Semaphore(1))
    assert client.spend_time(10.0, 5000.0) == 10.0
    assert client.exhausted(None, 12.0, 5001.0) == ""
    assert client.spend_time(3.0, 5002.0) == 13.0
    assert "time" in client.exhausted(None, 12.0, 5003.0)
    assert client.exhausted(None, None, 5003.0) == ""
    assert client.exhausted(None, 12.0, 5000.0 + 3601) == ""


def test_clients_have_caps_unless_they_are_switched_off() -> None:
    assert Limits().client_octets
    assert Limits().client_seconds
    assert Limits().client_sessions


@pytest.mark.parametrize(
    ("networks", "warned"),
    [
        (["0.0.0.0/0"], True),
        (["::/0"], True),
        (["10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/1"], True),
        (["10.0.0.0/8", "fd00::/8"], False),
    ],
)
def test_an_allow_list_of_everybody_is_warned_about(networks: list[str], warned: bool) -> None:
    chosen = settings(clients=tuple(ip_network(text) for text in networks))
    assert any("all addresses there are" in warning for warning in chosen.warnings()) == warned


# The end.


def test_a_stop_lets_sessions_end_and_loses_nothing() -> None:
    octets = os.urandom(5_000_000)
    half = threading.Event()

    def give(connection: socket.socket) -> None:
        connection.sendall(octets[:2_000_000])
        half.wait(20)
        connection.sendall(octets[2_000_000:])

    with target(give) as port, serving() as proxy, through(proxy.address, port) as connection:
        first = read_exactly(connection, 1_000_000)
        stopping = threading.Thread(target=proxy.stop, args=(20,))
        stopping.start()
        until(lambda: not proxy.server._servers[0].is_serving())
        with pytest.raises(OSError):
            opened(proxy.address)
        half.set()
        assert first + read_all(connection) == octets
        connection.close()
        stopping.join(20)
        assert [each["outcome"] for each in proxy.lines] == ["closed"]


# The log.


def test_the_log_is_one_line_of_ascii_whatever_is_in_it() -> None:
    evil = 'a\x1b[2J\r\n{"x":1}\u202e\x7f\ud800'
    found = line({"user": evil, "many": "x" * 10_000})
    assert found.isascii()
    assert found.isprintable()
    assert len(found) < 2000


def test_names_of_any_octets_are_logged() -> None:
    name = bytes(range(1, MAXIMUM_NAME + 1))
    with serving() as proxy:
        reply_to(proxy.address, b"\x05\x01\x00\x05\x01\x00\x03\xff" + name + b"\x00\x50")
        found = proxy.logged()[0]["destination"]
    assert found.isascii()
    assert found.isprintable()
    assert "\\x1b" in found


def test_loopback_is_out_of_reach_by_default() -> None:
    with target(echo) as port, serving(Settings(listen=ANY_PORT)) as proxy:
        assert reply_to(proxy.address, b"\x05\x01\x00" + request("127.0.0.1", port))[3] == 2
        assert "loopback" in proxy.logged()[0]["reason"]


def test_its_own_port_is_out_of_reach() -> None:
    assert LOOPBACK[0].network.version == IPv4Address("127.0.0.1").version
    with serving() as proxy:
        assert reply_to(proxy.address, b"\x05\x01\x00" + request("127.0.0.1", proxy.port))[3] == 2
