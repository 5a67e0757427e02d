from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.detect import relations
from netanatomy.detect.transport.host_sweep import Config
from tests.detect.built import SECOND, Talk, datagram, found, segment
from tests.detect.support import caught, silent
from tests.wire import ACK, FIN, RST, SYN

SWEEPER = "10.0.0.1"


@pytest.mark.parametrize("name", ["host-sweep-nmap", "host-sweep-masscan", "host-sweep-slow"])
def test_sweeps_are_found(name: str) -> None:
    assert caught(name, "host-sweep").counts["hosts"] >= 25


def test_scans_and_floods_of_one_host_are_no_sweeps() -> None:
    for name in ("busy-browsing", "port-scan-syn", "syn-flood-spoofed", "tcp-flood-backscatter"):
        silent(name, "host-sweep")


def tries(hosts: int, ports: tuple[int, ...] = (445,)) -> list:
    """One SYN to each host, without an answer."""
    return [
        (number * SECOND, segment(SYN, (40_000 + number, ports[number % len(ports)]), hosts=(SWEEPER, host)))
        for number, host in enumerate(f"198.51.100.{last}" for last in range(1, hosts + 1))
    ]


@pytest.mark.parametrize(("hosts", "findings"), [(24, 0), (25, 1)])
def test_twenty_five_hosts_are_a_sweep(tmp_path: Path, hosts: int, findings: int) -> None:
    assert len(found(tmp_path, tries(hosts), "host-sweep")) == findings


def test_peers_listen_on_ports_of_their_own(tmp_path: Path) -> None:
    assert not found(tmp_path, tries(200, tuple(range(6_000, 6_100))), "host-sweep")


def test_a_port_that_peers_share_by_chance_is_no_sweep(tmp_path: Path) -> None:
    """30 of 200 hosts listen on one port, the others on their own: it is a peer, not a sweeper."""
    ports = tuple(6_881 if number < 30 else 10_000 + number for number in range(200))
    assert not found(tmp_path, tries(200, ports), "host-sweep")


def test_a_crawler_reaches_most(tmp_path: Path) -> None:
    frames = tries(30, (80,))
    for number in range(30):
        talk = Talk((50_000 + number, 80), (SWEEPER, f"203.0.113.{number + 1}"), number * SECOND)
        talk.tell(number * SECOND + 10**7, 0, 24, b"GET / HTTP/1.0\r\n\r\n")
        talk.tell(number * SECOND + 2 * 10**7, 1, 24, b"HTTP/1.0 200 OK\r\n\r\n")
        frames += talk.frames
    assert not found(tmp_path, frames, "host-sweep")


def test_health_checks_try_the_same_dead_hosts_again(tmp_path: Path) -> None:
    frames = [
        (turn * 10 * SECOND + number, segment(SYN, (1_024 + turn * 40 + number, 80), hosts=(SWEEPER, host)))
        for turn in range(20)
        for number, host in enumerate(f"198.51.100.{last}" for last in range(1, 31))
    ]
    assert not found(tmp_path, frames, "host-sweep")


def test_group_addresses_are_no_hosts(tmp_path: Path) -> None:
    frames = [
        (number * SECOND, datagram(b"hello", (5_353, 5_353), (SWEEPER, f"239.255.1.{number}")))
        for number in range(1, 60)
    ]
    assert not found(tmp_path, frames, "host-sweep")


def opened(hosts: int, begin: int) -> list:
    """Hosts whose port is open: a connection is opened and closed again, and nothing is said."""
    frames = []
    for number in range(hosts):
        talk = Talk((50_000 + number, 445), (SWEEPER, f"203.0.113.{number + 1}"), begin + number * SECOND)
        talk.tell(begin + number * SECOND + 10**7, 0, FIN | ACK)
        talk.tell(begin + number * SECOND + 2 * 10**7, 1, RST | ACK)
        frames += talk.frames
    return frames


@pytest.mark.parametrize(
    ("failed", "there", "findings"), [(13, 12, 1), (13, 11, 0), (12, 13, 0), (25, 60, 1)]
)
def test_hosts_that_open_the_port_count_where_most_do_not(
    tmp_path: Path, failed: int, there: int, findings: int
) -> None:
    frames = [*tries(failed), *opened(there, 30 * SECOND)]
    assert len(found(tmp_path, frames, "host-sweep")) == findings


