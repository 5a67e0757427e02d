"""Every further threshold that decides a verdict: what is set in the file changes what is told."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest

import netanatomy
from netanatomy.detect.engine import Detection
from netanatomy.detect.registry import detectors
from netanatomy.detect.settings import settings
from netanatomy.schema.findings import Finding
from tests import wire
from tests.detect.borrowing import ADDRESS, OWN, OWNER, SENDER, attack, talks
from tests.detect.built import SECOND, Talk, Timed, datagram, segment
from tests.detect.built_messages import fragment
from tests.detect.internet.pings import echo
from tests.detect.internet.test_dad_denial import THIRD, asks, denies
from tests.detect.internet.test_fragment_flood import firsts
from tests.detect.internet.test_ip_spoofing import KNOWN, to
from tests.detect.internet.test_ping_sweep import sweep
from tests.detect.internet.test_rogue_router_advertisement import OTHER, real
from tests.detect.link.frames import arp, dhcp_request, scattered
from tests.detect.link.test_arp_spoofing import CLIENT_IP, GATEWAY, GATEWAY_IP, ITSELF, LIAR, TRUE, lies
from tests.detect.link.test_first_hop_takeover import FIRST, SECOND_ONE, active
from tests.detect.link.test_stp_root_takeover import OLD, root
from tests.detect.support import capture, findings
from tests.detect.test_engine import verdict
from tests.detect.test_flood_settings import reflected, seconds
from tests.detect.test_true_senders import replace_destination
from tests.detect.transport.test_amplification import announced, answered_first
from tests.detect.transport.test_connection_exhaustion import encrypted, together
from tests.detect.transport.test_os_fingerprinting import NULL_WITH_OPTIONS, PROBES, with_options
from tests.detect.transport.test_service_scan import round_of
from tests.detect.transport.test_syn_flood import SERVER, half_open
from tests.detect.transport.test_tcp_flood import pushes, refused
from tests.detect.transport.test_udp_flood import alive, stream
from tests.detect.transport.test_udp_loop import talk
from tests.detect.transport.test_unexpected_source_port import tried
from tests.flows.dialogues import capture_of
from tests.wire import ACK, FIN, PSH, RST, SYN, URG

VICTIM = "192.0.2.7"
HOSTS = ("10.0.0.1", VICTIM)
ECE, CWR = 64, 128  # RFC 3168 section 6.1
OPTIONS = NULL_WITH_OPTIONS + bytes([8, 10, *bytes(8), 1, 1])


@cache
def chosen(text: str) -> netanatomy.Settings:
    """Settings of a file with this text."""
    return settings(text, detectors())


def told(findings_: list[Finding] | tuple[Finding, ...]) -> list[tuple[object, ...]]:
    """What of findings a user looks at."""
    return [
        (one.title, one.severity, one.attackers, one.victims, dict(one.counts), one.scope)
        for one in findings_
    ]


def built(folder: Path, frames: list[Timed], text: str, detector: str) -> list[Finding]:
    """What a detector finds in frames with a file of settings."""
    path = folder / "built.pcap"
    path.write_bytes(capture_of((wire.START + time, octets) for time, octets in sorted(frames)))
    return list(netanatomy.open(path).findings(chosen(text), only=[detector]))


LABORATORY = (
    ("port-scan", "short_life", 65, "port-scan-udp"),
    ("host-sweep", "short_life", 65, "host-sweep-held-udp"),
    ("tcp-flood", "few_sources", 5_000, "tcp-flood-held-push"),
    ("syn-flood", "few_sources", 100_000, "syn-flood-t50"),
    ("syn-flood", "reset_share", 1.0, "syn-flood-held-mail"),
    ("udp-flood", "few_sources", 1_000, "udp-flood-t50"),
    ("udp-flood", "samples", 1_000, "udp-flood-held-ipv6"),
    ("udp-flood", "said", 2_000, "udp-flood-held-ipv6"),
    ("rogue-router-advertisement", "resolver_signs", 20, "rogue-router-advertisement-held-resolver"),
    ("fragment-flood", "few_sources", 100_000, "fragment-flood-spoofed"),
    ("service-scan", "visit", 1, "service-scan-nmap"),
    ("service-scan", "patience", 100, "service-scan-nmap"),
    ("service-scan", "question", 1, "service-scan-held-grabber"),
    ("service-scan", "tries", 0.5, "service-scan-held-grabber"),
    ("vlan-hopping", "at_once", 0.001, "vlan-hopping-held-subinterface"),
    ("os-fingerprinting", "windows", [5], "os-fingerprinting-held-ipv6"),
    ("os-fingerprinting", "header", 60, "os-fingerprinting-held-ipv6"),
    ("os-fingerprinting", "datagram", 100, "os-fingerprinting-held-ipv6"),
    ("ping-flood", "usual", 1.0, "ping-flood-held-trafgen"),
    ("ping-flood", "usual_share", 1.0, "ping-flood-held-trafgen"),
    ("smurf", "replies_each", 1_000, "smurf-victim"),
)


@pytest.mark.parametrize(("detector", "name", "value", "scenario"), LABORATORY)
def test_what_is_found_in_the_laboratory_goes_by_the_setting(
    detector: str, name: str, value: object, scenario: str
) -> None:
    changed = chosen(f"[detectors.{detector}]\n{name} = {value}")
    assert told(netanatomy.open(capture(scenario)).findings(changed, only=[detector])) != told(
        findings(scenario, detector)
    )


def odd(flags: int, count: int, *, sources: int = 1, ports: int = 1, again: int = 1, rate: int = 60) -> list:
    """Segments of no connection, each of them several times, to ports or hosts one after the other."""
    return [
        (
            number * SECOND // rate + turn * SECOND // 500,
            segment(
                flags,
                (20_000 + number, 1 + number % ports),
                (9 * number + turn, 7 if flags & ACK else 0),
                hosts=(f"203.0.113.{number % sources + 1}", VICTIM),
            ),
        )
        for number in range(count)
        for turn in range(again)
    ]


def to_hosts(count: int) -> list[Timed]:
    """A FIN five times to a port of each host."""
    return [
        (number * SECOND + turn, segment(FIN, (20_000, 445), hosts=("10.0.0.1", f"198.51.100.{number + 1}")))
        for number in range(count)
        for turn in range(5)
    ]


def in_pieces(*pieces: tuple[int, int], sources: int = 40, protocol: int = 6) -> list[Timed]:
    """Pieces at such places and of such lengths, of each source."""
    frames = [
        (
            number + late / 100,
            fragment(at, bytes(size), more=True, protocol=protocol, source=f"203.0.113.{number}"),
        )
        for number in range(1, sources + 1)
        for late, (at, size) in enumerate(pieces)
    ]
    return seconds(frames)


def mixed(*sizes: int) -> list[Timed]:
    """Datagrams of such lengths in turn, each with something else in it, to ever new ports of a host."""
    random = Random(7)
    return [
        *alive(),
        *(
            (
                n * SECOND // 1_250,
                datagram(random.randbytes(sizes[n % len(sizes)]), (5_555, 1_025 + n), HOSTS),
            )
            for n in range(5_000)
        ),
    ]


def nearly_alike() -> list[Timed]:
    """Of seven datagrams to a host that is never heard six say the same."""
    return [*stream(300, 4), *stream(50, 4, numbered=True, source="10.0.0.2")]


def often() -> list[Timed]:
    """A router beside the real one that tells all hosts too often, six times."""
    other = real(tuple(50 + 2.9 * index for index in range(6)), OTHER, prefix="fd00:bad::")
    return seconds([*real(), *other])


def denied() -> list[Timed]:
    """Two addresses denied by as many stations that say nothing else."""
    return seconds([*asks(2), denies(1)[0], denies(2, mac=THIRD)[1]])


def by_turns() -> list[Timed]:
    """An address that a station announces, amid what its holder says, three seconds apart."""
    false = [(6.0 * index, arp(1, LIAR, GATEWAY_IP, GATEWAY_IP)) for index in range(5)]
    true = [(6.0 * index + 3, arp(1, GATEWAY, GATEWAY_IP, CLIENT_IP)) for index in range(5)]
    return seconds([*ITSELF, *false, *true])


def slow(count: int) -> list[Timed]:
    """Five connections a second that are left open."""
    return [frame for number in range(count) for frame in half_open(number * SECOND // 5, number)]


def tried_again(count: int, times: int) -> list[Timed]:
    """Attempts that are answered, and sent again as often."""
    again = [
        (
            number * SECOND // 100 + (turn + 1) * SECOND,
            segment(SYN, (1_024 + number, 80), hosts=(f"203.0.{number // 200}.{number % 200 + 1}", SERVER)),
        )
        for number in range(count)
        for turn in range(times)
    ]
    first = [frame for number in range(count) for frame in half_open(number * SECOND // 100, number)]
    return sorted([*first, *again])


def a_little_less() -> list[tuple[float, bytes]]:
    """A root whose address is one less than the old one's."""
    return [*root(OLD, 0, 5), *root("00:1b:21:00:00:0f", 11, 3, "00:08:00:00:00:67")]


