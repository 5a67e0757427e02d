from __future__ import annotations

from pathlib import Path

import pytest

import netanatomy
from tests import wire
from tests.detect.built import SECOND, Talk, found, shortened
from tests.detect.support import capture, caught, incidents, silent
from tests.flows.dialogues import capture_of
from tests.wire import ACK, FIN, PSH, RST, SYN

QUESTIONS = (
    b"GET / HTTP/1.0\r\n\r\n",
    b"OPTIONS / RTSP/1.0\r\n\r\n",
    b"HELP\r\n",
    b"\x6c\x00\x0b\x00" + bytes(8),
)


@pytest.mark.parametrize("name", ["service-scan-nmap", "service-scan-unknown", "service-scan-held-scripts"])
def test_nmap_is_found(name: str) -> None:
    assert caught(name, "service-scan").counts["probes"] >= 2


def test_browsing_and_port_scans_are_none() -> None:
    for name in ("busy-browsing", "port-scan-connect", "port-scan-syn"):
        silent(name, "service-scan")


def asked(questions: tuple[bytes, ...], ports: tuple[int, ...] = (9_000,)) -> list:
    """Each question in a connection of its own."""
    frames = []
    for number, question in enumerate(questions):
        talk = Talk((40_000 + number, ports[number % len(ports)]), begin=number * SECOND)
        talk.tell(number * SECOND + 10**7, 0, PSH | ACK, question)
        talk.tell(number * SECOND + 2 * 10**7, 1, PSH | ACK, b"?\n")
        frames += talk.frames
    return frames


@pytest.mark.parametrize(("questions", "findings"), [(2, 0), (3, 1), (4, 1)])
def test_three_protocols_at_one_port(tmp_path: Path, questions: int, findings: int) -> None:
    assert len(found(tmp_path, asked(QUESTIONS[:questions]), "service-scan")) == findings


def test_each_port_in_its_own_protocol_is_monitoring(tmp_path: Path) -> None:
    assert not found(tmp_path, asked(QUESTIONS, (80, 554, 25, 6_000)), "service-scan")


def test_one_question_that_only_scanners_ask(tmp_path: Path) -> None:
    question = b"GET /nice%20ports%2C/Tri%6Eity.txt%2ebak HTTP/1.0\r\n\r\n"
    (finding,) = found(tmp_path, asked((question,)), "service-scan")
    assert finding.counts["marks"] == 1


def test_the_scope_begins_with_the_handshakes_and_ends_with_the_answers(tmp_path: Path) -> None:
    """A greeting was waited for, another port greeted, and long before and after the two spoke otherwise."""
    frames = []
    for number, question in enumerate(QUESTIONS):
        talk = Talk((40_000 + number, 9_000), begin=(60 + 6 * number) * SECOND)
        talk.say((66 + 6 * number) * SECOND, 0, question)
        talk.tell((67 + 6 * number) * SECOND, 0, FIN | ACK)
        frames += talk.frames
    greeted = Talk((41_000, 25), begin=61 * SECOND)
    greeted.say(62 * SECOND, 1, b"220 mail ESMTP\r\n")
    greeted.tell(62 * SECOND + 10**8, 0, FIN | ACK)
    before, after = Talk((42_000, 9_000), begin=0), Talk((42_001, 9_000), begin=200 * SECOND)
    for talk, begin in ((before, 1), (after, 201)):
        talk.say(begin * SECOND, 0, b"an ordinary request of another length, as its own client makes it")
    (finding,) = found(tmp_path, frames + greeted.frames + before.frames + after.frames, "service-scan")
    meant = sum(
        batch.num_rows for batch in netanatomy.open(tmp_path / "built.pcap").packets_of(finding.scope)
    )
    of_client = 4 * 4 + 4  # SYN, ACK, question, FIN; on the greeted one an ACK in place of the question
    assert meant == of_client


