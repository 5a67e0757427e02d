"""Kernels of other local networks, of tags beside IEEE 802.1Q's, and of MACsec."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk


def other_header(walk: Walk, rows: Rows, header: cython.int) -> cython.int:
    """Read one such header; the code of the next."""
    if header == MACSEC:
        return macsec(walk, rows)
    if header == PROVIDER_BACKBONE:
        return typed(walk, rows, 18)
    if header == CISCO_METADATA:
        return typed(walk, rows, 8)
    if header == FABRICPATH:
        return typed(walk, rows, 16)
    if header == ARISTA_TIMESTAMP:
        return arista_timestamp(walk, rows)
    if header in (DSA, BRCM_TAG):
        return switch_tag(walk, rows, 16)
    if header == EDSA:
        return switch_tag(walk, rows, 20)
    if header == BRCM_TAG_PREPEND:
        return skipped(walk, rows, 4, ETHERNET)
    if header == ARCNET:
        return arcnet(walk, rows, 3)
    if header == ARCNET_LINUX:
        return arcnet(walk, rows, 5)
    if header == FDDI:
        return fddi(walk, rows)
    if header == TOKEN_RING:
        return token_ring(walk, rows)
    if header == JUNIPER_ETHERNET:
        return juniper_ethernet(walk, rows)
    if header == IP_OVER_FIBRE_CHANNEL:
        return skipped(walk, rows, 16, LLC)
    if header == RFC1483:
        return rfc1483(walk, rows)
    return sunatm(walk, rows)


def skipped(walk: Walk, rows: Rows, length: cython.Py_ssize_t, header: cython.int) -> cython.int:
    """A header of which the table tells nothing, and what always follows it."""
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    walk.position += length
    return header


def typed(walk: Walk, rows: Rows, length: cython.Py_ssize_t) -> cython.int:
    """A header of which the table tells nothing, with an EtherType at its end."""
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    walk.position += length
    return walk.ethertypes[walk.u16(walk.position - 2)]


def macsec(walk: Walk, rows: Rows) -> cython.int:
    """MACsec's security tag (IEEE 802.1AE §9); what it encrypts stays closed."""
    at: cython.Py_ssize_t = walk.position
    control: cython.uint
    short_length: cython.Py_ssize_t
    length: cython.Py_ssize_t
    end: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 6):
        return DONE
    control = walk.octets[at]
    short_length = walk.octets[at + 1] & 0x3F
    length = 14 if control & 0x20 else 6
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    at += length
    walk.position = at
    if control & 0x0C:
        walk.stop(rows, ON_LINK, STOP_ENCRYPTED, at)
        return DONE
    if walk.end - at < 18:
        return DONE
    end = walk.end - 16  # the integrity check value
    if short_length:
        end = min(end, at + short_length)
    if end < at + 2:
        return DONE
    walk.end = end
    walk.position = at + 2
    return walk.ethertypes[walk.u16(at)]


def arista_timestamp(walk: Walk, rows: Rows) -> cython.int:
    """Arista's timestamp; the version says how long it is."""
    at: cython.Py_ssize_t = walk.position
    version: cython.uint
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    version = walk.u16(at + 2)
    if walk.u16(at) == 1 and version in (0x0010, 0x0110):
        return typed(walk, rows, 14)
    if walk.u16(at) == 1 and version in (0x0020, 0x0120):
        return typed(walk, rows, 12)
    walk.position = at + 4
    return DONE


def switch_tag(walk: Walk, rows: Rows, length: cython.Py_ssize_t) -> cython.int:
    """An Ethernet header with the tag of a switch chip between source address and type."""
    at: cython.Py_ssize_t = walk.position
    ethertype: cython.uint
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, length + 2):
        return DONE
    rows.eth_destination[walk.row] = walk.u48(at)
    rows.eth_source[walk.row] = walk.u48(at + 6)
    walk.present |= HAS_ETHERNET
    ethertype = walk.u16(at + length)
    walk.position = at + length + 2
    if ethertype <= 1500:
        place = rows.begin(IN_ETHERNET_LENGTH, walk.row)
        rows.eth_length[place] = ethertype
        walk.end = min(walk.end, walk.position + ethertype)
        return LLC
    rows.eth_type[walk.row] = ethertype
    walk.present |= HAS_ETHERTYPE
    return walk.ethertypes[ethertype]


