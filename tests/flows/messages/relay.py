"""A relay on loopback that writes down, octet for octet and in order, what both sides of a connection say."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from netanatomy.flows.messages.protocol import Said

PATIENCE = 15.0


class Relay:
    """What was said, a list for each connection that said anything."""

    def __init__(self, listener: socket.socket, port: int) -> None:
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        self._server_port = port
        self._ended = threading.Event()
        self._connections: list[list[Said]] = []
        self._threads: list[threading.Thread] = []

    @property
    def connections(self) -> list[list[Said]]:
        """Ask once the programs on both sides are done."""
        for thread in self._threads:
            thread.join(PATIENCE)
        return [each for each in self._connections if each]

    def serve(self) -> None:
        """Take connections until the end."""
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            heard: list[Said] = []
            self._connections.append(heard)
            thread = threading.Thread(target=self._pass_on, args=(client, heard), daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """No further connections."""
        self._ended.set()

    def _pass_on(self, client: socket.socket, heard: list[Said]) -> None:
        server = socket.create_connection(("127.0.0.1", self._server_port), PATIENCE)
        with client, server, selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, (server, True))
            selector.register(server, selectors.EVENT_READ, (client, False))
            while not self._ended.is_set():
                for key, _ in selector.select(0.05):
                    other, is_orig = key.data
                    assert isinstance(key.fileobj, socket.socket)
                    try:
                        octets = key.fileobj.recv(65536)
                        if octets:
                            heard.append(Said(is_orig, time.time_ns(), len(heard) + 1, 0, octets))
                            other.sendall(octets)
                    except OSError:
                        octets = b""  # a reset ends it like any other end
                    if not octets:
                        return


@contextmanager
def relaying(port: int) -> Iterator[Relay]:
    """A relay before a server at `port` of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        relay = Relay(listener, port)
        thread = threading.Thread(target=relay.serve, daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            relay.end()
            thread.join(PATIENCE)
