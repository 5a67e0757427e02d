"""Numbers that captures and radios write least significant octet first."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.walk import Walk


def le16(walk: Walk, at: cython.Py_ssize_t) -> cython.uint:
    """The little-endian 16-bit number at an octet."""
    return walk.octets[at] | (walk.octets[at + 1] << 8)


def le32(walk: Walk, at: cython.Py_ssize_t) -> cython.uint:
    """The little-endian 32-bit number at an octet."""
    return le16(walk, at) | (le16(walk, at + 2) << 16)
