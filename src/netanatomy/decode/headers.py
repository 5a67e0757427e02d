"""Codes that the kernels share: headers they walk through, reasons to stop, verdicts.

The numbers stand in headers.pxd for the compiled kernels and here for the uncompiled ones; a
test holds the two together. Names of headers are the protocols' own, with underscores.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import cython

if not cython.compiled:
    DONE = 0
    ETHERNET = 1
    VLAN = 2
    LLC = 3
    SNAP = 4
    ARP = 5
    STP = 6
    EAPOL = 7
    MPLS = 8
    PPPOE = 9
    PPP = 10
    CISCO_HDLC = 11
    FRAME_RELAY = 12
    LINUX_SLL = 13
    LINUX_SLL2 = 14
    LOOPBACK = 15
    RAW_IP = 16
    NFLOG = 17
    RADIOTAP = 18
    PRISM = 19
    AVS = 20
    PPI = 21
    IEEE80211 = 22
    MACSEC = 23
    PROVIDER_BACKBONE = 24
    CISCO_METADATA = 25
    FABRICPATH = 26
    ARISTA_TIMESTAMP = 27
    DSA = 28
    EDSA = 29
    BRCM_TAG = 30
    BRCM_TAG_PREPEND = 31
    PKTAP = 32
    IPNET = 33
    ARCNET = 34
    ARCNET_LINUX = 35
    FDDI = 36
    TOKEN_RING = 37
    JUNIPER_ETHERNET = 38
    PFLOG = 39
    IPV4 = 40
    IPV6 = 41
    ICMP = 42
    ICMPV6 = 43
    IGMP = 44
    GRE = 45
    ERSPAN = 46
    ERSPAN3 = 47
    AH = 48
    ESP = 49
    OSPF = 50
    PIM = 51
    VRRP = 52
    L2TPV3 = 53
    ETHERIP = 54
    VXLAN = 55
    GENEVE = 56
    GTP_U = 57
    TEREDO = 58
    L2TP = 59
    ESP_IN_UDP = 60
    VXLAN_GPE = 61
    NSH = 62
    AYIYA = 63
    TCP = 80
    UDP = 81
    UDPLITE = 82
    SCTP = 83
    DCCP = 84
    IKE = 100
    ENC = 128
    IP_OVER_FIBRE_CHANNEL = 129
    RFC1483 = 130
    SUNATM = 131
    PPP_DIRECTION = 132
    OSI = 133
    IEEE80211_PADDED = 134
    EAP = 144
    CDP = 145
    SLARP = 146
    IS_IS = 147
    CLNP = 148
    ES_IS = 149
    VTP = 150
    DTP = 151
    UDLD = 152
    PAGP = 153
    IPX = 154
    FIRST_LEAF = 160
    HEADER_LIMIT = 512
    # Rows of one frame. Bounds the work that tunnels packed in tunnels can ask for.
    MAXIMUM_DEPTH = 16
    # Headers of one frame. Bounds chains of tags, labels and extension headers.
    MAXIMUM_HEADERS = 64

    ON_LINK = 1
    ON_INTERNET = 2
    ON_TRANSPORT = 3
    ON_APPLICATION = 4

    STOP_CAPTURED_SHORT = 1
    STOP_TRUNCATED = 2
    STOP_UNKNOWN_LINK_TYPE = 3
    STOP_BAD_VERSION = 4
    STOP_BAD_HEADER_LENGTH = 5
    STOP_BAD_TOTAL_LENGTH = 6
    STOP_BAD_OPTION = 7
    STOP_BAD_LENGTH = 8
    STOP_NESTING_TOO_DEEP = 9
    STOP_TOO_MANY_HEADERS = 10
    STOP_ENCRYPTED = 11
    CHECKSUM_GOOD = 1
    CHECKSUM_BAD = 2
    CHECKSUM_ABSENT = 3
    CHECKSUM_UNVERIFIED = 4
    CHECKSUM_PARTIAL = 5
    HAS_ETHERNET = 1
    HAS_ETHERTYPE = 2
    HAS_IP = 4
    HAS_IPV4 = 8
    HAS_IP_IDENTIFICATION = 16
    HAS_PORTS = 32
    HAS_TCP = 64
    HAS_TCP_TIMESTAMPS = 128
    TUNNEL_IP_IN_IP = 1
    TUNNEL_6IN4 = 2
    TUNNEL_6TO4 = 3
    TUNNEL_ISATAP = 4
    TUNNEL_4IN6 = 5
    TUNNEL_6IN6 = 6
    TUNNEL_TEREDO = 7
    TUNNEL_GRE = 8
    TUNNEL_ERSPAN_1 = 9
    TUNNEL_ERSPAN_2 = 10
    TUNNEL_ERSPAN_3 = 11
    TUNNEL_VXLAN = 12
    TUNNEL_GENEVE = 13
    TUNNEL_GTP_U = 14
    TUNNEL_L2TPV2 = 15
    TUNNEL_L2TPV3 = 16
    TUNNEL_ETHERNET_OVER_MPLS = 17
    TUNNEL_ETHERIP = 18
    TUNNEL_VXLAN_GPE = 19
    TUNNEL_PIM_REGISTER = 20
    TUNNEL_NSH = 21
    TUNNEL_MPLS_IN_IP = 22
    TUNNEL_MPLS_IN_UDP = 23
    TUNNEL_AYIYA = 24

WALKED: Mapping[str, int] = MappingProxyType(
    {
        "ethernet": ETHERNET,
        "vlan": VLAN,
        "llc": LLC,
        "snap": SNAP,
        "arp": ARP,
        "stp": STP,
        "eapol": EAPOL,
        "mpls": MPLS,
        "pppoe": PPPOE,
        "ppp": PPP,
        "cisco-hdlc": CISCO_HDLC,
        "frame-relay": FRAME_RELAY,
        "linux-sll": LINUX_SLL,
        "linux-sll2": LINUX_SLL2,
        "loopback": LOOPBACK,
        "raw-ip": RAW_IP,
        "nflog": NFLOG,
        "radiotap": RADIOTAP,
        "prism": PRISM,
        "avs": AVS,
        "ppi": PPI,
        "ieee80211": IEEE80211,
        "macsec": MACSEC,
        "provider-backbone": PROVIDER_BACKBONE,
        "cisco-metadata": CISCO_METADATA,
        "fabricpath": FABRICPATH,
        "arista-timestamp": ARISTA_TIMESTAMP,
        "dsa": DSA,
        "edsa": EDSA,
        "brcm-tag": BRCM_TAG,
        "brcm-tag-prepend": BRCM_TAG_PREPEND,
        "pktap": PKTAP,
        "ipnet": IPNET,
        "arcnet": ARCNET,
        "arcnet-linux": ARCNET_LINUX,
        "fddi": FDDI,
        "token-ring": TOKEN_RING,
        "juniper-ethernet": JUNIPER_ETHERNET,
        "pflog": PFLOG,
        "enc": ENC,
        "ip-over-fibre-channel": IP_OVER_FIBRE_CHANNEL,
        "rfc1483": RFC1483,
        "sunatm": SUNATM,
        "ppp-direction": PPP_DIRECTION,
        "osi": OSI,
        "ieee80211-padded": IEEE80211_PADDED,
        "eap": EAP,
        "cdp": CDP,
        "slarp": SLARP,
        "is-is": IS_IS,
        "clnp": CLNP,
        "es-is": ES_IS,
        "vtp": VTP,
        "dtp": DTP,
        "udld": UDLD,
        "pagp": PAGP,
        "ipx": IPX,
        "ipv4": IPV4,
        "ipv6": IPV6,
        "icmp": ICMP,
        "icmpv6": ICMPV6,
        "igmp": IGMP,
        "gre": GRE,
        "erspan": ERSPAN,
        "erspan3": ERSPAN3,
        "ah": AH,
        "esp": ESP,
        "ospf": OSPF,
        "pim": PIM,
        "vrrp": VRRP,
        "l2tpv3": L2TPV3,
        "etherip": ETHERIP,
        "vxlan": VXLAN,
        "geneve": GENEVE,
        "gtp-u": GTP_U,
        "teredo": TEREDO,
        "l2tp": L2TP,
        "esp-in-udp": ESP_IN_UDP,
        "vxlan-gpe": VXLAN_GPE,
        "nsh": NSH,
        "ayiya": AYIYA,
        "tcp": TCP,
        "udp": UDP,
        "udplite": UDPLITE,
        "sctp": SCTP,
        "dccp": DCCP,
        "ike": IKE,
    }
)
"""Code of each header that a kernel walks through, by the protocol's name."""
