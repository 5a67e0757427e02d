"""One pass over a batch that picks the rows worth a second look: whatever a check needs of every packet.

On ordinary traffic no row is picked, and a batch costs a few nanoseconds a row. A bit may be set
without need, never left out: the checks look closer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, OctetsView, ShortsView, WordsView

if not cython.compiled:
    S_SOURCE = 1
    S_DESTINATION = 2
    S_SAME_ADDRESS = 4
    S_TTL_ZERO = 8
    S_IP_CHECKSUM = 16
    S_CHECKSUM_BAD = 32
    S_CHECKSUM_ABSENT = 64
    S_PORT_ZERO = 128
    S_IP_LENGTH = 256
    S_UDP_LENGTH = 512
    S_GROUP_SOURCE = 1024
    S_SAME_MAC = 2048
    S_BROADCAST = 4096
    S_ICMP_CHECKSUM = 8192


def screen(
    bits: ShortsView,
    version: OctetsView,
    protocol: OctetsView,
    ttl: OctetsView,
    source: OctetsView,
    destination: OctetsView,
    source_words: LongsView,
    destination_words: LongsView,
    total_length: WordsView,
    network_offset: WordsView,
    transport_offset: WordsView,
    original_length: WordsView,
    ip_checksum: ShortsView,
    icmp_checksum: ShortsView,
    checksum: ShortsView,
    source_port: ShortsView,
    destination_port: ShortsView,
    udp_length: ShortsView,
    mac_source: OctetsView,
    mac_destination: OctetsView,
    mac_source_tail: ShortsView,
    mac_destination_tail: ShortsView,
    bad: cython.uint,
    absent: cython.uint,
) -> cython.uint:
    """Set `bits` of every row, one of S_ for each reason; all of them together are returned.

    `bad` and `absent` are the codes of these verdicts on a checksum.
    """
    row: cython.Py_ssize_t
    rows: cython.Py_ssize_t = len(version)
    found: cython.uint
    every: cython.uint = 0
    lead: cython.uint
    verdict: cython.uint
    kind: cython.uint
    header: cython.uint
    with cython.nogil:
        for row in range(rows):
            found = 0
            kind = version[row]
            verdict = checksum[row]
            if kind == 4:
                lead = source[row, 12]
                if (lead >= 224 or lead in (0, 127, 169)) and (
                    # A host that has no address yet asks for one at port 67 (RFC 2131).
                    (lead != 0 or protocol[row] != 17 or destination_port[row] != 67)
                    and (lead != 169 or source[row, 13] == 254)
                ):
                    found |= S_SOURCE
                lead = destination[row, 12]
                if (lead >= 240 or lead in (0, 127, 169)) and (
                    (lead != 169 or destination[row, 13] == 254)
                    and (lead != 255 or destination[row, 13] != 255 or destination[row, 15] != 255)
                ):
                    found |= S_DESTINATION
                if ip_checksum[row] == bad:
                    found |= S_IP_CHECKSUM
                if mac_destination[row, 0] == 255:
                    found |= S_BROADCAST
            elif kind == 6:
                # Neighbour discovery is sent from fe80::/10 and ::, and to groups of the link, all the time.
                lead = source[row, 0]
                if lead == 0:
                    if protocol[row] != 58 or source_words[row, 0] != 0 or source_words[row, 1] != 0:
                        found |= S_SOURCE
                elif lead == 255 or (lead == 254 and protocol[row] != 58 and destination[row, 0] < 254):
                    found |= S_SOURCE
                lead = destination[row, 0]
                if lead == 0 or (lead == 254 and protocol[row] != 58):
                    found |= S_DESTINATION
                if lead == 255 and destination[row, 1] & 15 <= 1:
                    found |= S_DESTINATION
                if verdict == absent:
                    found |= S_CHECKSUM_ABSENT
            if kind != 0:
                if (
                    source_words[row, 1] == destination_words[row, 1]
                    and source_words[row, 0] == destination_words[row, 0]
                ):
                    found |= S_SAME_ADDRESS
                if ttl[row] == 0:
                    found |= S_TTL_ZERO
                header = network_offset[row]
                if total_length[row] > original_length[row] - header:
                    found |= S_IP_LENGTH
                if verdict == bad:
                    found |= S_CHECKSUM_BAD
                kind = protocol[row]
                if kind == 17:
                    if udp_length[row] != total_length[row] - (transport_offset[row] - header):
                        found |= S_UDP_LENGTH
                    if source_port[row] == 0 or destination_port[row] == 0:
                        found |= S_PORT_ZERO
                elif kind in (1, 58):
                    if icmp_checksum[row] == bad:
                        found |= S_ICMP_CHECKSUM
                elif source_port[row] == 0 or destination_port[row] == 0:
                    found |= S_PORT_ZERO
            if mac_source[row, 0] & 1:
                found |= S_GROUP_SOURCE
            if mac_source_tail[row, 2] == mac_destination_tail[row, 2]:
                found |= S_SAME_MAC
            bits[row] = found
            every |= found
    return every
