"""Echo listeners on loopback, for what a proxy is asked to reach."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from netanatomy.schema.frozen import frozen

POLL_SECONDS = 0.1  # between two looks whether to stop
MAXIMUM_OCTETS = 1024  # of what is echoed: it is for a few octets only
ECHO_SECONDS = 5.0  # that one connection may take


@frozen
class Echo:
    """Where it listens; None where this machine lacks the protocol.

    Attributes:
        ipv4: TCP and UDP port at 127.0.0.1.
        ipv6: TCP port at ::1.
    """

    ipv4: int
    ipv6: int | None


@contextmanager
def echo() -> Iterator[Echo]:
    """Listen on loopback: TCP at 127.0.0.1 and ::1, and UDP at 127.0.0.1 at the same port."""
    stop = threading.Event()
    with ExitStack() as stack:
        tcp, udp = _same_port(stack)
        listeners = [tcp]
        try:
            listeners.append(
                stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=16))
            )
        except OSError:
            ipv6 = None  # a machine without IPv6: then that is not asked
        else:
            ipv6 = listeners[1].getsockname()[1]
        threads = [threading.Thread(target=_serve, args=(one, stop), daemon=True) for one in listeners]
        threads.append(threading.Thread(target=_datagrams, args=(udp, stop), daemon=True))
        for thread in threads:
            thread.start()
        try:
            yield Echo(tcp.getsockname()[1], ipv6)
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def _same_port(stack: ExitStack) -> tuple[socket.socket, socket.socket]:
    while True:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=16))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        try:
            udp.bind(tcp.getsockname())
        except OSError:
            continue  # the port is taken for UDP: another one
        return tcp, udp


def _serve(listener: socket.socket, stop: threading.Event) -> None:
    listener.settimeout(POLL_SECONDS)
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection:
            connection.settimeout(POLL_SECONDS)
            _echo(connection, stop)


def _echo(connection: socket.socket, stop: threading.Event) -> None:
    for _ in range(int(ECHO_SECONDS / POLL_SECONDS)):
        if stop.is_set():
            return
        try:
            octets = connection.recv(MAXIMUM_OCTETS)
            if octets:
                connection.sendall(octets)
        except TimeoutError:
            continue
        except OSError:
            return
        if not octets:
            return


def _datagrams(datagrams: socket.socket, stop: threading.Event) -> None:
    datagrams.settimeout(POLL_SECONDS)
    while not stop.is_set():
        try:
            octets, peer = datagrams.recvfrom(MAXIMUM_OCTETS)
            datagrams.sendto(octets, peer)
        except OSError:
            continue  # nothing came in time, or ICMP said that nobody listens any more
