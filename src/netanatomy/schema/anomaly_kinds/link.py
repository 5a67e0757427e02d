"""Oddities of frames, tags and ARP messages."""

from __future__ import annotations

from functools import partial

from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

_kind = partial(AnomalyKind, layer="link")

KINDS: tuple[AnomalyKind, ...] = (
    _kind(
        name="ethernet-group-source",
        meaning="The source address of an Ethernet frame is a group address. Nobody can be a group, and a "
        "switch that learns such an address sends everything for the group to one port.",
        benign="Token ring frames bridged to Ethernet, where the bit announces source routing; some clusters "
        "share a group address on purpose.",
        source="IEEE 802.3 section 3.2.3",
        wireshark="eth.src_not_group",
    ),
    _kind(
        name="ethernet-same-addresses",
        meaning="Source and destination address of an Ethernet frame are the same. A switch has no port to "
        "send it to; the frame was made to confuse switches or hosts, or the copy that was captured was "
        "changed.",
        benign="Test frames that interfaces send to themselves (EtherType 0x9000, which are left out), and "
        "virtual switches that write the same address twice.",
        source="IEEE 802.1Q section 8.6",
    ),
    _kind(
        name="unicast-in-broadcast",
        meaning="A frame for everybody carries an IPv4 packet for one address. Hosts must drop it; it is "
        "sent to reach hosts whose hardware address is unknown, or to hand a forged packet to all stations "
        "of a WLAN.",
        benign="An old access point or driver that broadcasts what it cannot address; a directed broadcast "
        "of a network so small that its address is not recognised as one.",
        source="RFC 1122 section 3.3.6",
    ),
    _kind(
        name="ethernet-length-past-end",
        meaning="The length field of an IEEE 802.3 frame counts more octets than the frame has.",
        benign="A capture tool that cuts frames without saying so.",
        source="IEEE 802.3 section 3.2.6",
        value="length by the field",
        expected="octets behind the header",
        wireshark="eth.len.past_end",
    ),
    _kind(
        name="vlan-id-reserved",
        meaning="A tag has the VLAN identifier 4095, which no frame may carry.",
        benign="A virtual switch that captures its own trunk (VMware's name for all VLANs is 4095).",
        source="IEEE 802.1Q table 9-2",
        value="VLAN identifier",
    ),
    _kind(
        name="vlan-double-customer-tag",
        meaning="A frame has two VLAN tags and the outer one is a customer's (0x8100). If a switch takes the "
        "first tag away as its own, the frame goes on in the VLAN of the second: so frames hop into VLANs "
        "that their sender may not reach.",
        benign="Networks of providers and clouds that stack 0x8100 tags instead of using 0x88a8: then all "
        "frames between two devices have both.",
        source="IEEE 802.1Q section 9.5; CAPEC-167",
        value="VLAN identifier of the inner tag",
    ),
    _kind(
        name="vlan-same-id-twice",
        meaning="Two tags of a frame name the same VLAN. A switch that removes one is left with a tagged "
        "frame on a port without tags, which is a way past rules for tagged frames.",
        benign="A provider that happens to number its tunnel as the customer numbers the VLAN, or a port "
        "mirror that adds the tag once more.",
        source="IEEE 802.1Q section 9.5",
        value="VLAN identifier",
    ),
    _kind(
        name="arp-sender-mismatch",
        meaning="The sender's hardware address within an ARP message is not the address the frame comes "
        "from: somebody tells others where a third station is, which is what ARP spoofing does.",
        benign="Proxy ARP, VRRP and HSRP, WLAN repeaters and bonded interfaces speak for other addresses; "
        "then the same pair appears all the time.",
        source="RFC 826; RFC 5227 section 1.1",
        value="sender hardware address as a number",
        expected="source address of the frame as a number",
    ),
    _kind(
        name="arp-target-mismatch",
        meaning="An ARP reply was sent to another station than the one it names as its target: a forged "
        "reply often leaves the field as it is in the tool's template.",
        benign="WLAN repeaters and proxies that change the frame's address only, and stacks that leave zeros "
        "in the field.",
        source="RFC 826",
        value="target hardware address as a number",
        expected="destination address of the frame as a number",
    ),
    _kind(
        name="arp-group-sender",
        meaning="The sender's hardware address within an ARP message is a group address: who believes it "
        "sends the sender's packets to many stations or to all.",
        benign="Clusters that share a multicast address (Microsoft's network load balancing) announce it so.",
        source="RFC 1812 section 3.3.2",
        value="sender hardware address as a number",
    ),
    _kind(
        name="arp-martian-sender",
        meaning="The sender's IPv4 address within an ARP message is a loopback, multicast, broadcast or "
        "reserved address, which no station can have.",
        benign="A misconfigured interface; an address of 0.0.0.0 is a probe and is left out.",
        source="RFC 1122 section 3.2.1.3; RFC 5227 section 1.1",
    ),
    _kind(
        name="link-header-truncated",
        meaning="The frame ends within a header of the link layer, though it was captured whole.",
        benign="Test tools and fuzzers; capture tools that cut frames without saying so.",
        source="the header's own standard",
        zeek="truncated_ethernet_frame",
        suricata="decoder.ethernet.pkt_too_small",
    ),
    _kind(
        name="link-bad-version",
        meaning="A header of the link layer has a version that does not exist, so what follows cannot be "
        "read.",
        benign="The capture names another type of link than the frames have.",
        source="the header's own standard",
        suricata="decoder.ipraw.invalid_ip_version",
    ),
    _kind(
        name="link-bad-length",
        meaning="A length field in a header of the link layer contradicts the octets around it.",
        benign="The capture names another type of link than the frames have, or its driver writes broken "
        "headers.",
        source="the header's own standard",
        zeek="nflog_bad_tlv_len",
    ),
    _kind(
        name="too-many-headers",
        meaning="Headers, tags, labels or extension headers follow one another beyond every use: the frame "
        "was made to keep programs busy or to hide what lies behind.",
        benign="None in real networks; test packets of protocol implementations.",
        source="netanatomy (MAXIMUM_HEADERS); RFC 8504 section 5.3",
        zeek="max_packet_analyzer_depth_exceeded",
        suricata="decoder.vlan.too_many_layers",
        wireshark="vlan.too_many_tags",
    ),
)
