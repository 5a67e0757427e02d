"""Every Community ID that others state, against our column.

https://github.com/corelight/community-id-spec: version 1, seed 0. Each five-tuple of the table is
made into a packet and read; where a capture is named, its connection must have the id too.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

from netanatomy.schema.flow_options import FlowOptions
from tests import wire
from tests.conformance import arkime
from tests.conformance.our_connections import our_connections
from tests.conformance.records import Record, RecordDifference

ICMP, TCP, UDP, ICMPV6, SCTP = 1, 6, 17, 58, 132
"""Assigned Internet Protocol Numbers, IANA."""
PAIRED = frozenset({(ICMP, 8), (ICMP, 0), (ICMPV6, 128), (ICMPV6, 129), (ICMPV6, 133), (ICMPV6, 134)}) | {
    (ICMPV6, 135),
    (ICMPV6, 136),
}
"""Requests and replies: what stands for the second port is the other's type, and the code is 0."""

COLUMNS = ("id.orig_h", "id.resp_h", "ip_proto", "community_id")
OPTIONS = FlowOptions(checksums="ignore")


ARKIME_ALONE: Mapping[str, str] = MappingProxyType(
    {
        "1:W/sKA6RLXpy2xnZVZwohsx6zKjo=": "ESP hashed with two ports of zero",
        "1:9uNdsDdNvLKTmin0AyKIJEYCe2Y=": "ESP hashed with two ports of zero",
        "1:R7F0MUT6ZV1iG5f3xJ0Pro45tts=": "an ICMPv6 error, one way, hashed with its ends exchanged",
        "1:Ymtm3YQjywobuzKtr4Y42SrOwwQ=": "a packet behind an EtherType that neither tshark nor we know",
        "1:DdgAlUXStLaoesHKj7JCXRbqz6E=": "VXLAN-GPE without the P bit, in which we read an Ethernet frame",
    }
)
"""Ids of Arkime's that are not the specification's, or whose packets we read otherwise."""


class Row(TypedDict):
    """A five-tuple and its id."""

    capture: str | None
    proto: int
    saddr: str
    daddr: str
    sport: int | None
    dport: int | None
    id: str


def rows(corpora: Path) -> list[Row]:
    """The table."""
    with (corpora / "expected" / "community_id.jsonl").open() as lines:
        return [json.loads(line) for line in lines]


def frame(row: Row) -> bytes:
    """A frame whose five-tuple is that of a row."""
    first, second = row["sport"] or 0, row["dport"] or 0
    if row["proto"] in (ICMP, ICMPV6):
        code = 0 if (row["proto"], first) in PAIRED else second
        payload = bytes([first, code]) + bytes(6 + 16)
    elif row["proto"] == UDP:
        payload = wire.udp(b"payload", first, second)
    elif row["proto"] == TCP:
        payload = struct.pack(">HHIIBBHHH", first, second, 1, 0, 0x50, wire.SYN, 1024, 0, 0)
    elif row["proto"] == SCTP:
        payload = struct.pack(">HHIIBBH", first, second, 1, 0, 6, 0, 4)  # an ABORT chunk, RFC 9260
    else:
        payload = bytes(8)
    source, destination = ip_address(row["saddr"]), ip_address(row["daddr"])
    if isinstance(source, IPv6Address):
        header = struct.pack(">IHBB", 6 << 28, len(payload), row["proto"], 64)
        return wire.ethernet(header + source.packed + destination.packed + payload, 0x86DD)
    return wire.ethernet(wire.ipv4(payload, str(source), str(destination), row["proto"]))


def differences(corpora: Path, folder: Path) -> tuple[int, list[RecordDifference]]:
    """How many ids were compared, and those that differ.

    Args:
        corpora: third parties' captures and their expectations.
        folder: where captures can be made.
    """
    stated = rows(corpora)
    wrong = []
    by_capture: dict[str, list[Record]] = {}
    compared = 0
    for number, row in enumerate(stated):
        made = wire.write_capture(folder / f"community-{number}.pcapng", [frame(row)])
        ids = [record["community_id"] for record in our_connections(made, OPTIONS, COLUMNS)]
        compared += 1
        if ids != [row["id"]]:
            wrong.append(RecordDifference("made packet", _called(row), "community_id", row["id"], str(ids)))
        capture = row["capture"]
        if capture is not None:
            if capture not in by_capture:
                by_capture[capture] = our_connections(corpora / capture, OPTIONS, COLUMNS)
            compared += 1
            found = _between(by_capture[capture], row)
            if row["id"] not in found:
                wrong.append(RecordDifference(capture, _called(row), "community_id", row["id"], str(found)))
    for capture, held in arkime.sessions(corpora).items():
        ours = our_connections(corpora / capture, OPTIONS, COLUMNS)
        known = {record["community_id"] for record in ours}
        for session in held:
            if session["community_id"] in ARKIME_ALONE:
                continue
            compared += 1
            if session["community_id"] not in known:
                name = f"protocol {session['ip_protocol']} {session['src']} {session['dst']}"
                wrong.append(RecordDifference(capture, name, "community_id", session["community_id"], None))
    return compared, wrong


def _between(connections: Sequence[Record], row: Row) -> list[str]:
    """The ids of connections between a row's addresses."""
    ends = {str(ip_address(row["saddr"])), str(ip_address(row["daddr"]))}
    return [
        str(each["community_id"])
        for each in connections
        if {each["id.orig_h"], each["id.resp_h"]} == ends and each["ip_proto"] == row["proto"]
    ]


def _called(row: Row) -> str:
    return f"protocol {row['proto']} {row['saddr']}:{row['sport']} > {row['daddr']}:{row['dport']}"
