"""Frames of the link layer's protocols, built by hand from their documents."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import netanatomy
from netanatomy.capture.write import PcapWriter
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Finding
from tests import wire

SECOND = 1_000_000_000
Timed = tuple[float, bytes]
"""Seconds after the capture's begin, and the frame."""
ETHERNET = 1  # LINKTYPE_ETHERNET
BROADCAST = "ff:ff:ff:ff:ff:ff"
BRIDGES, CISCO, LLDP_GROUP = "01:80:c2:00:00:00", "01:00:0c:cc:cc:cc", "01:80:c2:00:00:0e"
IEEE80211 = 105  # LINKTYPE_IEEE802_11


def octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def mac(number: int, prefix: int = 0x020000) -> str:
    """The MAC address of that number, of one maker."""
    return (prefix << 24 | number).to_bytes(6, "big").hex(":")


def scattered(number: int) -> str:
    """A MAC address that shares its maker with no other number."""
    return ((number * 0x9E3779B1 & 0xFFFFFF) << 24 | number).to_bytes(6, "big").hex(":")


def arp(
    operation: int,
    sender_mac: str,
    sender: str,
    target: str,
    target_mac: str = "00:00:00:00:00:00",
    *,
    source: str = "",
    to: str = "",
) -> bytes:
    """An ARP message; requests go to everybody, replies to the target."""
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation)
    body += octets(sender_mac) + ip_address(sender).packed + octets(target_mac) + ip_address(target).packed
    to = to or (BROADCAST if operation == 1 else target_mac)
    return wire.ethernet(body, 0x0806, source or sender_mac, to)


def in_udp(
    payload: bytes,
    source: str,
    destination: str,
    ports: tuple[int, int],
    source_mac: str = wire.ALICE,
    destination_mac: str = BROADCAST,
) -> bytes:
    datagram = wire.udp(payload, *ports)
    return wire.ethernet(wire.ipv4(datagram, source, destination, 17), 0x0800, source_mac, destination_mac)


def dhcp_message(
    kind: int,
    client: str,
    *,
    transaction: int = 1,
    given: str = "0.0.0.0",
    relay: str = "0.0.0.0",
    server: str = "",
    router: str = "",
    resolver: str = "",
    client_address: str = "0.0.0.0",
    identifier: bytes = b"",
) -> bytes:
    """A DHCP message (RFC 2131 section 2); odd kinds but ACK are from clients."""
    operation = 2 if kind in (2, 5, 6) else 1
    message = struct.pack(">BBBBIHH", operation, 1, 6, 0, transaction, 0, 0)
    message += (
        ip_address(client_address).packed + ip_address(given).packed + bytes(4) + ip_address(relay).packed
    )
    message += octets(client) + bytes(10 + 64 + 128) + bytes.fromhex("63825363") + bytes((53, 1, kind))
    for code, address in ((54, server), (3, router), (6, resolver)):
        if address:
            message += bytes((code, 4)) + ip_address(address).packed
    if identifier:
        message += bytes((61, len(identifier))) + identifier
    return message + b"\xff"


def dhcp_request(
    kind: int,
    client: str,
    *,
    source_mac: str = "",
    transaction: int = 1,
    relay: str = "0.0.0.0",
    client_address: str = "0.0.0.0",
    identifier: bytes = b"",
) -> bytes:
    message = dhcp_message(
        kind,
        client,
        transaction=transaction,
        relay=relay,
        client_address=client_address,
        identifier=identifier,
    )
    return in_udp(message, client_address, "255.255.255.255", (68, 67), source_mac or client)


def dhcp_answer(
    kind: int,
    client: str,
    server: str,
    server_mac: str,
    *,
    router: str = "",
    resolver: str = "",
    transaction: int = 1,
    relay: str = "0.0.0.0",
    given: str = "10.0.0.200",
) -> bytes:
    message = dhcp_message(
        kind,
        client,
        transaction=transaction,
        given=given,
        server=server,
        router=router,
        resolver=resolver,
        relay=relay,
    )
    return in_udp(message, server, given, (67, 68), server_mac, client)


