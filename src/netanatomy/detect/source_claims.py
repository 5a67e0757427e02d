"""Which station sends from which address, and whether it was ever answered there: rows for `ip-spoofing`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept
from netanatomy.detect.echoes import is_ipv4, octets_at
from netanatomy.detect.relations import Totals
from netanatomy.detect.tables import kept
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Mask, Places, Rows

INITIAL_TTLS = (64, 128, 255)
"""Times to live that systems begin with; any other was counted down by a router, or set by hand."""
MULTICAST_FLAGS = 7
"""Greatest flags of an IPv6 group (0RPT, RFC 4291 section 2.7): what has more is damaged, not forged."""
SOURCES = Totals(
    ("mac", "ttl", "address", "peer"),
    ("packets",),
    ("start", "frame"),
    ("end", "last", "impossible"),
)


def owners(packets: Rows) -> Kept:
    """Who says that an address is its own: senders of ARP, and the options of neighbour discovery."""
    for mac, address in (
        ("arp_sender_hardware", "arp_sender_protocol"),
        ("nd_target_link_address", "nd_target"),
        ("nd_source_link_address", "ip_source"),
    ):
        rows = packets.rows_with(mac)
        if len(rows):
            rows = rows[~_is_impossible(octets_at(packets, address, rows))]
            yield "owned", kept(packets, rows, (f"mac={mac}", f"address={address}"))


def proven(connections: Rows, rows: Places, side: str) -> Kept:
    """Rows for `homes`: who has received something at which address."""
    far = ~one_of(connections.numbers(f"{side}_initial_ttl")[rows], INITIAL_TTLS)
    some = _different(connections, rows, side, far)
    names = (f"mac={side}_l2_addr", f"address=id.{side}_h")
    yield "homes", kept(connections, rows[some], names, far=far[some].astype(np.int64))


def _different(connections: Rows, rows: Places, side: str, far: Mask) -> NDArray[np.int64]:
    """Each pair of address and link-layer address once: a server's is in every row."""
    address = connections.octets(f"id.{side}_h")[rows].view(np.uint64)
    mac = np.zeros((len(rows), 8), np.uint8)
    mac[:, :6] = connections.octets(f"{side}_l2_addr")[rows]
    mixed = (address[:, 0] * np.uint64(0x9E3779B97F4A7C15)) ^ address[:, 1]
    mac[:, 7] = far
    mixed = (mixed * np.uint64(0xBF58476D1CE4E5B9)) ^ mac.view(np.uint64)[:, 0]
    first: NDArray[np.int64] = np.unique(mixed, return_index=True)[1]
    return first


def met(connections: Rows, rows: Places) -> Kept:
    """Rows for `met`: who was answered at which address."""
    if len(rows):
        some = _different(connections, rows, "orig", np.zeros(len(rows), np.bool_))
        yield "met", kept(connections, rows[some], ("mac=orig_l2_addr", "address=id.orig_h"))


def claims(
    connections: Rows, rows: Places, side: str, other: str, sent: NDArray[np.int64], answered: Mask, lone: int
) -> Kept:
    """Rows for `claims`: sources of short conversations that prove nothing."""
    octets = connections.octets(f"id.{side}_h")[rows]
    impossible = _is_impossible(octets)
    # Who is answered and goes on was reached: there such an address is in use, or the capture was renumbered.
    few = (sent[rows] <= lone) | (impossible & ~answered[rows])
    some = few & ~_has_none_yet(octets) & (connections.at(f"{side}_initial_ttl", rows) > 0)
    rows, impossible = rows[some], impossible[some]
    if len(rows):
        yield "claims", _sources(connections, rows, side, other, sent[rows], impossible)


def lasting(connections: Rows, rows: Places, sent: NDArray[np.int64]) -> Kept:
    """Sources from which somebody goes on speaking to one host that never answers."""
    source, peer = (connections.octets_at(f"id.{side}_h", rows) for side in ("orig", "resp"))
    some = ~_is_impossible(source) & ~_has_none_yet(source) & ~_is_impossible(peer)
    rows = rows[some & ~(is_ipv4(peer) & (peer[:, 15] == 0xFF))]
    if len(rows):
        never = np.zeros(len(rows), np.bool_)
        yield "lasting", _sources(connections, rows, "orig", "resp", sent[rows], never)


def _sources(
    connections: Rows,
    rows: Places,
    side: str,
    other: str,
    sent: NDArray[np.int64],
    impossible: Mask,
) -> pa.Table:
    who = (f"mac={side}_l2_addr", f"ttl={side}_initial_ttl", f"address=id.{side}_h", f"peer=id.{other}_h")
    when = ("start=ts", "frame=first_frame", "end=last_time", "last=first_frame")
    return kept(connections, rows, (*who, *when), packets=sent, impossible=impossible.astype(np.int64))


def _is_impossible(octets: NDArray[np.uint8]) -> Mask:
    """127/8, 224/4, 240/4, 0/8 but 0.0.0.0, ::1, ff00::/8 (RFC 6890, RFC 4291)."""
    four, first = is_ipv4(octets), octets[:, 12]
    bad4 = four & ((first == 127) | (first >= 224) | ((first == 0) & octets[:, 13:].any(axis=1)))
    itself = ~octets[:, :15].any(axis=1) & (octets[:, 15] == 1)
    group = (octets[:, 0] == 0xFF) & (octets[:, 1] >> 4 <= MULTICAST_FLAGS)
    found: Mask = bad4 | itself | group
    return found


def _has_none_yet(octets: NDArray[np.uint8]) -> Mask:
    """0.0.0.0 and ::, 169.254/16 and fe80::/10: hosts without an address, or with one of the link only."""
    four = is_ipv4(octets)
    none = np.where(four, ~octets[:, 12:].any(axis=1), ~octets.any(axis=1))
    local4 = four & (octets[:, 12] == 169) & (octets[:, 13] == 254)
    found: Mask = none | local4 | ((octets[:, 0] == 0xFE) & (octets[:, 1] >> 6 == 2))
    return found
