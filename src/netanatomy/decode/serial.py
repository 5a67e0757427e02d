"""Kernels of lines and label switching: PPP, PPPoE, MPLS, Cisco HDLC, Frame Relay, OSI."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk

if not cython.compiled:
    MAXIMUM_LABELS = 32


def serial_header(walk: Walk, rows: Rows, header: cython.int) -> cython.int:
    """Read one header of a line; the code of the next."""
    if header == PPP:
        return ppp(walk, rows)
    if header == PPPOE:
        return pppoe(walk, rows)
    if header == MPLS:
        return mpls(walk, rows)
    if header == CISCO_HDLC:
        return cisco_hdlc(walk, rows)
    if header == FRAME_RELAY:
        return frame_relay(walk, rows)
    if header == PPP_DIRECTION:
        return ppp_direction(walk, rows)
    return osi(walk, rows)


def ppp(walk: Walk, rows: Rows) -> cython.int:
    """The point-to-point protocol (RFC 1661), framed as in HDLC or not (RFC 1662)."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    protocol: cython.uint
    if walk.lacks(rows, ON_LINK, 1):
        return DONE
    protocol = walk.octets[at]
    if protocol in (0x0F, 0x8F):  # addresses of Cisco's HDLC
        return CISCO_HDLC
    if protocol == 0xFF:  # address and control, where they are not compressed away
        if walk.lacks(rows, ON_LINK, 3):
            return DONE
        at += 2
        protocol = walk.octets[at]
    if protocol & 1:  # one octet: protocol field compression (RFC 1661 §6.5)
        walk.position = at + 1
    else:
        if walk.end - at < 2:
            walk.ran_out(rows, ON_LINK)
            return DONE
        protocol = walk.u16(at)
        walk.position = at + 2
    place = rows.begin(IN_PPP, walk.row)
    rows.ppp_protocol[place] = protocol
    return walk.ppp_protocols[protocol]


def ppp_direction(walk: Walk, rows: Rows) -> cython.int:
    """An octet that tells sent from received, before PPP or in place of its address."""
    if walk.lacks(rows, ON_LINK, 2):
        return DONE
    walk.position += 2 if walk.octets[walk.position + 1] == 3 else 1
    return PPP


def pppoe(walk: Walk, rows: Rows) -> cython.int:
    """PPP over Ethernet (RFC 2516 §4); the tags of discovery are payload."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 6):
        return DONE
    place = rows.begin(IN_PPPOE, walk.row)
    rows.pppoe_code[place] = walk.octets[at + 1]
    rows.pppoe_session_id[place] = walk.u16(at + 2)
    walk.position = at + 6
    walk.end = min(walk.end, walk.position + walk.u16(at + 4))
    return PPP if walk.octets[at + 1] == 0 else DONE


def mpls(walk: Walk, rows: Rows) -> cython.int:
    """A label stack (RFC 3032); what follows shows in its first four bits (RFC 4928 §3)."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    labels: cython.int = 0
    first: cython.uint = 0
    entry: cython.uint = 0
    nibble: cython.uint
    channel: cython.uint
    while entry & 0x100 == 0:  # the bottom of the stack
        if labels == MAXIMUM_LABELS:
            walk.stop(rows, ON_LINK, STOP_TOO_MANY_HEADERS, at)
            return DONE
        if walk.end - at < 4:
            walk.ran_out(rows, ON_LINK)
            return DONE
        entry = walk.u32(at)
        if labels == 0:
            first = entry
        labels += 1
        at += 4
    place = rows.begin(IN_MPLS, walk.row)
    rows.mpls_label[place] = first >> 12
    rows.mpls_traffic_class[place] = (first >> 9) & 7
    rows.mpls_ttl[place] = first & 0xFF
    rows.mpls_count[place] = labels
    walk.position = at
    if walk.end <= at:
        return DONE
    nibble = walk.octets[at] >> 4
    if nibble in (4, 6):
        return IPV4 if nibble == 4 else IPV6
    if nibble == 1:  # an associated channel (RFC 4385 §5)
        if walk.lacks(rows, ON_LINK, 4):
            return DONE
        channel = walk.u16(at + 2)
        walk.position = at + 4
        if channel == 0x0021:
            return IPV4
        return IPV6 if channel == 0x0057 else DONE
    if nibble == 0 and not (has_known_type(walk, at) and not has_known_type(walk, at + 4)):
        if walk.lacks(rows, ON_LINK, 4):
            return DONE
        walk.position = at + 4  # the control word (RFC 4385 §3)
    if walk.end - walk.position < 14 or not walk.nest(rows, TUNNEL_ETHERNET_OVER_MPLS):
        return DONE
    return ETHERNET


