"""A name server that does what no name server should, on loopback, over UDP and TCP."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.active.resolve.nameservers import free_port

Reply = Callable[[bytes, str], list[bytes]]
"""What to send for a query that came over `udp` or `tcp`; over TCP an empty list closes the connection."""


@contextmanager
def misbehaving(reply: Reply) -> Iterator[str]:
    """The server, as `127.0.0.1:PORT`."""
    port = free_port()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    tcp = socket.create_server(("127.0.0.1", port))
    stop = threading.Event()
    udp.settimeout(0.05)
    tcp.settimeout(0.05)

    def datagrams() -> None:
        while not stop.is_set():
            try:
                query, peer = udp.recvfrom(65535)
            except TimeoutError:
                continue
            for each in reply(query, "udp"):
                udp.sendto(each, peer)

    def connections() -> None:
        while not stop.is_set():
            try:
                connection, _ = tcp.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(2)
                try:
                    while head := connection.recv(2):
                        query = connection.recv(struct.unpack("!H", head)[0])
                        messages = reply(query, "tcp")
                        if not messages:
                            break
                        for each in messages:
                            connection.sendall(each)
                except OSError:
                    continue

    threads = [threading.Thread(target=work) for work in (datagrams, connections)]
    for thread in threads:
        thread.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        udp.close()
        tcp.close()


def framed(message: bytes) -> bytes:
    """As TCP carries it."""
    return struct.pack("!H", len(message)) + message
