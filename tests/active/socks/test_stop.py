"""The stop: what was read arrives, and nobody takes a part for the whole."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from netanatomy.active.socks import Limits, associate, connect
from netanatomy.active.socks.delivery import waiting_octets
from tests.active.resolve.nameservers import Certificates, make_certificates
from tests.active.socks.serving import Serving, echo, read_all, read_exactly, serving, settings, target, until
from tests.active.socks.test_commands import server_context

OCTETS = random.Random(5).randbytes(48_000_000)  # more than the buffers of all systems on the way take
FIRST = 100_000  # octets that the receiver takes before it pauses


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@dataclass
class Transfer:
    """One that sends more than is taken, and one that pauses after the first octets."""

    proxy: Serving
    receiver: socket.socket
    sent: threading.Event = field(default_factory=threading.Event)
    failure: list[OSError] = field(default_factory=list)

    def send(self, connection: socket.socket) -> None:
        """Send everything and wait for the other end to finish: as a careful sender does."""
        try:
            connection.sendall(OCTETS)
            connection.recv(1)
        except OSError as error:
            self.failure.append(error)
        finally:
            self.sent.set()

    def stop_in_the_background(self) -> threading.Thread:
        stopping = threading.Thread(target=self.proxy.stop, args=(0,))
        stopping.start()
        return stopping

    def received(self) -> tuple[bytes, bool]:
        """What still comes, and whether it ends as if that were all."""
        found = bytearray()
        try:
            while octets := self.receiver.recv(1 << 20):
                found += octets
        except OSError:
            return bytes(found), False
        return bytes(found), True


@contextmanager
def transfer(certificates: Certificates | None, direction: str, limits: Limits) -> Iterator[Transfer]:
    """A transfer under way, of which the receiver has taken the first octets."""
    arrived: list[socket.socket] = []
    done = threading.Event()
    started = threading.Event()
    begun: list[Transfer] = []

    def serve(connection: socket.socket) -> None:
        arrived.append(connection)
        started.wait(20)
        if direction == "down":
            begun[0].send(connection)
        done.wait(60)

    changes: dict[str, Any] = {"limits": limits}
    scheme = "socks5h"
    authority = ""
    if certificates is not None:
        changes["tls"] = server_context(certificates)
        scheme, authority = "socks5h+tls", str(certificates.authority)
    with (
        target(serve) as port,
        serving(settings(**changes)) as proxy,
        connect(f"{scheme}://127.0.0.1:{proxy.port}", "127.0.0.1", port, ca=authority) as client,
    ):
        client.settimeout(60)
        until(lambda: bool(arrived))
        begun.append(Transfer(proxy, client if direction == "down" else arrived[0]))
        started.set()
        if direction == "up":
            threading.Thread(target=begun[0].send, args=(client,), daemon=True).start()
        try:
            assert read_exactly(begun[0].receiver, FIRST) == OCTETS[:FIRST]
            yield begun[0]
        finally:
            done.set()


BOTH_WAYS = pytest.mark.parametrize("direction", ["up", "down"])
PLAIN_AND_TLS = pytest.mark.parametrize("tls", [False, True])


@BOTH_WAYS
@PLAIN_AND_TLS
def test_who_is_cut_while_nobody_takes_it_learns_of_it(
    certificates: Certificates, direction: str, tls: bool
) -> None:
    limits = Limits(linger_seconds=0.3)
    with transfer(certificates if tls else None, direction, limits) as under_way:
        under_way.proxy.stop(0)  # meanwhile nobody reads
        found, seemed_whole = under_way.received()
        assert not seemed_whole
        assert under_way.sent.wait(20)
        assert under_way.failure  # the sender is not told that all went well
        line = under_way.proxy.logged()[0]
    assert line["outcome"] == "cut"
    assert OCTETS.startswith(OCTETS[:FIRST] + found)


@BOTH_WAYS
@PLAIN_AND_TLS
def test_what_was_read_arrives_where_somebody_takes_it(
    certificates: Certificates, direction: str, tls: bool
) -> None:
    limits = Limits(linger_seconds=60)
    with transfer(certificates if tls else None, direction, limits) as under_way:
        stopping = under_way.stop_in_the_background()
        found, seemed_whole = under_way.received()
        stopping.join(60)
        assert not seemed_whole
        assert under_way.sent.wait(20)
        assert under_way.failure
        line = under_way.proxy.logged()[0]
    assert line["outcome"] == "cut"
    # Everything that the proxy had read, and nothing else.
    assert OCTETS[:FIRST] + found == OCTETS[: line[f"octets_{direction}"]]


@PLAIN_AND_TLS
def test_who_has_finished_gets_all_of_it(
    certificates: Certificates, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The proxy reads all of it at once, and holds it for a client that takes it slowly.
    monkeypatch.setattr("netanatomy.active.socks.relay.HIGH_WATER", len(OCTETS) * 2)
    changes: dict[str, Any] = {"tls": server_context(certificates)} if tls else {}
    scheme = "socks5h+tls" if tls else "socks5h"
    chosen = settings(limits=Limits(linger_seconds=60), **changes)
    with target(lambda connection: connection.sendall(OCTETS)) as port, serving(chosen) as proxy:
        address = f"{scheme}://127.0.0.1:{proxy.port}"
        authority = str(certificates.authority) if tls else ""
        with connect(address, "127.0.0.1", port, ca=authority) as client:
            client.settimeout(60)
            if not tls:
                client.shutdown(socket.SHUT_WR)  # Python's TLS has no half close
            until(lambda: any(each.octets >= len(OCTETS) for each in list(proxy.server.sessions)))
            (session,) = proxy.server.sessions
            until(lambda: session.remote is not None and session.remote.ended)
            stopping = threading.Thread(target=proxy.stop, args=(0,))
            stopping.start()
            assert read_all(client) == OCTETS
        stopping.join(60)
        line = proxy.logged()[0]
    assert (line["outcome"], line["octets_down"]) == ("closed", len(OCTETS))


def test_a_session_that_is_silent_is_cut_as_well() -> None:
    with target(echo) as port, serving() as proxy:
        with connect(f"socks5h://127.0.0.1:{proxy.port}", "127.0.0.1", port) as client:
            client.settimeout(20)
            client.sendall(b"hello")
            assert read_exactly(client, 5) == b"hello"
            proxy.stop(0)
            # Whether anything more was to come is not known: an end would say that nothing was.
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        assert [each["outcome"] for each in proxy.lines] == ["cut"]


def test_an_association_is_stopped() -> None:
    with serving(settings(udp=True)) as proxy:
        with associate(f"socks5h://127.0.0.1:{proxy.port}"):
            until(lambda: any(each.established for each in list(proxy.server.sessions)))
            proxy.stop(0)
        assert [each["outcome"] for each in proxy.lines] == ["stopped"]


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [(Limits(session_octets=1_000_000), "cap"), (Limits(idle_seconds=0.5), "idle")],
)
def test_a_cap_is_no_orderly_end(limits: Limits, outcome: str) -> None:
    with transfer(None, "down", limits) as under_way:
        until(lambda: bool(under_way.proxy.lines))
        assert not under_way.received()[1]
        assert under_way.proxy.lines[0]["outcome"] == outcome


def test_at_once_is_no_orderly_end_either() -> None:
    with transfer(None, "down", Limits()) as under_way:
        server: Callable[[], None] = under_way.proxy.server.abort
        under_way.proxy.loop.call_soon_threadsafe(server)
        assert under_way.proxy.logged()[0]["outcome"] == "aborted"
        assert not under_way.received()[1]


def test_the_system_tells_what_has_not_arrived() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = socket.create_connection(listener.getsockname())
        there, _ = listener.accept()
    with here, there:
        if waiting_octets(here) is None:
            pytest.skip("this system does not tell")
        here.setblocking(False)
        try:
            while True:
                here.send(bytes(1 << 16))
        except BlockingIOError:
            pass
        assert waiting_octets(here)
        there.settimeout(0.1)
        end = time.monotonic() + 20
        while waiting_octets(here) and time.monotonic() < end:
            try:
                there.recv(1 << 20)
            except TimeoutError:
                continue
        assert waiting_octets(here) == 0
    assert waiting_octets(here) == 0
