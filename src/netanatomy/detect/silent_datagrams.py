"""Datagrams that are not answered: rows for relations of floods, and which of them say the same again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.cells import cells, counted
from netanatomy.detect.datagram_limits import Config
from netanatomy.detect.detector import Kept
from netanatomy.detect.floods import SECOND, by_second
from netanatomy.detect.relations import Distinct, First, Relation, Row, Totals
from netanatomy.detect.tables import kept
from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Places, Rows

UDP = 17
UDP_HEADER = 8  # octets, RFC 768
ARP_REPLY = 2  # RFC 826
PORT_UNREACHABLE = (3 << 8 | 3, 1 << 8 | 4)
"""Types and codes of ICMP (RFC 792) and ICMPv6 (RFC 4443): the host is there, but nobody at the port."""
ONE_WAY = frozenset(
    {
        *(162, 514, 12201),  # SNMP traps, syslog (RFC 5426), GELF
        *(2055, 9995, 9996, 4739, 6343),  # NetFlow, IPFIX (RFC 7011), sFlow
        *(2003, 6831, 6832, 8089, 8125, 25826),  # Graphite, Jaeger, InfluxDB, StatsD, collectd
        *(2152, 4341, 4754, 4789, 6081, 6635, 8472),  # GTP, LISP, GRE (RFC 8086), VXLAN, Geneve, MPLS, VXLAN
        *(5568, 6454),  # lighting: sACN, Art-Net
    }
)
"""Ports where nobody ever answers, though all is well: collectors, and tunnels whose ways back have ports of
their own."""


def _collected() -> NDArray[np.bool_]:
    ports = np.zeros(65_536, np.bool_)
    ports[list(ONE_WAY)] = True
    ports.flags.writeable = False
    return ports


COLLECTED = _collected()
"""By port whether it is one of ONE_WAY."""

SAMPLE = 13
"""One frame in so many is looked into; a prime, so that no pattern of a protocol goes along with it."""
HEAD = 512
"""Octets that are compared: real-time protocols, flow records and tunnels number their packets in the first
32, and text has its time somewhere."""
WEIGHTS = np.arange(1, HEAD // 8 + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)
"""Odd numbers that make one of all words of a head (multiply-shift hashing, Dietzfelbinger 1997)."""
DEPTH_BITS = 8

CONNECTION_COLUMNS = (
    "ts",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "last_time",
    "first_frame",
    "orig_pkts",
    "resp_pkts",
    "orig_size_max",
    "resp_size_max",
    "orig_l2_addr",
    "resp_l2_addr",
    "orig_initial_ttl",
    "resp_initial_ttl",
)
PACKET_COLUMNS = (
    "ip_source",
    "ip_destination",
    "ip_total_length",
    "ip_ttl",
    "destination_port",
    "udp_length",
    "arp_operation",
    "arp_sender_protocol",
    "nd_flags",
    "nd_target",
    "icmp_type",
    "icmp_code",
    "quoted_destination",
    "quoted_protocol",
)
RELATIONS: dict[str, Relation] = {
    "seconds": Totals(("victim", "second"), ("packets", "begun"), ("start",), ("end",)),
    "ports": Totals(("victim", "port", "length", "cell", "host"), ("packets",)),
    "sources": Distinct(("victim",), ("source",)),
    "senders": Distinct(("victim",), ("mac", "ttl"), 64),
    "frames": First(("victim",)),
    "contents": Totals(
        ("victim", "port", "source"),
        ("datagrams",),
        ("least", "shortest", "first", "begin", "near"),
        ("greatest", "longest", "last", "until", "far", "cut"),
    ),
    "speaking": Totals(("cell",), ("count",)),
    "served": Totals(("cell",), ("count",)),
    "seen": Totals(("cell",), ("count",)),
    "refused": Totals(("victim",), ("refused",)),
}


def silent_datagrams(connections: Rows) -> Kept:
    """Conversations of one side only, by the host that is spoken to, and who answers anything."""
    if not connections.count:
        return
    answers, asks = connections.numbers("resp_pkts") > 0, connections.numbers("orig_pkts") > 0
    answered = np.flatnonzero(answers)
    udp = connections.code("proto", "udp")
    if len(answered):
        yield "speaking", counted(cells(connections, answered, "id.resp_h"))
        served = answered[connections.numbers("proto")[answered] == udp]
        if len(served):
            yield "served", counted(cells(connections, served, "id.resp_h", "id.resp_p"))
    rows = connections.rows_named("proto", "udp")
    if len(silent := rows[~answers[rows]]):
        yield from _one_way(connections, silent, "orig", "resp")
    # The sender's port has made it the responder: an answer that nobody asked for.
    if len(unasked := rows[answers[rows] & ~asks[rows]]):
        yield from _one_way(connections, unasked, "resp", "orig")


def _one_way(connections: Rows, rows: Places, sender: str, receiver: str) -> Kept:
    victim, source = (f"victim=id.{receiver}_h",), f"source=id.{sender}_h"
    spread = by_second(connections, rows, connections.at(f"{sender}_pkts", rows))
    begun = connections.numbers("ts")[spread.places] // SECOND == spread.second
    yield (
        "seconds",
        kept(
            connections,
            spread.places,
            (*victim, "start=ts", "end=last_time"),
            second=spread.second,
            packets=spread.packets,
            begun=begun.astype(np.int64) * (sender == "orig"),
        ),
    )
    port = (f"port=id.{receiver}_p", f"packets={sender}_pkts", f"length={sender}_size_max")
    yield (
        "ports",
        kept(
            connections,
            rows,
            (*victim, *port),
            cell=cells(connections, rows, f"id.{receiver}_h", f"id.{receiver}_p"),
            host=cells(connections, rows, f"id.{receiver}_h"),
        ),
    )
    yield "sources", kept(connections, rows, (*victim, source))
    link = (f"mac={sender}_l2_addr", f"ttl={sender}_initial_ttl")
    yield "senders", kept(connections, rows, (*victim, *link))
    yield "frames", kept(connections, rows, (*victim, "time=ts", "frame=first_frame"), depth=np.uint8(0))


def refusals(packets: Rows) -> Kept:
    """Who said by ICMP that nobody serves a port."""
    rows = packets.rows_with("quoted_protocol")
    if len(rows):
        rows = rows[packets.at("quoted_protocol", rows) == UDP]
        told = packets.at("icmp_type", rows) << 8 | packets.at("icmp_code", rows)
        rows = rows[one_of(told, PORT_UNREACHABLE)]
        yield "refused", kept(packets, rows, ("victim=quoted_destination",), refused=np.int64(1))


def seen(packets: Rows) -> Kept:
    """Hosts that told their link-layer address when asked: what they send would be in the capture."""
    for asked, column in (("arp_operation", "arp_sender_protocol"), ("nd_flags", "nd_target")):
        rows = packets.rows_with(asked)
        if asked == "arp_operation" and len(rows):
            rows = rows[packets.at(asked, rows) == ARP_REPLY]
        if len(rows):
            found = cells(packets, rows, column)
            yield "seen", kept(packets, rows, (), cell=found, count=np.int64(1))


def contents(packets: Rows, least: int) -> Kept:
    """What a sample of the datagrams says, as least and greatest of 63-bit numbers: equal if the same.

    Args:
        packets: the batch.
        least: octets of a payload below which it may be a counter or a keep-alive.
    """
    rows = packets.rows_with("udp_length")
    if not len(rows):
        return
    rows = rows[packets.at("frame_number", rows) % SAMPLE == 0]
    rows = rows[packets.at("payload_length", rows) >= least]
    rows = rows[~COLLECTED[packets.at("destination_port", rows)]]
    if not len(rows):
        return
    heads = packets.payload_heads(rows, HEAD).view(np.uint64)
    mixed = ((heads ^ (heads >> np.uint64(29))) * WEIGHTS).sum(axis=1, dtype=np.uint64)
    said = (mixed >> np.uint64(1)).astype(np.int64)
    place = packets.at("frame_number", rows) << DEPTH_BITS | packets.at("depth", rows)
    party = ("victim=ip_destination", "port=destination_port", "source=ip_source")
    times = ("begin=time", "until=time", "near=ip_ttl", "far=ip_ttl")
    length = ("shortest=ip_total_length", "longest=ip_total_length")
    cut = packets.at("udp_length", rows) - UDP_HEADER - packets.at("payload_length", rows)
    said_by = {"least": said, "greatest": said, "first": place, "last": place, "cut": cut}
    yield "contents", kept(packets, rows, (*party, *length, *times), datagrams=np.int64(1), **said_by)


def said_rate(row: Row) -> float:
    """Datagrams a second of one source to one port, estimated from the sample: a row of `contents`.

    >>> said_rate({"datagrams": 40, "begin": 0, "until": 2 * 10**9})
    260.0
    """
    return float(row["datagrams"] * SAMPLE * SECOND / max(SECOND, row["until"] - row["begin"]))


@frozen
class Repeated:
    """Datagrams that say the same again and again.

    Attributes:
        sources: who sends them.
        ports: to which ports.
        length: of the IP packets, where all have one.
        places: numbers of frames and depths of the first and the last of each source that was looked into.
    """

    sources: tuple[bytes, ...]
    ports: tuple[int, ...]
    length: int | None
    places: tuple[tuple[int, int], ...]


def repeated(said: Sequence[Row], count: int, limits: Config) -> Repeated | None:
    """Whether datagrams to one host say the same.

    Args:
        said: rows of `contents` of this host.
        count: its unanswered datagrams.
        limits: how many must.
    """
    same = [row for row in said if row["least"] == row["greatest"] and row["datagrams"] >= limits.samples]
    if not same or SAMPLE * sum(row["datagrams"] for row in same) < limits.same_share * count:
        return None
    lengths = {row[name] for row in same for name in ("shortest", "longest")}
    return Repeated(
        tuple(sorted({row["source"] for row in same})),
        tuple(sorted({row["port"] for row in same})),
        lengths.pop() if len(lengths) == 1 else None,
        tuple(divmod(row[name], 1 << DEPTH_BITS) for row in same for name in ("first", "last")),
    )
