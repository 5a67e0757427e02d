"""Kernels of the tunnels: GRE and what it mirrors, frames in UDP, and packets in either.

Each reads its header and begins a row for what it carries, if that is known.
"""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk


def gre(walk: Walk, rows: Rows) -> cython.int:
    """GRE (RFC 2784, RFC 2890, RFC 1701), with PPTP's version 1 (RFC 2637)."""
    at: cython.Py_ssize_t = walk.position
    flags: cython.uint
    protocol: cython.uint
    key: cython.uint = 0
    length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 4):
        return DONE
    flags = walk.u16(at)
    protocol = walk.u16(at + 2)
    place = rows.begin(IN_GRE, walk.row)
    rows.gre_flags[place] = flags
    rows.gre_protocol[place] = protocol
    if flags & 7 > 1:
        walk.stop(rows, ON_INTERNET, STOP_BAD_VERSION, at + 1)
        return DONE
    if flags & 7 == 1:
        return gre_pptp(walk, rows, flags, protocol)
    length = 4
    if flags & 0xC000:  # a checksum, or routing: both fields are there with either
        length += 4
    if flags & 0x2000:
        if walk.lacks(rows, ON_INTERNET, length + 4):
            return DONE
        key = walk.u32(at + length)
        place = rows.begin(IN_GRE_KEY, walk.row)
        rows.gre_key[place] = key
        length += 4
    if flags & 0x1000:
        length += 4
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    walk.position = at + length
    if flags & 0x4000:  # source route entries, up to an empty one, RFC 1701
        while True:
            if walk.lacks(rows, ON_INTERNET, 4):
                return DONE
            length = walk.octets[walk.position + 3]
            if walk.lacks(rows, ON_INTERNET, 4 + length):
                return DONE
            walk.position += 4 + length
            if length == 0 and walk.u16(walk.position - 4) == 0:
                break
    return gre_payload(walk, rows, flags, protocol, key)


def gre_pptp(walk: Walk, rows: Rows, flags: cython.uint, protocol: cython.uint) -> cython.int:
    """Version 1 (RFC 2637 section 4.1): the key is the payload's length and the call it belongs to."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t = 8
    payload: cython.Py_ssize_t
    place: cython.Py_ssize_t
    if flags & 0x1000:
        length += 4
    if flags & 0x0080:
        length += 4
    if walk.lacks(rows, ON_INTERNET, 8):
        return DONE
    place = rows.begin(IN_GRE_KEY, walk.row)
    rows.gre_key[place] = walk.u32(at + 4)
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    payload = walk.u16(at + 4)
    walk.position = at + length
    if protocol != 0x880B or payload == 0:
        return DONE
    walk.end = min(walk.end, walk.position + payload)
    return PPP if walk.nest_numbered(rows, TUNNEL_GRE, walk.u32(at + 4)) else DONE


def gre_payload(
    walk: Walk, rows: Rows, flags: cython.uint, protocol: cython.uint, key: cython.uint
) -> cython.int:
    """What a protocol type leads to; mirrored frames have a header more."""
    header: cython.int
    if protocol == 0x88BE:
        if flags & 0x1000:
            return ERSPAN
        # draft-foschiano-erspan-03 section 4.1: type I has no header, and no sequence number in GRE.
        return ETHERNET if walk.nest(rows, TUNNEL_ERSPAN_1) else DONE
    if protocol == 0x22EB:
        return ERSPAN3
    header = walk.ethertypes[protocol]
    if protocol & 0xFE0F == 0x8200:  # what Aruba's access points send
        header = IEEE80211
    if protocol == 0x883E:  # WCCP, whose version 2 puts four octets before the IPv4 packet
        header = IPV4
        if walk.end > walk.position and walk.octets[walk.position] >> 4 != 4:
            if walk.lacks(rows, ON_INTERNET, 4):
                return DONE
            walk.position += 4
    if header == DONE:
        return DONE
    if flags & 0x2000:
        return header if walk.nest_numbered(rows, TUNNEL_GRE, key) else DONE
    return header if walk.nest(rows, TUNNEL_GRE) else DONE


def erspan(walk: Walk, rows: Rows) -> cython.int:
    """ERSPAN type II (draft-foschiano-erspan-03 section 4.2)."""
    at: cython.Py_ssize_t = walk.position
    if walk.lacks(rows, ON_INTERNET, 8):
        return DONE
    walk.position = at + 8
    return ETHERNET if walk.nest_numbered(rows, TUNNEL_ERSPAN_2, walk.u16(at + 2) & 0x03FF) else DONE


def erspan3(walk: Walk, rows: Rows) -> cython.int:
    """ERSPAN type III (draft-foschiano-erspan-03 section 4.3)."""
    at: cython.Py_ssize_t = walk.position
    flags: cython.uint
    length: cython.Py_ssize_t = 12
    header: cython.int = ETHERNET
    if walk.lacks(rows, ON_INTERNET, 12):
        return DONE
    flags = walk.u16(at + 10)
    if flags & 1:
        length = 20
        if walk.lacks(rows, ON_INTERNET, 20):
            return DONE
    walk.position = at + length
    if (flags >> 10) & 0x1F not in (0, 2):
        return DONE
    if (flags >> 10) & 0x1F == 2:  # an IP packet without a frame
        if walk.lacks(rows, ON_INTERNET, 1):
            return DONE
        header = IPV6 if walk.octets[walk.position] >> 4 == 6 else IPV4
    return header if walk.nest_numbered(rows, TUNNEL_ERSPAN_3, walk.u16(at + 2) & 0x03FF) else DONE


def etherip(walk: Walk, rows: Rows) -> cython.int:
    """Ethernet in IP (RFC 3378)."""
    at: cython.Py_ssize_t = walk.position
    if walk.lacks(rows, ON_INTERNET, 2):
        return DONE
    if walk.octets[at] >> 4 != 3:
        walk.stop(rows, ON_INTERNET, STOP_BAD_VERSION, at)
        return DONE
    walk.position = at + 2
    return ETHERNET if walk.nest(rows, TUNNEL_ETHERIP) else DONE


def vxlan(walk: Walk, rows: Rows) -> cython.int:
    """VXLAN (RFC 7348)."""
    at: cython.Py_ssize_t = walk.position
    if walk.lacks(rows, ON_INTERNET, 8):
        return DONE
    walk.position = at + 8
    return ETHERNET if walk.nest_numbered(rows, TUNNEL_VXLAN, walk.u32(at + 4) >> 8) else DONE


def vxlan_gpe(walk: Walk, rows: Rows) -> cython.int:
    """VXLAN with a next protocol (draft-ietf-nvo3-vxlan-gpe-13)."""
    at: cython.Py_ssize_t = walk.position
    header: cython.int = ETHERNET
    if walk.lacks(rows, ON_INTERNET, 8):
        return DONE
    walk.position = at + 8
    if walk.octets[at] & 0x04:
        header = service_payload(walk.octets[at + 3])
    if header == DONE:
        return DONE
    return header if walk.nest_numbered(rows, TUNNEL_VXLAN_GPE, walk.u32(at + 4) >> 8) else DONE


def nsh(walk: Walk, rows: Rows) -> cython.int:
    """The network service header (RFC 8300)."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t
    header: cython.int
    if walk.lacks(rows, ON_INTERNET, 8):
        return DONE
    length = (walk.octets[at + 1] & 0x3F) * 4
    if length < 8:
        walk.stop(rows, ON_INTERNET, STOP_BAD_HEADER_LENGTH, at + 1)
        return DONE
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    header = service_payload(walk.octets[at + 3])
    walk.position = at + length
    if header == DONE:
        return DONE
    return header if walk.nest_numbered(rows, TUNNEL_NSH, walk.u32(at + 4) >> 8) else DONE


