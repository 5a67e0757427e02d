"""A writer of small MaxMind databases (MaxMind DB file format 2.0), so that the tests bring none along."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

UINT16, UINT32, UINT64 = 5, 6, 9
METADATA_KINDS = {"node_count": UINT32, "build_epoch": UINT64}
"""What the format demands of the numbers of the metadata; of the others that they are UINT16."""


def encoded(value: object) -> bytes:
    match value:
        case bool():
            return _control(14, int(value))
        case str():
            octets = value.encode()
            return _control(2, len(octets)) + octets
        case bytes():
            return _control(4, len(value)) + value
        case float():
            return _control(3, 8) + struct.pack(">d", value)
        case int():
            return _unsigned(UINT32, value)
        case dict():
            return _control(7, len(value)) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
        case list():
            return _control(11, len(value)) + b"".join(map(encoded, value))
    raise TypeError(type(value))


def _unsigned(kind: int, value: int) -> bytes:
    octets = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(octets)) + octets


def _metadata(values: Mapping[str, object]) -> bytes:
    octets = _control(7, len(values))
    for name, value in values.items():
        number = isinstance(value, int)
        octets += encoded(name)
        octets += _unsigned(METADATA_KINDS.get(name, UINT16), value) if number else encoded(value)
    return octets


def _control(kind: int, size: int) -> bytes:
    extension = b"" if kind < 8 else bytes([kind - 7])
    first = kind << 5 if kind < 8 else 0
    if size < 29:
        return bytes([first | size]) + extension
    assert size < 29 + 256
    return bytes([first | 29]) + extension + bytes([size - 29])


def database(records: Mapping[str, object], ip_version: int = 6, kind: str = "Test") -> bytes:
    """A database with 32-bit records: network → record. IPv4 lies under ::/96."""
    nodes: list[list[int | None]] = [[None, None]]
    data, leaves = b"", {}
    for text, record in records.items():
        network = ip_network(text)
        bits = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
        if ip_version == 6 and isinstance(network, IPv4Network):
            bits = "0" * 96 + bits
        assert isinstance(network, IPv4Network | IPv6Network)
        node = 0
        for bit in bits[:-1]:
            following = nodes[node][int(bit)]
            if following is None:
                nodes.append([None, None])
                nodes[node][int(bit)] = following = len(nodes) - 1
            node = following
        leaves[node, int(bits[-1])] = len(data)
        data += encoded(record)
    count = len(nodes)
    tree = b""
    for index, sides in enumerate(nodes):
        for side in (0, 1):
            target = sides[side]
            if (index, side) in leaves:
                target = count + 16 + leaves[index, side]
            tree += struct.pack(">I", count if target is None else target)
    metadata = {
        "node_count": count,
        "record_size": 32,
        "ip_version": ip_version,
        "database_type": kind,
        "languages": ["en"],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_700_000_000,
        "description": {"en": "made by a test"},
    }
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + _metadata(metadata)