def in_llc(payload: bytes, source: str, destination: str) -> bytes:
    """An IEEE 802.3 frame: its length stands where the EtherType would."""
    return wire.ethernet(payload, len(payload), source, destination)


def bridge_identifier(address: str, priority: int = 32768) -> bytes:
    return priority.to_bytes(2, "big") + octets(address)


def bpdu(root: bytes, bridge: bytes, source: str, cost: int = 0) -> bytes:
    """A configuration message (IEEE 802.1D section 9.3.1)."""
    body = bytes(3) + b"\0\0" + root + struct.pack(">I", cost) + bridge + struct.pack(">H", 0x8001)
    body += struct.pack(">HHHH", 0, 20 * 256, 2 * 256, 15 * 256)
    return in_llc(b"\x42\x42\x03" + body, source, BRIDGES)


def topology_change(source: str) -> bytes:
    """A notification (IEEE 802.1D section 9.3.2)."""
    return in_llc(b"\x42\x42\x03\0\0\0\x80", source, BRIDGES)


def in_snap(protocol: int, payload: bytes, source: str) -> bytes:
    return in_llc(b"\xaa\xaa\x03\x00\x00\x0c" + protocol.to_bytes(2, "big") + payload, source, CISCO)


def cdp(name: bytes, source: str) -> bytes:
    """An announcement with a device identifier and nothing else."""
    value = struct.pack(">HH", 1, 4 + len(name)) + name
    sent = wire.checksum(b"\x02\xb4\0\0" + value)
    return in_snap(0x2000, b"\x02\xb4" + sent.to_bytes(2, "big") + value, source)


def lldp(name: bytes, source: str) -> bytes:
    """Chassis (a local name), port, time to live, end (IEEE 802.1AB section 8.5)."""
    chassis = struct.pack(">HB", 1 << 9 | 1 + len(name), 7) + name
    return wire.ethernet(chassis + b"\x04\x02\x07\x31\x06\x02\x00\x78\0\0", 0x88CC, source, LLDP_GROUP)


def hsrp(
    state: int, priority: int, source: str, *, operation: int = 0, group: int = 1, virtual: str = "10.0.0.254"
) -> bytes:
    """Version 1 (RFC 2281 section 5.1)."""
    message = (
        bytes((0, operation, state, 3, 10, priority, group, 0)) + b"cisco\0\0\0" + ip_address(virtual).packed
    )
    return in_udp(message, source, "224.0.0.2", (1985, 1985), wire.ALICE, "01:00:5e:00:00:02")


def vrrp(
    priority: int, source: str, *, group: int = 7, virtual: str = "10.0.0.254", mac: str = wire.ALICE
) -> bytes:
    """Version 2 (RFC 3768 section 5.1)."""
    message = bytes((0x21, group, priority, 1, 0, 1, 0, 0)) + ip_address(virtual).packed + bytes(8)
    message = message[:6] + wire.checksum(message).to_bytes(2, "big") + message[8:]
    packet = wire.ipv4(message, source, "224.0.0.18", 112, ttl=255)
    return wire.ethernet(packet, 0x0800, mac, "01:00:5e:00:00:12")


def farewell(
    receiver: str, transmitter: str, bssid: str, *, subtype: int = 12, retry: bool = False, number: int = 0
) -> bytes:
    """A deauthentication or disassociation (IEEE 802.11 section 9.3.3) without radio information."""
    control = bytes((subtype << 4, 0x08 if retry else 0)) + bytes(2)
    addresses = octets(receiver) + octets(transmitter) + octets(bssid)
    return control + addresses + struct.pack("<HH", number << 4, 7)


def found(
    folder: Path,
    frames: Sequence[Timed],
    detector: str,
    settings: Settings | None = None,
    link_type: int = ETHERNET,
) -> list[Finding]:
    """What one detector finds in these frames."""
    made = io.BytesIO()
    writer = PcapWriter(made, link_type=link_type)
    for time, frame in sorted(frames, key=lambda one: one[0]):
        writer.frame(wire.START + round(time * SECOND), frame)
    file = folder / "built.pcap"
    file.write_bytes(made.getvalue())
    return netanatomy.open(file).findings(settings, only=[detector])
