from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest

import netanatomy
from netanatomy.detect.registry import detectors
from netanatomy.detect.settings import settings
from netanatomy.schema.findings import Finding, Severity
from tests import wire
from tests.detect.built import SECOND, Talk, datagram, found, shortened
from tests.detect.support import caught, silent
from tests.flows.dialogues import capture_of

VICTIM = "192.0.2.7"


@pytest.mark.parametrize("name", ["udp-flood-spoofed", "udp-flood-t50"])
def test_forged_sources_are_not_accused(name: str) -> None:
    assert caught(name, "udp-flood").attackers == ()


def test_a_known_source_is_named() -> None:
    assert caught("udp-flood-port", "udp-flood").counts["refused"] >= 5


def test_browsing_and_scans_are_no_flood() -> None:
    for name in ("busy-browsing", "port-scan-udp", "traceroute-ways"):
        silent(name, "udp-flood")


def alive() -> list:
    """The victim talks to somebody."""
    talk = Talk((50_000, 80), ("10.0.0.9", VICTIM))
    talk.tell(10**7, 0, 24, b"GET / HTTP/1.0\r\n\r\n")
    talk.tell(2 * 10**7, 1, 24, b"HTTP/1.0 200 OK\r\n\r\n")
    return talk.frames


def client(second: int, number: int) -> str:
    return f"203.{second}.{number // 200}.{number % 200 + 1}"


def flood(rate: int, seconds: int = 2) -> list:
    """Datagrams from addresses of their own."""
    return [
        (
            second * SECOND + number * SECOND // (rate + 1),
            datagram(
                b"x", (1_024 + number, 53), (f"203.{second}.{number // 200}.{number % 200 + 1}", VICTIM)
            ),
        )
        for second in range(seconds)
        for number in range(rate)
    ]


@pytest.mark.parametrize(("rate", "findings"), [(49, 0), (50, 1)])
def test_fifty_a_second_for_two_seconds(tmp_path: Path, rate: int, findings: int) -> None:
    assert len(found(tmp_path, alive() + flood(rate), "udp-flood")) == findings


def test_a_host_that_is_never_heard_of_may_be_one_side_of_a_capture(tmp_path: Path) -> None:
    assert not found(tmp_path, flood(200, 5), "udp-flood")


