"""What the names in the packet table mean, in a few plain words."""

from __future__ import annotations

ARP_MEANINGS = {
    1: "who has this address?",
    2: "it is at this MAC address",
    3: "which address have I?",
    4: "this one is yours",
}

CHECKSUM_MEANINGS = {
    "good": "as computed from the octets",
    "bad": "not what the octets give: damaged, forged, or left to the network card by the sender",
    "absent": "UDP over IPv4 may go without one",
    "unverified": "octets are missing, so that it cannot be computed",
}

FRAGMENT_MEANINGS = {
    "duplicate": "the same piece again",
    "overlap": "pieces overlap with equal octets; sane senders never do that",
    "overlap-conflict": "pieces overlap with different octets: what was received depends on the receiver",
    "tiny": "so small that a filter cannot see the ports",
    "oversized": "reaches beyond 65,535 octets, as the ping of death did",
}

STOP_MEANINGS = {
    "captured-short": "the capture holds fewer octets of the frame than its header needs",
    "truncated": "the packet itself ends inside a header",
    "unknown-link-type": "no header of this kind of link is known here",
    "bad-version": "the version field names no version that belongs here",
    "bad-header-length": "the header's own length contradicts it",
    "bad-total-length": "the packet's own length contradicts it",
    "bad-option": "an option's length contradicts its header",
    "bad-length": "a length field contradicts the octets around it",
    "nesting-too-deep": "more tunnels in tunnels than are opened",
    "too-many-headers": "a chain of headers, tags or labels that does not end",
    "encrypted": "what follows cannot be read",
}

TUNNEL_MEANINGS = {
    "ip-in-ip": "IPv4 in IPv4 (RFC 2003)",
    "6in4": "IPv6 in IPv4, configured by hand (RFC 4213)",
    "6to4": "IPv6 in IPv4 by 2002::/16 addresses (RFC 3056)",
    "isatap": "IPv6 in IPv4 inside a site (RFC 5214)",
    "4in6": "IPv4 in IPv6 (RFC 2473)",
    "6in6": "IPv6 in IPv6 (RFC 2473)",
    "teredo": "IPv6 in UDP through NATs (RFC 4380): passes most firewalls unseen",
    "ayiya": "IP in UDP through NATs (draft-massar-v6ops-ayiya): passes most firewalls unseen",
    "gre": "generic routing encapsulation (RFC 2784)",
    "erspan-1": "mirrored traffic of a switch",
    "erspan-2": "mirrored traffic of a switch",
    "erspan-3": "mirrored traffic of a switch",
    "vxlan": "Ethernet in UDP between data-centre hosts (RFC 7348)",
    "geneve": "Ethernet in UDP between data-centre hosts (RFC 8926)",
    "gtp-u": "mobile subscribers' traffic (3GPP TS 29.281)",
    "l2tpv2": "PPP in UDP (RFC 2661)",
    "l2tpv3": "links in IP or UDP (RFC 3931)",
    "ethernet-over-mpls": "Ethernet pseudowire (RFC 4448)",
}
