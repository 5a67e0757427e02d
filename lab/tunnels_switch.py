"""Tunnels that Open vSwitch makes in user space between two switches; a kind is one entry of `KINDS`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.switch import Switch

IPV4_TARGET, IPV6_TARGET = "10.1.0.2", "fd00:1::2"  # bob, as tunnels.py addresses him
MACS = {1: "02:00:00:cc:00:01", 2: "02:00:00:cc:00:02"}  # alice and bob


@dataclass(frozen=True)
class Kind:
    """One kind of tunnel: the type and options of the interface, and rules for both bridges.

    In rules, `PEER_MAC` is the MAC of the host behind the switch that gets the rule.
    """

    name: str
    about: str
    type: str = ""
    options: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    outer_ipv6: bool = False
    targets: tuple[str, ...] = (IPV4_TARGET,)
    option_map: str = ""
    egress: str = ""  # an nftables rule for what the switch puts on the cable

    @contextmanager
    def between(self, left: Switch, right: Switch) -> Iterator[None]:
        """Set the tunnel up on both switches, and take it away again."""
        try:
            self._set_up(left, "alice", 1)
            self._set_up(right, "bob", 2)
            yield
        finally:
            for switch in (left, right):
                switch.set(
                    *("--if-exists", "del-port", "br-int", "tunnel"),
                    *("--", "--if-exists", "del-port", "br-phy", "patch"),
                )
                switch.openflow("del-flows")
                if self.option_map:
                    switch.openflow("del-tlv-map")
                if self.egress:
                    switch.host.run("nft", "delete", "table", "netdev", "lab", check=False)
                switch.openflow("add-flow", "priority=0,actions=NORMAL")
                switch.control("fdb/flush", "br-int")

    def _set_up(self, switch: Switch, guest: str, number: int) -> None:
        there = 3 - number
        remote = f"2001:db8:aa::{there}" if self.outer_ipv6 else f"198.51.100.{there}"
        if self.type:
            switch.set(
                *("add-port", "br-int", "tunnel", "--", "set", "interface", "tunnel"),
                *(f"type={self.type}", f'options:remote_ip="{remote}"', "ofport_request=10"),
                *(f"options:{option}" for option in self.options),
            )
        else:
            _patch(switch)
        if self.option_map:
            switch.openflow("add-tlv-map", self.option_map)
        if self.egress:
            chain = f'type filter hook egress device "eth0" priority 0\n{self.egress}\n'
            switch.host.run("nft", "-f", "-", stdin=f"table netdev lab {{ chain egress {{\n{chain}}}\n}}\n")
        port = switch.set("get", "interface", guest, "ofport").strip()
        for flow in self.flows:
            switch.openflow("add-flow", flow.replace("GUEST", port).replace("PEER_MAC", MACS[number]))


def _patch(switch: Switch) -> None:
    """Join both bridges directly: the guests' own frames on the cable, changed only by the rules."""
    switch.set(
        *("add-port", "br-int", "tunnel", "--", "set", "interface", "tunnel", "type=patch"),
        *("options:peer=patch", "ofport_request=10"),
        *("--", "add-port", "br-phy", "patch", "--", "set", "interface", "patch", "type=patch"),
        "options:peer=tunnel",
    )