def test_a_busy_resolver_answers(tmp_path: Path) -> None:
    frames = alive()
    for time, octets in flood(200, 3):
        number = len(frames)
        frames.append((time, octets))
        other = client(time // SECOND, number)
        frames.append((time + 1_000, datagram(b"?", (20_000 + number, 53), (other, VICTIM))))
        frames.append((time + 2_000, datagram(b"!", (53, 20_000 + number), (VICTIM, other))))
    assert not found(tmp_path, frames, "udp-flood")


def test_a_stream_between_two_ports_is_none(tmp_path: Path) -> None:
    assert not found(tmp_path, alive() + stream(2_000, 3, numbered=True), "udp-flood")


Timed = tuple[int, bytes]


def told_of(folder: Path, frames: Iterable[Timed], setting: str = "", *only: str) -> list[Finding]:
    """What some detectors, or all, tell of frames, with a threshold of udp-flood set."""
    path = folder / "told.pcap"
    path.write_bytes(capture_of((wire.START + time, octets) for time, octets in sorted(frames)))
    set_to = settings(f"[detectors.udp-flood]\n{setting}\n", detectors())
    return list(netanatomy.open(path).findings(set_to, only=only or None))


def grave(told: Iterable[Finding]) -> list[Finding]:
    """Those of medium severity and above."""
    return [one for one in told if one.severity.rank >= Severity.MEDIUM.rank]


def stream(
    rate: int,
    seconds: int,
    *,
    numbered: bool = False,
    ports: tuple[int, int] = (5_004, 5_006),
    source: str = "10.0.0.1",
    size: int = 160,
) -> list[Timed]:
    """Datagrams between two ports: numbered as those of RTP are (RFC 3550), or saying the same each."""
    frames = []
    for number in range(rate * seconds):
        said = struct.pack(">BBHII", 0x80, 0, number % 65_536, number * 160, 7) if numbered else b""
        frames.append((number * SECOND // rate, datagram(said.ljust(size, b"v"), ports, (source, VICTIM))))
    return frames


@pytest.mark.parametrize("name", ["distributed", "ipv6"])
def test_few_sources_that_say_the_same_again_and_again(name: str) -> None:
    finding = caught(f"udp-flood-held-{name}", "udp-flood")
    assert finding.attackers
    assert all(piece.field == "payload" for piece in finding.evidence)


@pytest.mark.parametrize(("rate", "findings"), [(149, 0), (150, 1)])
def test_the_same_a_hundred_and_fifty_times_a_second(tmp_path: Path, rate: int, findings: int) -> None:
    told = found(tmp_path, alive() + stream(rate, 4), "udp-flood")
    assert [finding.attackers for finding in told] == [("10.0.0.1",)] * findings


@pytest.mark.parametrize(("size", "findings"), [(31, 0), (32, 1)])
def test_counters_and_keep_alives_are_short(tmp_path: Path, size: int, findings: int) -> None:
    assert len(found(tmp_path, alive() + stream(300, 3, size=size), "udp-flood")) == findings


def test_calls_into_a_recorder_are_numbered(tmp_path: Path) -> None:
    frames = alive()
    for call in range(40):
        ports, source = (16_384 + 2 * call, 20_000 + 2 * call), f"10.0.2.{call + 1}"
        frames += stream(50, 3, numbered=True, ports=ports, source=source, size=172)
    assert not found(tmp_path, frames, "udp-flood")


@pytest.mark.parametrize("port", [514, 2055, 4789, 6343, 8125])
def test_collectors_and_tunnels_never_answer(tmp_path: Path, port: int) -> None:
    """Also where a program opens a new socket for every counter, or says the same each time."""
    frames = alive() + stream(300, 3, ports=(40_000, port))
    for number in range(600):
        frames.append((number * SECOND // 200, datagram(b"hits:1|c", (20_000 + number, port))))
    assert not found(tmp_path, frames, "udp-flood")


def test_who_says_little_to_the_same_port_is_not_accused(tmp_path: Path) -> None:
    frames = alive() + stream(300, 3)
    frames += [
        (number * SECOND // 10, datagram(b"state", (9, 5_006), ("10.0.0.8", VICTIM))) for number in range(30)
    ]
    (finding,) = found(tmp_path, frames, "udp-flood")
    assert finding.attackers == ("10.0.0.1",)


@pytest.mark.parametrize(("operation", "findings"), [(1, 0), (2, 1)])
def test_who_answers_arp_is_there(tmp_path: Path, operation: int, findings: int) -> None:
    """Nothing else of the victim is in the capture; a request may be heard everywhere."""
    told = (0, wire.arp(operation, wire.BOB, VICTIM, "192.0.2.1"))
    assert len(found(tmp_path, [told, *stream(200, 3)], "udp-flood")) == findings


@pytest.mark.parametrize(
    ("rate", "severity"),
    [(249, None), (250, Severity.MEDIUM), (999, Severity.MEDIUM), (1_000, Severity.HIGH)],
)
def test_the_same_to_a_host_that_is_never_heard(tmp_path: Path, rate: int, severity: Severity | None) -> None:
    """Its filter drops what comes."""
    told = found(tmp_path, stream(rate, 4), "udp-flood")
    assert [(one.attackers, one.severity) for one in told] == [(("10.0.0.1",), severity)] * bool(severity)
    assert all("no answer of 192.0.2.7" in one.reason for one in told)
    assert all(one.confidence < 0.7 for one in told)


def test_many_hosts_that_are_never_heard(tmp_path: Path) -> None:
    frames = []
    for host in range(5):
        hosts = ("10.0.0.1", f"10.{host + 1}.1.7")
        frames += [
            (number * SECOND // 300, datagram(b"x" * 100, (5_555, 9), hosts)) for number in range(1_200)
        ]
    told = told_of(tmp_path, frames)
    assert {victim for one in told for victim in one.victims} == {f"10.{host + 1}.1.7" for host in range(5)}
    assert {one.detector for one in told} == {"udp-flood"}


def test_nobody_answers_for_a_group(tmp_path: Path) -> None:
    for group in ("239.1.1.1", "192.0.2.255"):
        frames = [
            (number * SECOND // 400, datagram(b"v" * 160, (5_004, 5_006), ("10.0.0.1", group)))
            for number in range(1_600)
        ]
        assert not found(tmp_path, frames, "udp-flood")


def test_controllers_that_each_repeat_their_state_are_none(tmp_path: Path) -> None:
    """One side of the capture, or a collector that never answers: together they are fast."""
    frames = []
    for number in range(8):
        frames += stream(100, 4, source=f"10.0.0.{20 + number}", ports=(2_000 + number, 2_001))
    assert not found(tmp_path, frames, "udp-flood")


@pytest.mark.parametrize(
    "said",
    [
        lambda number: struct.pack(">BBHII", 0x80, 96, number % 65_536, number * 90, 7) + b"v" * 1_000,  # RTP
        lambda number: b"\x40" + Random(number).randbytes(1_200),  # QUIC (RFC 9000), and any VPN
        lambda number: struct.pack(">III", number // 1_500, number, number) + bytes(1_400),  # iperf
        lambda number: b"<134>1 2026-01-01T00:00:00.%06dZ host program - - - the same again" % number,
        lambda number: struct.pack(">HHIIII", 9, 1, number * 10, 7, number, 0) + bytes(200),  # NetFlow
        lambda number: b"cpu.idle:100|g" if number % 2 else b"mem:1|g",  # StatsD at a port of its own
    ],
)
def test_who_has_something_to_tell_says_something_new(tmp_path: Path, said: Callable[[int], bytes]) -> None:
    frames = [
        (number * SECOND // 1_500, datagram(said(number), (40_000, 9_999), ("10.0.0.1", VICTIM)))
        for number in range(4_500)
    ]
    assert not found(tmp_path, frames, "udp-flood")


@pytest.mark.parametrize(("snap", "findings"), [(202, 1), (201, 0)])
def test_cut_datagrams_of_an_unheard_host_tell_nothing(tmp_path: Path, snap: int, findings: int) -> None:
    path = tmp_path / "cut.pcap"
    frames = stream(400, 3)
    path.write_bytes(shortened(capture_of((wire.START + time, octets) for time, octets in frames), snap))
    assert len(list(netanatomy.open(path).findings(only=["udp-flood"]))) == findings


def scattered(rate: int, seconds: int, size: int, *, sender: int = 5_555) -> list[Timed]:
    """The same datagram to random ports, as bots send it."""
    random = Random(7)
    return [
        (
            number * SECOND // rate,
            datagram(b"x" * size, (sender, random.randint(1, 65_535)), ("10.0.0.1", VICTIM)),
        )
        for number in range(rate * seconds)
    ]


@pytest.mark.parametrize("heard", [False, True])
def test_a_flood_at_random_ports_is_no_scan(tmp_path: Path, heard: bool) -> None:
    frames = (alive() if heard else []) + scattered(1_000, 4, 100)
    (finding,) = grave(told_of(tmp_path, frames))
    assert (finding.detector, finding.attackers) == ("udp-flood", ("10.0.0.1",))
    assert [one.detector for one in finding.below] == ["port-scan"]
    assert "ever new ports" in finding.reason
    assert any("port-scan" in text for text in finding.look_alikes)


def scan(rate: int, ports: int) -> list[Timed]:
    """Every port once or twice, in random order: something only where a service would understand it."""
    random, frames = Random(3), []
    payloads = {53: bytes(12), 123: b"\xe3" + bytes(47), 161: bytes(40), 500: bytes(192), 1_900: bytes(94)}
    order = [port for port in range(1, ports + 1) for _ in range(2)]
    random.shuffle(order)
    for number, port in enumerate(order):
        octets = datagram(payloads.get(port, b""), (61_000, port), ("10.0.0.1", VICTIM))
        frames.append((number * SECOND // rate, octets))
        if number % (rate // 100) == 0:  # hosts refuse few of so many
            error = b"\x03\x03" + bytes(6) + octets[14:42]
            error = error[:2] + wire.checksum(error).to_bytes(2, "big") + error[4:]
            frames.append((frames[-1][0] + 1_000, wire.ethernet(wire.ipv4(error, VICTIM, "10.0.0.1", 1))))
    return frames


@pytest.mark.parametrize("rate", [1_500, 5_000])
def test_a_fast_scan_stays_a_scan(tmp_path: Path, rate: int) -> None:
    """As nmap -sU --min-rate 5000 and masscan send it."""
    (finding,) = grave(told_of(tmp_path, alive() + scan(rate, 2 * rate)))
    assert (finding.detector, finding.below) == ("port-scan", ())


@pytest.mark.parametrize(
    ("rate", "size", "findings"), [(520, 32, 1), (480, 32, 0), (520, 31, 0), (2_000, 0, 0)]
)
def test_something_in_them_and_five_hundred_a_second(
    tmp_path: Path, rate: int, size: int, findings: int
) -> None:
    frames = alive() + scattered(rate, 4, size)
    assert len(found(tmp_path, frames, "udp-flood")) == findings


def test_answers_to_ever_new_ports_of_an_unheard_host_are_none(tmp_path: Path) -> None:
    """One side of a capture: a time server, and the address of many clients behind it."""
    assert not found(tmp_path, scattered(1_000, 4, 48, sender=123), "udp-flood")


@pytest.mark.parametrize(
    ("setting", "frames"),
    [
        ("unheard_rate = 401", lambda: stream(400, 3)),
        ("filled = 200", lambda: scattered(700, 3, 100)),
        ("filled_rate = 800", lambda: scattered(700, 3, 100)),
        ("refusals = 100000", lambda: carpet(8)),
        ("portion = 60", lambda: carpet(8)),
        ("again = 11.0", lambda: swarm(200, 10)),
        ("stuffed = 300", lambda: [*alive(), *scattered(300, 4, 240)]),
    ],
)
def test_what_was_constant_can_be_set(
    tmp_path: Path, setting: str, frames: Callable[[], list[Timed]]
) -> None:
    assert len(told_of(tmp_path, frames(), "", "udp-flood")) == 1
    assert not told_of(tmp_path, frames(), setting, "udp-flood")


@pytest.mark.parametrize(("setting", "severity"), [("", Severity.MEDIUM), ("high_rate = 400", Severity.HIGH)])
def test_from_which_rate_it_is_grave_can_be_set(tmp_path: Path, setting: str, severity: Severity) -> None:
    (finding,) = told_of(tmp_path, stream(400, 3), setting, "udp-flood")
    assert finding.severity is severity


@pytest.mark.parametrize(("ways", "findings"), [(2, 0), (3, 1)])
def test_how_many_times_to_live_are_equally_far_can_be_set(tmp_path: Path, ways: int, findings: int) -> None:
    told = told_of(tmp_path, swarm(200, 10, ttls=3), f"ways = {ways}", "udp-flood")
    assert len(told) == findings


def test_answers_that_nobody_asked_for_are_datagrams_too(tmp_path: Path) -> None:
    """The sender's port makes it look like the server of the conversation."""
    frames = alive()
    for number in range(5):
        frames += stream(70, 4, ports=(53, 27_015), source=f"10.0.0.{20 + number}")
    (finding,) = found(tmp_path, frames, "udp-flood")
    assert len(finding.attackers) == 5


def test_large_datagrams_to_ever_new_ports_are_no_scan() -> None:
    finding = caught("udp-flood-held-bot", "udp-flood")
    assert finding.attackers == ("10.20.0.104",)


@pytest.mark.parametrize(
    ("size", "rate", "findings"), [(227, 300, 0), (228, 300, 1), (228, 149, 0), (0, 300, 0)]
)
def test_what_fills_the_line_is_no_scan(tmp_path: Path, size: int, rate: int, findings: int) -> None:
    """28 octets of headers go before; scans that are faster are told by `stream_rate`."""
    frames = alive()
    for number in range(rate * 4):
        octets = datagram(b"A" * size, (4_000 + number, 7_000 + number), ("10.0.0.1", VICTIM))
        frames.append((number * SECOND // rate, octets))
    assert len(found(tmp_path, frames, "udp-flood")) == findings


def carpet(
    hosts: int, *, rate: int = 40, refusing: int = 99, port: int = 443, seconds: int = 3, ports: int = 1
) -> list:
    """One source sends datagrams that differ to the hosts of a network; some of them refuse."""
    frames = []
    for number in range(hosts * rate * seconds):
        time, which = number * SECOND // (hosts * rate), number % hosts
        host, to = f"192.0.2.{10 + which}", port + (number // hosts) % ports
        octets = datagram(number.to_bytes(4, "big") * 9, (40_444, to), ("10.0.0.1", host))
        frames.append((time, octets))
        if which < refusing and number // hosts % 5 == 0:
            error = b"\x03\x03" + bytes(6) + octets[14:42]
            error = error[:2] + wire.checksum(error).to_bytes(2, "big") + error[4:]
            frames.append((time + 1_000, wire.ethernet(wire.ipv4(error, host, "10.0.0.1", 1))))
    return frames


def test_a_whole_network_is_told_once() -> None:
    finding = caught("udp-flood-held-carpet", "udp-flood")
    assert len(finding.victims) == 12
    assert "10.20.0.0/24" in finding.title


@pytest.mark.parametrize(
    ("how", "findings"),
    [
        ({"hosts": 8}, 1),
        ({"hosts": 7, "rate": 49}, 0),
        ({"hosts": 8, "rate": 37}, 0),
        ({"hosts": 9, "refusing": 5}, 1),
        ({"hosts": 9, "refusing": 4}, 0),  # a stream that most take
        ({"hosts": 30, "rate": 9, "seconds": 6}, 0),  # monitoring, or members of a cluster
        ({"hosts": 9, "seconds": 1}, 0),
        ({"hosts": 9, "port": 8_125}, 0),  # counters for collectors
        ({"hosts": 9, "ports": 40}, 0),  # a scan
    ],
)
def test_eight_hosts_that_refuse_and_three_hundred_a_second(
    tmp_path: Path, how: dict[str, int], findings: int
) -> None:
    told = found(tmp_path, carpet(**how), "udp-flood")
    assert [finding.attackers for finding in told] == [("10.0.0.1",)] * findings


def test_calls_that_all_end_at_once_have_ports_of_their_own(tmp_path: Path) -> None:
    moved = []
    for time, octets in carpet(9):
        if octets[23] == 17:
            packet = wire.udp(octets[42:], 40_444, 20_000 + octets[33])
            moved.append((time, wire.ethernet(wire.ipv4(packet, "10.0.0.1", f"192.0.2.{octets[33]}", 17))))
        else:
            moved.append((time, octets))
    assert not found(tmp_path, moved, "udp-flood")


INVITE = b"INVITE sip:100@192.0.2.7 SIP/2.0 Max-Forwards: 70"


def swarm(
    sources: int, rounds: int, *, rate: int = 310, ttls: int = 1, own: bool = False, said: bytes = INVITE
) -> list:
    """Addresses that ask an exchange in turn, and are answered."""
    frames = []
    for number in range(sources * rounds):
        source, time = f"203.0.113.{number % sources}", number * SECOND // rate
        words = said + (b" Call-ID: %d" % number if own else b"")
        packet = wire.ipv4(wire.udp(words, 5_060, 5_060), source, VICTIM, 17, ttl=54 + number % ttls)
        frames.append((time, wire.ethernet(packet)))
        frames.append((time + 1_000, datagram(b"SIP/2.0 200 OK", (5_060, 5_060), (VICTIM, source))))
    return frames


def test_forged_addresses_that_are_answered_are_not_accused() -> None:
    finding = caught("udp-flood-held-sip", "udp-flood")
    assert finding.attackers == ()
    assert finding.others["sender"] == ("TTL 254",)


@pytest.mark.parametrize(
    ("how", "findings"),
    [
        ({"sources": 200, "rounds": 10}, 1),
        ({"sources": 200, "rounds": 10, "rate": 140}, 0),
        ({"sources": 240, "rounds": 4}, 1),
        ({"sources": 240, "rounds": 3, "said": b"\x23" + bytes(47)}, 0),  # telephones that want the time
        ({"sources": 200, "rounds": 10, "own": True}, 0),  # trunks and telephones
        ({"sources": 200, "rounds": 10, "ttls": 3}, 0),  # clients from everywhere
        ({"sources": 200, "rounds": 10, "said": b"\xff\xff\xff\xffTSource Engine Query\0"}, 0),  # games
        ({"sources": 16, "rounds": 200}, 0),
    ],
)
def test_many_that_say_the_same_again_and_again(tmp_path: Path, how: dict[str, int], findings: int) -> None:
    assert len(found(tmp_path, swarm(**how), "udp-flood")) == findings


@pytest.mark.parametrize(("snap", "findings"), [(91, 1), (90, 0)])
def test_of_cut_datagrams_nobody_knows_whether_they_say_the_same(
    tmp_path: Path, snap: int, findings: int
) -> None:
    path = tmp_path / "cut.pcap"
    frames = swarm(200, 10)
    path.write_bytes(shortened(capture_of((wire.START + time, octets) for time, octets in frames), snap))
    assert len(list(netanatomy.open(path).findings(only=["udp-flood"]))) == findings
