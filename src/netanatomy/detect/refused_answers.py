"""Hosts that refuse the answers to what is asked in their name, over and over: for `ip-spoofing`.

A host whose port is closed says so to whoever sends there (RFC 1122 section 3.2.2.1). It cannot have asked
from that port then; and whoever goes on asking from it is somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from netanatomy.detect.detector import Kept, Verdict
from netanatomy.detect.forged_sources import NO_MAC, Claims, Proofs, accused
from netanatomy.detect.relations import Relations, Row, Totals
from netanatomy.detect.selected import among
from netanatomy.detect.tables import kept
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text, mac_text

UDP = 17
PORT_UNREACHABLE = {4: (3, 3), 6: (1, 4)}  # type and code (RFC 792, RFC 4443 section 3.1)
CONFIDENCE = 0.85
TALK = ("address", "port", "peer", "peer_port")
RELATIONS: Relations = {
    "refused": Totals(("mac", *TALK), ("messages",), ("start",)),
    "talked": Totals(("mac", "ttl", *TALK), ("packets",), ("start", "frame"), ("end",)),
}
PACKETS = (
    *("eth_source", "ip_version", "ip_source", "icmp_type", "icmp_code"),
    *("quoted_source", "quoted_destination", "quoted_protocol"),
    *("quoted_source_port", "quoted_destination_port"),
)
CONNECTIONS = ("proto", "id.orig_p", "id.resp_p", "orig_gap_mean")


def refusals(packets: Rows) -> Kept:
    """Rows of relation `refused`: who says which answer came to a closed port of its own."""
    rows = packets.rows_with("quoted_destination_port")
    if not len(rows):
        return
    said = packets.at("icmp_type", rows) << 8 | packets.at("icmp_code", rows)
    four = packets.at("ip_version", rows) == 4
    wanted = {version: kind << 8 | code for version, (kind, code) in PORT_UNREACHABLE.items()}
    some = (said == np.where(four, wanted[4], wanted[6])) & (packets.at("quoted_protocol", rows) == UDP)
    rows = rows[some & packets.valid_at("eth_source", rows)]
    if len(rows):  # a router in between, or a firewall, says it in its own name
        itself = packets.octets_at("ip_source", rows) == packets.octets_at("quoted_destination", rows)
        rows = rows[itself.all(axis=1)]
    if len(rows):
        names = ("mac=eth_source", "address=quoted_destination", "peer=quoted_source", "start=time")
        ports = ("port=quoted_destination_port", "peer_port=quoted_source_port")
        yield "refused", kept(packets, rows, (*names, *ports), messages=np.int64(1))


def talks(connections: Rows, lone: int) -> Kept:
    """Rows of relation `talked`: who goes on asking by UDP, till when, and is answered."""
    rows = connections.rows_named("proto", "udp")
    if not len(rows):
        return
    sent = connections.at("orig_pkts", rows)
    some = (sent > lone) & (connections.at("resp_pkts", rows) > 0)
    some &= connections.valid_at("orig_l2_addr", rows)
    rows = rows[some]
    if len(rows):
        names = ("mac=orig_l2_addr", "ttl=orig_initial_ttl", "address=id.orig_h", "peer=id.resp_h")
        ports = ("port=id.orig_p", "peer_port=id.resp_p")
        when = ("start=ts", "frame=first_frame")
        sent = sent[some]
        last = connections.at("ts", rows) + connections.at("orig_gap_mean", rows) * (sent - 1)
        yield "talked", kept(connections, rows, (*names, *ports, *when), end=last, packets=sent)


def by_refused(
    claims: Claims, refused: pa.Table, talked: pa.Table, least: int, proofs: Proofs
) -> Iterator[Verdict]:
    """A verdict for each station that goes on asking in the name of one that refuses the answers.

    Args:
        claims: what is known of the stations.
        refused: see `refusals`.
        talked: see `talks`.
        least: refusals that are needed.
        proofs: the other thresholds.
    """
    if not refused.num_rows or not talked.num_rows:
        return
    by_talk: dict[tuple[object, ...], list[Row]] = {}
    for row in among(refused, TALK, talked).to_pylist():
        by_talk.setdefault(tuple(row[name] for name in TALK), []).append(row)
    by_mac: dict[bytes, list[tuple[Row, bytes]]] = {}
    for row in among(talked, TALK, refused).to_pylist():
        told = by_talk[tuple(row[name] for name in TALK)]
        owners = {one["mac"] for one in told}
        owner = next((one for one in sorted(owners) if row["address"] in claims.owned.get(one, ())), None)
        again = row["end"] > min(one["start"] for one in told)
        # A repeater, or a gateway that sends back to the link, hands on what the host asks and refuses alike.
        other = row["mac"] not in owners and row["mac"] != NO_MAC
        if owner and other and again and sum(one["messages"] for one in told) >= least:
            by_mac.setdefault(row["mac"], []).append((row, owner))
    for mac, pairs in sorted(by_mac.items()):
        forged = [{**row, "last": row["frame"]} for row, _ in pairs]
        if sum(row["packets"] for row in forged) < proofs.claims:
            continue
        taken, owner = pairs[0]
        why = (
            f"{address_text(taken['address'])}, which it sent from, lives at {mac_text(owner)}, which got "
            f"the answers and said again and again that its port {taken['port']} is closed; the questions "
            "from that port went on"
        )
        robbed = {address_text(row["address"]) for row in forged}
        verdict = accused(mac, forged, [why], True, claims.known.get(mac, set()), robbed)
        yield replace(verdict, confidence=CONFIDENCE)
