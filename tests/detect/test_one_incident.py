"""What one attacker does to many hosts at one time is one finding; two attackers and two times are two."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from netanatomy.detect.detector import Proof, Verdict
from netanatomy.detect.one_incident import together
from netanatomy.schema.findings import Finding, Severity
from netanatomy.schema.match import Match, Operator, Selector, where
from netanatomy.schema.rules import Action, Per, Rule
from tests import wire
from tests.detect.borrowing import found
from tests.detect.built import SECOND, Talk, segment
from tests.detect.built import found as found_in
from tests.detect.internet.pings import Timed, echo

EVIL, HOSTS = "10.0.0.66", tuple(f"10.0.1.{number}" for number in range(1, 13))
OTHERS = tuple(f"10.0.1.{number}" for number in range(101, 105))
HOUR = 3_600.0


def pings(
    source: str = EVIL, begin: float = 0.0, hosts: tuple[str, ...] = HOSTS, mac: str = wire.ALICE
) -> list[Timed]:
    return [
        (begin + n / 100 + place / 10_000, echo(source, host, number=n, mac=mac))
        for place, host in enumerate(hosts)
        for n in range(300)
    ]


def carpet(mac: str = wire.ALICE, network: str = "10.0.1", first: int = 1) -> list[Timed]:
    made_up = random.Random(1)
    frames = []
    for n in range(8_000):
        source = f"{made_up.randint(11, 200)}.{made_up.randint(0, 255)}.{made_up.randint(0, 255)}.9"
        victim = f"{network}.{first + made_up.randrange(12)}"
        syn = segment(wire.SYN, (made_up.randint(1_024, 65_000), 80), (n, 0), b"", (source, victim), mac)
        frames.append((n / 2_000, syn))
    return frames


def oversized(host: str, number: int) -> list[Timed]:
    frames = []
    for offset, more in ((0, True), (65_520, False)):
        packet = wire.ipv4(bytes(400), EVIL, host, 1, offset // 8 | 0x2000 * more)
        frames.append((number / 10 + offset / 1e6, wire.ethernet(packet)))
    return frames


def only(found: list[Finding], hosts: int) -> Finding:
    (finding,) = found
    assert len(finding.victims) == finding.counts["victims"] == hosts
    assert f"; and {hosts - 1} more hosts" in finding.title
    return finding


def test_one_who_pings_many_hosts(tmp_path: Path) -> None:
    finding = only(found(tmp_path, pings()), len(HOSTS))
    assert (finding.detector, finding.attackers) == ("ping-flood", (EVIL,))
    assert finding.counts["requests"] == finding.evidence_frames == 300 * len(HOSTS)
    assert finding.counts["peak_per_second"] == 100
    assert finding.rule is not None
    (to,) = [match for match in finding.rule.matches if match.column == "ip_destination"]
    assert to.value == HOSTS


def test_two_who_ping_and_two_times_are_two(tmp_path: Path) -> None:
    other = "10.0.0.67"
    by_both = found(tmp_path, pings() + pings(other, hosts=OTHERS), "ping-flood")
    assert sorted(one.attackers for one in by_both) == [(EVIL,), (other,)]
    assert len(found(tmp_path, pings() + pings(begin=2 * HOUR, hosts=OTHERS), "ping-flood")) == 2
    assert len(found(tmp_path, pings() + pings(begin=30, hosts=OTHERS), "ping-flood")) == 1


def test_forged_syns_to_all_hosts_of_a_network(tmp_path: Path) -> None:
    finding = only(found(tmp_path, carpet()), 12)
    assert (finding.detector, finding.attackers) == ("syn-flood", ())
    assert finding.counts["attempts"] == 8_000
    assert finding.rule is not None
    assert finding.rule.per is Per.DESTINATION


def test_two_networks_are_two_and_so_are_two_senders(tmp_path: Path) -> None:
    two = carpet() + carpet(network="10.0.2")
    assert len(found(tmp_path, two, "syn-flood")) == 2
    two = carpet() + carpet("02:00:00:00:00:67", first=101)
    assert len(found(tmp_path, two, "syn-flood")) == 2


def test_packets_of_many_hosts_to_themselves(tmp_path: Path) -> None:
    mac = "02:00:00:00:00:66"
    frames = [
        (n / 100 + place / 10_000, segment(wire.SYN, (80, 80), hosts=(host, host), mac=mac))
        for place, host in enumerate(HOSTS)
        for n in range(10)
    ]
    finding = only(found(tmp_path, frames, "land"), len(HOSTS))
    assert finding.rule is not None
    # Lists of both addresses would take in what these hosts say to one another.
    assert Match("eth_source", Operator.IN, (mac,)) in finding.rule.matches


def test_oversized_datagrams_to_many_hosts(tmp_path: Path) -> None:
    frames = [frame for number, host in enumerate(HOSTS) for frame in oversized(host, number)]
    finding = only(found(tmp_path, frames, "ping-of-death"), len(HOSTS))
    assert finding.counts["datagrams"] == len(HOSTS)
    assert finding.counts["octets"] < 70_000


def test_one_who_commands_many_shells(tmp_path: Path) -> None:
    talks = []
    for number in range(5):
        talk = Talk((40_000 + number, 4_444), (f"10.0.0.{number + 1}", "203.0.113.9"), number * SECOND)
        for step in range(2):
            time = number * SECOND + (step + 1) * SECOND // 4
            talk.say(time, 0, b"root@host:~# ")
            talk.say(time + SECOND // 10, 1, b"id\n")
        talks.append(talk)
    frames = [frame for talk in talks for frame in talk.frames]
    finding = only(found_in(tmp_path, frames, "backdoor-port"), 5)
    assert finding.attackers == ("203.0.113.9",)
    assert len(finding.others["client"]) == 5


def test_many_ports_of_one_host_are_held(tmp_path: Path) -> None:
    frames: list[tuple[int, bytes]] = []
    for service in (25, 80, 443):
        for number in range(24):
            talk = Talk((30_000 + service + 500 * number, service), (EVIL, "10.0.1.5"), number * SECOND // 10)
            for step in range(12):
                talk.tell(step * 10 * SECOND + 3 * SECOND, 0, payload=b"X-a: b\r\n")
                talk.numbers[0] += 8
            frames += talk.frames
    (finding,) = found_in(tmp_path, frames, "connection-exhaustion")
    assert "2 more services" in finding.title
    assert finding.counts["connections"] == 72
    assert finding.counts["open_at_once"] == 24
    assert finding.rule is not None
    assert Match("destination_port", Operator.IN, (25, 80, 443)) in finding.rule.matches


def verdict(victim: str, **changes: object) -> Verdict:
    to = where(ip_destination=victim)
    usual = Verdict(
        subject=victim,
        title=f"flood against {victim}",
        severity=Severity.MEDIUM,
        confidence=0.5,
        attackers=(EVIL,),
        victims=(victim,),
        start=1_000 * SECOND,
        end=1_010 * SECOND,
        reason="So it is.",
        proofs=(Proof(1, 0, "icmp_type", "request of the flood"),),
        frames=7,
        scope=(Selector(to),),
        rule=Rule(matches=to, action=Action.LIMIT, rate=10),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def joined(*verdicts: Verdict, detector: str = "ping-flood") -> list[Verdict]:
    return list(together(detector, verdicts, 60 * SECOND))


@pytest.mark.parametrize(("apart", "count"), [(60 * SECOND, 1), (60 * SECOND + 1, 2)])
def test_what_adjoins_is_one(apart: int, count: int) -> None:
    end = 1_010 * SECOND
    later = verdict("10.0.1.2", start=end + apart, end=end + apart + 1)
    assert len(joined(verdict("10.0.1.1"), later)) == count


@pytest.mark.parametrize(
    "other",
    [
        {"attackers": ("10.0.0.67",)},
        {"attackers": (EVIL, "10.0.0.67")},
        {"proofs": (Proof(1, 0, "icmp_type", "something else"),)},
    ],
)
def test_other_attackers_and_other_stories_stand_by_themselves(other: dict[str, object]) -> None:
    assert len(joined(verdict("10.0.1.1"), verdict("10.0.1.2", **other))) == 2


def test_facts_of_which_nobody_is_guilty_are_not_put_together() -> None:
    facts = [verdict(host, attackers=(), severity=Severity.LOW) for host in HOSTS]
    assert len(joined(*facts)) == len(HOSTS)


def test_what_detectors_put_together_themselves_is_left_alone() -> None:
    assert len(joined(verdict("10.0.1.1"), verdict("10.0.1.2"), detector="port-scan")) == 2


def test_one_rule_is_as_narrow_as_all_of_them() -> None:
    def ruled(victim: str, *matches: Match) -> Verdict:
        rule = Rule(matches=(*where(ip_destination=victim), *matches), action=Action.LIMIT, rate=10)
        return verdict(victim, rule=rule)

    def rule_of(*verdicts: Verdict) -> Rule | None:
        (one,) = joined(*verdicts)
        return one.rule

    (one, two), tcp = HOSTS[:2], where(ip_protocol=6)
    both = Match("ip_destination", Operator.IN, (one, two))
    found = rule_of(ruled(one, *tcp), ruled(two, *tcp))
    assert found is not None
    assert found.matches == (both, *tcp)
    spared = Match("ip_source", Operator.NOT_NETWORK, ("10.9.0.1",))
    found = rule_of(ruled(one, spared), ruled(two))
    assert found is not None
    assert found.matches == (both, spared)
    found = rule_of(ruled(one, *where(destination_port=80)), ruled(two))
    assert found is not None
    assert found.matches == (both,)


def test_no_rule_where_none_is_right_and_it_is_said() -> None:
    def pair(victim: str, peer: str) -> Verdict:
        return verdict(victim, rule=Rule(matches=where(ip_source=peer, ip_destination=victim)))

    (one,) = joined(pair("10.0.1.1", "10.0.2.1"), pair("10.0.1.2", "10.0.2.2"))
    assert one.rule is None
    assert "no one rule" in one.advice[-1]
