"""Whether a datagram's payload can be what its port hints at: what does not fit stays plain UDP.

Each test is that of the protocol's own `fits` in `layers/`; a test holds the two together.
"""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.walk import Walk


def fits(walk: Walk, header: cython.int) -> cython.bint:
    """Whether the octets from `position` to `end` can be of that protocol."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t = walk.end - at
    first: cython.int
    if header == GRE:  # its port is its own (RFC 8086): there is nothing to tell it from
        return True
    if length < 1:
        return False
    first = walk.octets[at]
    if header == ESP_IN_UDP:
        if length < 8:
            return length == 1 and first == 0xFF
        return walk.u32(at) != 0 or length >= 32
    if length < 8:
        return False
    if header == VXLAN:
        return first & 0x08 != 0
    if header == VXLAN_GPE:
        return first & 0xF8 == 0x08
    if header == GENEVE:
        return first >> 6 == 0 and length >= 8 + (first & 0x3F) * 4
    if header == GTP_U:
        return first >> 4 == 3
    if header == TEREDO:
        return teredo_fits(walk, at)
    if header == AYIYA:
        return ayiya_fits(walk, at)
    if header == L2TP:
        first = walk.u16(at)
        if first & 0x000F != 2 and first & 0x000F != 3:
            return False
        # RFC 2661 section 3.1: a control message has a length and is numbered.
        return first & 0x8000 == 0 or first & 0x4800 == 0x4800
    if header == IKE:
        if length < 28:
            return False
        first = walk.octets[at + 17] >> 4
        return first == 1 or first == 2
    return True


def teredo_fits(walk: Walk, at: cython.Py_ssize_t) -> cython.bint:
    """An IPv6 header stands behind the optional authentication and origin indication."""
    if walk.u16(at) == 1:
        at += 13 + walk.octets[at + 2] + walk.octets[at + 3]
    if walk.end - at >= 8 and walk.u16(at) == 0:
        at += 8
    return walk.end - at >= 40 and walk.octets[at] >> 4 == 6


def ayiya_fits(walk: Walk, at: cython.Py_ssize_t) -> cython.bint:
    """Codes that are assigned, a signature where there is a hash, and room for the whole header."""
    identity: cython.int = walk.octets[at]
    signature: cython.int = walk.octets[at + 1]
    operation: cython.int = walk.octets[at + 2]
    if identity & 0x0F > 2 or signature & 0x0F > 3 or operation >> 4 > 2 or operation & 0x0F > 7:
        return False
    if (signature & 0x0F == 0) != (signature >> 4 == 0):
        return False
    return walk.end - at >= 8 + (1 << (identity >> 4)) + (signature >> 4) * 4