def two_shapes(count: int) -> list[tuple[float, bytes]]:
    """Made-up clients, half of them with a client identifier."""
    return [
        (0.2 * n, dhcp_request(1, scattered(n + 1), transaction=n, identifier=b"\0made up" * (n % 2)))
        for n in range(count)
    ]


def to_groups(groups: int, each: int) -> list[tuple[float, bytes]]:
    """Pings to several groups in one name, in turn."""
    return [
        (n / 20, echo("10.0.0.9", f"224.0.0.{1 + n % groups}", number=n, to_mac="ff:ff:ff:ff:ff:ff"))
        for n in range(groups * each)
    ]


def lines_of_text() -> list[Timed]:
    """Short lines at the port of HTTPS."""
    talk_ = Talk((40_000, 443))
    for place in range(6):
        talk_.say((place + 1) * SECOND, place % 2, b"list files\n")
    return talk_.frames


def taken_over(silence: float) -> list[tuple[float, bytes]]:
    """A router that takes over from one that was silent for so long."""
    return [*active(FIRST, 110, 0, 4), *active(SECOND_ONE, 255, 9 + silence, 4)]


def in_the_middle(count: int) -> list[tuple[float, bytes]]:
    """Lies to both of two stations."""
    other = [(time + 0.1, arp(2, LIAR, CLIENT_IP, GATEWAY_IP, GATEWAY)) for time, _ in lies(count)]
    return [*lies(count), *other]


