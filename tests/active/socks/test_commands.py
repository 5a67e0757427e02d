"""BIND, UDP ASSOCIATE and TLS of the server, by our own client and by hand."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from netanatomy.active.socks import (
    Credentials,
    Limits,
    SocksError,
    aassociate,
    abind,
    aconnect,
    associate,
    bind,
    check_proxy,
    connect,
)
from netanatomy.active.socks.proxy import parse_proxy
from netanatomy.errors import UsageError
from netanatomy.layers.application import socks5
from netanatomy.layers.application.socks_fields import Destination
from tests.active.resolve.nameservers import Certificates, make_certificates
from tests.active.socks.serving import (
    Serving,
    echo,
    localhost,
    opened,
    read_all,
    read_exactly,
    request,
    serving,
    settings,
    target,
    until,
)


def url(proxy: Serving, scheme: str = "socks5h") -> str:
    return f"{scheme}://127.0.0.1:{proxy.port}"


@contextmanager
def udp_echo(address: str = "127.0.0.1") -> Iterator[tuple[str, int]]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        one.bind((address, 0))
        one.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    octets, peer = one.recvfrom(65535)
                except TimeoutError:
                    continue
                one.sendto(octets, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield one.getsockname()[:2]
        finally:
            stop.set()
            thread.join(5)


# UDP ASSOCIATE.


def test_datagrams_go_through() -> None:
    with serving(settings(udp=True)) as proxy, udp_echo() as (host, port), udp_echo("::1") as (host6, port6):
        with associate(url(proxy)) as association:
            for name, number, expected in (
                (host, port, host),
                ("localhost", *((port, host) if localhost() == host else (port6, host6))),
                (host6, port6, host6),
                (host, port, host),
            ):
                association.send(b"x" * 1000, name, number)
                octets, sender = association.receive(timeout=10)
                assert octets == b"x" * 1000
                assert str(sender.host) == expected
        found = proxy.logged()[0]
    assert (found["command"], found["octets_up"], found["octets_down"]) == ("UDP_ASSOCIATE", 4000, 4000)
    assert (found["outcome"], found["dropped_datagrams"]) == ("closed", 0)


def test_fragments_strangers_and_inner_addresses_are_dropped() -> None:
    with serving(settings(udp=True)) as proxy, udp_echo() as (host, port):
        association = associate(url(proxy))
        with association:
            relay = (str(association.relay.host), association.relay.port)
            whole = socks5.Datagram(0, Destination(ip_address(host), port), b"me").octets()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.settimeout(0.3)
                stranger.bind(("127.0.0.2", 0))
                stranger.sendto(whole, relay)  # another address, even before the client has said a word
                with pytest.raises(TimeoutError):
                    stranger.recv(100)
            association.send(b"first", host, port)
            assert association.receive(timeout=10)[0] == b"first"
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.settimeout(0.3)
                stranger.bind(("127.0.0.1", 0))
                stranger.sendto(whole, relay)  # the right address, from another port
                with pytest.raises(TimeoutError):
                    stranger.recv(100)
            for octets in (
                socks5.Datagram(1, Destination(ip_address(host), port), b"fragment").octets(),
                socks5.Datagram(0x80, Destination(ip_address(host), port), b"last fragment").octets(),
                socks5.Datagram(0, Destination(ip_address("10.0.0.1"), port), b"inside").octets(),
                socks5.Datagram(0, Destination(b"bad name", port), b"no name").octets(),
                b"\0\0\0\x09",
                b"",
            ):
                association._datagrams.send(octets)
            association.send(b"again", host, port)
            assert association.receive(timeout=10)[0] == b"again"
            until(lambda: sum(each.dropped_datagrams for each in list(proxy.server.sessions)) == 8)


def test_only_those_who_were_sent_to_may_answer() -> None:
    with (
        serving(settings(udp=True)) as proxy,
        udp_echo() as (host, port),
        associate(url(proxy)) as association,
    ):
        association.send(b"hello", host, port)
        assert association.receive(timeout=10)[0] == b"hello"
        # The outer socket is found as an attacker would find it: by trying every port that is open here.
        outside = proxy.server.sessions
        session = next(iter(outside))
        until(lambda: session.octets_down == 5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.1", 0))
            for open_port in _udp_ports():
                stranger.sendto(b"intruder", ("127.0.0.1", open_port))
        with pytest.raises(SocksError, match="in time"):
            association.receive(timeout=0.5)
        assert session.dropped_datagrams >= 1


def _udp_ports() -> list[int]:
    path = Path("/proc/net/udp")
    if not path.exists():
        pytest.skip("open ports are found in /proc, which is not here")
    lines = path.read_text().splitlines()[1:]
    found = [line.split()[1].split(":") for line in lines]
    return [int(port, 16) for address, port in found if address == "00000000"]


def test_the_log_names_the_destinations_of_datagrams() -> None:
    with serving(settings(udp=True)) as proxy, udp_echo() as (host, port):
        with associate(url(proxy)) as association:
            for _ in range(3):
                association.send(b"hello", host, port)
                assert association.receive(timeout=10)[0] == b"hello"
            for octets in (
                socks5.Datagram(0, Destination(b"\x1b[2J.test", 53), b"").octets(),
                socks5.Datagram(0, Destination(ip_address("10.0.0.1"), 53), b"").octets(),
                *(
                    socks5.Datagram(0, Destination(ip_address("10.0.0.2"), each), b"").octets()
                    for each in range(1, 10)
                ),
            ):
                association._datagrams.send(octets)
            until(lambda: sum(each.dropped_datagrams for each in list(proxy.server.sessions)) == 11)
        found = proxy.logged()[0]
    assert found["datagram_destinations"] == 12
    assert found["first_datagram_destinations"].split(" ") == [
        f"{host}:{port}",
        "\\x1b[2J.test:53",
        "10.0.0.1:53",
        "10.0.0.2:1",
        "10.0.0.2:2",
    ]


def test_an_announced_port_is_the_only_one() -> None:
    with serving(settings(udp=True)) as proxy, udp_echo() as (host, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine, opened(proxy.address) as control:
            mine.bind(("127.0.0.1", 0))
            mine.settimeout(5)
            # The address that it announces does not matter: it is that of the connection.
            control.sendall(b"\x05\x01\x00" + request("10.0.0.1", mine.getsockname()[1], 3))
            answer = read_exactly(control, 12)
            assert answer[:4] == b"\x05\x00\x05\x00"
            relay = ("127.0.0.1", int.from_bytes(answer[-2:], "big"))
            octets = socks5.Datagram(0, Destination(ip_address(host), port), b"me").octets()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(octets, relay)
                other.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    other.recv(100)
            mine.sendto(octets, relay)
            assert socks5.parse_datagram(mine.recv(100)).payload == b"me"
            control.close()
        until(lambda: not proxy.sessions())  # the association ends with its connection


# BIND.


def test_one_connection_back() -> None:
    with serving(settings(bind=True)) as proxy:
        with bind(url(proxy), "127.0.0.1", 21) as bound:
            address = (str(bound.address.host), bound.address.port)
            with socket.create_connection(address, 10, source_address=("127.0.0.2", 0)) as stranger:
                assert stranger.recv(1) == b""  # somebody else is turned away
            with socket.create_connection(address, 10) as peer:
                connection, who = bound.accept()
                assert (str(who.host), who.port) == peer.getsockname()
                peer.sendall(b"hello")
                assert read_exactly(connection, 5) == b"hello"
                connection.sendall(b"back")
                connection.shutdown(socket.SHUT_WR)
                assert read_all(peer) == b"back"
        found = proxy.logged()[0]
    assert (found["command"], found["outcome"]) == ("BIND", "closed")
    assert (found["octets_up"], found["octets_down"]) == (4, 5)


def test_bind_by_socks4() -> None:
    with (
        serving(settings(bind=True, socks4=True)) as proxy,
        bind(url(proxy, "socks4"), "127.0.0.1", 21) as bound,
        socket.create_connection((str(bound.address.host), bound.address.port), 10) as peer,
    ):
        connection, _ = bound.accept()
        peer.sendall(b"hello")
        assert read_exactly(connection, 5) == b"hello"


def test_nobody_comes() -> None:
    with serving(settings(bind=True, limits=Limits(bind_seconds=0.3))) as proxy:
        with bind(url(proxy), "127.0.0.1", 21) as bound, pytest.raises(SocksError, match="TTL expired"):
            bound.accept()
        with pytest.raises(SocksError, match="not allowed"):
            bind(url(proxy), "10.0.0.1", 21)


def test_a_client_that_leaves_ends_its_bind() -> None:
    with serving(settings(bind=True)) as proxy:
        bind(url(proxy), "127.0.0.1", 21).close()
        until(lambda: not proxy.sessions())
        found = proxy.logged()[0]
    # It was granted, and nobody was denied anything.
    assert (found["outcome"], found["reply"]) == ("left", 0)


def test_a_port_that_the_client_does_not_know() -> None:
    # RFC 1928 section 4 leaves it to the client; dante takes 0 as well.
    with serving(settings(bind=True)) as proxy:
        with bind(url(proxy), "127.0.0.1", 0) as bound:
            address = (str(bound.address.host), bound.address.port)
            with socket.create_connection(address, 10) as peer:
                connection, who = bound.accept()
                assert (str(who.host), who.port) == peer.getsockname()
                connection.close()
        with pytest.raises(SocksError, match="not allowed"):
            bind(url(proxy), "10.0.0.1", 0)
        with pytest.raises(SocksError, match="not allowed"):
            connect(url(proxy, "socks5"), "127.0.0.1", 0)


# Both for asyncio.


def test_for_asyncio() -> None:
    async def talk(proxy: Serving, port: int) -> bytes:
        reader, writer = await aconnect(url(proxy), "127.0.0.1", port)
        writer.write(b"hello")
        found = await reader.readexactly(5)
        writer.close()
        (await aassociate(url(proxy))).close()
        (await abind(url(proxy), "127.0.0.1", 1)).close()
        return found

    with serving(settings(bind=True, udp=True)) as proxy, target(echo) as port:
        assert asyncio.run(talk(proxy, port)) == b"hello"


# TLS.


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def server_context(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    return context


def test_authorities_of_ones_own(certificates: Certificates, tmp_path: Path) -> None:
    authority = str(certificates.authority)

    async def asynchronous(address: str, port: int, **trust: str) -> None:
        _, writer = await aconnect(address, "127.0.0.1", port, **trust)
        writer.close()
        (await abind(address, "127.0.0.1", 1, **trust)).close()
        (await aassociate(address, **trust)).close()

    chosen = settings(tls=server_context(certificates), bind=True, udp=True)
    with serving(chosen) as proxy, target(echo) as port:
        address = f"socks5h+tls://127.0.0.1:{proxy.port}"
        for name in ("", "127.0.0.1"):
            connect(address, "127.0.0.1", port, ca=authority, server_name=name).close()
            bind(address, "127.0.0.1", 1, ca=authority, server_name=name).close()
            associate(address, ca=authority, server_name=name).close()
            asyncio.run(asynchronous(address, port, ca=authority, server_name=name))
        for trust in ({}, {"ca": authority, "server_name": "elsewhere.test"}):
            for ask in (
                lambda trust: connect(address, "127.0.0.1", port, **trust),
                lambda trust: bind(address, "127.0.0.1", 1, **trust),
                lambda trust: associate(address, **trust),
                lambda trust: asyncio.run(asynchronous(address, port, **trust)),
            ):
                with pytest.raises(SocksError, match="CERTIFICATE_VERIFY_FAILED"):
                    ask(trust)
        empty = tmp_path / "empty.pem"
        empty.write_bytes(b"")
        for path in (empty, tmp_path / "missing.pem"):
            with pytest.raises(UsageError, match="authorities in PEM"):
                connect(address, "127.0.0.1", port, ca=str(path))
            with pytest.raises(UsageError, match="authorities in PEM"):
                asyncio.run(asynchronous(address, port, ca=str(path)))


def test_within_an_event_loop_that_runs() -> None:
    """As in a notebook, where one always runs."""

    async def cell(proxy: Serving, port: int) -> None:
        with connect(url(proxy), "127.0.0.1", port) as connection:
            connection.sendall(b"hello")
            assert read_exactly(connection, 5) == b"hello"
        bind(url(proxy), "127.0.0.1", 1).close()
        associate(url(proxy)).close()
        assert check_proxy(url(proxy)).lines

    with serving(settings(bind=True, udp=True)) as proxy, target(echo) as port:
        asyncio.run(cell(proxy, port))


def test_inside_tls(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = settings(tls=server_context(certificates), credentials=Credentials({b"anna": b"secret"}))

    def give(connection: socket.socket) -> None:
        connection.sendall(bytes(3_000_000))

    async def asynchronous(address: str, port: int) -> bytes:
        reader, writer = await aconnect(address, "127.0.0.1", port)
        found = await reader.read()
        writer.close()
        return found

    with serving(chosen) as proxy, target(give) as port:
        address = f"socks5h+tls://anna:secret@127.0.0.1:{proxy.port}"
        with pytest.raises(SocksError, match="CERTIFICATE_VERIFY_FAILED"):
            connect(address, "127.0.0.1", port)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
        with connect(address, "127.0.0.1", port) as connection:
            assert read_all(connection) == bytes(3_000_000)
        assert asyncio.run(asynchronous(address, port)) == bytes(3_000_000)
        with pytest.raises(SocksError, match="refuses user and password"):
            connect(parse_proxy(address).with_password("wrong"), "127.0.0.1", port)
        until(lambda: len(proxy.lines) >= 4)
    assert [each["tls"] for each in proxy.lines] == [True] * len(proxy.lines)


def test_slow_tls_handshakes_do_not_shut_others_out(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    chosen = settings(tls=server_context(certificates), limits=Limits(handshakes=16, handshake_seconds=2))
    with serving(chosen) as proxy, target(echo) as port:
        slow = [opened(proxy.address) for _ in range(200)]
        for one in slow[::2]:
            one.sendall(b"\x16\x03\x01")
        with connect(f"socks5h+tls://127.0.0.1:{proxy.port}", "127.0.0.1", port) as connection:
            connection.sendall(b"hello")
            assert read_exactly(connection, 5) == b"hello"
        until(lambda: not proxy.sessions())
        for one in slow:
            one.close()
