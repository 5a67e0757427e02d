"""Packets: one row per nesting level of a frame.

Columns of one group are null together: the group says which rows have them. The order of the
columns here is their order in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pyarrow as pa

from netanatomy.schema.column import Column, Kind, arrow_schema

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "frame": "every row",
        "stop": "rows whose decoding stopped early",
        "ethernet": "Ethernet frames",
        "ethertype": "Ethernet II frames",
        "ethernet_length": "IEEE 802.3 frames",
        "vlan": "tagged frames",
        "vlan_inner": "frames with two or more tags",
        "llc": "LLC headers (IEEE 802.2)",
        "snap": "SNAP headers",
        "mpls": "MPLS label stacks (RFC 3032)",
        "pppoe": "PPPoE (RFC 2516)",
        "ppp": "PPP (RFC 1661)",
        "sll": "Linux cooked captures",
        "sll_source": "Linux cooked captures with a six-octet address",
        "sll2": "Linux cooked captures, version 2",
        "loopback": "BSD NULL and LOOP headers",
        "nflog": "NFLOG captures",
        "arp": "ARP and RARP (RFC 826, 903)",
        "arp_addresses": "ARP for IPv4 over six-octet addresses",
        "stp": "spanning tree (IEEE 802.1D)",
        "stp_configuration": "spanning tree configuration messages",
        "eapol": "EAP over LAN (IEEE 802.1X)",
        "radio_frequency": "802.11 with radio information",
        "radio_signal": "802.11 with a signal strength",
        "wlan": "802.11 frames",
        "wlan_transmitter": "802.11 frames with a second address",
        "wlan_addresses": "802.11 management and data frames",
        "wlan_bssid": "802.11 frames that name their network",
        "wlan_reason": "deauthentication and disassociation",
        "ip": "IP packets",
        "ip_identification": "IPv4 packets and IPv6 fragments",
        "ipv4": "IPv4 packets",
        "ip_options": "IPv4 packets with options",
        "ipv6": "IPv6 packets",
        "ip_extension_headers": "IPv6 packets with extension headers",
        "fragment": "fragments",
        "reassembly": "rows that completed a fragmented datagram",
        "fragment_anomaly": "fragments that do not fit",
        "icmp": "ICMP and ICMPv6",
        "icmp_echo": "echo, timestamp and mask messages",
        "icmp_mtu": "fragmentation needed, packet too big",
        "icmp_pointer": "parameter problem",
        "icmp_gateway": "redirects",
        "quoted": "ICMP errors",
        "quoted_ports": "ICMP errors that quote ports",
        "nd_target": "neighbour solicitation, advertisement, redirect",
        "nd_flags": "neighbour advertisement",
        "nd_source_link": "neighbour discovery with a source link-layer address",
        "nd_target_link": "neighbour discovery with a target link-layer address",
        "ra": "router advertisements",
        "ra_prefix": "router advertisements with a prefix",
        "ra_mtu": "router advertisements with an MTU",
        "mld": "multicast listener discovery",
        "igmp": "IGMP",
        "ipsec": "AH and ESP",
        "ike": "IKE (RFC 7296)",
        "sctp": "SCTP (RFC 9260)",
        "sctp_chunk": "SCTP with a chunk",
        "ospf": "OSPF",
        "pim": "PIM",
        "vrrp": "VRRP (RFC 9568)",
        "gre": "GRE (RFC 2784)",
        "gre_key": "GRE with a key (RFC 2890)",
        "tunnel": "packets inside a tunnel",
        "tunnel_id": "packets inside a tunnel that numbers itself",
        "ports": "TCP, UDP, UDP-Lite, SCTP and DCCP",
        "tcp": "TCP segments (RFC 9293)",
        "tcp_timestamps": "TCP with timestamps (RFC 7323)",
        "tcp_mss": "TCP with a maximum segment size",
        "tcp_window_scale": "TCP with a window scale",
        "tcp_sack_permitted": "TCP with SACK permitted",
        "tcp_sack": "TCP with selective acknowledgments (RFC 2018)",
        "tcp_fast_open": "TCP Fast Open (RFC 7413)",
        "tcp_multipath": "Multipath TCP (RFC 8684)",
        "tcp_signature": "TCP with MD5 or AO",
        "udp": "UDP datagrams",
        "udplite": "UDP-Lite datagrams (RFC 3828)",
    }
)
"""Which rows have the columns of a group."""

COLUMNS: tuple[Column, ...] = (
    # frame: every row
    Column(
        "frame_number",
        Kind.U64,
        "Number of the frame, counted from 1 over the whole capture.",
        "",
        "frame",
    ),
    Column(
        "depth",
        Kind.U8,
        "Nesting level: 0 for the outermost packet of a frame, 1 for the packet in its tunnel, and so on.",
        "",
        "frame",
    ),
    Column("time", Kind.TIME, "When the frame was captured, UTC.", "ns", "frame"),
    Column("interface", Kind.U32, "Index of the capture's interface.", "", "frame"),
    Column("link_type", Kind.U16, "LINKTYPE_ number of the frame.", "", "frame"),
    Column("captured_length", Kind.U32, "Octets of the frame that the capture holds.", "octets", "frame"),
    Column("original_length", Kind.U32, "Octets that the frame had on the wire.", "octets", "frame"),
    Column(
        "protocols",
        Kind.NAME,
        "Every header that was read, from the outermost to this row's last, joined by colons.",
        "",
        "frame",
    ),
    Column("packet_offset", Kind.U32, "Where this row's packet begins in the frame.", "octets", "frame"),
    Column(
        "payload_offset",
        Kind.U32,
        "Where the octets behind the last header begin in the frame (in the datagram, where it was "
        "reassembled).",
        "octets",
        "frame",
    ),
    Column(
        "payload_length",
        Kind.U32,
        "Octets behind the last header, without padding, as far as they were captured.",
        "octets",
        "frame",
    ),
    # stop: rows whose decoding stopped early
    Column("stop_layer", Kind.NAME, "Layer on which the walk stopped before its end.", "", "stop"),
    Column("stop_reason", Kind.NAME, "Why it stopped: what the octets lack or contradict.", "", "stop"),
    Column("stop_offset", Kind.U32, "Where in the frame it stopped.", "octets", "stop"),
    # ethernet: Ethernet frames
    Column("eth_destination", Kind.MAC, "Destination address.", "", "ethernet"),
    Column("eth_source", Kind.MAC, "Source address.", "", "ethernet"),
    # ethertype: Ethernet II frames
    Column("eth_type", Kind.U16, "EtherType behind all tags.", "", "ethertype"),
    # ethernet_length: IEEE 802.3 frames
    Column("eth_length", Kind.U16, "Length field of IEEE 802.3.", "octets", "ethernet_length"),
    # vlan: tagged frames
    Column(
        "vlan_tpid",
        Kind.U16,
        "Tag protocol identifier of the outermost tag: 0x8100 (802.1Q), 0x88a8 (802.1ad), 0x9100.",
        "",
        "vlan",
    ),
    Column("vlan_id", Kind.U16, "VLAN identifier of the outermost tag.", "", "vlan"),
    Column("vlan_priority", Kind.U8, "Priority code point of the outermost tag.", "", "vlan"),
    Column("vlan_drop_eligible", Kind.BOOL, "Drop eligible indicator of the outermost tag.", "", "vlan"),
    Column("vlan_count", Kind.U8, "Number of stacked tags.", "tags", "vlan"),
    # vlan_inner: frames with two or more tags
    Column("vlan_inner_id", Kind.U16, "VLAN identifier of the second tag.", "", "vlan_inner"),
    Column("vlan_inner_priority", Kind.U8, "Priority code point of the second tag.", "", "vlan_inner"),
    # llc: LLC headers (IEEE 802.2)
    Column("llc_dsap", Kind.U8, "Destination service access point.", "", "llc"),
    Column("llc_ssap", Kind.U8, "Source service access point.", "", "llc"),
    Column("llc_control", Kind.U16, "Control field.", "", "llc"),
    # snap: SNAP headers
    Column("snap_oui", Kind.U32, "Organisation that defines the protocol identifier.", "", "snap"),
    Column("snap_protocol", Kind.U16, "Protocol identifier.", "", "snap"),
    # mpls: MPLS label stacks (RFC 3032)
    Column("mpls_label", Kind.U32, "Label on top of the stack.", "", "mpls"),
    Column("mpls_traffic_class", Kind.U8, "Traffic class of the top entry.", "", "mpls"),
    Column("mpls_ttl", Kind.U8, "Time to live of the top entry.", "", "mpls"),
    Column("mpls_count", Kind.U8, "Number of stacked labels.", "labels", "mpls"),
    # pppoe: PPPoE (RFC 2516)
    Column(
        "pppoe_code",
        Kind.U8,
        "Code: 0 session data, 9 PADI, 7 PADO, 25 PADR, 101 PADS, 167 PADT.",
        "",
        "pppoe",
    ),
    Column("pppoe_session_id", Kind.U16, "Session identifier.", "", "pppoe"),
    # ppp: PPP (RFC 1661)
    Column("ppp_protocol", Kind.U16, "Protocol field.", "", "ppp"),
    # sll: Linux cooked captures
    Column(
        "sll_packet_type",
        Kind.U16,
        "0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 sent by us.",
        "",
        "sll",
    ),
    Column("sll_hardware_type", Kind.U16, "ARPHRD_ type of the interface.", "", "sll"),
    Column("sll_protocol", Kind.U16, "Protocol type.", "", "sll"),
    # sll_source: Linux cooked captures with a six-octet address
    Column("sll_source", Kind.MAC, "Link-layer address of the sender.", "", "sll_source"),
    # sll2: Linux cooked captures, version 2
    Column("sll_interface_index", Kind.U32, "Index of the interface on the capturing machine.", "", "sll2"),
    # loopback: BSD NULL and LOOP headers
    Column("loopback_family", Kind.U32, "Address family.", "", "loopback"),
    # nflog: NFLOG captures
    Column("nflog_family", Kind.U8, "Address family.", "", "nflog"),
    Column("nflog_resource", Kind.U16, "Resource (group) identifier.", "", "nflog"),
    # arp: ARP and RARP (RFC 826, 903)
    Column("arp_hardware_type", Kind.U16, "Hardware type; 1 is Ethernet.", "", "arp"),
    Column("arp_protocol_type", Kind.U16, "Protocol type; 0x0800 is IPv4.", "", "arp"),
    Column("arp_operation", Kind.U16, "1 request, 2 reply, 3 reverse request, 4 reverse reply.", "", "arp"),
    # arp_addresses: ARP for IPv4 over six-octet addresses
    Column("arp_sender_hardware", Kind.MAC, "Sender hardware address.", "", "arp_addresses"),
    Column("arp_sender_protocol", Kind.IP, "Sender protocol address.", "", "arp_addresses"),
    Column("arp_target_hardware", Kind.MAC, "Target hardware address.", "", "arp_addresses"),
    Column("arp_target_protocol", Kind.IP, "Target protocol address.", "", "arp_addresses"),
    # stp: spanning tree (IEEE 802.1D)
    Column("stp_version", Kind.U8, "0 STP, 2 RSTP, 3 MSTP, 4 SPT.", "", "stp"),
    Column("stp_type", Kind.U8, "0 configuration, 2 RSTP, 128 topology change notification.", "", "stp"),
    # stp_configuration: spanning tree configuration messages
    Column("stp_flags", Kind.U8, "Flags; bit 0 is topology change.", "", "stp_configuration"),
    Column(
        "stp_root",
        Kind.U64,
        "Root bridge identifier: 16 bits of priority, 48 of address.",
        "",
        "stp_configuration",
    ),
    Column("stp_root_cost", Kind.U32, "Cost of the path to the root.", "", "stp_configuration"),
    Column("stp_bridge", Kind.U64, "Sending bridge's identifier.", "", "stp_configuration"),
    Column("stp_port", Kind.U16, "Sending port's identifier.", "", "stp_configuration"),
    # eapol: EAP over LAN (IEEE 802.1X)
    Column("eapol_version", Kind.U8, "Version.", "", "eapol"),
    Column("eapol_type", Kind.U8, "0 EAP, 1 start, 2 logoff, 3 key.", "", "eapol"),
    # radio_frequency: 802.11 with radio information
    Column("radio_frequency", Kind.U16, "Channel's centre frequency.", "MHz", "radio_frequency"),
    # radio_signal: 802.11 with a signal strength
    Column("radio_signal", Kind.I8, "Signal strength at the antenna.", "dBm", "radio_signal"),
    # wlan: 802.11 frames
    Column("wlan_type", Kind.U8, "0 management, 1 control, 2 data, 3 extension.", "", "wlan"),
    Column("wlan_subtype", Kind.U8, "Subtype within the type; 12 of type 0 is deauthentication.", "", "wlan"),
    Column(
        "wlan_flags",
        Kind.U8,
        "The second octet of frame control: to DS, from DS, more fragments, retry, power, more "
        "data, protected, order.",
        "",
        "wlan",
    ),
    Column("wlan_receiver", Kind.MAC, "Address 1, the receiver.", "", "wlan"),
    # wlan_transmitter: 802.11 frames with a second address
    Column("wlan_transmitter", Kind.MAC, "Address 2, the transmitter.", "", "wlan_transmitter"),
    # wlan_addresses: 802.11 management and data frames
    Column("wlan_destination", Kind.MAC, "Destination address.", "", "wlan_addresses"),
    Column("wlan_source", Kind.MAC, "Source address.", "", "wlan_addresses"),
    Column("wlan_sequence", Kind.U16, "Sequence number.", "", "wlan_addresses"),
    Column("wlan_fragment", Kind.U8, "Fragment number.", "", "wlan_addresses"),
    # wlan_bssid: 802.11 frames that name their network
    Column("wlan_bssid", Kind.MAC, "Basic service set identifier.", "", "wlan_bssid"),
    # wlan_reason: deauthentication and disassociation
    Column("wlan_reason", Kind.U16, "Reason code.", "", "wlan_reason"),
    # ip: IP packets
    Column("ip_version", Kind.U8, "4 or 6.", "", "ip"),
    Column("ip_source", Kind.IP, "Source address.", "", "ip"),
    Column("ip_destination", Kind.IP, "Destination address.", "", "ip"),
    Column(
        "ip_header_length",
        Kind.U16,
        "Length of the header; for IPv6 with its extension headers.",
        "octets",
        "ip",
    ),
    Column(
        "ip_total_length",
        Kind.U32,
        "Length of the packet by its own word, header included.",
        "octets",
        "ip",
    ),
    Column("ip_dscp", Kind.U8, "Differentiated services code point (RFC 2474).", "", "ip"),
    Column(
        "ip_ecn",
        Kind.U8,
        "Explicit congestion notification (RFC 3168): 0 not capable, 1 and 2 capable, 3 congestion "
        "experienced.",
        "",
        "ip",
    ),
    Column("ip_ttl", Kind.U8, "Time to live; for IPv6 the hop limit.", "hops", "ip"),
    Column("ip_protocol", Kind.U8, "Protocol of the payload; for IPv6 the last next header.", "", "ip"),
    Column("network_offset", Kind.U32, "Where the IP header begins in the frame.", "octets", "ip"),
    Column("transport_offset", Kind.U32, "Where the IP payload begins in the frame.", "octets", "ip"),
    # ip_identification: IPv4 packets and IPv6 fragments
    Column("ip_identification", Kind.U32, "Identification, for reassembly.", "", "ip_identification"),
    # ipv4: IPv4 packets
    Column("ip_dont_fragment", Kind.BOOL, "Don't Fragment flag.", "", "ipv4"),
    Column("ip_checksum", Kind.U16, "Header checksum as sent.", "", "ipv4"),
    Column("ip_checksum_status", Kind.NAME, "good, or bad.", "", "ipv4"),
    # ip_options: IPv4 packets with options
    Column(
        "ip_options",
        Kind.NAME,
        "Kinds of the options in their order, joined by commas.",
        "",
        "ip_options",
    ),
    # ipv6: IPv6 packets
    Column("ip_flow_label", Kind.U32, "Flow label.", "", "ipv6"),
    # ip_extension_headers: IPv6 packets with extension headers
    Column(
        "ip_extension_headers",
        Kind.NAME,
        "Extension headers in their order, joined by commas.",
        "",
        "ip_extension_headers",
    ),
    # fragment: fragments
    Column("ip_fragment_offset", Kind.U32, "Where this piece belongs in the datagram.", "octets", "fragment"),
    Column("ip_more_fragments", Kind.BOOL, "More Fragments flag.", "", "fragment"),
    # reassembly: rows that completed a fragmented datagram
    Column(
        "reassembled_fragments",
        Kind.U16,
        "Number of pieces the datagram was put together from.",
        "fragments",
        "reassembly",
    ),
    Column("reassembled_length", Kind.U32, "Length of the datagram's payload.", "octets", "reassembly"),
    # fragment_anomaly: fragments that do not fit
    Column(
        "fragment_anomaly",
        Kind.NAME,
        "duplicate, overlap, overlap-conflict (octets differ), tiny, or oversized (beyond 65,535 octets).",
        "",
        "fragment_anomaly",
    ),
    # icmp: ICMP and ICMPv6
    Column("icmp_type", Kind.U8, "Type; its meaning depends on ip_version.", "", "icmp"),
    Column("icmp_code", Kind.U8, "Code.", "", "icmp"),
    Column("icmp_checksum", Kind.U16, "Checksum as sent.", "", "icmp"),
    Column(
        "icmp_checksum_status",
        Kind.NAME,
        "good, bad, or unverified where octets are missing.",
        "",
        "icmp",
    ),
    # icmp_echo: echo, timestamp and mask messages
    Column("icmp_identifier", Kind.U16, "Identifier.", "", "icmp_echo"),
    Column("icmp_sequence", Kind.U16, "Sequence number.", "", "icmp_echo"),
    # icmp_mtu: fragmentation needed, packet too big
    Column("icmp_mtu", Kind.U32, "Maximum transmission unit of the next hop.", "octets", "icmp_mtu"),
    # icmp_pointer: parameter problem
    Column(
        "icmp_pointer",
        Kind.U32,
        "Octet of the quoted packet that is at fault.",
        "octets",
        "icmp_pointer",
    ),
    # icmp_gateway: redirects
    Column("icmp_gateway", Kind.IP, "Better first hop (ICMPv6: target address).", "", "icmp_gateway"),
    # quoted: ICMP errors
    Column("quoted_source", Kind.IP, "Source address of the quoted packet.", "", "quoted"),
    Column("quoted_destination", Kind.IP, "Destination address of the quoted packet.", "", "quoted"),
    Column("quoted_protocol", Kind.U8, "Protocol of the quoted packet.", "", "quoted"),
    # quoted_ports: ICMP errors that quote ports
    Column("quoted_source_port", Kind.U16, "Source port of the quoted packet.", "", "quoted_ports"),
    Column("quoted_destination_port", Kind.U16, "Destination port of the quoted packet.", "", "quoted_ports"),
    # nd_target: neighbour solicitation, advertisement, redirect
    Column("nd_target", Kind.IP, "Target address.", "", "nd_target"),
    # nd_flags: neighbour advertisement
    Column("nd_flags", Kind.U8, "4 router, 2 solicited, 1 override.", "", "nd_flags"),
    # nd_source_link: neighbour discovery with a source link-layer address
    Column("nd_source_link_address", Kind.MAC, "Source link-layer address option.", "", "nd_source_link"),
    # nd_target_link: neighbour discovery with a target link-layer address
    Column("nd_target_link_address", Kind.MAC, "Target link-layer address option.", "", "nd_target_link"),
    # ra: router advertisements
    Column("ra_hop_limit", Kind.U8, "Hop limit that hosts should use.", "hops", "ra"),
    Column("ra_flags", Kind.U8, "128 managed, 64 other configuration, 24 preference.", "", "ra"),
    Column("ra_router_lifetime", Kind.U16, "How long the sender may be a default router.", "s", "ra"),
    Column("ra_reachable_time", Kind.U32, "Reachable time.", "ms", "ra"),
    Column("ra_retransmit_time", Kind.U32, "Retransmission time.", "ms", "ra"),
    # ra_prefix: router advertisements with a prefix
    Column("ra_prefix", Kind.IP, "First prefix.", "", "ra_prefix"),
    Column("ra_prefix_length", Kind.U8, "Length of the first prefix.", "bits", "ra_prefix"),
    Column("ra_prefix_flags", Kind.U8, "128 on-link, 64 autonomous.", "", "ra_prefix"),
    Column("ra_valid_lifetime", Kind.U32, "Valid lifetime of the first prefix.", "s", "ra_prefix"),
    Column("ra_preferred_lifetime", Kind.U32, "Preferred lifetime of the first prefix.", "s", "ra_prefix"),
    Column("ra_prefix_count", Kind.U8, "Number of prefix options.", "prefixes", "ra_prefix"),
    # ra_mtu: router advertisements with an MTU
    Column("ra_mtu", Kind.U32, "Maximum transmission unit of the link.", "octets", "ra_mtu"),
    # mld: multicast listener discovery
    Column("mld_group", Kind.IP, "Multicast address; of a version 2 report the first record's.", "", "mld"),
    Column(
        "mld_record_count",
        Kind.U16,
        "Records of a version 2 report; 0 in other messages.",
        "records",
        "mld",
    ),
    # igmp: IGMP
    Column("igmp_type", Kind.U8, "17 query, 18 and 22 report, 34 version 3 report, 23 leave.", "", "igmp"),
    Column("igmp_group", Kind.IP, "Group address; of a version 3 report the first record's.", "", "igmp"),
    # ipsec: AH and ESP
    Column("ipsec_spi", Kind.U32, "Security parameters index.", "", "ipsec"),
    Column("ipsec_sequence", Kind.U32, "Sequence number.", "", "ipsec"),
    # ike: IKE (RFC 7296)
    Column("ike_initiator_spi", Kind.U64, "Initiator's security parameter index.", "", "ike"),
    Column("ike_responder_spi", Kind.U64, "Responder's security parameter index.", "", "ike"),
    Column("ike_version", Kind.U8, "Version: 16 is 1.0, 32 is 2.0.", "", "ike"),
    Column("ike_exchange_type", Kind.U8, "Exchange type.", "", "ike"),
    Column("ike_message_id", Kind.U32, "Message identifier.", "", "ike"),
    # sctp: SCTP (RFC 9260)
    Column("sctp_verification_tag", Kind.U32, "Verification tag.", "", "sctp"),
    # sctp_chunk: SCTP with a chunk
    Column("sctp_chunk_type", Kind.U8, "Type of the first chunk.", "", "sctp_chunk"),
    # ospf: OSPF
    Column("ospf_version", Kind.U8, "2 or 3.", "", "ospf"),
    Column(
        "ospf_type",
        Kind.U8,
        "1 hello, 2 database description, 3 request, 4 update, 5 acknowledgement.",
        "",
        "ospf",
    ),
    Column("ospf_router_id", Kind.U32, "Router identifier.", "", "ospf"),
    Column("ospf_area", Kind.U32, "Area identifier.", "", "ospf"),
    # pim: PIM
    Column("pim_version", Kind.U8, "Version.", "", "pim"),
    Column("pim_type", Kind.U8, "0 hello, 1 register, 2 register stop, 3 join or prune.", "", "pim"),
    # vrrp: VRRP (RFC 9568)
    Column("vrrp_version", Kind.U8, "2 or 3.", "", "vrrp"),
    Column("vrrp_virtual_router", Kind.U8, "Virtual router identifier.", "", "vrrp"),
    Column("vrrp_priority", Kind.U8, "Priority; 255 owns the address, 0 gives up.", "", "vrrp"),
    # gre: GRE (RFC 2784)
    Column("gre_flags", Kind.U16, "Flags and version.", "", "gre"),
    Column("gre_protocol", Kind.U16, "Protocol type.", "", "gre"),
    # gre_key: GRE with a key (RFC 2890)
    Column("gre_key", Kind.U32, "Key.", "", "gre_key"),
    # tunnel: packets inside a tunnel
    Column(
        "tunnel",
        Kind.NAME,
        "The tunnel that carries this row: gre, vxlan, 6in4, teredo and others.",
        "",
        "tunnel",
    ),
    # tunnel_id: packets inside a tunnel that numbers itself
    Column(
        "tunnel_id",
        Kind.U64,
        "Its number: GRE key, VXLAN or Geneve network identifier, GTP tunnel endpoint, L2TPv3 or "
        "ERSPAN session, NSH service path.",
        "",
        "tunnel_id",
    ),
    # ports: TCP, UDP, UDP-Lite, SCTP and DCCP
    Column("source_port", Kind.U16, "Source port.", "", "ports"),
    Column("destination_port", Kind.U16, "Destination port.", "", "ports"),
    Column("transport_checksum", Kind.U32, "Checksum as sent.", "", "ports"),
    Column(
        "transport_checksum_status",
        Kind.NAME,
        "good, bad, absent (UDP without one), partial (left to the sender's hardware), or unverified.",
        "",
        "ports",
    ),
    # tcp: TCP segments (RFC 9293)
    Column("tcp_sequence", Kind.U32, "Sequence number.", "", "tcp"),
    Column("tcp_acknowledgment", Kind.U32, "Acknowledgment number.", "", "tcp"),
    Column("tcp_header_length", Kind.U8, "Length of the header with its options.", "octets", "tcp"),
    Column(
        "tcp_flags",
        Kind.U16,
        "1 FIN, 2 SYN, 4 RST, 8 PSH, 16 ACK, 32 URG, 64 ECE, 128 CWR, 256 AE.",
        "",
        "tcp",
    ),
    Column("tcp_window", Kind.U16, "Window as sent, not scaled.", "", "tcp"),
    Column("tcp_urgent_pointer", Kind.U16, "Urgent pointer.", "", "tcp"),
    Column("tcp_options", Kind.NAME, "Kinds of the options in their order, joined by commas.", "", "tcp"),
    # tcp_timestamps: TCP with timestamps (RFC 7323)
    Column("tcp_timestamp_value", Kind.U32, "Timestamp value.", "", "tcp_timestamps"),
    Column("tcp_timestamp_echo", Kind.U32, "Timestamp echo reply.", "", "tcp_timestamps"),
    # tcp_mss: TCP with a maximum segment size
    Column("tcp_mss", Kind.U16, "Maximum segment size.", "octets", "tcp_mss"),
    # tcp_window_scale: TCP with a window scale
    Column("tcp_window_scale", Kind.U8, "Shift count of the window.", "bits", "tcp_window_scale"),
    # tcp_sack_permitted: TCP with SACK permitted
    Column(
        "tcp_sack_permitted",
        Kind.BOOL,
        "The sender takes selective acknowledgments.",
        "",
        "tcp_sack_permitted",
    ),
    # tcp_sack: TCP with selective acknowledgments (RFC 2018)
    Column("tcp_sack_count", Kind.U8, "Number of blocks.", "blocks", "tcp_sack"),
    Column("tcp_sack_left", Kind.U32, "Left edge of the first block.", "", "tcp_sack"),
    Column("tcp_sack_right", Kind.U32, "Right edge of the first block.", "", "tcp_sack"),
    # tcp_fast_open: TCP Fast Open (RFC 7413)
    Column(
        "tcp_fast_open_length",
        Kind.U8,
        "Length of the cookie; 0 asks for one.",
        "octets",
        "tcp_fast_open",
    ),
    # tcp_multipath: Multipath TCP (RFC 8684)
    Column(
        "tcp_multipath_subtype",
        Kind.U8,
        "0 MP_CAPABLE, 1 MP_JOIN, 2 DSS, 3 ADD_ADDR, and so on.",
        "",
        "tcp_multipath",
    ),
    # tcp_signature: TCP with MD5 or AO
    Column(
        "tcp_signature_kind",
        Kind.U8,
        "19 MD5 signature (RFC 2385), 29 authentication option (RFC 5925).",
        "",
        "tcp_signature",
    ),
    # udp: UDP datagrams
    Column("udp_length", Kind.U16, "Length by the datagram's own word, header included.", "octets", "udp"),
    # udplite: UDP-Lite datagrams (RFC 3828)
    Column("udplite_coverage", Kind.U16, "Octets that the checksum covers; 0 for all.", "octets", "udplite"),
)


@cache
def packet_schema() -> pa.Schema:
    """The Arrow schema of the packet table.

    >>> packet_schema().field("ip_ttl").metadata[b"unit"]
    b'hops'
    """
    return arrow_schema(COLUMNS)


CHECKSUM_STATUS = ("", "good", "bad", "absent", "unverified", "partial")
"""Names of the checksum columns, by code."""

STOP_LAYERS = ("", "link", "internet", "transport", "application")

STOP_REASONS = (
    "",
    "captured-short",  # the capture holds fewer octets of the frame than its header needs
    "truncated",  # the packet itself ends inside a header
    "unknown-link-type",  # no header of this kind of link is known
    "bad-version",
    "bad-header-length",
    "bad-total-length",
    "bad-option",  # an option's length contradicts its header
    "bad-length",  # a length field contradicts the octets around it
    "nesting-too-deep",  # more tunnels in tunnels than MAXIMUM_DEPTH
    "too-many-headers",  # a chain of extension headers, tags or labels that does not end
    "encrypted",  # what follows cannot be read
)
"""Why a walk stopped early, by code."""

FRAGMENT_ANOMALIES = ("", "duplicate", "overlap", "overlap-conflict", "tiny", "oversized")

TUNNELS = (
    "",
    "ip-in-ip",  # RFC 2003
    "6in4",  # RFC 4213
    "6to4",  # RFC 3056
    "isatap",  # RFC 5214
    "4in6",  # RFC 2473
    "6in6",  # RFC 2473
    "teredo",  # RFC 4380
    "gre",  # RFC 2784
    "erspan-1",
    "erspan-2",  # draft-foschiano-erspan
    "erspan-3",
    "vxlan",  # RFC 7348
    "geneve",  # RFC 8926
    "gtp-u",  # 3GPP TS 29.281
    "l2tpv2",  # RFC 2661
    "l2tpv3",  # RFC 3931
    "ethernet-over-mpls",  # RFC 4448
    "etherip",  # RFC 3378
    "vxlan-gpe",  # draft-ietf-nvo3-vxlan-gpe
    "pim-register",  # RFC 7761
    "nsh",  # RFC 8300
    "mpls-in-ip",  # RFC 4023
    "mpls-in-udp",  # RFC 7510
    "ayiya",  # draft-massar-v6ops-ayiya
)
"""What carries a nested packet, by code."""
