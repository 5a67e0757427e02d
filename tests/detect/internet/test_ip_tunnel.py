from __future__ import annotations

import struct
from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests.detect.internet.pings import findings, ipv6
from tests.detect.support import caught, silent
from tests.wire import SYN, ethernet, ipv4, tcp, udp

INSIDE, OUTSIDE = "10.0.0.5", "192.0.2.9"
GRE = struct.pack(">HH", 0, 0x0800)


def inner6(source: str = "2001:db8::1", destination: str = "2001:db8::2") -> bytes:
    return ipv6(tcp(SYN), source, destination, 6)


CARRIED = {
    "6in4": (41, inner6()),
    "6to4": (41, inner6("2002:a00:5::1")),
    "isatap": (41, inner6("2001:db8::5efe:a00:5")),
    "ip-in-ip": (4, ipv4(tcp(SYN))),
    "gre": (47, GRE + ipv4(tcp(SYN))),
    "teredo": (17, udp(inner6("2001:0:c000:209::1"), 40_000, 3544)),
}


@pytest.mark.parametrize("name", ["ip-tunnel-6in4", "ip-tunnel-teredo"])
def test_a_hosts_own_tunnel_past_the_edge_is_of_low_severity(name: str) -> None:
    assert caught(name, "ip-tunnel").severity is Severity.LOW


@pytest.mark.parametrize("name", ["busy-browsing", "ping-flood-ipv6", "protocol-scan-nmap"])
def test_without_packets_in_packets_there_is_none(name: str) -> None:
    silent(name, "ip-tunnel")


@pytest.mark.parametrize("kind", CARRIED)
def test_each_kind_is_named(tmp_path: Path, kind: str) -> None:
    protocol, payload = CARRIED[kind]
    frames = [(0.0, ethernet(ipv4(payload, INSIDE, OUTSIDE, protocol)))]
    (finding,) = findings(tmp_path, frames, "ip-tunnel")
    assert finding.title.startswith(f"{kind} tunnel")
    assert finding.attackers == ((INSIDE,) if kind != "isatap" else finding.attackers)
    assert finding.severity is Severity.LOW


@pytest.mark.parametrize(
    ("source", "destination"), [(INSIDE, "10.9.0.1"), ("192.0.2.1", OUTSIDE), (OUTSIDE, INSIDE)]
)
def test_tunnels_that_no_inside_host_opens_outwards_are_facts(
    tmp_path: Path, source: str, destination: str
) -> None:
    frames = [(0.0, ethernet(ipv4(inner6(), source, destination, 41)))]
    (finding,) = findings(tmp_path, frames, "ip-tunnel")
    assert finding.severity is Severity.INFO
    assert finding.attackers == ()


def test_a_clients_many_peers_are_one_finding(tmp_path: Path) -> None:
    frames = [(n * 0.1, ethernet(ipv4(inner6(), INSIDE, f"192.0.2.{n}", 41))) for n in range(1, 60)]
    (finding,) = findings(tmp_path, frames, "ip-tunnel")
    assert finding.attackers == (INSIDE,)
    assert finding.counts["ends"] == 60
