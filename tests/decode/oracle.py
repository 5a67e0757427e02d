"""A naive reading of the commonest headers with struct, to hold the kernels against.

Written from the RFCs and apart from `layers/` and `decode/`: no code is shared with either.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

Row = dict[str, object]
IPV6_EXTENSIONS = {0: "hop-by-hop", 43: "routing", 60: "destination-options"}


def ones_complement(octets: bytes) -> int:
    """RFC 1071, one 16-bit word after the other."""
    total = 0
    for (word,) in struct.iter_unpack("!H", octets + b"\0" * (len(octets) % 2)):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total


def mapped(address: bytes) -> bytes:
    return IPv6Address(f"::ffff:{IPv4Address(address)}").packed


def ethernet(octets: bytes) -> list[Row]:
    """The rows of an Ethernet frame that is neither truncated nor broken."""
    row: Row = {"depth": 0, "protocols": "ethernet"}
    destination, source, ethertype = struct.unpack_from("!6s6sH", octets)
    row |= {"eth_destination": destination, "eth_source": source}
    at = 14
    tags = []
    while ethertype in (0x8100, 0x88A8):
        control, following = struct.unpack_from("!HH", octets, at)
        tags.append((ethertype, control))
        row["protocols"] = f"{row['protocols']}:vlan"
        ethertype, at = following, at + 4
    row["eth_type"] = ethertype
    if tags:
        tpid, control = tags[0]
        row |= {"vlan_tpid": tpid, "vlan_id": control & 4095, "vlan_priority": control >> 13}
        row |= {"vlan_drop_eligible": bool(control & 0x1000), "vlan_count": len(tags)}
    if len(tags) > 1:
        row["vlan_inner_id"] = tags[1][1] & 4095
    rows = [row]
    if ethertype == 0x0800:
        _ipv4(octets, at, rows)
    elif ethertype == 0x86DD:
        _ipv6(octets, at, rows)
    return rows


def _ipv4(octets: bytes, at: int, rows: list[Row]) -> None:
    row = rows[-1]
    first, tos, total, identification, pieces = struct.unpack_from("!BBHHH", octets, at)
    ttl, protocol, checksum, source, destination = struct.unpack_from("!BBH4s4s", octets, at + 8)
    length = (first & 15) * 4
    right = ones_complement(octets[at : at + length]) == 0xFFFF
    row["protocols"] = f"{row['protocols']}:ipv4"
    row |= {"ip_version": 4, "ip_header_length": length, "ip_dscp": tos >> 2, "ip_ecn": tos & 3}
    row |= {"ip_total_length": total, "ip_identification": identification, "ip_ttl": ttl}
    row |= {"ip_dont_fragment": bool(pieces & 0x4000), "ip_protocol": protocol, "ip_checksum": checksum}
    row |= {"ip_source": mapped(source), "ip_destination": mapped(destination), "network_offset": at}
    row |= {"ip_checksum_status": "good" if right else "bad", "transport_offset": at + length}
    _payload(octets, at + length, at + total, protocol, source + destination, 4, rows)


def _ipv6(octets: bytes, at: int, rows: list[Row]) -> None:
    row = rows[-1]
    word, payload, protocol, hops, source, destination = struct.unpack_from("!IHBB16s16s", octets, at)
    row["protocols"] = f"{row['protocols']}:ipv6"
    row |= {"ip_version": 6, "ip_dscp": word >> 22 & 63, "ip_ecn": word >> 20 & 3, "ip_ttl": hops}
    row |= {"ip_flow_label": word & 0xFFFFF, "ip_source": source, "ip_destination": destination}
    row |= {"ip_total_length": payload + 40, "network_offset": at}
    end, position, chain = at + 40 + payload, at + 40, []
    while protocol in IPV6_EXTENSIONS:
        chain.append(IPV6_EXTENSIONS[protocol])
        protocol, units = struct.unpack_from("!BB", octets, position)
        position += units * 8 + 8
    if chain:
        row["ip_extension_headers"] = ",".join(chain)
    row |= {"ip_protocol": protocol, "ip_header_length": position - at, "transport_offset": position}
    _payload(octets, position, end, protocol, source + destination, 6, rows)


def _payload(
    octets: bytes, at: int, end: int, protocol: int, addresses: bytes, version: int, rows: list[Row]
) -> None:
    row = rows[-1]
    if protocol in (4, 41):
        name = {(4, 4): "ip-in-ip", (6, 4): "4in6", (4, 41): "6in4", (6, 41): "6in6"}[version, protocol]
        rows.append({"depth": len(rows), "tunnel": name, "protocols": row["protocols"], "packet_offset": at})
        (_ipv4 if protocol == 4 else _ipv6)(octets, at, rows)
    elif protocol == 6:
        _tcp(octets, at, end, addresses, row)
    elif protocol == 17:
        _udp(octets, at, end, addresses, row)


def _tcp(octets: bytes, at: int, end: int, addresses: bytes, row: Row) -> None:
    source, destination, sequence, acknowledgment, flags, window, checksum, urgent = struct.unpack_from(
        "!HHIIHHHH", octets, at
    )
    length = (flags >> 12) * 4
    pseudo = addresses + struct.pack("!II", end - at, 6)
    right = ones_complement(pseudo + octets[at:end]) == 0xFFFF
    row["protocols"] = f"{row['protocols']}:tcp"
    row |= {"source_port": source, "destination_port": destination, "tcp_sequence": sequence}
    row |= {"tcp_acknowledgment": acknowledgment, "tcp_flags": flags & 0xFFF, "tcp_window": window}
    row |= {"tcp_urgent_pointer": urgent, "tcp_header_length": length, "transport_checksum": checksum}
    row |= {"transport_checksum_status": "good" if right else "bad"}
    row |= {"payload_offset": at + length, "payload_length": end - at - length}
    at, options_end = at + 20, at + length
    while at < options_end and octets[at] != 0:
        kind = octets[at]
        if kind == 1:
            at += 1
            continue
        if kind == 2:
            row["tcp_mss"] = struct.unpack_from("!H", octets, at + 2)[0]
        elif kind == 3:
            row["tcp_window_scale"] = octets[at + 2]
        elif kind == 4:
            row["tcp_sack_permitted"] = True
        elif kind == 5:
            row["tcp_sack_left"], row["tcp_sack_right"] = struct.unpack_from("!II", octets, at + 2)
            row["tcp_sack_count"] = (octets[at + 1] - 2) // 8
        elif kind == 8:
            row["tcp_timestamp_value"], row["tcp_timestamp_echo"] = struct.unpack_from("!II", octets, at + 2)
        at += octets[at + 1]


def _udp(octets: bytes, at: int, end: int, addresses: bytes, row: Row) -> None:
    source, destination, length, checksum = struct.unpack_from("!HHHH", octets, at)
    pseudo = addresses + struct.pack("!II", length, 17)
    right = ones_complement(pseudo + octets[at : at + length]) == 0xFFFF
    status = "absent" if checksum == 0 else "good" if right else "bad"
    row["protocols"] = f"{row['protocols']}:udp"
    row |= {"source_port": source, "destination_port": destination, "udp_length": length}
    row |= {"transport_checksum": checksum, "transport_checksum_status": status}
    row |= {"payload_offset": at + 8, "payload_length": length - 8}
