"""LAND: packets that come from the victim itself, as it seems.

What it is:
    Source and destination are the same address, and with TCP or UDP often the same port. A host that
    answers such a packet answers itself, and old systems did so without end. It is an attack on the
    internet layer by a forged source; today it mostly serves to get past rules that trust the host's own
    address.

Exchange:
    attacker                                              victim 10.0.0.1
       | -- SYN, from 10.0.0.1:80 to 10.0.0.1:80 ------------> |
       |                                                       | -- SYN-ACK to itself
       |                                                       | <- …

How it is recognised:
    At least `packets` packets whose source is their destination on a link between machines, where nothing
    is answered in the capture: a host that talks to itself does so inside.

What looks the same:
- A loopback interface, or a capture of all interfaces: frames there have no link-layer addresses. These
  conversations are answered as well.
- A client that reaches its own server through a router that translates addresses (hairpin NAT): both sides
  are seen, from different ports.

How to stop it:
- Drop packets with the host's or network's own source address that come in from outside (RFC 2827), as in
  the rule.
- Linux drops them by itself unless `accept_local` is set.

Limits:
    Who sends them is not known but for the link-layer address, which is a router's where they come from
    afar.

In the lab:
    python -m lab.scenarios land-hping3      (hping3 -S -s 80 -k -p 80 -a 10.20.0.10 10.20.0.10)

References:
- CVE-1999-0016, Land IP denial of service
- CVE-2005-0688, the same in Windows XP and 2003
- RFC 2827, Network Ingress Filtering
- MITRE ATT&CK T1499.004, Endpoint Denial of Service: Application or System Exploitation
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.echoes import is_group, is_ipv4
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.arrays import one_of
from netanatomy.tables.text import address_text, mac_text

NO_MAC = bytes(6)
"""Source of frames on a loopback interface."""
NAMED = 16
"""Link-layer addresses that are named."""
HAVE_PORTS = frozenset({6, 17})  # TCP and UDP


@frozen
class Config:
    """Thresholds."""

    packets: int = threshold(3, "packets", "packets from the victim to itself", "one or two may be damaged")


def observe(tables: Tables, config: Config) -> Kept:
    """Conversations of an address with itself."""
    connections = tables.connections
    if not connections.count:
        return
    origin = connections.octets("id.orig_h")
    # Most differ in their last octets already; only those that do not are compared whole.
    rows = np.flatnonzero(
        (origin[:, 15] == connections.octets("id.resp_h")[:, 15])
        & (origin[:, 14] == connections.octets("id.resp_h")[:, 14])
    )
    rows = rows[(origin[rows] == connections.octets("id.resp_h")[rows]).all(axis=1)]
    rows = rows[~_is_own(origin[rows])]
    answers = connections.at("resp_pkts", rows)
    yield (
        "conversations",
        kept(
            connections,
            rows,
            (
                *("address=id.orig_h", "mac=orig_l2_addr", "protocol=ip_proto", "port=id.resp_p"),
                *("start=ts", "end=last_time"),
            ),
            packets=connections.at("orig_pkts", rows) + answers,
            answers=answers,
            same_port=(connections.at("id.orig_p", rows) == connections.at("id.resp_p", rows)).astype(
                np.int64
            ),
        ),
    )
    for frame, time in (("first_frame", "ts"), ("last_frame", "last_time")):
        yield (
            "frames",
            kept(
                connections,
                rows,
                ("address=id.orig_h", "mac=orig_l2_addr", f"time={time}", f"frame={frame}"),
                depth=np.uint8(0),
            ),
        )


def _is_own(
    octets: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Addresses that mean the host itself, or nobody, or a group: 127/8, 0/8, ::1, ::, multicast."""
    four = is_ipv4(octets) & one_of(octets[:, 12], (0, 127))
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        four | is_group(octets) | ((octets[:, :15] == 0).all(axis=1) & (octets[:, 15] < 2))
    )
    return found


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each address."""
    frames = summary.groups("frames", "address")
    for (address,), rows in summary.groups("conversations", "address").items():
        # Where one conversation is answered the host talks to itself in sight of the capture.
        if any(row["answers"] for row in rows):
            continue
        wired = [row for row in rows if row["mac"] and row["mac"] != NO_MAC]
        if sum(row["packets"] for row in wired) >= config.packets:
            yield _verdict(address, wired, [row for row in frames[address,] if row["mac"]])


def _verdict(octets: bytes, rows: Sequence[Row], frames: Sequence[Row]) -> Verdict:
    address = address_text(octets)
    packets = sum(row["packets"] for row in rows)
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    ports = sorted({row["port"] for row in rows if row["protocol"] in HAVE_PORTS})
    same = sum(row["same_port"] for row in rows) > 0 and bool(ports)
    macs = tuple(sorted({mac_text(row["mac"]) for row in rows}))[:NAMED]
    itself = where(ip_source=address, ip_destination=address)
    return Verdict(
        subject=address,
        title=f"LAND: {packets} packets to {address} that claim to come from itself",
        severity=Severity.MEDIUM,
        confidence=0.95 if same else 0.85,
        victims=(address,),
        others={"sender": macs, "claimed": (address,)},
        start=start,
        end=end,
        counts={"packets": packets, "ports": len(ports)},
        reason=(
            f"{packets} packets to {address} have {address} as their source too"
            f"{', even with the same port' if same else ''}. A host's packets to itself never leave it, and "
            f"these came over a link, from {', '.join(macs[:3])}: the source is forged. None was answered in "
            "this capture."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "ip_source", "source that is its destination")
            for row in sorted(frames, key=lambda row: int(row["frame"]))[:5]
        ),
        frames=packets,
        scope=(Selector((*itself, *between(start, end))),),
        rule=Rule(matches=itself),
        advice=("sysctl -w net.ipv4.conf.all.rp_filter=1",),
    )


DETECTOR = Detector(
    name="land",
    title="LAND",
    layer="internet",
    techniques=("T1499.004",),
    config=Config(),
    relations={
        "conversations": Totals(
            ("address", "mac", "protocol", "port"), ("packets", "answers", "same_port"), ("start",), ("end",)
        ),
        "frames": First(("address", "mac")),
    },
    observe=observe,
    judge=judge,
    connections=(
        *("ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "ip_proto", "orig_pkts", "resp_pkts"),
        *("orig_l2_addr", "first_frame", "last_frame", "last_time"),
    ),
    explains=("ip-spoofing", "syn-flood", "udp-flood", "ping-flood"),
)
