"""The packet at hand: one row of the packet table, as the kernels of this room take it up.

One object is filled anew for every row; no kernel may keep it.
"""

from __future__ import annotations

import numpy as np


class Packet:
    """One row.

    Attributes:
        row: its row in the batch.
        frame: number of its frame.
        depth: its nesting level.
        time: ns since 1970-01-01 UTC.
        protocol: IP protocol.
        ip_version: 4 or 6.
        source_high, source_low, destination_high, destination_low: addresses, two words each.
        source_port, destination_port: ports; of ICMP the type and its counterpart.
        mac_source, mac_destination: link-layer addresses, or -1.
        scope: VLANs and overlay network.
        ttl: hops.
        ecn: two bits of the IP header.
        identification: of IPv4, or -1.
        checksum: code of the transport checksum's status (`CHECKSUM_STATUS`).
        ip_length: octets of the IP packet by its own word, of a reassembled one in all.
        network_offset, transport_offset, payload_offset: where headers and payload begin in the
            frame (in the datagram, where it was reassembled).
        header_length: octets of the TCP header.
        payload: octets of payload that were sent.
        captured: octets of them that the capture holds.
        reassembled: the packet was put together from fragments.
        flags … fast_open: of the TCP header; `mss` 0, `window_scale` -1, `fast_open` -1 where the
            option is absent. Option fields other than timestamps and SACK are read of SYNs only.
        bad_options: an option contradicts its header's length.
        keepalive: free for `tcp_analysis`.
        octets: buffer that holds the payload.
        at: where the payload begins in `octets`; -1 where it cannot be had.
        side: ORIGINATOR or RESPONDER, who sent it.
        slot, detail: lines of its connection's record and detail.
        uid_high, uid_low: its connection's uid; 0 where it has none.
    """

    def __init__(self) -> None:
        self.row = 0
        self.frame = 0
        self.depth = 0
        self.time = 0
        self.protocol = 0
        self.ip_version = 0
        self.source_high = 0
        self.source_low = 0
        self.destination_high = 0
        self.destination_low = 0
        self.source_port = 0
        self.destination_port = 0
        self.mac_source = -1
        self.mac_destination = -1
        self.scope = 0
        self.ttl = 0
        self.ecn = 0
        self.identification = -1
        self.checksum = 0
        self.ip_length = 0
        self.network_offset = 0
        self.transport_offset = 0
        self.payload_offset = 0
        self.header_length = 0
        self.payload = 0
        self.captured = 0
        self.reassembled = False
        self.flags = 0
        self.sequence = 0
        self.acknowledgment = 0
        self.window = 0
        self.urgent = 0
        self.has_timestamps = False
        self.timestamp_value = 0
        self.timestamp_echo = 0
        self.mss = 0
        self.window_scale = -1
        self.sack_permitted = False
        self.sack_count = 0
        self.sack_left = 0
        self.sack_right = 0
        self.fast_open = -1
        self.bad_options = False
        self.keepalive = False
        self.octets = np.zeros(8, np.uint8).data
        self.at = -1
        self.side = 0
        self.slot = 0
        self.detail = -1
        self.uid_high = 0
        self.uid_low = 0
