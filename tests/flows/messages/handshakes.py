"""Handshakes of Python's own TLS, in memory: what both sides say, in order."""

from __future__ import annotations

import ssl
from pathlib import Path

from netanatomy.flows.messages.protocol import Said
from tests.active.probe.authority import Authority

TIME = 1_700_000_000_000_000_000  # nanoseconds UTC


def dialogue(folder: Path, version: ssl.TLSVersion) -> list[Said]:
    """A session for `localhost` in which both sides also say something."""
    authority = Authority(folder)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(authority.server("good"))
    theirs.maximum_version = version
    theirs.set_alpn_protocols(["h2"])
    ours = ssl.create_default_context(cafile=str(authority.trust))
    ours.set_alpn_protocols(["h2"])
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ours.wrap_bio(to_client, to_server, server_hostname="localhost")
    server = theirs.wrap_bio(to_server, to_client, server_side=True)
    said: list[Said] = []

    def turn(is_orig: bool) -> None:
        side, out = (client, to_server) if is_orig else (server, to_client)
        try:
            side.do_handshake()
            side.write(b"something")
        except ssl.SSLWantReadError:
            pass
        octets = out.read()
        out.write(octets)
        if octets:
            said.append(Said(is_orig, TIME + len(said), len(said) + 1, 0, octets))

    for number in range(6):
        turn(not number % 2)
    return said