@pytest.mark.parametrize(("name", "least"), [("service-scan-nmap", 0.98), ("service-scan-unknown", 1.0)])
def test_the_scope_is_the_scan(name: str, least: float) -> None:
    (incident,) = [one for one in incidents(name) if one.detector == "service-scan"]
    meant: set[int] = set()
    for batch in netanatomy.open(capture(name)).packets_of(caught(name, "service-scan").scope):
        meant.update(batch.column("frame_number").to_pylist())
    assert len(meant & incident.frames) >= least * len(incident.frames)
    assert meant <= incident.frames | incident.responses


def test_masscan_asks_several_hosts_and_is_told_once() -> None:
    finding = caught("service-scan-held-banners", "service-scan")
    assert len(finding.victims) == 3
    assert finding.counts["marks"] == 4


@pytest.mark.parametrize(
    ("word", "findings"),
    [
        (b"EHLO masscan\r\n", 1),
        (b"EHLO mailscan\r\n", 0),
        (b"EHLO mascann\r\n", 0),
        (b"SSH-1.5-NmapNSE_1.0\n", 1),
        (b"SSH-2.0-libssh_0.10\n", 0),
        (b"AUTH TLS\r\n", 0),
    ],
)
def test_words_that_only_scanners_say(tmp_path: Path, word: bytes, findings: int) -> None:
    assert len(found(tmp_path, asked((word,)), "service-scan")) == findings


