"""What each header's fields must be, and what comes next, by the documents that define them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from netanatomy.layers.header import Value
from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import OCTETS, read

MAC_A, MAC_B = bytes.fromhex("02000000000a"), bytes.fromhex("02000000000b")
ADDRESS_1 = bytes([192, 0, 2, 1])

IPV4 = Next(Carrier.NAMED, name="ipv4")
ETHERTYPE_IPV4 = Next(Carrier.ETHERTYPE, 0x0800)
LLC = Next(Carrier.NAMED, name="llc")
ETHERNET = Next(Carrier.NAMED, name="ethernet")

EXPECTED: Mapping[str, tuple[Mapping[str, Value], Next | None]] = {
    "vlan": (
        {"Priority Code Point": 5, "Drop Eligible Indicator": 0, "VLAN Identifier": 100},
        ETHERTYPE_IPV4,
    ),
    "llc": ({"DSAP": 0xAA, "SSAP": 0xAA, "Control": 3, "Format": 3}, Next(Carrier.NAMED, name="snap")),
    "snap": ({"OUI": 0, "Protocol Identifier": 0x0800}, ETHERTYPE_IPV4),
    "arp": (
        {
            "Hardware Type": 1,
            "Protocol Type": 0x0800,
            "Operation": 1,
            "Sender Hardware Address": MAC_A,
            "Sender Protocol Address": ADDRESS_1,
            "Target Hardware Address": bytes(6),
            "Target Protocol Address": bytes([192, 0, 2, 2]),
        },
        None,
    ),
    "stp": (
        {
            "Protocol Version Identifier": 2,
            "BPDU Type": 2,
            "Flags": 0x7C,
            "Agreement": 1,
            "Forwarding": 1,
            "Learning": 1,
            "Port Role": 3,
            "Topology Change": 0,
            "Root Priority": 8,
            "Root System Identifier Extension": 1,
            "Root Address": MAC_A,
            "Root Identifier": 0x8001_02000000000A,
            "Root Path Cost": 20_000,
            "Bridge Identifier": 0x9002_02000000000B,
            "Port Identifier": 0x8003,
            "Max Age": 20 * 256,
        },
        None,
    ),
    "lldp": (
        {
            "Chassis ID": MAC_A,
            "Port ID": "eth0",
            "Time To Live": 120,
            "System name": "sw",
            "System Capabilities": 0x14,
            "Management Address": ADDRESS_1,
            "Interface Number": 7,
            "OUI": 0x0080C2,
        },
        None,
    ),
    "cdp": (
        {
            "Version": 2,
            "Time to Live": 180,
            "Device identifier": "r1",
            "Address": ADDRESS_1,
            "Capabilities": 9,
            "Native VLAN": 100,
            "Duplex": 1,
        },
        None,
    ),
    "eapol": (
        {"Protocol Version": 2, "Packet Type": 0, "Packet Body Length": 9},
        Next(Carrier.NAMED, name="eap", end=13),
    ),
    "eap": ({"Code": 2, "Identifier": 7, "Length": 8, "Type": 1, "Identity": "bob"}, None),
    "mpls": ({"Label": 21, "Traffic Class": 0, "Time to Live": 64, "Labels": 2}, IPV4),
    "pppoe": ({"Code": 0, "Session Identifier": 11, "Length": 30}, Next(Carrier.NAMED, name="ppp", end=36)),
    "ppp": ({"Address": 0xFF, "Control": 3, "Protocol": 0x21}, Next(Carrier.PPP, 0x21)),
    "lcp": ({"Code": 1, "Length": 14, "Option Type": 1, "Option Data": b"\x05\xd4"}, None),
    "ipcp": ({"Code": 2, "Option Type": 3, "Option Data": ADDRESS_1}, None),
    "ipv6cp": ({"Option Type": 1, "Option Data": bytes.fromhex("020000fffe000001")}, None),
    "ccp": ({"Option Type": 18, "Option Data": bytes.fromhex("01000060")}, None),
    "pap": ({"Peer-ID": "bob", "Password": "pass"}, None),
    "chap": ({"Value": b"\xde\xad\xbe\xef", "Name": "r1"}, None),
    "cisco-hdlc": ({"Address": 0x0F, "Control": 0, "Protocol": 0x0800}, ETHERTYPE_IPV4),
    "slarp": ({"Operation": 2, "My Sequence Number": 5, "Your Sequence Number": 4}, None),
    "frame-relay": ({"DLCI": 100, "Control": 3, "NLPID": 0xCC}, IPV4),
    "osi": ({"NLPID": 0x83}, Next(Carrier.NAMED, name="is-is")),
    "is-is": ({"Length Indicator": 27, "PDU Type": 18}, None),
    "es-is": ({"Length Indicator": 16, "Type": 2, "Holding Time": 30}, None),
    "clnp": ({"Type": 0x1C, "Segment Length": 64, "Source Address": b"\x49\x02"}, None),
    "linux-sll": (
        {"Packet Type": 4, "ARPHRD Type": 1, "Link-Layer Address": MAC_A, "Protocol Type": 0x0800},
        ETHERTYPE_IPV4,
    ),
    "linux-sll2": (
        {"Packet Type": 0, "ARPHRD Type": 1, "Link-Layer Address": MAC_A, "Interface Index": 7},
        ETHERTYPE_IPV4,
    ),
    "loopback": ({"Family": 2}, IPV4),
    "raw-ip": ({"IP version": 4}, IPV4),
    "nflog": (
        {"Family": 2, "Resource Identifier": 5, "Hardware Protocol": 0x0800, "Hook": 3, "Prefix": "A"},
        Next(Carrier.NAMED, name="ipv4", end=52),
    ),
    "radiotap": (
        {"Length": 15, "Flags": 0x10, "Rate": 2, "Channel Frequency": 2412, "Antenna Signal": -56},
        Next(Carrier.NAMED, name="ieee80211", end=75),
    ),
    "ieee80211": (
        {
            "Type": 2,
            "Subtype": 0,
            "Flags": 2,
            "Duration/ID": 44,
            "Address 1": MAC_A,
            "BSSID": MAC_B,
            "Source": bytes.fromhex("02000000000c"),
            "Fragment Number": 5,
            "Sequence Number": 0x123,
        },
        None,
    ),
    "ieee80211-padded": ({"Type": 2, "Subtype": 8, "Padding": bytes(2)}, LLC),
    "prism": ({"Message Length": 36, "Device": "wlan0" + "\0" * 11, "Channel": 6}, None),
    "avs": ({"Length": 64, "Channel": 2412, "Data Rate": 110, "Signal": -56}, None),
    "ppi": (
        {"Length": 32, "Channel Frequency": 2412, "Antenna Signal": -56, "Antenna Noise": -96},
        Next(Carrier.LINK_TYPE, 105, end=42),
    ),
    "macsec": (
        {"Packet Number": 1, "Secure Channel System Identifier": MAC_A, "EtherType": 0x0800},
        Next(Carrier.ETHERTYPE, 0x0800, end=44),
    ),
    "mac-control": ({"Opcode": 1, "Pause Time": 0xFFFF}, None),
    "slow-protocols": (
        {"Subtype": 1, "Actor System": MAC_A, "Partner System": MAC_B, "Actor Activity": 1},
        None,
    ),
    "pktap": (
        {"Length": 108, "Interface Name": "utun0" + "\0" * 19, "Process Identifier": 42},
        Next(Carrier.LINK_TYPE, 101),
    ),
    "ipnet": ({"Family": 2, "Interface Index": 2, "Destination Zone": 0xFFFFFFFF}, IPV4),
    "arcnet": ({"Source": 1, "Destination": 2, "Protocol Identifier": 0xD4, "Sequence Number": 7}, IPV4),
    "arcnet-linux": ({"Protocol Identifier": 0xF0}, IPV4),
    "fddi": ({"Frame Control": 0x50, "Destination": MAC_A, "Source": MAC_B}, LLC),
    "token-ring": ({"Frame Type": 1, "Route Length": 6, "Route": bytes.fromhex("00110020")}, LLC),
    "juniper-ethernet": ({"Extension Type": 1, "Extension Value": b"\x05", "Direction": 1}, ETHERNET),
    "provider-backbone": ({"Service Instance Identifier": 256, "Customer Source": MAC_B}, ETHERTYPE_IPV4),
    "cisco-metadata": ({"Security Group Tag": 100}, ETHERTYPE_IPV4),
    "fabricpath": ({"Forwarding Tag": 1, "Time to Live": 32, "Inner Source": MAC_B}, ETHERTYPE_IPV4),
    "arista-timestamp": ({"Seconds": 42, "Nanoseconds": 7}, ETHERTYPE_IPV4),
    "dsa": ({"Command": 3, "Port": 3, "Priority": 3, "VLAN Identifier": 100}, ETHERTYPE_IPV4),
    "edsa": ({"Tag Type": 0xDADA, "VLAN Identifier": 100}, ETHERTYPE_IPV4),
    "brcm-tag": ({"Port": 4, "Source": MAC_B}, ETHERTYPE_IPV4),
    "brcm-tag-prepend": ({"Port": 4}, ETHERNET),
    "pflog": ({"Length": 61, "Action": 1, "Rule Number": 3}, IPV4),
    "enc": ({"Security Parameters Index": 0x1001, "Flags": 3}, IPV4),
    "ip-over-fibre-channel": ({"Destination": MAC_A, "Source": MAC_B}, LLC),
    "rfc1483": ({"Encapsulation": "LLC"}, LLC),
    "sunatm": ({"Direction": 1, "Traffic Type": 2, "Virtual Channel Identifier": 32}, LLC),
    "ppp-direction": ({"Direction": 1}, Next(Carrier.NAMED, name="ppp")),
    "vtp": ({"Code": 1, "Management Domain": "lab", "Updater Identity": ADDRESS_1}, None),
    "dtp": ({"Domain": "lab\0", "Sender": MAC_A}, None),
    "udld": ({"Version": 1, "Opcode": 1, "Device identifier": "r1", "Port identifier": "Et0"}, None),
    "pagp": ({"Version": 1, "Local Device Identifier": MAC_A, "Partner Group ifIndex": 2}, None),
    "ptp": ({"messageType": 0, "versionPTP": 2, "sequenceId": 7, "logMessageInterval": -3}, None),
    "ethernet-loopback": ({"Function": 2, "Forward Address": MAC_A}, None),
    "wake-on-lan": ({"Target": MAC_A}, None),
    "aoe": ({"Version": 1, "Response": 1, "Major": 5, "Minor": 2, "Tag": 42}, None),
    "cfm": ({"Maintenance Domain Level": 5, "OpCode": 1, "First TLV Offset": 70}, None),
    "profinet": ({"FrameID": 0xFEFE}, None),
    "ethercat": ({"Length": 14, "Type": 1}, None),
}


@pytest.mark.parametrize("protocol", EXPECTED)
def test_fields(protocol: str) -> None:
    fields, step = EXPECTED[protocol]
    reading = read(protocol, OCTETS[protocol])
    assert {name: reading[name] for name in fields} == fields
    if step is not None:
        assert reading.step == step


def test_every_set_of_octets_has_its_values() -> None:
    assert OCTETS.keys() - EXPECTED.keys() == {"ethernet"}