def service_payload(protocol: cython.uint) -> cython.int:
    """The next protocol numbers that VXLAN-GPE and NSH share (RFC 8300 section 9.1.4)."""
    if protocol == 1:
        return IPV4
    if protocol == 2:
        return IPV6
    if protocol == 3:
        return ETHERNET
    if protocol == 4:
        return NSH
    if protocol == 5:
        return MPLS
    return DONE


def geneve(walk: Walk, rows: Rows) -> cython.int:
    """Geneve (RFC 8926); its options are passed by."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t
    header: cython.int
    if walk.lacks(rows, ON_INTERNET, 8):
        return DONE
    length = 8 + (walk.octets[at] & 0x3F) * 4
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    walk.position = at + length
    header = walk.ethertypes[walk.u16(at + 2)]
    if header == DONE:
        return DONE
    return header if walk.nest_numbered(rows, TUNNEL_GENEVE, walk.u32(at + 4) >> 8) else DONE


def gtp_u(walk: Walk, rows: Rows) -> cython.int:
    """GTP-U (3GPP TS 29.281): the extension headers are passed by, the first octet of the payload tells."""
    at: cython.Py_ssize_t = walk.position
    end: cython.Py_ssize_t
    length: cython.Py_ssize_t
    first: cython.int
    following: cython.int
    header: cython.int = DONE
    if walk.lacks(rows, ON_INTERNET, 8):
        return DONE
    end = at + 8 + walk.u16(at + 2)
    walk.position = at + 8
    if walk.octets[at] & 7:
        if walk.lacks(rows, ON_INTERNET, 4):
            return DONE
        following = walk.octets[at + 11] if walk.octets[at] & 4 else 0
        walk.position = at + 12
        while following:
            if walk.lacks(rows, ON_INTERNET, 1):
                return DONE
            length = walk.octets[walk.position] * 4
            if length == 0:
                walk.stop(rows, ON_INTERNET, STOP_BAD_LENGTH, walk.position)
                return DONE
            if walk.lacks(rows, ON_INTERNET, length):
                return DONE
            walk.position += length
            following = walk.octets[walk.position - 1]
    walk.end = min(walk.end, end)
    if walk.octets[at + 1] != 255 or walk.position >= walk.end:
        return DONE
    first = walk.octets[walk.position]
    if 0x45 <= first <= 0x4F:
        header = IPV4
    elif first >> 4 == 6:
        header = IPV6
    elif walk.end - walk.position >= 2 and walk.u16(walk.position) == 0xFF03:  # RFC 1662 section 3.1
        header = PPP
    if header == DONE:
        return DONE
    return header if walk.nest_numbered(rows, TUNNEL_GTP_U, walk.u32(at + 4)) else DONE


def teredo(walk: Walk, rows: Rows) -> cython.int:
    """Teredo (RFC 4380): `fits` has seen the IPv6 header behind the optional parts."""
    at: cython.Py_ssize_t = walk.position
    if walk.u16(at) == 1:
        at += 13 + walk.octets[at + 2] + walk.octets[at + 3]
    if walk.u16(at) == 0:
        at += 8
    walk.position = at
    return IPV6 if walk.nest(rows, TUNNEL_TEREDO) else DONE


def ayiya(walk: Walk, rows: Rows) -> cython.int:
    """AYIYA (draft-massar-v6ops-ayiya-02): `fits` has seen that the whole header is there."""
    at: cython.Py_ssize_t = walk.position
    operation: cython.int = walk.octets[at + 2] & 0x0F
    following: cython.int = walk.octets[at + 3]
    header: cython.int = DONE
    walk.position = at + 8 + (1 << (walk.octets[at] >> 4)) + (walk.octets[at + 1] >> 4) * 4
    if operation == 1 or operation == 3:  # Forward, Echo Request and Forward
        if following == 4:
            header = IPV4
        elif following == 41:
            header = IPV6
    if header == DONE:
        return DONE
    return header if walk.nest(rows, TUNNEL_AYIYA) else DONE


def l2tp(walk: Walk, rows: Rows) -> cython.int:
    """L2TP over UDP (RFC 2661 section 3.1, RFC 3931 section 4.1.2)."""
    at: cython.Py_ssize_t = walk.position
    flags: cython.uint
    length: cython.Py_ssize_t
    end: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 6):
        return DONE
    flags = walk.u16(at)
    walk.position = at + 2
    end = walk.end
    if flags & 0x800F == 3:  # a data message of version 3
        walk.position = at + 4
        return l2tpv3_data(walk, rows)
    if flags & 0x4000:
        end = at + walk.u16(at + 2)
        walk.position += 2
    length = 4
    if flags & 0x0800:
        length += 4
    if flags & 0x0200:
        length += 2
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    walk.position += length
    if flags & 0x0200:
        length = walk.u16(walk.position - 2)
        if walk.lacks(rows, ON_INTERNET, length):
            return DONE
        walk.position += length
    if end < walk.position:
        walk.stop(rows, ON_INTERNET, STOP_BAD_LENGTH, at + 2)
        return DONE
    walk.end = min(walk.end, end)
    if flags & 0x8000:
        return DONE
    return PPP if walk.nest(rows, TUNNEL_L2TPV2) else DONE


def l2tpv3(walk: Walk, rows: Rows) -> cython.int:
    """L2TPv3 over IP (RFC 3931 section 4.1.1): session zero is a control message."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 4):
        return DONE
    if walk.u32(at) != 0:
        return l2tpv3_data(walk, rows)
    if walk.lacks(rows, ON_INTERNET, 16):
        return DONE
    length = walk.u16(at + 6)
    if length < 12:
        walk.stop(rows, ON_INTERNET, STOP_BAD_LENGTH, at + 6)
        return DONE
    walk.position = at + 16
    if walk.lacks(rows, ON_INTERNET, length - 12):
        return DONE
    return DONE