@pytest.mark.parametrize(("seconds", "victims"), [(9, 2), (12, 1)])
def test_the_other_hosts_that_were_asked_meanwhile(tmp_path: Path, seconds: int, victims: int) -> None:
    """Not only scanners begin FTP over TLS; who is one at that moment asks as a scanner."""
    other = Talk((45_000, 21), ("10.0.0.1", "192.0.2.9"), seconds * SECOND)
    other.say(seconds * SECOND + SECOND // 10, 0, b"AUTH TLS\r\n")
    scan = Talk((45_001, 25), ("10.0.0.1", "192.0.2.7"))
    scan.say(SECOND // 10, 0, b"EHLO masscan\r\n")
    (finding,) = found(tmp_path, scan.frames + other.frames, "service-scan")
    assert len(finding.victims) == victims


def test_cut_captures_tell_how_long_a_payload_was(tmp_path: Path) -> None:
    question = b"GET /nice%20ports%2C/Tri%6Eity.txt%2ebak HTTP/1.0\r\n\r\n"
    path = tmp_path / "cut.pcap"
    for begin, findings in ((question, 1), (question + b"more", 0)):
        octets = capture_of((wire.START + time, octets) for time, octets in asked((begin,)))
        path.write_bytes(shortened(octets, 100))
        assert len(list(netanatomy.open(path).findings(only=["service-scan"]))) == findings


GREETINGS = {
    21: b"220 (vsFTPd 3.0.3)\r\n",
    22: b"SSH-2.0-OpenSSH_9.2p1\r\n",
    3306: b"J\0\0\0\x0a5.5.5-10.11\0",
}
TRIED = (21, 22, 23, 80, 110, 3306, 6379, 11_211)
FOUR = tuple(f"192.0.2.{number}" for number in range(1, 5))


def round_of(
    hosts: tuple[str, ...] = FOUR,
    ports: tuple[int, ...] = TRIED,
    *,
    greetings: dict[int, bytes] = GREETINGS,
    closed: int = 99,
    client: str = "10.0.0.1",
    begin: int = 0,
    every: int = SECOND // 2,
    stay: int = SECOND // 4,
    word: bytes = b"",
) -> list:
    """Each port of each host is tried; those that greet are read and left, the others refuse."""
    frames, time, refused = [], begin, 0
    for port in ports:
        for host in hosts:
            time += every
            talk = Talk((20_000 + len(frames) % 30_000, port), (client, host), time, handshake=False)
            if port in greetings:
                talk = Talk(talk.ports, talk.hosts, time)
                talk.say(time + SECOND // 10, 1, greetings[port])
                if word:
                    talk.say(time + SECOND // 5, 0, word)
                talk.tell(time + stay, 0, FIN | ACK)
            elif refused < closed:
                refused += 1
                talk.tell(time, 0, SYN)
                talk.numbers[0] += 1
                talk.tell(time + 1_000_000, 1, RST | ACK)
            frames += talk.frames
    return frames


def test_who_takes_the_greetings_of_many_services_is_found() -> None:
    finding = caught("service-scan-held-grabber", "service-scan")
    assert len(finding.victims) == 4
    assert finding.counts["shut"] == 41


@pytest.mark.parametrize(("closed", "findings"), [(14, 0), (15, 1)])
def test_fifteen_closed_ports_on_the_round(tmp_path: Path, closed: int, findings: int) -> None:
    assert len(found(tmp_path, round_of(closed=closed), "service-scan")) == findings


@pytest.mark.parametrize(
    ("ports", "findings"), [((21, 22, 3306, 23), 0), ((21, 22, 3306, 23, 79), 0), (TRIED[:-1], 1)]
)
def test_half_of_the_ports_are_closed_for_five_purposes(
    tmp_path: Path, ports: tuple[int, ...], findings: int
) -> None:
    assert len(found(tmp_path, round_of(ports=ports), "service-scan")) == findings


@pytest.mark.parametrize(("services", "findings"), [(2, 0), (3, 1)])
def test_three_services_that_greet(tmp_path: Path, services: int, findings: int) -> None:
    greetings = dict(list(GREETINGS.items())[:services])
    assert len(found(tmp_path, round_of(greetings=greetings), "service-scan")) == findings


def test_the_round_is_told_once_with_every_host(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, round_of(), "service-scan", "port-scan", "host-sweep", "tcp-flood")
    assert finding.detector == "service-scan"
    assert finding.victims == FOUR
    assert finding.attackers == ("10.0.0.1",)


def test_programs_for_mail_guess_where_it_is(tmp_path: Path) -> None:
    """Setting up mail: every port of mail at every likely name of a server, greetings where one opens."""
    ports = (25, 110, 143, 465, 587, 993, 995)
    greetings = {25: b"220 a ESMTP\r\n", 110: b"+OK\r\n", 143: b"* OK\r\n"}
    frames = round_of((*FOUR, *FOUR), ports, greetings=greetings, word=b"a CAPABILITY\r\n")
    assert not found(tmp_path, frames, "service-scan")


def test_checks_come_again_and_again(tmp_path: Path) -> None:
    """Much is down after a failure of power, and still the watch asks each service every ten seconds."""
    checks = [frame for turn in range(5) for frame in round_of(begin=turn * 10 * SECOND, every=SECOND // 50)]
    assert not found(tmp_path, checks, "service-scan")
    assert found(tmp_path, checks[: len(checks) // 5], "service-scan")


def test_monitoring_knows_what_there_is(tmp_path: Path) -> None:
    """Six services of each host, of which two are down everywhere."""
    greetings = dict.fromkeys((21, 22, 3306, 6379), b"ready\r\n")
    hosts = tuple(f"192.0.2.{number}" for number in range(1, 11))
    frames = round_of(hosts, (21, 22, 3306, 6379, 11_211, 5_432), greetings=greetings)
    assert not found(tmp_path, frames, "service-scan")


def test_peers_are_tried_at_a_port_or_two_of_each(tmp_path: Path) -> None:
    """Peer-to-peer behind one address, and people who use servers beside it."""
    frames = []
    for number in range(60):
        ports = (6_881 + 7 * number, 22_000 + 3 * number)
        frames += round_of((f"192.0.2.{1 + number}",), ports, begin=number * SECOND)
    for port, greeting in GREETINGS.items():
        frames += round_of(("198.51.100.7",), (port,), greetings={port: greeting})
    assert not found(tmp_path, frames, "service-scan")


def test_a_filter_in_the_way_of_a_program_that_tries_other_ports(tmp_path: Path) -> None:
    """A tunnel's client that looks for a port that a filter lets through is greeted nowhere."""
    ports = (21, 22, 23, 53, 80, 110, 443, 554, 1_194, 1_723)
    assert not found(tmp_path, round_of(ports=ports, greetings={}), "service-scan")
