"""Names of headers: tshark's layers and ours.

The stacks of both are compared after this translation. A layer of tshark's that stands for no
header of its own (`ethertype`, `data`), or that lies above what the packet table reads, is left
out; so is a header of ours that tshark counts to the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

LAYERS: Mapping[str, str] = {
    # tshark's layer: our header
    "aarp": "aarp",
    "ah": "ah",
    "aoe": "aoe",
    "arcnet": "arcnet",
    "arp": "arp",
    "ayiya": "ayiya",
    "dhcp": "dhcp",
    "dhcpv6": "dhcpv6",
    "glbp": "glbp",
    "hsrp": "hsrp",
    "cdp": "cdp",
    "cfp": "fabricpath",
    "cfm": "cfm",
    "chdlc": "cisco-hdlc",
    "dccp": "dccp",
    "ddp": "appletalk",
    "dec_dna": "decnet",
    "dtp": "dtp",
    "eapol": "eapol",
    "esp": "esp",
    "eth": "ethernet",
    "etherip": "etherip",
    "fddi": "fddi",
    "fr": "frame-relay",
    "geneve": "geneve",
    "gre": "gre",
    "gtp": "gtp-u",
    "icmp": "icmp",
    "icmpv6": "icmpv6",
    "ieee8021ad": "vlan",
    "igmp": "igmp",
    "ip": "ipv4",
    "ipcomp": "ipcomp",
    "ipv6": "ipv6",
    "ipx": "ipx",
    "isakmp": "ike",
    "l2tp": "l2tp",
    "lldp": "lldp",
    "llc": "llc",
    "loop": "ethernet-loopback",
    "macsec": "macsec",
    "mpls": "mpls",
    "nflog": "nflog",
    "nsh": "nsh",
    "null": "loopback",
    "ospf": "ospf",
    "osi": "osi",
    "pim": "pim",
    "ppi": "ppi",
    "ppp": "ppp",
    "pppoed": "pppoe",
    "pppoes": "pppoe",
    "prism": "prism",
    "radiotap": "radiotap",
    "raw": "raw-ip",
    "sctp": "sctp",
    "sll": "linux-sll",
    "stp": "stp",
    "tcp": "tcp",
    "teredo": "teredo",
    "tr": "token-ring",
    "udld": "udld",
    "udp": "udp",
    "udplite": "udplite",
    "vlan": "vlan",
    "vrrp": "vrrp",
    "vxlan": "vxlan",
    "wlan": "ieee80211",
    "wlancap": "avs",
}
"""Layers that are compared, by the name tshark gives them."""

SAME: Mapping[str, str] = {
    "arcnet-linux": "arcnet",
    "ieee80211-padded": "ieee80211",
    "l2tpv3": "l2tp",  # one dissector for both versions
    "linux-sll2": "linux-sll",  # one dissector for both versions
    "vxlan-gpe": "vxlan",
}
"""Headers of ours that tshark has one name for."""

HELPERS: tuple[str, ...] = (
    "frame",
    "ethertype",
    "eth_maybefcs",
    "eth_withfcs",
    "eth_withoutfcs",
    "ipv6.hopopts",
    "ipv6.routing",
    "ipv6.fraghdr",
    "ipv6.dstopts",
    "mipv6",
    "hip",
    "shim6",
    "pppoe",
    "udpencap",
    "wlan_radio",
    "wlan_withoutfcs",
    "wlan_withfcs",
    "wlan_noqos",
    "mstp",
    "mptcp",
    "pwethheuristic",
    "pwethcw",
    "pwethnocw",
    "mplspwethcw",
    "ieee8021ah",
    "pktap",
    "atm",
    "juniper",
    "ipnet",
    "arcnet_linux",
    "carp",
    "erspan",
    "pcap_pktdata",
)
"""Layers that must be dissected so that those above are reached, but are not compared."""

QUOTING = ("icmp", "icmpv6")
"""Layers behind which a packet is a quotation (RFC 792, RFC 4443), which gives no row."""

LAST = (*QUOTING, "ipcomp")
"""Layers behind which nothing is compared in order; tshark inflates what IPComp compressed, we do not."""

REPEATED = ("mpls", "igmp", "arp")
"""Headers told once in a row: labels are counted in a column, tshark names IGMPv3 and ARP twice."""


def dissected() -> list[str]:
    """Every protocol that tshark must dissect."""
    return sorted({*LAYERS, *HELPERS})


@cache
def layers_of(protocols: str) -> tuple[tuple[str, ...], int]:
    """The layers of a frame, and how many of them come before what ICMP quotes."""
    layers = tuple(protocols.split(":"))
    for at, layer in enumerate(layers):
        if layer in LAST:
            return layers, at + 1
    return layers, len(layers)


@cache
def their_stack(protocols: str) -> str:
    """tshark's layers of a frame in our names, up to what ICMP quotes."""
    layers, before = layers_of(protocols)
    return _joined(LAYERS[layer] for layer in layers[:before] if layer in LAYERS)


@cache
def our_stack(protocols: str) -> str:
    """Our headers of a frame, without those that tshark has no layer for."""
    compared = set(LAYERS.values())
    names = (SAME.get(name, name) for name in protocols.split(":"))
    return _joined(name for name in names if name in compared)


def _joined(names: Iterable[str]) -> str:
    """The names, a stack of labels told once: how many there are is a column."""
    stack: list[str] = []
    for name in names:
        if name not in REPEATED or not stack or stack[-1] != name:
            stack.append(name)
    return ":".join(stack)