# A tunnel of layer 3 carries no Ethernet header: the guest's MAC is put back when it comes out.
LAYER3 = (
    "priority=10,in_port=GUEST,actions=output:10",
    "priority=10,in_port=10,actions=set_field:PEER_MAC->eth_dst,output:GUEST",
    "priority=20,in_port=GUEST,arp,arp_op=1,actions="
    # Nobody answers ARP through such a tunnel: the switch answers with a MAC of its own.
    "move:eth_src->eth_dst,set_field:02:00:00:dd:00:01->eth_src,set_field:2->arp_op,"
    "move:arp_sha->arp_tha,set_field:02:00:00:dd:00:01->arp_sha,"
    "push:arp_tpa,move:arp_spa->arp_tpa,pop:arp_spa,in_port",
)
BOTH = (IPV4_TARGET, IPV6_TARGET)
# Class and type are experimental (RFC 8926, section 7); the highest bit of the type says "critical".
GENEVE_OPTION = "{class=0xff01,type=0x80,len=4}->tun_metadata0"
KINDS = (
    Kind("gre", "GRE with Ethernet inside (RFC 2784)", "gre", targets=BOTH),
    Kind(
        "gre-checksum",
        "GRE with key, checksum and sequence (RFC 2890)",
        "gre",
        ("key=42", "csum=true"),
    ),
    Kind("gre-sequence", "GRE with key and sequence (RFC 2890)", "gre", ("key=45", "seq=true")),
    Kind("gre-ipv4", "GRE with IPv4 inside", "gre", ("key=43", "packet_type=legacy_l3"), LAYER3),
    Kind("gre-over-ipv6", "GRE with key over IPv6", "gre", ("key=44",), outer_ipv6=True),
    Kind("erspan-ii", "ERSPAN type II", "erspan", ("key=100", "erspan_ver=1", "erspan_idx=0x7b")),
    Kind(
        "erspan-iii",
        "ERSPAN type III",
        "erspan",
        ("key=101", "erspan_ver=2", "erspan_dir=1", "erspan_hwid=0x07"),
    ),
    Kind(
        "erspan-iii-over-ipv6",
        "ERSPAN type III over IPv6",
        "erspan",
        ("key=102", "erspan_ver=2", "erspan_dir=0", "erspan_hwid=0x05"),
        outer_ipv6=True,
    ),
    Kind("vxlan", "VXLAN (RFC 7348)", "vxlan", ("key=5001",), targets=BOTH),
    Kind("vxlan-checksum-ipv6", "VXLAN over IPv6", "vxlan", ("key=5002", "csum=true"), outer_ipv6=True),
    Kind(
        "vxlan-gbp",
        "VXLAN with a group policy",
        "vxlan",
        ("key=5003", "exts=gbp"),
        ("priority=10,in_port=GUEST,actions=set_field:0x123->tun_gbp_id,output:10",),
    ),
    Kind("vxlan-gpe", "VXLAN-GPE with Ethernet inside", "vxlan", ("key=5004", "exts=gpe", "dst_port=4790")),
    Kind(
        "vxlan-gpe-ipv4",
        "VXLAN-GPE with IPv4 inside",
        "vxlan",
        ("key=5005", "exts=gpe", "dst_port=4790", "packet_type=legacy_l3"),
        LAYER3,
    ),
    Kind("geneve", "Geneve (RFC 8926)", "geneve", ("key=6001",), targets=BOTH),
    Kind(
        "geneve-option",
        "Geneve with a critical option",
        "geneve",
        ("key=6002",),
        ("priority=10,in_port=GUEST,actions=set_field:0xc0ffee->tun_metadata0,output:10",),
        option_map=GENEVE_OPTION,
    ),
    Kind(
        "gtp-u",
        "GTP-U G-PDUs (3GPP TS 29.281)",
        "gtpu",
        ("key=7001",),
        LAYER3,
        # Open vSwitch 3.1 sums the UDP datagram before it writes GTP's length, and drops the result itself
        # on the other side: so the packets leave without a checksum, which IPv4 allows.
        egress="udp dport 2152 udp checksum set 0",
    ),
    Kind(
        "vlan",
        "an 802.1Q tag",
        flows=(
            "priority=10,in_port=GUEST,actions=push_vlan:0x8100,set_field:4196->vlan_vid,output:10",
            "priority=10,in_port=10,dl_vlan=100,actions=pop_vlan,output:GUEST",
        ),
        targets=BOTH,
    ),
    Kind(
        "qinq",
        "an 802.1ad service tag around an 802.1Q tag",
        flows=(
            "priority=10,in_port=GUEST,actions=push_vlan:0x8100,set_field:4296->vlan_vid,"
            "push_vlan:0x88a8,set_field:4396->vlan_vid,set_field:5->vlan_pcp,output:10",
            "priority=10,in_port=10,dl_vlan=300,actions=pop_vlan,resubmit(,1)",
            "table=1,dl_vlan=200,actions=pop_vlan,output:GUEST",
        ),
    ),
    Kind(
        "mpls",
        "two MPLS labels around IPv4",
        flows=(
            "priority=10,in_port=GUEST,actions=output:10",
            "priority=20,in_port=GUEST,ip,actions=push_mpls:0x8847,set_field:1001->mpls_label,"
            "push_mpls:0x8847,set_field:1002->mpls_label,set_field:3->mpls_tc,output:10",
            "priority=10,in_port=10,actions=output:GUEST",
            "priority=20,in_port=10,mpls,actions=pop_mpls:0x8847,pop_mpls:0x0800,output:GUEST",
        ),
    ),
)