def test_health_checks_of_many_hosts_of_which_some_are_down(tmp_path: Path) -> None:
    assert not found(tmp_path, [*tries(8), *opened(40, 30 * SECOND)], "host-sweep")


def test_a_sweep_by_hand_of_which_some_answer() -> None:
    finding = caught("host-sweep-held-lateral", "host-sweep")
    assert (finding.counts["hosts"], finding.attackers) == (26, ("10.20.0.103",))


def test_a_dhcp_server_answers_and_sweeps_nothing(tmp_path: Path) -> None:
    silent("dhcp-starvation-held-macchange", "host-sweep")
    for ports, findings in (((67, 68), 0), ((547, 546), 0), ((1067, 68), 1), ((67, 161), 1)):
        frames = [
            (number * SECOND, datagram(b"x" * 20, ports, (SWEEPER, f"198.51.100.{number + 1}")))
            for number in range(40)
        ]
        # Somebody else is answered: the capture is no one-way one.
        frames += [
            (0, datagram(b"?", (5_000, 53), (SWEEPER, "192.0.2.53"))),
            (1_000, datagram(b"!", (53, 5_000), ("192.0.2.53", SWEEPER))),
        ]
        assert len(found(tmp_path, frames, "host-sweep")) == findings


def far(number: int) -> str:
    return f"198.18.{number >> 8}.{number & 255}"


def test_many_hosts_are_counted_exactly(tmp_path: Path) -> None:
    """No more hosts than tries; one that is silent first and refuses then is one."""
    frames = [
        (number * SECOND // 500, segment(SYN, (40_000, 445), hosts=(SWEEPER, far(number + 1))))
        for number in range(2_000)
    ]
    refused = segment(RST | ACK, (445, 40_001), (0, 2), hosts=(far(1), SWEEPER))
    frames += [
        (5 * SECOND, segment(SYN, (40_001, 445), hosts=(SWEEPER, far(1)))),
        (5 * SECOND + 1_000, refused),
    ]
    (finding,) = found(tmp_path, frames, "host-sweep")
    assert (finding.counts["hosts"], finding.counts["attempts"]) == (2_000, 2_001)
    assert finding.title == f"{SWEEPER} looks for port 445 at 2000 hosts (SYN sweep)"
    assert "at 2000 hosts that" in finding.reason
    assert "2001 times in" in finding.reason


def test_where_there_is_no_room_hosts_are_told_as_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relations, "ROWS_A_KEY", 0)
    frames = [
        (number * SECOND // 500, segment(SYN, (40_000, 445), hosts=(SWEEPER, far(number + 1))))
        for number in range(1_500)
    ]
    (finding,) = found(tmp_path, frames, "host-sweep")
    assert finding.counts["hosts_at_least"] == 1_024
    assert "at least 1024 hosts" in finding.title
    assert "at least 1024 hosts" in finding.reason


def test_conversations_that_share_a_counter_are_told_as_a_bound(tmp_path: Path) -> None:
    """Counters that several sources share are too great, never too small."""
    talk = Talk((50_000, 445), (SWEEPER, "203.0.113.9"), 60 * SECOND)
    talk.say(61 * SECOND, 0, b"hello")
    talk.say(62 * SECOND, 1, b"there")
    (finding,) = found(tmp_path, [*tries(40), *talk.frames], "host-sweep")
    assert finding.counts["with_data_at_most"] == 1
    assert "at most 1 conversation there moved data" in finding.reason
    (finding,) = found(tmp_path, tries(40), "host-sweep")
    assert finding.counts["with_data"] == 0


@pytest.mark.parametrize(("ports", "findings"), [(2, 0), (3, 1)])
def test_from_how_many_ports_on_it_is_a_port_scan_can_be_set(
    tmp_path: Path, ports: int, findings: int
) -> None:
    frames = tries(120, (445, 139))
    told = found(tmp_path, frames, "host-sweep", configs={"host-sweep": Config(ports=ports)})
    assert len(told) == findings
