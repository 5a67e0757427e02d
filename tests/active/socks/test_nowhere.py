"""Without a target the check asks for nothing that exists, though it asks in SOCKS4."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address
from threading import Thread

from netanatomy.active.socks.asking import Asker
from netanatomy.active.socks.check import _Checker
from netanatomy.active.socks.proxy import parse_proxy
from netanatomy.layers.application import socks4
from netanatomy.schema.socks_check import Answer


def test_what_a_proxy_elsewhere_is_asked_for() -> None:
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def serve() -> None:
            for _ in range(5):
                client, _address = server.accept()
                with client:
                    requests.append(client.recv(1000))
                    # SOCKS4 refuses; to SOCKS5 this is no answer.
                    client.sendall(b"\0\x5b" + bytes(6))

        thread = Thread(target=serve)
        thread.start()
        proxy = parse_proxy(f"127.0.0.1:{server.getsockname()[1]}")
        # As of a proxy that is not on this machine: no echo is there for it.
        asker = Asker(proxy, 5.0, "", "", None)
        lines = list(_Checker(asker, (), None, local=False, tls=False).lines())
        thread.join(10)
    asked = [octets for octets in requests if octets[:1] == b"\x04"]
    four, named = (socks4.parse_request(octets) for octets in asked)
    assert (four.message.destination.host, four.message.destination.port) == (IPv4Address(0), 0)
    assert (named.message.destination.host, named.message.destination.port) == (b"socks.invalid", 0)
    told = {line.subject: line for line in lines if line.topic == "version"}
    for name in ("SOCKS4", "SOCKS4a"):
        assert told[name].answer is Answer.YES and not told[name].concern
        assert "nobody can be" in told[name].detail
        assert "only a target" in told[name].meaning
