"""ARP, the address resolution protocol (RFC 826), reverse and inverse ARP (RFC 903, RFC 2390)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HARDWARE_TYPES = {  # https://www.iana.org/assignments/arp-parameters
    1: "Ethernet",
    3: "AX.25",
    6: "IEEE 802",
    7: "ARCNET",
    15: "Frame Relay",
    16: "ATM",
    17: "HDLC",
    18: "Fibre Channel",
    19: "ATM",
    20: "serial line",
    24: "IEEE 1394",
    27: "EUI-64",
    32: "InfiniBand",
}

OPERATIONS = {
    1: "request",
    2: "reply",
    3: "reverse request",
    4: "reverse reply",
    5: "dynamic reverse request",
    6: "dynamic reverse reply",
    7: "dynamic reverse error",
    8: "inverse request",
    9: "inverse reply",
    10: "negative acknowledgment (ATM)",
}

IPV4 = 0x0800
ATM = 19
"""Hardware type whose header has other fields (RFC 2225 §8.5)."""


def parse(reader: HeaderReader) -> Next | None:
    """Whose hardware address belongs to which protocol address."""
    hardware = reader.unsigned("Hardware Type", 16, HARDWARE_TYPES, column="arp_hardware_type")
    protocol = reader.unsigned(
        "Protocol Type", 16, {IPV4: "IPv4"}, column="arp_protocol_type", hexadecimal=True
    )
    if hardware == ATM:
        _atm(reader)
        return None
    hardware_length = reader.unsigned("Hardware Address Length", 8)
    protocol_length = reader.unsigned("Protocol Address Length", 8)
    operation = reader.unsigned("Operation", 16, OPERATIONS, column="arp_operation")
    octets = (hardware_length, protocol_length)
    if protocol == IPV4 and octets == (6, 4):
        reader.mac("Sender Hardware Address", column="arp_sender_hardware")
        sender = reader.ipv4("Sender Protocol Address", column="arp_sender_protocol")
        reader.mac("Target Hardware Address", column="arp_target_hardware")
        target = reader.ipv4("Target Protocol Address", column="arp_target_protocol")
        _remark(reader, operation, sender, target)
    else:
        for whose in ("Sender", "Target"):
            reader.raw(f"{whose} Hardware Address", hardware_length)
            if protocol == IPV4 and protocol_length == 4:
                reader.ipv4(f"{whose} Protocol Address")
            else:
                reader.raw(f"{whose} Protocol Address", protocol_length)
    return None


def _remark(reader: HeaderReader, operation: int, sender: bytes, target: bytes) -> None:
    if sender == target:
        reader.note("Remark", "gratuitous", "the sender tells its own address unasked (RFC 5227 §3)")
    elif operation == 1 and sender == bytes(4):
        reader.note("Remark", "probe", "the sender asks whether the address is taken (RFC 5227 §2.1)")


def _atm(reader: HeaderReader) -> None:
    """The header of ATM ARP, whose addresses each have a length of their own."""
    sender_number = _type_and_length(reader, "Sender ATM Number")
    sender_subaddress = _type_and_length(reader, "Sender ATM Subaddress")
    reader.unsigned("Operation", 16, OPERATIONS, column="arp_operation")
    sender_protocol = reader.unsigned("Sender Protocol Address Length", 8)
    target_number = _type_and_length(reader, "Target ATM Number")
    target_subaddress = _type_and_length(reader, "Target ATM Subaddress")
    target_protocol = reader.unsigned("Target Protocol Address Length", 8)
    reader.raw("Sender ATM Number", sender_number)
    reader.raw("Sender ATM Subaddress", sender_subaddress)
    reader.raw("Sender Protocol Address", sender_protocol)
    reader.raw("Target ATM Number", target_number)
    reader.raw("Target ATM Subaddress", target_subaddress)
    reader.raw("Target Protocol Address", target_protocol)


def _type_and_length(reader: HeaderReader, name: str) -> int:
    reader.unsigned("Reserved", 1)
    reader.unsigned(f"{name} Type", 1, {0: "NSAP", 1: "E.164"})
    return reader.unsigned(f"{name} Length", 6)


PROTOCOL = Protocol(
    name="arp",
    title="Address Resolution Protocol",
    layer=Layer.LINK,
    reference="RFC 826",
    carried_by=(
        Carried(Carrier.ETHERTYPE, 0x0806),
        Carried(Carrier.ETHERTYPE, 0x8035),  # reverse ARP, RFC 903
        Carried(Carrier.LLC_SAP, 0x98),
    ),
    parse=parse,
)
