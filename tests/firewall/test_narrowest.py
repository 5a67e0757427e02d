"""Rules by the narrowest criterion that the evidence supports: what detectors ask for, and of whom."""

from __future__ import annotations

from pathlib import Path

import pytest

import netanatomy
from netanatomy.detect.registry import detectors
from netanatomy.detect.settings import settings
from netanatomy.firewall.lines import written
from netanatomy.schema.findings import Finding
from tests.detect.support import capture, findings
from tests.wire import ethernet, ipv4, udp, write_capture

LENGTHS = {"ip_total_length", "tcp_window", "tcp_header_length", "udp_length"}


def the_finding(name: str, detector: str) -> Finding:
    if not capture(name).exists():
        pytest.skip("the capture is not there")
    (found,) = findings(name, detector)
    return found


@pytest.mark.parametrize("name", ["ip-tunnel-6in4", "ip-tunnel-held-gre", "tunnel-6in4", "tunnel-gre"])
def test_a_tunnel_is_cut_between_its_two_ends(name: str) -> None:
    found = the_finding(name, "ip-tunnel")
    assert found.rule is not None
    (line,) = written(found.rule).lines
    (far,) = set(found.others["tunnel end"]) - set(found.attackers)
    assert f"ip saddr {found.attackers[0]} ip daddr {far}" in line.text


def test_a_tunnel_that_is_allowed_is_not_cut_with_another(tmp_path: Path) -> None:
    known, strange = "198.51.100.7", "203.0.113.9"
    frames = [
        ethernet(ipv4(ipv4(udp(b"", 1, 2), protocol=17), "10.0.0.5", end, 4)) for end in (known, strange)
    ]
    path = write_capture(tmp_path / "a.pcapng", frames)
    allowed = settings(f'[network]\nknown_servers = ["{known}"]\n', detectors())
    (found,) = netanatomy.open(path).findings(allowed, only=["ip-tunnel"])
    assert found.rule is not None
    (line,) = written(found.rule).lines
    assert line.text == f"meta l4proto 4 ip saddr 10.0.0.5 ip daddr {strange}"


@pytest.mark.parametrize(
    ("name", "detector", "words"),
    [
        ("tiny-fragments-held-ipv6", "tiny-fragments", "ip6"),
        ("tiny-fragments-held-nping", "tiny-fragments", "ip"),
        ("udp-loop-held-ipv6", "udp-loop", "ip6"),
        ("udp-loop-tftp", "udp-loop", "ip"),
        ("ip-spoofing-random", "ip-spoofing", "ip"),
    ],
)
def test_a_rule_speaks_of_the_version_that_was_seen(name: str, detector: str, words: str) -> None:
    found = the_finding(name, detector)
    assert found.rule is not None
    (line,) = written(found.rule).lines
    assert f"{words} saddr" in line.text


@pytest.mark.parametrize(
    "name",
    [
        "first-hop-takeover-held-vrrp3",
        "os-fingerprinting-nmap",
        "ping-of-death-held-ipv6",
        "ping-of-death-hping3",
        "ping-of-death-scapy",
    ],
)
def test_what_makes_a_rule_narrower_means_something(name: str) -> None:
    if not capture(name).exists():
        pytest.skip("the capture is not there")
    for done in netanatomy.open(capture(name)).rule_effects(findings(name)):
        if done.rule is not None and done.finding.rule is not None:
            added = {match.column for match in done.rule.matches if match not in done.finding.rule.matches}
            assert not added & (LENGTHS | {"ip_ttl"})
