"""The hosts that speak: clients of one network, its gateway, and servers beyond it.

Clients are spread over the second octet of 10.0.0.0/8 and servers over all of unicast, as sites and
the Internet are. It matters for fairness: tcpdump keeps the addresses that it has printed in chains
by the first twelve bits, and took three times as long when all clients lay in 10.0.0.0/16.
"""

from __future__ import annotations

import numpy as np

from wire import Bytes, Conversations, Integers

GATEWAY_MAC = (0x02, 0, 0, 0, 0, 0x01)
IPV6_SHARE = 0.15
VLAN_SHARE = 0.05
"""Shares of the conversations."""

FIRST_OCTETS = np.setdiff1d(np.arange(1, 224), (10, 127)).astype(np.uint8)
"""Unicast less what is private or loopback by the whole octet, RFC 6890 section 2.2.2."""
SPREAD = 2_654_435_761
"""Knuth's multiplier: an odd number, so that different numbers stay different modulo 2**32."""


def conversations(
    rng: np.random.Generator, protocol: Integers, port: Integers, clients: int, servers: int
) -> Conversations:
    """Conversations between random clients and random servers, some tagged, some over IPv6.

    There may be at most 65,536 clients.
    """
    count = len(protocol)
    version = np.where(rng.random(count) < IPV6_SHARE, 6, 4)
    client, server = rng.integers(0, clients, count), rng.integers(0, servers, count)
    mac = np.empty((count, 2, 6), dtype=np.uint8)
    mac[:, 0] = (0x02, 0, 0, 1, 0, 0)
    mac[:, 0, 4:] = _big_endian(client, 2)
    mac[:, 1] = GATEWAY_MAC
    address = np.zeros((count, 2, 16), dtype=np.uint8)
    address[:, 0, :4] = client_ipv4(client)
    address[:, 1, :4] = _server_ipv4(server)
    six = version == 6
    address[six, 0] = _ipv6(client[six], 0x000A)
    address[six, 1] = _ipv6(server[six], 0x000B)
    vlan = np.where(rng.random(count) < VLAN_SHARE, 100 + client % 8, 0)
    return Conversations(protocol, version, vlan, mac, address, port)


def joined(parts: list[Conversations]) -> Conversations:
    """Several sets of conversations as one."""
    return Conversations(
        **{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])}
    )


def client_ipv4(client: Integers) -> Bytes:
    """10.site.subnet.host: there are 256 sites; host 1 is each subnet's gateway."""
    octets = np.empty((len(client), 4), dtype=np.uint8)
    octets[:, 0] = 10
    octets[:, 1] = client & 0xFF
    octets[:, 2] = client >> 8 & 0xFF
    octets[:, 3] = 2 + client % 250
    return octets


def _server_ipv4(server: Integers) -> Bytes:
    octets = _big_endian(server * SPREAD & 0xFFFF_FFFF, 4).copy()
    octets[:, 0] = FIRST_OCTETS[octets[:, 0] % len(FIRST_OCTETS)]
    return octets


def _ipv6(host: Integers, subnet: int) -> Bytes:
    """An address of the documentation prefix, RFC 3849."""
    octets = np.zeros((len(host), 16), dtype=np.uint8)
    octets[:, :8] = tuple(bytes.fromhex("20010db80000") + subnet.to_bytes(2, "big"))
    octets[:, 12:] = _big_endian((host + 256) * SPREAD & 0xFFFF_FFFF, 4)
    return octets


def _big_endian(values: Integers, width: int) -> Bytes:
    return values.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - width :]
