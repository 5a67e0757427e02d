"""Measured effect, and rules that are made narrower or withheld because of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import netanatomy
from netanatomy.firewall.narrowing import Judged, Outcome, judged
from netanatomy.schema.findings import Finding, Severity
from netanatomy.schema.match import Selector, where
from netanatomy.schema.rules import Action, Rule
from tests.detect.support import capture, findings, incidents, names
from tests.firewall.findings import finding
from tests.wire import ethernet, ipv4, tcp, udp, write_capture

VICTIM, SERVER, CLIENT = "10.0.0.9", "10.0.0.8", "192.0.2.7"
SYN = 2


def syn(source: str, ttl: int, port: int = 80, destination: str = VICTIM) -> bytes:
    return ethernet(ipv4(tcp(SYN, 1024, port, b"", source, destination), source, destination, ttl=ttl))


def effects(path: Path, found: Sequence[Finding], share: float = 0.01) -> list[Judged]:
    return netanatomy.open(path).rule_effects(found, share)


def attack(rule: Rule, scope: Selector, **more: object) -> Finding:
    return finding(rule, (scope,), victims=(VICTIM,), **more)  # type: ignore[arg-type]


def test_counts_and_a_rule_that_is_kept(tmp_path: Path) -> None:
    frames = [syn("198.51.100.6", 50)] * 30 + [syn(CLIENT, 60)] * 5 + [syn(CLIENT, 60, 80, SERVER)] * 7
    scope = Selector(where(ip_source="198.51.100.6"))
    done = effects(write_capture(tmp_path / "a.pcapng", frames), [attack(Rule(scope.matches), scope)])[0]
    assert done.outcome is Outcome.KEPT
    assert (done.effect.attack_packets, done.effect.attack_stopped) == (30, 30)
    assert (done.effect.other_packets, done.effect.other_hit) == (12, 0)
    assert (done.effect.victim_packets, done.effect.victim_hit) == (5, 0)  # of the victim, not of the server


def test_who_is_hit_is_counted_among_the_same_packets(tmp_path: Path) -> None:
    attacker = "198.51.100.6"
    of_the_attack = [syn(attacker, 50)] * 30
    # What the sender says to others is no packet of the victims, however many of those there are.
    to_others = [ethernet(ipv4(udp(b"", 53, 53), attacker, SERVER, 17))] * 4
    frames = of_the_attack + to_others + [syn(CLIENT, 60)] * 6
    scope = Selector(where(ip_source=attacker, ip_protocol=6))
    rule = Rule(where(ip_source=attacker))
    done = effects(write_capture(tmp_path / "a.pcapng", frames), [attack(rule, scope)])[0]
    assert done.before is not None
    assert (done.before.other_packets, done.before.other_hit) == (10, 4)
    assert (done.before.victim_packets, done.before.victim_hit) == (6, 0)
    assert done.before.harm == 0.4
    assert "hit 4 of 10 packets that belong to no attack (40.0%" in done.reason
    assert done.outcome is Outcome.NARROWED


def test_a_length_never_makes_a_rule_narrower(tmp_path: Path) -> None:
    def datagram(source: str, size: int, ttl: int) -> bytes:
        return ethernet(ipv4(udp(bytes(size), 5, 6), source, VICTIM, 17, ttl=ttl))

    # Nothing but length and time to live sets them apart: their senders are many.
    frames = [datagram(f"198.51.100.{number}", 30, 50) for number in range(1, 61)]
    frames += [datagram(f"192.0.2.{number}", 90, 60) for number in range(1, 61)]
    known = {"land-00000001": np.arange(1, 61)}
    opened = netanatomy.open(write_capture(tmp_path / "a.pcapng", frames))
    broad = Rule(where(ip_destination=VICTIM, ip_protocol=17))
    for said, narrower in ((where(ip_destination=VICTIM), None), (where(ip_ttl=50), ["ip_ttl"])):
        found = [attack(broad, Selector(said))]
        done = judged(found, opened.packets_with_octets, attack_frames=known)[0]
        columns = [match.column for match in done.rule.matches[2:]] if done.rule is not None else None
        # A time to live is asked for only where the detector goes by it.
        assert columns == narrower or (narrower is None and done.rule is None)


def test_a_rule_that_hits_others_asks_for_more(tmp_path: Path) -> None:
    frames = [syn(f"198.51.100.{number}", 50) for number in range(60)] + [syn(CLIENT, 60)] * 10
    broad = Rule(where(ip_destination=VICTIM, destination_port=80))
    scope = Selector(where(ip_destination=VICTIM, ip_ttl=50))
    done = effects(write_capture(tmp_path / "a.pcapng", frames), [attack(broad, scope)])[0]
    assert done.outcome is Outcome.NARROWED
    assert done.rule is not None
    assert [match.column for match in done.rule.matches if match not in broad.matches] == ["ip_ttl"]
    assert (done.effect.attack_stopped, done.effect.other_hit) == (60, 0)
    assert done.before is not None
    assert done.before.other_hit == 10
    assert "10 of 10 other packets from or to the victims" in done.reason
    assert done.as_written.rule == done.rule


def test_what_cannot_be_told_apart_is_limited(tmp_path: Path) -> None:
    client = [syn(CLIENT, 50)] * 2
    frames = client + [syn(f"198.51.100.{number % 250}", 50) for number in range(2000)]
    broad = Rule(where(ip_destination=VICTIM, destination_port=80))
    # Nothing in a header tells them apart that one condition could say: the sources are many.
    known = {"land-00000001": np.arange(3, 2003)}
    opened = netanatomy.open(write_capture(tmp_path / "a.pcapng", frames))
    done = judged(
        [attack(broad, Selector(where(ip_ttl=50)))], opened.packets_with_octets, attack_frames=known
    )[0]
    assert done.outcome is Outcome.NARROWED
    assert done.rule is not None
    assert done.rule.action is Action.LIMIT
    assert "packets a second pass" in done.reason
    assert done.effect.other_hit == 0
    assert done.effect.attack_stopped > 1900


def test_a_rule_that_only_harms_is_withheld(tmp_path: Path) -> None:
    frames = [syn(CLIENT, 60) for _ in range(40)]
    broad = Rule(where(ip_destination=VICTIM))
    known = {"land-00000001": np.arange(1, 41, 2)}
    opened = netanatomy.open(write_capture(tmp_path / "a.pcapng", frames))
    found = [attack(broad, Selector(where(ip_ttl=60)))]
    done = judged(found, opened.packets_with_octets, attack_frames=known)[0]
    assert done.outcome is Outcome.WITHHELD
    assert done.rule is None
    assert "no other rule helps" in done.reason
    everything = judged(found, opened.packets_with_octets, 1.0, known)[0]
    assert everything.outcome is Outcome.KEPT


def test_a_limit_above_the_attack_is_lowered(tmp_path: Path) -> None:
    scope = Selector(where(ip_destination=VICTIM))
    frames = [syn("198.51.100.6", 50)] * 100  # of 100 ms
    high = attack(Rule(scope.matches, Action.LIMIT, rate=5_000, burst=500), scope)
    done = effects(write_capture(tmp_path / "a.pcapng", frames), [high])[0]
    assert done.outcome is Outcome.NARROWED
    assert done.rule is not None
    assert done.rule.rate == 20
    assert "stopped none of 100" in done.reason
    assert done.effect.attack_stopped == 79  # a burst of 20, and one in 50 ms


def test_another_attack_is_no_harm_but_a_policy_fact_is_traffic(tmp_path: Path) -> None:
    frames = [syn("198.51.100.6", 50)] * 10 + [syn("198.51.100.7", 50)] * 10
    path = write_capture(tmp_path / "a.pcapng", frames)
    broad = attack(Rule(where(ip_ttl=50)), Selector(where(ip_source="198.51.100.6")))
    scope = Selector(where(ip_source="198.51.100.7"))
    grave, small = (
        attack(Rule(scope.matches), scope, number=2, severity=severity)
        for severity in (Severity.HIGH, Severity.LOW)
    )
    assert effects(path, [broad, grave])[0].effect.other_hit == 0
    assert effects(path, [broad, small], 1.0)[0].effect.other_hit == 10


def test_a_fragmented_datagram_is_one_attack(tmp_path: Path) -> None:
    whole = udp(bytes(32), 5000, 53)
    pieces = [ipv4(whole[:24], protocol=17, fragment=0x2000), ipv4(whole[24:], protocol=17, fragment=3)]
    path = write_capture(tmp_path / "a.pcapng", [ethernet(piece) for piece in pieces])
    scope = Selector(where(ip_protocol=17, destination_port=53))
    done = effects(path, [finding(Rule(scope.matches), (scope,))])[0]
    # The filter sees ports in the first fragment alone; without that the rest is of no use.
    assert (done.effect.attack_packets, done.effect.attack_stopped) == (2, 1)
    assert (done.effect.other_packets, done.effect.other_hit) == (0, 0)


def test_no_rule_says_why(tmp_path: Path) -> None:
    path = write_capture(tmp_path / "a.pcapng", [syn(CLIENT, 60)])
    without, impossible = effects(path, [finding(None), finding(Rule(where(payload_length=3)), number=2)])
    assert (without.outcome, impossible.outcome) == (Outcome.NONE, Outcome.NONE)
    assert "cannot help" in without.reason
    assert "payload_length" in impossible.reason


@pytest.mark.parametrize("name", [name for name in names() if name.startswith(("syn-flood", "port-scan"))])
def test_by_the_labels_of_the_laboratory(name: str) -> None:
    """What is written does no harm by the labels, which no detector has seen."""
    if not capture(name).exists():
        pytest.skip("the capture is not there")
    found = findings(name)
    frames = {
        each.id: np.array(sorted(incident.frames | incident.responses), np.int64)
        for each in found
        for incident in incidents(name)
        if each.detector == incident.detector
    }
    opened = netanatomy.open(capture(name))
    for done in judged(found, opened.packets_with_octets, attack_frames=frames):
        if done.rule is not None:
            assert done.effect.harm <= 0.01
            assert done.effect.attack_stopped > 0
