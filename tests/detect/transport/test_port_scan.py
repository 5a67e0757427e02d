from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.detect import relations
from netanatomy.detect.transport.port_scan import Config
from netanatomy.schema.findings import Severity
from tests import wire
from tests.detect.built import SECOND, datagram, found, segment
from tests.detect.support import caught, silent
from tests.detect.support import findings as findings_of
from tests.wire import ACK, FIN, RST, SYN

SCANNER, TARGET = "10.0.0.1", "192.0.2.7"

KINDS = {
    "port-scan-syn": "SYN scan",
    "port-scan-connect": "connect scan",
    "port-scan-fin": "FIN scan",
    "port-scan-null": "NULL scan",
    "port-scan-xmas": "Xmas scan",
    "port-scan-ack": "ACK or Window scan",
    "port-scan-maimon": "Maimon scan",
    "port-scan-udp": "UDP scan",
    "port-scan-sctp": "SCTP scan",
    "port-scan-slow": "slow SYN scan",
    "port-scan-masscan": "SYN scan",
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_scan_is_told_by_its_name(name: str) -> None:
    assert KINDS[name] in caught(name, "port-scan").title


def test_of_a_scan_with_decoys_nobody_is_accused() -> None:
    finding = caught("port-scan-decoy", "port-scan")
    assert finding.attackers == ()
    assert "198.51.100.66" in finding.others["claimed"]
    assert len(finding.others["claimed"]) == 5
    assert finding.rule is None


def test_browsing_floods_and_traceroute_are_no_scans() -> None:
    for name in ("busy-browsing", "syn-flood-spoofed", "syn-flood-known", "tcp-flood-rst", "udp-flood-port"):
        silent(name, "port-scan")
    silent("traceroute-ways", "port-scan")


def refused(port: int, time: int, flags: int = SYN, hosts: tuple[str, str] = (SCANNER, TARGET)) -> list:
    """A probe of a port, and the RST that refuses it."""
    there, back = hosts, (hosts[1], hosts[0])
    return [
        (time, segment(flags, (40_000, port), hosts=there)),
        (time + 1_000, segment(RST | ACK, (port, 40_000), hosts=back, mac=wire.BOB)),
    ]


@pytest.mark.parametrize(("ports", "findings"), [(14, 0), (15, 1)])
def test_fifteen_ports_are_a_scan(tmp_path: Path, ports: int, findings: int) -> None:
    frames = [frame for port in range(1, ports + 1) for frame in refused(port, port * SECOND)]
    assert len(found(tmp_path, frames, "port-scan")) == findings


@pytest.mark.parametrize(("ports", "findings"), [(29, 0), (30, 1)])
def test_high_ports_alone_must_be_more(tmp_path: Path, ports: int, findings: int) -> None:
    """Passive FTP through a filter tries many high ports, too."""
    frames = [frame for port in range(ports) for frame in refused(40_100 + port, port * SECOND)]
    assert len(found(tmp_path, frames, "port-scan")) == findings


def test_a_port_tried_often_is_one_port(tmp_path: Path) -> None:
    frames = []
    for number in range(100):
        frames.append((number * SECOND, segment(SYN, (40_000 + number, 80), hosts=(SCANNER, TARGET))))
    assert not found(tmp_path, frames, "port-scan")


def test_a_scan_over_two_hours_is_counted_by_the_hour(tmp_path: Path) -> None:
    """Ten ports in each of many hours are below the threshold in every one."""
    frames = [
        frame
        for hour in range(4)
        for port in range(10)
        for frame in refused(1 + hour * 10 + port, hour * 3_600 * SECOND + port * SECOND)
    ]
    assert not found(tmp_path, frames, "port-scan")


def test_unanswered_datagrams_to_high_ports_are_none(tmp_path: Path) -> None:
    frames = [(port * SECOND, datagram(b"x" * 20, (5_004, 20_000 + port))) for port in range(60)]
    assert not found(tmp_path, frames, "port-scan")


def test_unanswered_datagrams_to_system_ports_are_one(tmp_path: Path) -> None:
    frames = [(port * SECOND, datagram(b"", (45_004, port))) for port in range(1, 31)]
    (finding,) = found(tmp_path, frames, "port-scan")
    assert "UDP scan" in finding.title
    assert finding.severity is Severity.MEDIUM


def test_one_side_of_conversations_is_no_scan(tmp_path: Path) -> None:
    """A capture of one direction shows handshakes without answers, and the client goes on."""
    frames = []
    for number in range(40):
        ports = (40_000 + number, 100 + number)
        frames += [
            (number * SECOND, segment(SYN, ports)),
            (number * SECOND + 1_000, segment(ACK, ports, (2, 1))),
            (number * SECOND + 2_000, segment(ACK | 8, ports, (2, 1), b"hello")),
            (number * SECOND + 3_000, segment(FIN | ACK, ports, (7, 1))),
        ]
    assert not found(tmp_path, frames, "port-scan")


def shared(sources: int, ports: int, *, gap: int = 0, overlap: int = 0, few: int = 0) -> list:
    """Sources that share ports: each its own ones, `overlap` of them also another's, the last `few` less."""
    frames = []
    for number in range(sources):
        hosts = (f"198.51.100.{number + 1}", TARGET)
        first = number * (ports - overlap) + 1
        mine = range(first, first + ports - (few if number == sources - 1 else 0))
        for index, port in enumerate(mine):
            frames += refused(port, number * gap + index * SECOND // 10 + number * 1_000, hosts=hosts)
    return frames


def test_who_share_the_ports_of_a_host_are_one_scan(tmp_path: Path) -> None:
    finding = caught("port-scan-held-shared", "port-scan")
    assert (len(finding.attackers), finding.counts["ports"]) == (8, 320)
    (finding,) = found(tmp_path, shared(3, 20), "port-scan")
    assert len(finding.attackers) == 3
    assert finding.counts["ports"] == 60


@pytest.mark.parametrize(
    "how",
    [
        {"sources": 2, "ports": 20},
        {"sources": 3, "ports": 20, "gap": 61 * SECOND},
        {"sources": 3, "ports": 20, "overlap": 3},
        {"sources": 3, "ports": 40, "few": 21},
    ],
)
def test_who_scan_beside_each_other_are_told_apart(tmp_path: Path, how: dict[str, int]) -> None:
    """Two only, at other times, of common ports, or of unequal numbers: it may be chance."""
    findings = found(tmp_path, shared(**how), "port-scan")
    assert [len(finding.attackers) for finding in findings] == [1] * how["sources"]


@pytest.mark.parametrize(("octets", "pause", "findings"), [(300, 10, 0), (200, 10, 1), (300, 21, 1)])
def test_large_datagrams_at_once_are_a_flood(tmp_path: Path, octets: int, pause: int, findings: int) -> None:
    """Length with headers, and ms between two: from 256 octets and 50 a second on it is no scan."""
    silent("udp-flood-held-bot", "port-scan")
    payload = bytes(octets - 28)
    frames = [
        (index * pause * SECOND // 1_000, datagram(payload, (40_000, index + 1), (SCANNER, TARGET)))
        for index in range(200)
    ]
    assert len(found(tmp_path, frames, "port-scan")) == findings


def many_ports(ports: int, first: int = 1) -> list:
    """SYNs to so many ports, 500 a second, without an answer."""
    return [
        (number * SECOND // 500, segment(SYN, (40_000, first + number), hosts=(SCANNER, TARGET)))
        for number in range(ports)
    ]


def test_many_ports_are_counted_exactly(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, many_ports(3_000), "port-scan")
    assert finding.counts == {"ports": 3_000, "open": 0, "attempts": 3_000, "hosts": 1}
    assert finding.title == f"{SCANNER} scans {TARGET}: SYN scan, 3000 ports"
    assert "tried 3000 ports" in finding.reason
    assert "by 3000 tries in all" in finding.reason


def test_where_there_is_no_room_ports_are_told_as_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relations, "ROWS_A_KEY", 0)
    (finding,) = found(tmp_path, many_ports(1_500), "port-scan")
    assert finding.counts["ports_at_least"] == 1_024
    assert "ports" not in finding.counts
    assert finding.title.endswith("SYN scan, at least 1024 ports")
    assert "tried at least 1024 ports" in finding.reason


def test_of_several_hosts_the_most_ports_are_told(tmp_path: Path) -> None:
    other = [
        frame for port in range(1, 21) for frame in refused(port, port * SECOND, hosts=(SCANNER, "192.0.2.8"))
    ]
    (finding,) = found(tmp_path, [*many_ports(40), *other], "port-scan")
    assert finding.title == f"{SCANNER} scans 2 hosts: SYN scan, up to 40 ports"
    assert "tried up to 40 ports of each of 2 hosts" in finding.reason


def test_probes_in_pieces_are_shown_by_the_piece_that_completes_them() -> None:
    (finding,) = findings_of("tiny-fragments-nmap", "port-scan")
    piece = finding.evidence[0]
    assert (piece.frame, piece.layer, piece.field) == (170, "internet", "payload")
    assert (piece.offset, piece.length, piece.value) == (34, 8, "60 2a 00 00 02 04 05 b4")


@pytest.mark.parametrize(
    ("settings", "sources"),
    [({"sharers": 4}, [1, 1, 1]), ({"own_share": 0.5}, [3]), ({"same_time": 1}, [1, 1, 1])],
)
def test_what_is_one_scan_can_be_set(tmp_path: Path, settings: dict, sources: list[int]) -> None:
    frames = shared(3, 20, overlap=3 if "own_share" in settings else 0, gap=2 * SECOND)
    findings = found(tmp_path, frames, "port-scan", configs={"port-scan": Config(**settings)})
    assert [len(finding.attackers) for finding in findings] == sources


@pytest.mark.parametrize("settings", [{"bulky": 400}, {"flood_rate": 200}])
def test_what_is_a_flood_can_be_set(tmp_path: Path, settings: dict) -> None:
    frames = [
        (index * SECOND // 100, datagram(bytes(272), (40_000, index + 1), (SCANNER, TARGET)))
        for index in range(200)
    ]
    assert not found(tmp_path, frames, "port-scan")
    assert found(tmp_path, frames, "port-scan", configs={"port-scan": Config(**settings)})