def arcnet(walk: Walk, rows: Rows, length: cython.Py_ssize_t) -> cython.int:
    """ARCNET: `length` octets to the protocol, then the fragmentation header of RFC 1201."""
    at: cython.Py_ssize_t = walk.position
    protocol: cython.uint
    flag: cython.uint
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    protocol = walk.octets[at + length - 1]
    if protocol not in (0xCD, 0xF0, 0xF1):  # these have none
        if walk.lacks(rows, ON_LINK, length + 3):
            return DONE
        flag = walk.octets[at + length]
        length += 3
        if flag == 0xFF and length == 6:  # padded; Linux takes that away
            if walk.lacks(rows, ON_LINK, length + 3):
                return DONE
            flag = walk.octets[at + length]
            length += 3
        walk.position = at + length
        if flag:
            return DONE
    walk.position = at + length
    if protocol in (0xD4, 0xF0):
        return IPV4
    if protocol in (0xD5, 0xD6, 0xF1):
        return ARP
    if protocol == 0xC4:
        return IPV6
    return LLC if protocol == 0xCD else DONE


def fddi(walk: Walk, rows: Rows) -> cython.int:
    """FDDI: frame control and addresses."""
    at: cython.Py_ssize_t = walk.position
    if walk.lacks(rows, ON_LINK, 13):
        return DONE
    walk.position = at + 13
    return LLC if walk.octets[at] & 0x70 == 0x50 else DONE


def token_ring(walk: Walk, rows: Rows) -> cython.int:
    """Token ring: access and frame control, addresses, and a route where the source's top bit says so."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t = 14
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    if walk.octets[at + 8] & 0x80:
        if walk.lacks(rows, ON_LINK, 16):
            return DONE
        length += max(2, walk.octets[at + 14] & 0x1F)
        if walk.lacks(rows, ON_LINK, length):
            return DONE
    walk.position = at + length
    return LLC if walk.octets[at + 1] >> 6 == 1 else DONE


def juniper_ethernet(walk: Walk, rows: Rows) -> cython.int:
    """Juniper's header: magic number, flags, extensions; then Ethernet, or no link header."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t = 4
    flags: cython.uint
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    if walk.u16(at) != 0x4D47 or walk.octets[at + 2] != 0x43:
        walk.stop(rows, ON_LINK, STOP_BAD_VERSION, at)
        return DONE
    flags = walk.octets[at + 3]
    if flags & 0x80:
        if walk.lacks(rows, ON_LINK, 6):
            return DONE
        length = 6 + walk.u16(at + 4)
    if flags & 2:
        length += 4
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    walk.position = at + length
    return RAW_IP if flags & 2 else ETHERNET


def rfc1483(walk: Walk, rows: Rows) -> cython.int:
    """Multiprotocol encapsulation over ATM (RFC 2684): LLC, or IP alone."""
    first: cython.uint
    if walk.lacks(rows, ON_LINK, 1):
        return DONE
    first = walk.octets[walk.position]
    if first in (0xAA, 0xFE):
        return LLC
    if first >> 4 == 4:
        return IPV4
    return IPV6 if first >> 4 == 6 else DONE


def sunatm(walk: Walk, rows: Rows) -> cython.int:
    """Frames of Sun's ATM adapters: LLC where the kind of traffic says so."""
    at: cython.Py_ssize_t = walk.position
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    walk.position = at + 4
    return LLC if walk.octets[at] & 15 == 2 else DONE
