"""Kernels of the internet layer: IPv4 with its options, IPv6 with its chain of extension headers."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk, folded


def internet_header(walk: Walk, rows: Rows, header: cython.int) -> cython.int:
    """Read one header of the internet layer; the code of the next."""
    if header == IPV4:
        return ipv4(walk, rows)
    if header == IPV6:
        return ipv6(walk, rows)
    return DONE


def ipv4(walk: Walk, rows: Rows) -> cython.int:
    """IPv4 (RFC 791)."""
    at: cython.Py_ssize_t = walk.position
    row: cython.Py_ssize_t = walk.row
    header_length: cython.Py_ssize_t
    total_length: cython.Py_ssize_t
    first: cython.ulonglong
    second: cython.ulonglong
    total: cython.ulonglong
    low: cython.ulonglong = 0xFFFFFFFF
    pieces: cython.uint
    protocol: cython.uint
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 20):
        return DONE
    first = walk.u64(at)  # from the version to the fragment offset
    second = walk.u64(at + 8)  # time to live, protocol, checksum, source
    if first >> 60 != 4:
        walk.stop(rows, ON_INTERNET, STOP_BAD_VERSION, at)
        return DONE
    header_length = ((first >> 56) & 0x0F) * 4
    if header_length < 20:
        walk.stop(rows, ON_INTERNET, STOP_BAD_HEADER_LENGTH, at)
        return DONE
    total_length = (first >> 32) & 0xFFFF
    pieces = first & 0xFFFF
    protocol = (second >> 48) & 0xFF
    rows.ip_version[row] = 4
    rows.ip_header_length[row] = header_length
    rows.ip_dscp[row] = (first >> 50) & 0x3F
    rows.ip_ecn[row] = (first >> 48) & 3
    rows.ip_total_length[row] = total_length
    rows.ip_identification[row] = (first >> 16) & 0xFFFF
    rows.ip_dont_fragment[row] = (pieces >> 14) & 1
    rows.ip_ttl[row] = second >> 56
    rows.ip_protocol[row] = protocol
    rows.ip_checksum[row] = (second >> 32) & 0xFFFF
    rows.ip_source[row, 1] = walk.mapped(at + 12)
    rows.ip_destination[row, 1] = walk.mapped(at + 16)
    rows.network_offset[row] = at - walk.origin
    rows.transport_offset[row] = at + header_length - walk.origin
    walk.present |= HAS_IP | HAS_IPV4 | HAS_IP_IDENTIFICATION
    if walk.end - at < header_length:
        rows.ip_checksum_status[row] = CHECKSUM_UNVERIFIED
        walk.lacks(rows, ON_INTERNET, header_length)
        return DONE
    total = (first >> 32) + (first & low) + (second >> 32) + (second & low) + walk.u32(at + 16)
    if header_length > 20:
        total += walk.ones_sum(at + 20, at + header_length)
    if folded(total) == 0xFFFF:
        rows.ip_checksum_status[row] = CHECKSUM_GOOD
    else:
        rows.ip_checksum_status[row] = CHECKSUM_BAD
    # Zero is what segmentation offload leaves in the sender's own capture: go by the frame.
    if total_length == 0:
        total_length = walk.end - at
    elif total_length < header_length:
        walk.stop(rows, ON_INTERNET, STOP_BAD_TOTAL_LENGTH, at + 2)
        return DONE
    walk.incomplete = total_length > walk.end - at
    if not walk.incomplete:
        walk.end = at + total_length
        walk.cut = False
    walk.position = at + header_length
    walk.routed = False
    walk.away = False
    if header_length > 20:
        ipv4_options(walk, rows, at + 20, at + header_length)
    walk.fragment = False
    if pieces & 0x3FFF:
        walk.fragment = True
        place = rows.begin(IN_FRAGMENT, row)
        rows.ip_fragment_offset[place] = (pieces & 0x1FFF) * 8
        rows.ip_more_fragments[place] = (pieces >> 13) & 1
        return DONE
    return ip_payload(walk, rows, protocol)


def ipv4_options(walk: Walk, rows: Rows, at: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.int:
    """The kinds of the options in their order; a broken one is told and ends them."""
    sequence: cython.int = 0
    kind: cython.int
    length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    last: cython.Py_ssize_t
    while at < end:
        kind = walk.octets[at]
        length = 1
        if kind > 1:
            length = walk.octets[at + 1] if at + 1 < end else 0
            if length < 2 or at + length > end:
                walk.stop(rows, ON_INTERNET, STOP_BAD_OPTION, at)
                walk.routed = False
                break
        sequence = walk.ip_options.step(sequence, kind)
        if kind == 0:
            break
        # A source route with stops to go: checksums are over the last (RFC 1122 section 4.1.3.4).
        if kind in (131, 137) and length >= 7:
            last = at + 3 + ((length - 3) // 4 - 1) * 4
            if walk.octets[at + 2] < 4 + last + 4 - (at + 3):
                walk.routed = True
                walk.final_high = 0
                walk.final_low = walk.mapped(last)
        at += length
    if sequence:
        place = rows.begin(IN_IP_OPTIONS, walk.row)
        rows.ip_options[place] = sequence
    return 0


def ipv6(walk: Walk, rows: Rows) -> cython.int:
    """IPv6 (RFC 8200)."""
    at: cython.Py_ssize_t = walk.position
    row: cython.Py_ssize_t = walk.row
    payload_length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    first: cython.uint
    if walk.lacks(rows, ON_INTERNET, 40):
        return DONE
    first = walk.u32(at)
    if first >> 28 != 6:
        walk.stop(rows, ON_INTERNET, STOP_BAD_VERSION, at)
        return DONE
    payload_length = walk.u16(at + 4)
    rows.ip_version[row] = 6
    rows.ip_header_length[row] = 40
    rows.ip_dscp[row] = (first >> 22) & 0x3F
    rows.ip_ecn[row] = (first >> 20) & 3
    rows.ip_total_length[row] = payload_length + 40
    rows.ip_ttl[row] = walk.octets[at + 7]
    rows.ip_protocol[row] = walk.octets[at + 6]
    rows.ip_source[row, 0] = walk.u64(at + 8)
    rows.ip_source[row, 1] = walk.u64(at + 16)
    rows.ip_destination[row, 0] = walk.u64(at + 24)
    rows.ip_destination[row, 1] = walk.u64(at + 32)
    rows.network_offset[row] = at - walk.origin
    rows.transport_offset[row] = at + 40 - walk.origin
    walk.present |= HAS_IP
    place = rows.begin(IN_IPV6, row)
    rows.ip_flow_label[place] = first & 0x000FFFFF
    walk.fragment = False
    # A jumbogram says zero here and its length in a hop-by-hop option (RFC 2675).
    if payload_length > 0 or walk.octets[at + 6] != 0:
        walk.incomplete = payload_length + 40 > walk.end - at
        if not walk.incomplete:
            walk.end = at + 40 + payload_length
            walk.cut = False
    walk.position = at + 40
    walk.chain = 0
    walk.routed = False
    walk.away = False
    return ipv6_payload(walk, rows, walk.octets[at + 6])


def ipv6_payload(walk: Walk, rows: Rows, following: cython.uint) -> cython.int:
    """The chain of extension headers (RFC 8200 section 4), then what it leads to."""
    row: cython.Py_ssize_t = walk.row
    at: cython.Py_ssize_t
    length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    pieces: cython.uint
    while following in (0, 43, 44, 60, 135, 139, 140):
        walk.headers += 1
        if walk.headers > MAXIMUM_HEADERS:
            walk.stop(rows, ON_INTERNET, STOP_TOO_MANY_HEADERS, walk.position)
            break
        if walk.lacks(rows, ON_INTERNET, 8):
            break
        at = walk.position
        walk.chain = walk.extensions.step(walk.chain, following)
        # Units of eight octets beyond the first, but a fragment header has no length field.
        length = 8 if following == 44 else (walk.octets[at + 1] + 1) * 8
        if walk.lacks(rows, ON_INTERNET, length):
            break
        if following == 0 or following == 60:
            ipv6_options(walk, rows, at + 2, at + length)
        elif following == 43 and walk.octets[at + 3] > 0:
            routing_header(walk, at, length)
        walk.position = at + length
        if following == 44:
            pieces = walk.u16(at + 2)
            place = rows.begin(IN_FRAGMENT, row)
            rows.ip_fragment_offset[place] = pieces & 0xFFF8
            rows.ip_more_fragments[place] = pieces & 1
            rows.ip_identification[row] = walk.u32(at + 4)
            walk.present |= HAS_IP_IDENTIFICATION
            # An atomic fragment (RFC 6946) is whole.
            walk.fragment = pieces & 0xFFF9 != 0
        following = walk.octets[at]
        if walk.fragment:
            break
    if walk.chain:
        place = rows.begin(IN_IP_EXTENSION_HEADERS, row)
        rows.ip_extension_headers[place] = walk.chain
    rows.ip_protocol[row] = following
    if walk.resumed:
        return ip_payload(walk, rows, following)
    rows.ip_header_length[row] = walk.position - walk.origin - rows.network_offset[row]
    rows.transport_offset[row] = walk.position - walk.origin
    if walk.fragment or following in (0, 43, 44, 60, 135, 139, 140):
        return DONE
    return ip_payload(walk, rows, following)


def ipv6_options(walk: Walk, rows: Rows, at: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.int:
    """The options that concern the packet as a whole: jumbo payload and home address."""
    start: cython.Py_ssize_t = at - 2
    row: cython.Py_ssize_t = walk.row
    length: cython.Py_ssize_t
    jumbo: cython.Py_ssize_t
    while at + 1 < end:
        length = walk.octets[at + 1]
        if walk.octets[at] == 0:
            at += 1
            continue
        if at + 2 + length > end:
            break
        if walk.octets[at] == 0xC2 and length == 4:  # RFC 2675 section 2
            jumbo = walk.u32(at + 2)
            if jumbo > 65535 and rows.ip_total_length[row] == 40:
                rows.ip_total_length[row] = jumbo + 40
                walk.incomplete = jumbo > walk.end - start
                if not walk.incomplete:
                    walk.end = start + jumbo
                    walk.cut = False
        elif walk.octets[at] == 0xC9 and length == 16:  # RFC 6275 section 6.3
            walk.away = True
            walk.home_high = walk.u64(at + 2)
            walk.home_low = walk.u64(at + 10)
        at += 2 + length
    return 0


def routing_header(walk: Walk, at: cython.Py_ssize_t, length: cython.Py_ssize_t) -> cython.int:
    """Where a route that is not travelled to its end leads (RFC 8200 section 8.1)."""
    kind: cython.int = walk.octets[at + 2]
    last: cython.Py_ssize_t
    if length < 24:
        return 0
    if kind == 0 or kind == 2:
        last = at + 8 + ((length - 8) // 16 - 1) * 16
    elif kind == 4:  # segments stand in reverse order, RFC 8754 section 2
        last = at + 8
    else:
        return 0
    walk.routed = True
    walk.final_high = walk.u64(last)
    walk.final_low = walk.u64(last + 8)
    return 0


def ip_payload(walk: Walk, rows: Rows, protocol: cython.uint) -> cython.int:
    """What an IP protocol number leads to; IP in IP is a tunnel."""
    tunnel: cython.int
    if protocol == 4:
        tunnel = TUNNEL_IP_IN_IP if rows.ip_version[walk.row] == 4 else TUNNEL_4IN6
        return IPV4 if walk.nest(rows, tunnel) else DONE
    if protocol == 41:
        tunnel = inner_ipv6(walk) if rows.ip_version[walk.row] == 4 else TUNNEL_6IN6
        return IPV6 if walk.nest(rows, tunnel) else DONE
    if protocol == 137:  # RFC 4023
        return MPLS if walk.nest(rows, TUNNEL_MPLS_IN_IP) else DONE
    return walk.ip_protocols[protocol]


def inner_ipv6(walk: Walk) -> cython.int:
    """Which of the mechanisms that put IPv6 into IPv4 this is, by the inner addresses."""
    at: cython.Py_ssize_t = walk.position
    if walk.end - at < 40:
        return TUNNEL_6IN4
    if walk.u16(at + 8) == 0x2002 or walk.u16(at + 24) == 0x2002:  # RFC 3056
        return TUNNEL_6TO4
    # The interface identifier of RFC 5214 section 6.1, with or without the universal bit.
    if walk.u16(at + 16) & 0xFDFF == 0 and walk.u16(at + 18) == 0x5EFE:
        return TUNNEL_ISATAP
    if walk.u16(at + 32) & 0xFDFF == 0 and walk.u16(at + 34) == 0x5EFE:
        return TUNNEL_ISATAP
    return TUNNEL_6IN4
