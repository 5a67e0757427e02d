from __future__ import annotations

from pathlib import Path

from tests import wire
from tests.detect.built_messages import Timed, found
from tests.detect.support import caught, silent
from tests.flows.dialogues import Dialogue, Host, Message
from tests.wire import ACK, FIN, RST, SYN

NAME = "unexpected-source-port"
CLIENT, SERVER = "10.0.0.1", "192.0.2.7"


def tried(ports: list[int], source_port: int = 53, begin: float = 0.0, client: str = CLIENT) -> list[Timed]:
    """SYNs that are refused."""
    frames: list[Timed] = []
    for index, port in enumerate(ports):
        time = begin + 0.1 * index
        frames.append((time, wire.tcp_frame(SYN, source_port, port, client, SERVER)))
        frames.append((time + 0.01, wire.tcp_frame(RST | ACK, port, source_port, SERVER, client)))
    return frames


def connected(source_port: int, port: int, begin: float, client: str, server: str) -> list[Timed]:
    """A handshake, and an end in order."""
    hosts = Host(wire.ALICE, client, source_port), Host(wire.BOB, server, port)
    steps = [(0, SYN, 100, 0), (1, SYN | ACK, 900, 101), (0, ACK, 101, 901), (0, FIN | ACK, 101, 901)]
    messages = [
        Message(index * 10_000_000, sender, flags=flags, sequence=sequence, acknowledgment=acknowledgment)
        for index, (sender, flags, sequence, acknowledgment) in enumerate(steps)
    ]
    dialogue = Dialogue(6, hosts, tuple(messages))
    return [(begin + (time - wire.START) / 1e9, octets) for time, octets in dialogue.frames()]


def test_real_tools() -> None:
    assert caught("unexpected-source-port-nmap", NAME).counts["source_port"] == 53
    assert caught("unexpected-source-port-client", NAME).counts["completed"] == 2


def test_three_connections_from_one_port(tmp_path: Path) -> None:
    for count, expected in ((2, 0), (3, 1)):
        assert len(found(tmp_path, tried(list(range(80, 80 + count))), NAME)) == expected


def test_ten_minutes_are_counted_together(tmp_path: Path) -> None:
    for pause, expected in ((150.0, 1), (3600.0, 0)):
        frames = [frame for index in range(8) for frame in tried([80 + index], begin=index * pause)]
        assert len(found(tmp_path, frames, NAME)) == expected


def test_a_host_that_speaks_to_itself_passes_no_filter(tmp_path: Path) -> None:
    assert not found(tmp_path, tried([80, 81, 82, 83], client=SERVER), NAME)


def test_ports_of_clients_and_the_same_port_on_both_sides(tmp_path: Path) -> None:
    assert not found(tmp_path, tried([80, 81, 82, 83], 40_000), NAME)
    assert not found(tmp_path, [frame for begin in range(5) for frame in tried([53], 53, begin)], NAME)


def test_the_port_mapper_wants_a_port_below_1024(tmp_path: Path) -> None:
    assert not found(tmp_path, [frame for begin in range(5) for frame in tried([111], 80, begin)], NAME)


def test_a_source_that_takes_its_ports_in_turn(tmp_path: Path) -> None:
    for ports, expected in (((20, 21, 22, 23), 4), ((20, 21, 22, 23, 25), 0)):
        frames = [
            frame for begin, port in enumerate(ports) for frame in tried([80, 81, 82], port, float(begin))
        ]
        assert len(found(tmp_path, frames, NAME)) == expected


def test_ftp_comes_back_from_port_20(tmp_path: Path) -> None:
    control = connected(40_000, 21, 0.0, CLIENT, SERVER)
    data = [frame for index in range(4) for frame in connected(20, 50_000 + index, index + 1, SERVER, CLIENT)]
    failed = tried([50_010, 50_011, 50_012], 20, 10.0)
    assert not found(tmp_path, [*control, *data], NAME)
    assert not found(tmp_path, data, NAME)
    assert found(tmp_path, failed, NAME)


def test_udp_must_go_to_several_services(tmp_path: Path) -> None:
    for ports, expected in (((69, 161), 0), ((69, 161, 500), 1), ((5000, 5001, 5002), 0)):
        frames = [
            (float(index), wire.ethernet(wire.ipv4(wire.udp(b"?", 53, port), CLIENT, SERVER, 17)))
            for index, port in enumerate((*ports, *ports))
        ]
        told = found(tmp_path, frames, NAME)
        assert len(told) == expected
        assert all(finding.counts["source_port"] == 53 for finding in told)


def test_ordinary_traffic() -> None:
    for name in ("busy-browsing", "syn-flood-spoofed", "port-scan-syn", "monitoring"):
        silent(name, NAME)