def too_long(sources: int) -> list[tuple[float, bytes]]:
    """Datagrams beyond the greatest length, one of each source."""
    return [
        (n * 0.1, wire.ethernet(wire.ipv4(bytes(900), f"192.0.2.{n}", "10.0.0.1", 1, 65_120 // 8)))
        for n in range(1, sources + 1)
    ]


def goes_on() -> list[Timed]:
    """A RST with another time to live, and a side that goes on nevertheless."""
    talk_ = Talk()
    for second in range(1, 4):
        talk_.say(second * SECOND, 0, b"question")
        talk_.say(second * SECOND + SECOND // 2, 1, b"answer")
    talk_.tell(4 * SECOND, 0, RST | ACK, ttl=250)
    talk_.say(5 * SECOND, 0, b"still here")
    return talk_.frames


LOW, MEDIUM, HIGH = [("LOW", False)], [("MEDIUM", False)], [("HIGH", False)]
ACCUSED, SCANNER = [("HIGH", True)], [("MEDIUM", True)]

BUILT: list[tuple[str, str, object, list[Timed], int, int]] = [
    ("port-scan", "probe_packets", 5, odd(FIN, 40, ports=40, again=5), 0, 1),
    ("host-sweep", "probe_packets", 5, to_hosts(30), 0, 1),
    ("tcp-flood", "probe_packets", 1_000, refused(60, answers=20), 0, 1),
    ("tcp-flood", "heedless", 0.7, refused(60, answers=80), 0, 1),
    (
        "tcp-flood",
        "alone_share",
        0.7,
        [*odd(ACK, 1_100, sources=200, rate=250), *odd(ACK, 1_300, sources=199, again=2, rate=250)[2_200:]],
        0,
        1,
    ),
    ("tcp-flood", "few_ports", 200, odd(FIN | PSH | URG, 180, ports=180), 0, 1),
    ("tcp-flood", "ways", 3, pushes(1_000, ttls=3), 0, 1),
    ("tcp-flood", "seconds", 5, reflected(), 1, 0),
    ("udp-flood", "long_share", 0.7, mixed(100, 100, 100, 100, 0), 0, 1),
    ("udp-flood", "few_ports", 65_535, mixed(0), 0, 1),
    ("udp-flood", "same_share", 0.95, nearly_alike(), 1, 0),
    ("rogue-router-advertisement", "messages", 7, often(), 1, 0),
    ("ip-spoofing", "lone", 8, seconds([*KNOWN, *to("10.0.0.7", 8)]), 0, 1),
    ("tiny-fragments", "few_sources", 40, in_pieces((0, 16)), 1, 40),
    ("fragment-overlap", "few_sources", 40, in_pieces((0, 40), (24, 40), protocol=17), 1, 40),
    ("handshake-violation", "few_sources", 40, odd(SYN | FIN, 40, sources=40), 1, 40),
    ("service-scan", "brief", 1, round_of(stay=2 * SECOND), 1, 0),
    (
        *("os-fingerprinting", "ecn_window", 5),
        list(enumerate([*PROBES[:2], with_options(SYN | ECE | CWR, OPTIONS, 5)])),
        *(0, 1),
    ),
    ("arp-spoofing", "patience", 2.5, seconds([*TRUE, *ITSELF, *lies(3)]), 1, 0),
    ("arp-spoofing", "at_once", 1_000, by_turns(), 1, 0),
    ("dad-denial", "made_up", 3, denied(), 1, 0),
]


@pytest.mark.parametrize(
    ("detector", "name", "value", "frames", "before", "then"),
    BUILT,
    ids=[f"{detector}-{name}" for detector, name, *_ in BUILT],
)
def test_what_is_told_goes_by_the_setting(
    tmp_path: Path, detector: str, name: str, value: object, frames: list[Timed], before: int, then: int
) -> None:
    assert len(built(tmp_path, frames, "", detector)) == before
    assert len(built(tmp_path, frames, f"[detectors.{detector}]\n{name} = {value}", detector)) == then


def verdicts(found: list[Finding]) -> list[tuple[str, bool]]:
    """How grave what was found is, and whether somebody is accused."""
    return [(one.severity.name, bool(one.attackers)) for one in found]


GRAVITY: list[tuple[str, str, object, list[Timed], list[tuple[str, bool]], list[tuple[str, bool]]]] = [
    ("syn-flood", "half_open_window", 30, slow(256), HIGH, []),
    ("syn-flood", "segments", 10, tried_again(300, 6), [], HIGH),
    (
        "stp-root-takeover",
        "near",
        1,
        seconds(a_little_less()),
        ACCUSED,
        SCANNER,
    ),
    ("amplification", "unasked_share", 1.0, answered_first(60, 60), LOW, HIGH),
    ("amplification", "searched_ports", [53], announced(80, 7), LOW, HIGH),
    ("amplification", "answers_to_a_search", 1, announced(480, 2), LOW, HIGH),
    ("amplification", "searches", 1, announced(480, 2), LOW, HIGH),
    ("amplification", "nearby", 1, announced(480, 2), LOW, HIGH),
    ("dhcp-starvation", "common_share", 0.6, seconds(two_shapes(100)), HIGH, []),
    ("unexpected-source-port", "trusting", [80, 81, 82, 83], seconds(tried([80, 81, 82, 83])), SCANNER, []),
    ("udp-loop", "grave_rate", 10.0, seconds(talk(50)), MEDIUM, HIGH),
    ("smurf", "each_target", 0.1, seconds(to_groups(5, 4)), [], LOW),
    ("backdoor-port", "shortest", 12, lines_of_text(), LOW, []),
    ("first-hop-takeover", "intervals", 3.0, seconds(taken_over(9.5)), ACCUSED, []),
    ("arp-spoofing", "both_ways", 3, seconds(in_the_middle(2)), ACCUSED, []),
    ("ping-sweep", "watched", 1.0, seconds(sweep(30, times=2)), SCANNER, []),
    ("ping-of-death", "datagrams_each", 0.5, seconds(too_long(20)), HIGH, ACCUSED),
    ("connection-exhaustion", "encrypted_pieces", 9, together(encrypted(30)), SCANNER, []),
    ("rst-injection", "signs", 3, goes_on(), MEDIUM, []),
    ("rst-injection", "grave_signs", 2, goes_on(), MEDIUM, HIGH),
]


@pytest.mark.parametrize(
    ("detector", "name", "value", "frames", "before", "then"),
    GRAVITY,
    ids=[f"{detector}-{name}" for detector, name, *_ in GRAVITY],
)
def test_how_gravely_it_is_told_goes_by_the_setting(
    tmp_path: Path,
    detector: str,
    name: str,
    value: object,
    frames: list[Timed],
    before: list[tuple[str, bool]],
    then: list[tuple[str, bool]],
) -> None:
    assert verdicts(built(tmp_path, frames, "", detector)) == before
    assert verdicts(built(tmp_path, frames, f"[detectors.{detector}]\n{name} = {value}", detector)) == then


@pytest.mark.parametrize(("value", "severity"), [(1_200, "LOW"), (1_201, "HIGH")])
def test_from_which_length_a_link_cut_a_piece(tmp_path: Path, value: int, severity: str) -> None:
    text = f"[detectors.fragment-flood]\nfull = {value}"
    (finding,) = built(tmp_path, seconds(firsts(100, 3, 1_200)), text, "fragment-flood")
    assert finding.severity.name == severity


def relayed() -> list[Timed]:
    """A station that was told four tenths of what it says in its neighbour's name."""
    lines = [(time, replace_destination(octets)) for time, octets in attack("udp-flood", OWNER)]
    passed = [(time + 0.0001, octets) for time, octets in attack("udp-flood")]
    return seconds(
        talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3) + lines[: len(lines) * 4 // 10] + passed
    )


def by_both() -> list[Timed]:
    """Half of what is wrong is of the owner, half of another station in its name."""
    name = "handshake-violation"
    mine = [(time + 0.01, octets) for time, octets in attack(name, OWNER, port=5_000)]
    return seconds(talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3) + mine + attack(name))


@pytest.mark.parametrize(
    ("detector", "text", "frames", "accused"),
    [
        ("udp-flood", "", relayed(), False),
        ("udp-flood", "told_share = 0.3", relayed(), True),
        ("handshake-violation", "", by_both(), True),
        ("handshake-violation", "own_share = 0.9", by_both(), False),
    ],
)
def test_when_the_owner_of_a_name_is_accused(
    tmp_path: Path, detector: str, text: str, frames: list[Timed], accused: bool
) -> None:
    found = built(tmp_path, frames, f"[findings]\n{text}", detector)
    (finding,) = [one for one in found if VICTIM in one.victims or "10.0.0.10" in one.victims]
    assert (ADDRESS in finding.attackers) is accused


@pytest.mark.parametrize(("text", "stand"), [("", 2), ("few_claimed = 2", 1)])
def test_when_a_forger_is_known_by_all_names_that_it_used(text: str, stand: int) -> None:
    claimed = {"claimed": ("10.0.0.8", "10.0.0.9"), "sender": ("02:00:00:00:00:66",)}
    forged, known = verdict(others=claimed), replace(verdict(), attackers=("10.0.0.30",))
    pair = [(detectors()["syn-flood"], forged), (detectors()["ip-spoofing"], known)]
    assert len(Detection(chosen(f"[findings]\n{text}"), only=())._arranged(pair)) == stand


@pytest.mark.parametrize(
    ("detector", "name", "followed"),
    [
        ("host-sweep", "probe_packets", ("port-scan", "probe_packets")),
        ("tcp-flood", "probe_packets", ("port-scan", "probe_packets")),
        ("host-sweep", "short_life", ("port-scan", "short_life")),
        *((name, "few_sources", ("syn-flood", "few_sources")) for name in ("tcp-flood", "udp-flood")),
        *(
            (name, "few_sources", ("syn-flood", "few_sources"))
            for name in ("ping-flood", "handshake-violation")
        ),
        *(
            (name, "few_sources", ("fragment-flood", "few_sources"))
            for name in ("tiny-fragments", "fragment-overlap")
        ),
    ],
)
def test_what_is_one_number_of_several_detectors_is_set_once(
    detector: str, name: str, followed: tuple[str, str]
) -> None:
    other, there = followed
    assert getattr(detectors()[detector].config, name) == getattr(detectors()[other].config, there)
    found = chosen(f"[detectors.{other}]\n{there} = 7").configs[detector]
    assert getattr(found, name) == 7
