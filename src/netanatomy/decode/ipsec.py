"""Kernels of IPsec: the authentication header, ESP, its encapsulation in UDP, and IKE."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.internet import ip_payload, ipv6_payload
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk


def ah(walk: Walk, rows: Rows) -> cython.int:
    """The authentication header (RFC 4302), behind which IP's payload goes on."""
    at: cython.Py_ssize_t = walk.position
    following: cython.uint
    length: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 12):
        return DONE
    following = walk.octets[at]
    length = walk.octets[at + 1] * 4 + 8
    first_of_row(walk, rows, walk.u32(at + 4), walk.u32(at + 8))
    if length < 12:
        walk.stop(rows, ON_INTERNET, STOP_BAD_HEADER_LENGTH, at + 1)
        return DONE
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    walk.position = at + length
    if walk.present & HAS_IP == 0:
        return DONE
    if rows.ip_version[walk.row] == 6:
        walk.chain = walk.extensions.step(walk.chain, 51)
        return ipv6_payload(walk, rows, following)
    return ip_payload(walk, rows, following)


def esp(walk: Walk, rows: Rows) -> cython.int:
    """The encapsulating security payload (RFC 4303): what follows is encrypted."""
    at: cython.Py_ssize_t = walk.position
    if walk.lacks(rows, ON_INTERNET, 8):
        return DONE
    first_of_row(walk, rows, walk.u32(at), walk.u32(at + 4))
    walk.position = at + 8
    walk.stop(rows, ON_INTERNET, STOP_ENCRYPTED, walk.position)
    return DONE


def first_of_row(walk: Walk, rows: Rows, spi: cython.uint, sequence: cython.uint) -> cython.int:
    """Store index and sequence number, unless an outer header of the same packet already has."""
    before: cython.Py_ssize_t = rows.counted[IN_IPSEC]
    place: cython.Py_ssize_t = rows.begin(IN_IPSEC, walk.row)
    if rows.counted[IN_IPSEC] > before:
        rows.ipsec_spi[place] = spi
        rows.ipsec_sequence[place] = sequence
    return 0


def esp_in_udp(walk: Walk) -> cython.int:
    """ESP, a keepalive, or IKE behind four zero octets (RFC 3948); `fits` has seen the length."""
    if walk.end - walk.position < 8:
        walk.position += 1
        return DONE
    if walk.u32(walk.position) != 0:
        return ESP
    walk.position += 4
    return IKE


def ike(walk: Walk, rows: Rows) -> cython.int:
    """The header of IKE, both versions (RFC 7296, RFC 2408)."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    version: cython.int
    if walk.lacks(rows, ON_APPLICATION, 28):
        return DONE
    version = walk.octets[at + 17]
    place = rows.begin(IN_IKE, walk.row)
    rows.ike_initiator_spi[place] = walk.u64(at)
    rows.ike_responder_spi[place] = walk.u64(at + 8)
    rows.ike_version[place] = version
    rows.ike_exchange_type[place] = walk.octets[at + 18]
    rows.ike_message_id[place] = walk.u32(at + 20)
    if version >> 4 != 1 and version >> 4 != 2:
        walk.stop(rows, ON_APPLICATION, STOP_BAD_VERSION, at + 17)
        return DONE
    if walk.u32(at + 24) < 28:
        walk.stop(rows, ON_APPLICATION, STOP_BAD_LENGTH, at + 24)
        return DONE
    walk.position = at + 28
    # Version 1 has a flag for it (RFC 2408 section 3.1), version 2 a payload (RFC 7296 section 3.14).
    if version >> 4 == 1:
        if walk.octets[at + 19] & 1:
            walk.stop(rows, ON_APPLICATION, STOP_ENCRYPTED, walk.position)
    elif walk.octets[at + 16] in (46, 53):
        walk.stop(rows, ON_APPLICATION, STOP_ENCRYPTED, walk.position)
    return DONE
