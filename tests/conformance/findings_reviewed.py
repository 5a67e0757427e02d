"""Findings in the captures of third parties that were looked at, packet by packet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Review:
    """What a finding turned out to be.

    Attributes:
        detector: who found it.
        captures: patterns that the end of the capture's path matches.
        true: whether it is what it says.
        why: how that is known.
    """

    detector: str
    captures: tuple[str, ...]
    true: bool
    why: str


MALTRAIL = "stamparm+maltrail/sensor/tests/corpus"

REVIEWED: tuple[Review, ...] = (
    Review(
        "host-sweep",
        (f"{MALTRAIL}/infection_scan.pcap",),
        true=True,
        why="Made, and labelled, as an attack: 40 hosts are asked for port 445.",
    ),
    Review(
        "port-scan",
        (f"{MALTRAIL}/port_scan.pcap",),
        true=True,
        why="Made, and labelled, as an attack: 20 ports in 20 s.",
    ),
    Review(
        "handshake-violation",
        (f"{MALTRAIL}/stealth_scan_*.pcap", f"{MALTRAIL}/mixed_soup.pcap"),
        true=True,
        why="Made, and labelled, as attacks: FIN, NULL and Xmas segments to many ports.",
    ),
    Review(
        "handshake-violation",
        (f"{MALTRAIL}/clean_tcp.pcap",),
        true=False,
        why="Made as ordinary handshakes, by a program that does not count: each SYN-ACK acknowledges 1, "
        "whatever the SYN's number was. What is said of the segments holds; no attack was meant.",
    ),
    Review(
        "fragment-overlap",
        ("stamparm+maltrail/sensor/tests/corpus/fragments.pcap",),
        true=True,
        why="Made as an attack: the last piece, octets 8 to 16, lies inside the first, 0 to 20, and would "
        "write over the TCP header.",
    ),
    Review(
        "fragment-overlap",
        ("zeek+zeek/testing/btest/Traces/ipv4/fragmented-4.pcap",),
        true=True,
        why="Made to test reassembly: the piece at 24 to 72 overlaps the one at 48 with other octets.",
    ),
    Review(
        "ping-of-death",
        ("zeek+zeek/testing/btest/Traces/ipv6-reassembly-state-leak.pcap",),
        true=True,
        why="Made to test reassembly: two datagrams come to 65,536 octets of payload, one more than RFC 8200 "
        "allows.",
    ),
    Review(
        "arp-scan",
        ("zeek+zeek/testing/btest/Traces/nmap-vsn.pcap",),
        true=True,
        why="nmap asks for 245 addresses in 2.1 s, and none answers.",
    ),
)
