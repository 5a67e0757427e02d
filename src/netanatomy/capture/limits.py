"""How long a captured frame may be: a record that claims more is damage, not a frame.

The bounds are those of Wireshark's wiretap (wtap.h, WTAP_MAX_PACKET_SIZE_…), so that both stop at
the same record. They keep a record that claims 4 GB from being waited for or allocated.
"""

from __future__ import annotations

MAXIMUM_FRAME_LENGTH = 262_144
"""Octets of a captured frame (WTAP_MAX_PACKET_SIZE_STANDARD)."""

LONGER_FRAMES = {
    231: 128 * 1024 * 1024,  # LINKTYPE_DBUS (WTAP_MAX_PACKET_SIZE_DBUS)
    249: 128 * 1024 * 1024,  # LINKTYPE_USBPCAP (WTAP_MAX_PACKET_SIZE_USBPCAP)
    279: 32 * 1024 * 1024,  # LINKTYPE_EBHSCR (WTAP_MAX_PACKET_SIZE_EBHSCR)
}
"""Octets of a captured frame on links that know longer ones."""


def maximum_frame_length(link_type: int) -> int:
    """Octets that a captured frame of this link type may have."""
    return LONGER_FRAMES.get(link_type, MAXIMUM_FRAME_LENGTH)