def has_known_type(walk: Walk, at: cython.Py_ssize_t) -> cython.bint:
    """Whether an Ethernet header of a usual type may begin at an octet."""
    ethertype: cython.uint
    if walk.end - at < 14:
        return False
    ethertype = walk.u16(at + 12)
    return ethertype in (0x0800, 0x0806, 0x8100, 0x86DD, 0x88A8, 0x8847, 0x8863, 0x8864)


def cisco_hdlc(walk: Walk, rows: Rows) -> cython.int:
    """Cisco's HDLC (RFC 1547 §4.3.1): address, control, protocol."""
    at: cython.Py_ssize_t = walk.position
    protocol: cython.uint
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    protocol = walk.u16(at + 2)
    if protocol == 0xFEFE:  # OSI has an octet of padding
        if walk.lacks(rows, ON_LINK, 5):
            return DONE
        walk.position = at + 5
        return OSI
    walk.position = at + 4
    if protocol == 0x2000:
        return CDP
    if protocol == 0x8035:
        return SLARP
    return walk.ethertypes[protocol]


def osi(walk: Walk, rows: Rows) -> cython.int:
    """OSI's network layer protocol identifier (ISO/IEC TR 9577), which its protocols begin with."""
    identifier: cython.uint
    if walk.lacks(rows, ON_LINK, 1):
        return DONE
    identifier = walk.octets[walk.position]
    if identifier in (0xCC, 0x8E):  # only for IP does it stand before the header
        walk.position += 1
        return IPV4 if identifier == 0xCC else IPV6
    return osi_protocol(identifier)


def osi_protocol(identifier: cython.uint) -> cython.int:
    """The protocol that a network layer protocol identifier names."""
    if identifier == 0x81:
        return CLNP
    if identifier == 0x82:
        return ES_IS
    return IS_IS if identifier == 0x83 else DONE


def frame_relay(walk: Walk, rows: Rows) -> cython.int:
    """Frame Relay: Q.922's address, then an NLPID (RFC 2427) or Cisco's EtherType."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t = 2
    identifier: cython.uint
    connection: cython.uint
    if walk.lacks(rows, ON_LINK, 1):
        return DONE
    if walk.octets[at] & 1:  # the address cannot end in its first octet
        walk.stop(rows, ON_LINK, STOP_BAD_LENGTH, at)
        return DONE
    if walk.lacks(rows, ON_LINK, 2):
        return DONE
    connection = ((walk.octets[at] >> 2) << 4) | (walk.octets[at + 1] >> 4)
    while walk.octets[at + length - 1] & 1 == 0:
        if length == 4:
            walk.stop(rows, ON_LINK, STOP_BAD_LENGTH, at)
            return DONE
        if walk.lacks(rows, ON_LINK, length + 1):
            return DONE
        length += 1
        connection |= walk.octets[at + length - 1] >> (2 if walk.octets[at + length - 1] & 1 else 1)
    if walk.lacks(rows, ON_LINK, length + 1):
        return DONE
    at += length
    if walk.octets[at] != 3:
        if connection == 0:  # the line's own management
            walk.position = at
            return DONE
        if walk.lacks(rows, ON_LINK, length + 2):
            return DONE
        identifier = walk.u16(at)
        walk.position = at + 2
        if identifier == 0x2000:
            return CDP
        return OSI if identifier == 0xFEFE else walk.ethertypes[identifier]
    return nlpid(walk, rows, at + 1)


def nlpid(walk: Walk, rows: Rows, at: cython.Py_ssize_t) -> cython.int:
    """The network layer protocol identifier, with an octet of padding before it where it is SNAP's."""
    identifier: cython.uint
    if walk.end - at >= 1 and walk.octets[at] == 0:
        at += 1
    if walk.end - at < 1:
        walk.ran_out(rows, ON_LINK)
        return DONE
    identifier = walk.octets[at]
    walk.position = at
    if identifier in (0x81, 0x82, 0x83):
        return osi_protocol(identifier)
    walk.position = at + 1
    if identifier == 0xCC:
        return IPV4
    if identifier == 0x8E:
        return IPV6
    if identifier == 0x80:
        return SNAP
    return PPP if identifier == 0xCF else DONE
