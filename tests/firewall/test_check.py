"""Our own matcher against the real nftables, packet by packet."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

import netanatomy
from netanatomy.firewall.check import Checked, Clock, check, check_columns
from netanatomy.firewall.limits import SECOND, Buckets
from netanatomy.firewall.nftables import Named, named_rules
from netanatomy.firewall.replay import Passage, Replay, ReplayError, why_not_here
from netanatomy.schema.match import where
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.text import address_text
from tests.detect.support import capture, findings, names
from tests.firewall.packets import frames
from tests.firewall.test_nftables import RULES
from tests.wire import ethernet, ipv4, udp, write_capture

GENERATED = 6_000


@pytest.fixture(autouse=True)
def _nftables() -> None:
    if reason := why_not_here():
        pytest.skip(reason)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_capture(tmp_path_factory.mktemp("firewall") / "all.pcapng", frames(7, GENERATED))


def compared(path: Path, rules: Sequence[Rule]) -> Checked:
    named = [Named(rule, "") for rule in rules]
    opened = netanatomy.open(path)
    return check(named, opened.packets_with_octets(check_columns(named)), opened.frames())


@pytest.mark.parametrize("name", RULES)
def test_each_kind_of_rule_on_generated_packets(generated: Path, name: str) -> None:
    done = compared(generated, [RULES[name]])
    assert done.named == []
    assert done.different == 0
    assert done.dropped > 0
    assert done.frames == GENERATED


def test_all_of_them_one_behind_the_other(generated: Path) -> None:
    done = compared(generated, list(RULES.values()))
    assert done.named == []


@pytest.mark.parametrize("name", names())
def test_captures_of_the_laboratory(name: str) -> None:
    if not capture(name).exists():
        pytest.skip("the capture is not there")
    found = [each.rule for each in named_rules(findings(name))]
    done = compared(capture(name), found + rules_of_packets(capture(name)))
    assert done.named == []
    assert done.dropped > 0 or not done.judged  # 802.11: no firewall sees it


# Of packets of their own: of two limits on the same packets it cannot be told which one dropped them.
LIMITS = [
    Rule(where(ip_protocol=6), Action.LIMIT, 40, 20, Per.SOURCE),
    Rule(where(ip_protocol=17), Action.LIMIT, 60, 9),
    Rule(where(eth_type=0x0806), Action.LIMIT, 1, 1, Per.SOURCE),
]


@pytest.mark.parametrize("name", names("transport") + names("benign"))
def test_limits_on_captures_of_the_laboratory(name: str) -> None:
    if not capture(name).exists():
        pytest.skip("the capture is not there")
    # How many are at an edge is the machine's affair: a pause of it within a write leaves all behind it open.
    assert compared(capture(name), LIMITS).named == []


@pytest.mark.parametrize("rule", LIMITS)
def test_nothing_is_unsure_where_a_write_takes_no_time(rule: Rule) -> None:
    random, now = Random(3), 0
    clock, buckets = Clock(rule), Buckets(rule)
    answers = []
    for _ in range(2_000):
        now += random.randrange(2 * SECOND // rule.rate) if random.random() < 0.3 else 1_000
        key = bytes([random.randrange(3)])
        foreseen = clock.drops(key, Passage(True, True, now, now))
        over = buckets.over(key, now)
        assert foreseen is over
        passage = Passage(True, not over, now, now)
        if over:
            clock.dropped(key, passage)
        else:
            clock.passed(key, passage)
        answers.append(over)
    assert 100 < sum(answers) < 1_900


@pytest.mark.parametrize("rule", LIMITS)
def test_a_kernel_that_limits_otherwise_is_noticed(rule: Rule) -> None:
    random, now, seen = Random(5), 0, 0
    clock = Clock(rule)
    kernel = Buckets(replace(rule, rate=2 * rule.rate))
    for _ in range(500):
        now += random.randrange(SECOND // rule.rate)
        done = now + random.randrange(20_000)  # ns, as a write takes
        passage = Passage(True, not kernel.over(b"", random.randrange(now, done + 1)), now, done)
        foreseen = clock.drops(b"", passage)
        seen += foreseen is not None and foreseen is passage.passed
        if passage.passed:
            clock.passed(b"", passage)
        else:
            clock.dropped(b"", passage)
        now = done
    assert seen > 10


def rules_of_packets(path: Path) -> list[Rule]:
    """Some rules that take hold of what is there: values of packets that are picked at random."""
    columns = ["ip_source", "ip_protocol", "destination_port", "icmp_type", "tcp_flags", "eth_source"]
    table = netanatomy.open(path).packets(["depth", *columns]).to_arrow()
    random = Random(len(table))
    found = []
    for _ in range(5):
        row = table.slice(random.randrange(len(table)), 1).to_pylist()[0]
        chosen: dict[str, int | str] = {}
        for column in random.sample(columns, 3):
            value = row[column]
            if isinstance(value, bytes):
                chosen[column] = address_text(value) if len(value) == 16 else value.hex(":")
            elif value is not None:
                chosen[column] = value
        if chosen and not row["depth"]:
            found.append(Rule(where(**chosen)))
    return found


def test_a_limit_by_the_clock_of_the_kernel() -> None:
    rule = Rule(where(ip_ttl=7), Action.LIMIT, rate=20, burst=4)
    packet = ipv4(udp(b"", 1, 2), protocol=17, ttl=7)
    with Replay([Named(rule, "")]) as replay:
        burst = [replay.ip_packet(packet) for _ in range(12)]
        time.sleep(0.125)  # 2.5 packets' worth
        later = [replay.ip_packet(packet) for _ in range(6)]
    assert [one.passed for one in burst[:4]] == [True] * 4
    clock = Clock(rule)
    for one in (*burst, *later):
        assert clock.drops(b"", one) in (None, not one.passed)
        if one.passed:
            clock.passed(b"", one)
        else:
            clock.dropped(b"", one)
    assert [one.passed for one in later].count(True) >= 2
    everything = (later[-1].done - burst[0].sent) / SECOND
    assert [one.passed for one in (*burst, *later)].count(True) <= 4 + 20 * everything


def test_what_linux_does_not_take_is_told(tmp_path: Path) -> None:
    broken = bytearray(ipv4(udp(b"", 1, 2), protocol=17))
    broken[10] ^= 0xFF  # the header's checksum
    with Replay([Named(Rule(where(ip_ttl=9)), "")]) as replay:
        assert not replay.ip_packet(bytes(broken)).arrived
        assert replay.ip_packet(ipv4(udp(b"", 1, 2), protocol=17)).passed


def broken_header(packet: bytes) -> bytes:
    return packet[:10] + bytes((packet[10] ^ 0xFF,)) + packet[11:]  # its checksum


def test_nothing_is_compared_where_linux_takes_nothing(tmp_path: Path) -> None:
    whole, rule = ipv4(udp(b"", 1, 2), protocol=17, ttl=9), Rule(where(ip_ttl=9))
    broken = ethernet(broken_header(whole))
    done = compared(write_capture(tmp_path / "a.pcapng", [broken] * 21), [rule])
    assert (done.frames, done.judged, done.refused, done.dropped, done.different) == (21, 0, 21, 0, 0)
    done = compared(write_capture(tmp_path / "b.pcapng", [broken] * 20 + [ethernet(whole)]), [rule])
    assert (done.frames, done.judged, done.refused, done.dropped, done.different) == (21, 1, 20, 1, 0)


def test_what_no_packet_filter_sees_is_told_apart() -> None:
    if not capture("wifi-deauthentication-aireplay").exists():
        pytest.skip("the capture is not there")
    done = compared(capture("wifi-deauthentication-aireplay"), [Rule(where(ip_ttl=9))])
    assert (done.judged, done.refused) == (0, 0)
    assert done.without_ip == done.frames > 0


def namespaces() -> set[str]:
    said = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    return {line.split()[0] for line in said.stdout.splitlines() if line.startswith("netanatomy-")}


def test_nothing_is_left_behind() -> None:
    before = namespaces()
    with pytest.raises(RuntimeError), Replay([Named(RULES["SYN"], "")]):
        assert len(namespaces()) == len(before) + 1
        raise RuntimeError
    assert namespaces() == before


def test_rules_that_nft_refuses_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before = namespaces()
    monkeypatch.setattr("netanatomy.firewall.replay.file_text", lambda *_: "nonsense\n")
    with pytest.raises(ReplayError, match="syntax error"):
        Replay([Named(RULES["SYN"], "")])
    assert namespaces() == before