def l2tpv3_data(walk: Walk, rows: Rows) -> cython.int:
    """Session, and a frame if one is recognised: see `layers/internet/l2tpv3.py`."""
    at: cython.Py_ssize_t = walk.position
    before: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 4):
        return DONE
    walk.position = at + 4
    for before in range(4):
        if is_ethernet(walk, at + 4 + before * 4):
            walk.position = at + 4 + before * 4
            return ETHERNET if walk.nest_numbered(rows, TUNNEL_L2TPV3, walk.u32(at)) else DONE
    return DONE


def is_ethernet(walk: Walk, at: cython.Py_ssize_t) -> cython.bint:
    """Whether a frame begins here, by what stands behind its EtherType."""
    length: cython.Py_ssize_t = walk.end - at
    ethertype: cython.uint
    size: cython.Py_ssize_t
    if length < 20:
        return False
    ethertype = walk.u16(at + 12)
    if ethertype == 0x0800 and length >= 34:
        size = (walk.octets[at + 14] & 0x0F) * 4
        return (
            walk.octets[at + 14] >> 4 == 4
            and 20 <= size <= length - 14
            and walk.ones_sum(at + 14, at + 14 + size) == 0xFFFF
        )
    if ethertype == 0x86DD and length >= 54:
        size = 54 + walk.u16(at + 18)
        # Frames under 60 octets are padded (IEEE 802.3 section 4A.2.3).
        return walk.octets[at + 14] >> 4 == 6 and (size == length or (length <= 60 and size <= length))
    return ethertype == 0x0806 and walk.u32(at + 14) == 0x00010800 and walk.u16(at + 18) == 0x0604
