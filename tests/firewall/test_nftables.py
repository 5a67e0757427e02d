"""What is written is what the real nft accepts, whatever traffic put into a title."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.firewall.nftables import (
    COMMENT_OCTETS,
    Named,
    counted_apart,
    file_text,
    is_interface_name,
    plain,
    rule_set,
    rule_text,
    why_not,
)
from netanatomy.schema.match import Match, Operator, flags, where
from netanatomy.schema.rules import Action, Per, Rule
from tests.detect.support import capture, findings, names
from tests.firewall.findings import finding
from tests.firewall.namespace import namespace, refusal

SYN, ACK = 2, 16
BITS, AT_LEAST, AT_MOST, NOT = Operator.BITS, Operator.AT_LEAST, Operator.AT_MOST, Operator.NOT_EQUAL
MAC = "02:00:00:00:00:01"

RULES = {
    "one address": Rule(where(ip_source="192.0.2.1")),
    "addresses of both versions": Rule(where(ip_source=["192.0.2.1", "2001:db8::1", "192.0.2.2"])),
    "networks that touch": Rule(
        (Match("ip_source", Operator.NETWORK, ("10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "fd00::/8")),)
    ),
    "not a network": Rule((Match("ip_source", Operator.NOT_NETWORK, "10.20.0.0/24"), *where(ip_ttl=5))),
    "not an address": Rule(
        (Match("ip_source", NOT, "10.0.0.1"), *where(ip_protocol=17, destination_port=67))
    ),
    "any network": Rule((Match("ip_source", Operator.NETWORK, "0.0.0.0/0"), *where(ip_ttl=[1, 2]))),
    "SYN": Rule((*where(ip_destination="10.0.0.1", destination_port=80), flags(23, SYN))),
    "no flags": Rule(where(tcp_flags=0, ip_source="10.0.0.1")),
    "several sets of flags": Rule(where(tcp_flags=[0, 41, 1])),
    "ports of any protocol": Rule(where(destination_port=[53, 123])),
    "ports of two": Rule(where(ip_protocol=[6, 17], source_port=0)),
    "high ports": Rule((Match("source_port", AT_LEAST, 1024), Match("destination_port", AT_MOST, 1023))),
    "UDP": Rule(where(ip_protocol=17, source_port=53)),
    "SCTP": Rule(where(ip_protocol=132, destination_port=7)),
    "UDP-Lite": Rule(where(ip_protocol=136, destination_port=7)),
    "another protocol": Rule(where(ip_protocol=47, ip_destination="10.0.0.1")),
    "not a protocol": Rule((Match("ip_protocol", NOT, 6), *where(ip_destination="10.0.0.1"))),
    "version alone": Rule(where(ip_version=6)),
    "echo": Rule(where(icmp_type=8, icmp_code=0, ip_destination="10.0.0.255")),
    "redirects of both versions": Rule(where(icmp_type=[5, 137])),
    "router advertisement": Rule(where(ip_version=6, icmp_type=134, ip_source="fe80::1")),
    "neighbour": Rule(where(ip_version=6, nd_target="fd00:20::1")),
    "IGMP": Rule(where(igmp_type=[17, 34])),
    "lengths": Rule((Match("ip_total_length", AT_LEAST, 1400), *where(ip_protocol=1))),
    "window and header": Rule(where(tcp_window=512, tcp_header_length=20)),
    "TTL": Rule((Match("ip_ttl", AT_MOST, 3),)),
    "fields": Rule(where(ip_dscp=46, ip_ecn=3, ip_identification=7)),
    "do not fragment": Rule(where(ip_dont_fragment=True, ip_source="10.0.0.1")),
    "fragments": Rule((Match("ip_fragment_offset", AT_LEAST, 0),)),
    "first fragments": Rule(where(ip_fragment_offset=0, ip_more_fragments=True, ip_protocol=6)),
    "later fragments": Rule((Match("ip_fragment_offset", AT_LEAST, 65_528), *where(ip_more_fragments=False))),
    "offsets": Rule(where(ip_fragment_offset=[8, 16])),
    "offsets of TCP": Rule(where(ip_fragment_offset=[8, 16], ip_protocol=6)),
    "MAC": Rule(where(eth_source=MAC)),
    "MACs": Rule(where(eth_destination=[MAC, "ff:ff:ff:ff:ff:ff"])),
    "EtherType": Rule(where(eth_type=0x88CC)),
    "VLAN": Rule(where(vlan_id=5, ip_source="10.0.0.1")),
    "version in a VLAN": Rule(where(vlan_id=5, ip_version=4)),
    "ping in a VLAN": Rule(where(vlan_id=[5, 6], icmp_type=[8, 128])),
    "ARP in a VLAN": Rule(where(vlan_id=6, arp_operation=1)),
    "VLAN on all": Rule(where(vlan_id=[5, 6])),
    "ARP": Rule(where(eth_source=MAC, arp_operation=2, arp_sender_protocol="10.0.0.1")),
    "forged ARP": Rule(
        (*where(arp_sender_protocol=["10.0.0.1", "10.0.0.2"]), Match("arp_sender_hardware", NOT, MAC))
    ),
    "IP from a MAC": Rule(where(eth_source=MAC, ip_source=["10.0.0.1", "fd00::1"])),
    "UDP from a MAC": Rule(where(eth_source=MAC, ip_protocol=17, destination_port=67)),
    "limit": Rule(where(ip_destination="10.0.0.1"), Action.LIMIT, 100, 50),
    "limit over both versions": Rule(where(icmp_type=[8, 128]), Action.LIMIT, 10),
    "limit per source": Rule(where(destination_port=80), Action.LIMIT, 10, 20, Per.SOURCE),
    "limit per destination": Rule((flags(2, 2),), Action.LIMIT, 10, 5, Per.DESTINATION),
    "limit of frames per source": Rule(where(arp_operation=1), Action.LIMIT, 10, 20, Per.SOURCE),
}


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    with namespace() as name:
        yield name


@pytest.mark.parametrize("name", RULES)
def test_nft_accepts_every_kind_of_rule(place: str, name: str) -> None:
    text = rule_text(RULES[name])
    assert text
    assert refusal(place, text) == ""


def test_nft_accepts_all_of_them_in_one_file_again_and_again(place: str) -> None:
    text = rule_set([finding(rule, number=number) for number, rule in enumerate(RULES.values())])
    assert refusal(place, text) == ""
    assert refusal(place, text + text.replace("define interface", "redefine interface")) == ""
    assert text.count('comment "land-') >= len(RULES)


def test_the_refusal_of_nft_is_noticed(place: str) -> None:
    assert "syntax error" in refusal(place, rule_text(RULES["SYN"]).replace("counter", "encounter"))


@pytest.mark.parametrize("name", names())
def test_nft_accepts_the_rules_of_the_laboratory(place: str, name: str) -> None:
    if not capture(name).exists():
        pytest.skip("the capture is not there")
    found = findings(name)
    assert refusal(place, rule_set(found)) == ""


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            '" drop; }\n table inet x { }',
            "\n\ndelete table inet filter\n",
            "\r\x0b\x0c\x85\u2028 flush ruleset",
            "$(reboot) `reboot` $interface @set \\",
            '\\" ; flush ruleset #',
            "é" * 200,
            "\u202eevil",
            '{ } ; # \' include "/etc/passwd"',
        ]
    ),
)


@settings(max_examples=25)
@given(titles=st.lists(HOSTILE, min_size=1, max_size=6))
def test_no_text_of_traffic_breaks_out(place: str, titles: list[str]) -> None:
    hostile = [
        finding(rule, number=number, title=title)
        for number, title in enumerate(titles)
        for rule in (None, Rule(where(payload_length=number)), Rule(where(ip_ttl=number), purpose=title))
    ]
    text = rule_set(hostile)
    assert refusal(place, text) == ""
    assert text.isascii()
    harmless = rule_set([finding(one.rule, number=number) for number, one in enumerate(hostile)])
    assert len(text.splitlines()) == len(harmless.splitlines())
    assert refusal(place, rule_text(Rule(where(ip_ttl=1), purpose=titles[0]))) == ""


def test_a_comment_is_as_long_as_nft_takes(place: str) -> None:
    text = rule_text(Rule(where(ip_ttl=1), purpose="x" * 500))
    comment = text.split('comment "')[1].split('"')[0]
    assert len(comment) == COMMENT_OCTETS - 1
    assert refusal(place, text) == ""


def test_plain_text() -> None:
    assert plain("10.0.0.1 → 10.0.0.2 – “scan”") == "10.0.0.1 -> 10.0.0.2 - 'scan'"
    assert plain("a\tb\nc\x00\x7f") == "a?b?c??"
    assert is_interface_name("br-lan.5@x")
    assert not is_interface_name("")
    assert not is_interface_name("a" * 16)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule(()), "every packet"),
        (Rule(where(payload_length=3)), "does not see payload_length"),
        (Rule(where(wlan_source=MAC)), "does not see wlan_source"),
        (Rule(where(arp_operation=1, ip_source="10.0.0.1")), "both ARP and IP"),
        (Rule(where(ip_source="10.0.0.1", ip_destination="fd00::1")), "no packet can"),
        (Rule(where(ip_protocol=17, tcp_flags=2)), "no packet can"),
        (Rule(where(destination_port=70_000)), "no packet can"),
        (Rule(where(ip_source=[])), "no packet can"),
        (Rule(where(ip_fragment_offset=5)), "no packet can"),
        (Rule(where(ip_source='10.0.0.1" drop')), "no address"),
        (Rule(where(ip_source="10.0.0.0/8")), "compared by network"),
        (Rule(where(ip_source="fe80::1%eth0")), "scope"),
        (Rule(where(eth_source="ip saddr 1")), "no MAC"),
        (Rule(where(tcp_flags=256)), "eight flags"),
        (Rule(where(ip_ttl="5")), "a number, not a text"),
        (Rule((Match("ip_source", AT_LEAST, 5),)), "not comparable|no address"),
        (Rule((Match("ip_ttl", BITS, (1,)),)), "with 1 values"),
        (Rule(where(ip_ttl=5), Action.LIMIT, rate=0), "limit of 0"),
        (Rule(where(ip_version="4")), "numbers"),
    ],
)
def test_what_cannot_be_written_says_why(rule: Rule, reason: str) -> None:
    import re

    assert rule_text(rule) == ""
    assert re.search(reason, why_not(rule))
    text = rule_set([finding(rule)])
    assert "no rule for land-00000001" in text
    assert "table" not in text.split("# no rule")[1]


def test_the_narrow_words() -> None:
    assert "tcp dport 80 tcp flags & (fin|syn|rst|ack) == syn" in rule_text(RULES["SYN"])
    assert "ip6 saddr 2001:db8::1 " in rule_text(RULES["addresses of both versions"])
    assert "ip saddr 10.0.0.0/8 " in rule_text(RULES["networks that touch"])
    assert "table netdev netanatomy" in rule_text(RULES["ARP"])
    assert 'define interface = "lan0"' in rule_set([finding(RULES["ARP"])], "lan0")
    assert "define" not in rule_set([finding(RULES["SYN"])])


def test_not_an_address_of_one_version_says_nothing_of_the_other() -> None:
    from netanatomy.firewall.lines import written

    for other_than, version, words in (("10.0.0.1", 4, "ip saddr"), ("fd00::1", 6, "ip6 saddr")):
        rule = Rule((Match("eth_source", Operator.EQUAL, MAC), Match("ip_source", NOT, other_than)))
        (line,) = written(rule).lines
        assert line.version == version
        assert f"{words} != {other_than}" in line.text


def test_rules_that_are_not_loaded_are_comments(place: str) -> None:
    loaded = [Named(RULES["limit per source"], "one")]
    lesser = [
        Named(RULES["limit per source"], 'two"\n drop'),
        Named(RULES["ARP"], "three"),
        Named(RULES["SYN"], "four"),
    ]
    text = file_text(loaded, ["said"], "lan0", lesser, "why\nnot")
    assert refusal(place, text) == ""
    before, after = text.split("# why?not")
    assert all(line.startswith("#") or not line for line in after.splitlines())
    assert "define interface" not in text
    # Uncommented they can be loaded together with the others.
    uncommented = "\n".join(line.removeprefix("#     ") for line in after.splitlines()[1:])
    assert refusal(place, before + uncommented.replace("lan0", "eth0")) == ""
    assert "# There is no rule to load." in file_text([], (), "lan0", lesser, "why")


def test_a_rule_of_several_findings_is_written_once() -> None:
    rule = Rule(where(ip_ttl=5), purpose="one")
    other = Rule(where(ip_ttl=5), purpose="two")
    text = rule_set([finding(rule, number=1), finding(other, number=2)])
    assert text.count("counter drop") == 2  # IPv4 and IPv6
    assert "land-00000001" in text
    assert "land-00000002" in text


def test_one_address_needs_no_buckets_apart() -> None:
    rule = Rule(where(ip_destination="10.0.0.1"), Action.LIMIT, 10, 5, Per.DESTINATION)
    assert counted_apart(rule) is Per.ALL
    assert "set " not in rule_text(rule)
    assert "size 65535" in rule_text(RULES["limit per source"])
