"""The packet table while it is being filled.

Two ways of storing, for the same table. Columns that most packets have (`DENSE` groups) are
arrays with a place for every row, and a bit in `present` says whether the row has them. Columns
of rarer headers have a place only for the rows that have them: `begin` takes the next place of
a group and notes whose row it is. What a capture does not contain costs it nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import cython
import numpy as np
from numpy.typing import NDArray

from netanatomy.schema.column import Column, Kind
from netanatomy.schema.packet_rows import DENSE
from netanatomy.schema.packets import CHECKSUM_STATUS, COLUMNS

if not cython.compiled:
    IN_STOP = 0
    IN_ETHERNET_LENGTH = 1
    IN_VLAN = 2
    IN_VLAN_INNER = 3
    IN_LLC = 4
    IN_SNAP = 5
    IN_MPLS = 6
    IN_PPPOE = 7
    IN_PPP = 8
    IN_SLL = 9
    IN_SLL_SOURCE = 10
    IN_SLL2 = 11
    IN_LOOPBACK = 12
    IN_NFLOG = 13
    IN_ARP = 14
    IN_ARP_ADDRESSES = 15
    IN_STP = 16
    IN_STP_CONFIGURATION = 17
    IN_EAPOL = 18
    IN_RADIO_FREQUENCY = 19
    IN_RADIO_SIGNAL = 20
    IN_WLAN = 21
    IN_WLAN_TRANSMITTER = 22
    IN_WLAN_ADDRESSES = 23
    IN_WLAN_BSSID = 24
    IN_WLAN_REASON = 25
    IN_IP_OPTIONS = 26
    IN_IPV6 = 27
    IN_IP_EXTENSION_HEADERS = 28
    IN_FRAGMENT = 29
    IN_REASSEMBLY = 30
    IN_FRAGMENT_ANOMALY = 31
    IN_ICMP = 32
    IN_ICMP_ECHO = 33
    IN_ICMP_MTU = 34
    IN_ICMP_POINTER = 35
    IN_ICMP_GATEWAY = 36
    IN_QUOTED = 37
    IN_QUOTED_PORTS = 38
    IN_ND_TARGET = 39
    IN_ND_FLAGS = 40
    IN_ND_SOURCE_LINK = 41
    IN_ND_TARGET_LINK = 42
    IN_RA = 43
    IN_RA_PREFIX = 44
    IN_RA_MTU = 45
    IN_MLD = 46
    IN_IGMP = 47
    IN_IPSEC = 48
    IN_IKE = 49
    IN_SCTP = 50
    IN_SCTP_CHUNK = 51
    IN_OSPF = 52
    IN_PIM = 53
    IN_VRRP = 54
    IN_GRE = 55
    IN_GRE_KEY = 56
    IN_TUNNEL = 57
    IN_TUNNEL_ID = 58
    IN_TCP_MSS = 59
    IN_TCP_WINDOW_SCALE = 60
    IN_TCP_SACK_PERMITTED = 61
    IN_TCP_SACK = 62
    IN_TCP_FAST_OPEN = 63
    IN_TCP_MULTIPATH = 64
    IN_TCP_SIGNATURE = 65
    IN_UDP = 66
    IN_UDPLITE = 67
    GROUP_COUNT = 68

STORED_AS: Mapping[Kind, type[np.generic]] = MappingProxyType(
    {
        Kind.U8: np.uint8,
        Kind.U16: np.uint16,
        Kind.U32: np.uint32,
        Kind.U64: np.uint64,
        Kind.I8: np.int8,
        Kind.BOOL: np.uint8,
        Kind.TIME: np.int64,
        Kind.MAC: np.uint64,  # the 48 bits as a number
        Kind.IP: np.uint64,  # two numbers, the high half first
        Kind.NAME: np.uint16,  # a code: an index into the column's names
    }
)
"""What a kernel writes for each kind of column."""


TALLIES = 8
"""Places of a line of tallies: one for every verdict on a checksum, up to a power of two."""
if len(CHECKSUM_STATUS) > TALLIES:
    raise AssertionError("there are more verdicts on checksums than places to count them")


def sparse_groups() -> tuple[str, ...]:
    """The groups that are stored by `begin`, in the order of their numbers."""
    groups = dict.fromkeys(column.group for column in COLUMNS)
    return tuple(group for group in groups if group not in DENSE and group != "frame")


def _is_dense(column: Column) -> bool:
    return column.group in DENSE or column.group == "frame"


def _shape(column: Column, capacity: int) -> tuple[int, ...]:
    return (capacity, 2) if column.kind is Kind.IP else (capacity,)


def _array(column: Column, capacity: int) -> NDArray[np.generic]:
    return np.zeros(_shape(column, capacity), STORED_AS[column.kind])


class Rows:
    """Room for `capacity` rows.

    Attributes:
        count: rows filled.
        arrays: the array behind each column, by name.
        group_counts: rows that have each sparse group.
        group_rows: whose rows they are, one line a group.
        tallies: verdicts by their code, on transport checksums and on those of IPv4 headers; a line each.
    """

    def __init__(self, capacity: cython.Py_ssize_t, settled: bool = False) -> None:
        """Begin an empty batch, after `settle` or not."""
        self.capacity = capacity
        # Places of sparse groups are given out one by one, and written then.
        self.arrays = {
            column.name: np.empty(_shape(column, capacity), STORED_AS[column.kind])
            for column in COLUMNS
            if not _is_dense(column)
        }
        self.group_counts = np.zeros(GROUP_COUNT, np.intp)
        self.group_rows = np.empty((GROUP_COUNT, capacity), np.int32)
        self.counted = self.group_counts.data
        self.members = self.group_rows.data
        self.tallies = np.zeros((2, TALLIES), np.int64)
        self.counted_tallies = self.tallies.data
        self._attach_sparse()
        self.count = 0
        if settled:
            self._lay_frames()
            self.settle()
        else:
            self.renew()

    def renew(self) -> None:
        """Begin an empty batch: fresh dense arrays, since the old ones now belong to a table."""
        self.count = 0
        self.group_counts[:] = 0
        self._lay_frames()
        for column in COLUMNS:
            if column.group in DENSE:
                self.arrays[column.name] = _array(column, self.capacity)
        self._attach_dense()

    def _lay_frames(self) -> None:
        """Fresh arrays of what is written in every row."""
        for column in COLUMNS:
            if column.group == "frame":
                self.arrays[column.name] = np.empty(_shape(column, self.capacity), STORED_AS[column.kind])
        self.arrays["present"] = np.zeros(self.capacity, np.uint16)

    def settle(self) -> None:
        """Lay the dense arrays into one piece of memory, which `clear` makes empty at once."""
        dense = [column for column in COLUMNS if column.group in DENSE]
        sizes = [
            _lines(math.prod(_shape(column, self.capacity)) * STORED_AS[column.kind]().itemsize)
            for column in dense
        ]
        self.memory = np.zeros(sum(sizes), np.uint8)
        place = 0
        for column, size in zip(dense, sizes, strict=True):
            shape = _shape(column, self.capacity)
            kind = STORED_AS[column.kind]
            octets = math.prod(shape) * kind().itemsize
            self.arrays[column.name] = self.memory[place : place + octets].view(kind).reshape(shape)
            place += size
        self._attach_dense()

    def clear(self) -> None:
        """Begin an empty batch in the memory of the last one, after `settle`."""
        self.count = 0
        self.group_counts[:] = 0
        self.memory[:] = 0

    def begin(self, group: cython.Py_ssize_t, row: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """The place of `row` in a sparse group: a new one, or the one that it has already."""
        place: cython.Py_ssize_t = self.counted[group]
        if place > 0 and (self.members[group, place - 1] == row or place >= self.capacity):
            return place - 1
        self.members[group, place] = row
        self.counted[group] = place + 1
        return place

    def place(self, group: cython.Py_ssize_t, row: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """`begin` for callers that are not compiled."""
        return self.begin(group, row)

    # Both columns have a place for every row, and of a code no more than TALLIES allows is looked at.
    @cython.boundscheck(False)
    def tally(self) -> None:
        """Count the verdicts on checksums into `tallies`."""
        row: cython.Py_ssize_t
        if self.count > self.capacity:
            raise IndexError("more rows than there is room for")
        with cython.nogil:
            for row in range(self.count):
                self.counted_tallies[0, self.transport_checksum_status[row] & 7] += 1
                self.counted_tallies[1, self.ip_checksum_status[row] & 7] += 1

    def _attach_dense(self) -> None:
        arrays = self.arrays

        def view(name: str) -> memoryview:
            return arrays[name].data

        self.present = view("present")
        self.frame_number = view("frame_number")
        self.time = view("time")
        self.interface = view("interface")
        self.link_type = view("link_type")
        self.captured_length = view("captured_length")
        self.original_length = view("original_length")
        self.depth = view("depth")
        self.protocols = view("protocols")
        self.packet_offset = view("packet_offset")
        self.payload_offset = view("payload_offset")
        self.payload_length = view("payload_length")
        self.eth_destination = view("eth_destination")
        self.eth_source = view("eth_source")
        self.eth_type = view("eth_type")
        self.ip_version = view("ip_version")
        self.ip_source = view("ip_source")
        self.ip_destination = view("ip_destination")
        self.ip_header_length = view("ip_header_length")
        self.ip_total_length = view("ip_total_length")
        self.ip_dscp = view("ip_dscp")
        self.ip_ecn = view("ip_ecn")
        self.ip_ttl = view("ip_ttl")
        self.ip_protocol = view("ip_protocol")
        self.network_offset = view("network_offset")
        self.transport_offset = view("transport_offset")
        self.ip_identification = view("ip_identification")
        self.ip_dont_fragment = view("ip_dont_fragment")
        self.ip_checksum = view("ip_checksum")
        self.ip_checksum_status = view("ip_checksum_status")
        self.source_port = view("source_port")
        self.destination_port = view("destination_port")
        self.transport_checksum = view("transport_checksum")
        self.transport_checksum_status = view("transport_checksum_status")
        self.tcp_sequence = view("tcp_sequence")
        self.tcp_acknowledgment = view("tcp_acknowledgment")
        self.tcp_header_length = view("tcp_header_length")
        self.tcp_flags = view("tcp_flags")
        self.tcp_window = view("tcp_window")
        self.tcp_urgent_pointer = view("tcp_urgent_pointer")
        self.tcp_options = view("tcp_options")
        self.tcp_timestamp_value = view("tcp_timestamp_value")
        self.tcp_timestamp_echo = view("tcp_timestamp_echo")

    def _attach_sparse(self) -> None:
        arrays = self.arrays

        def view(name: str) -> memoryview:
            return arrays[name].data

        self.stop_layer = view("stop_layer")
        self.stop_reason = view("stop_reason")
        self.stop_offset = view("stop_offset")
        self.eth_length = view("eth_length")
        self.vlan_tpid = view("vlan_tpid")
        self.vlan_id = view("vlan_id")
        self.vlan_priority = view("vlan_priority")
        self.vlan_drop_eligible = view("vlan_drop_eligible")
        self.vlan_count = view("vlan_count")
        self.vlan_inner_id = view("vlan_inner_id")
        self.vlan_inner_priority = view("vlan_inner_priority")
        self.llc_dsap = view("llc_dsap")
        self.llc_ssap = view("llc_ssap")
        self.llc_control = view("llc_control")
        self.snap_oui = view("snap_oui")
        self.snap_protocol = view("snap_protocol")
        self.mpls_label = view("mpls_label")
        self.mpls_traffic_class = view("mpls_traffic_class")
        self.mpls_ttl = view("mpls_ttl")
        self.mpls_count = view("mpls_count")
        self.pppoe_code = view("pppoe_code")
        self.pppoe_session_id = view("pppoe_session_id")
        self.ppp_protocol = view("ppp_protocol")
        self.sll_packet_type = view("sll_packet_type")
        self.sll_hardware_type = view("sll_hardware_type")
        self.sll_protocol = view("sll_protocol")
        self.sll_source = view("sll_source")
        self.sll_interface_index = view("sll_interface_index")
        self.loopback_family = view("loopback_family")
        self.nflog_family = view("nflog_family")
        self.nflog_resource = view("nflog_resource")
        self.arp_hardware_type = view("arp_hardware_type")
        self.arp_protocol_type = view("arp_protocol_type")
        self.arp_operation = view("arp_operation")
        self.arp_sender_hardware = view("arp_sender_hardware")
        self.arp_sender_protocol = view("arp_sender_protocol")
        self.arp_target_hardware = view("arp_target_hardware")
        self.arp_target_protocol = view("arp_target_protocol")
        self.stp_version = view("stp_version")
        self.stp_type = view("stp_type")
        self.stp_flags = view("stp_flags")
        self.stp_root = view("stp_root")
        self.stp_root_cost = view("stp_root_cost")
        self.stp_bridge = view("stp_bridge")
        self.stp_port = view("stp_port")
        self.eapol_version = view("eapol_version")
        self.eapol_type = view("eapol_type")
        self.radio_frequency = view("radio_frequency")
        self.radio_signal = view("radio_signal")
        self.wlan_type = view("wlan_type")
        self.wlan_subtype = view("wlan_subtype")
        self.wlan_flags = view("wlan_flags")
        self.wlan_receiver = view("wlan_receiver")
        self.wlan_transmitter = view("wlan_transmitter")
        self.wlan_destination = view("wlan_destination")
        self.wlan_source = view("wlan_source")
        self.wlan_sequence = view("wlan_sequence")
        self.wlan_fragment = view("wlan_fragment")
        self.wlan_bssid = view("wlan_bssid")
        self.wlan_reason = view("wlan_reason")
        self.ip_options = view("ip_options")
        self.ip_flow_label = view("ip_flow_label")
        self.ip_extension_headers = view("ip_extension_headers")
        self.ip_fragment_offset = view("ip_fragment_offset")
        self.ip_more_fragments = view("ip_more_fragments")
        self.reassembled_fragments = view("reassembled_fragments")
        self.reassembled_length = view("reassembled_length")
        self.fragment_anomaly = view("fragment_anomaly")
        self.icmp_type = view("icmp_type")
        self.icmp_code = view("icmp_code")
        self.icmp_checksum = view("icmp_checksum")
        self.icmp_checksum_status = view("icmp_checksum_status")
        self.icmp_identifier = view("icmp_identifier")
        self.icmp_sequence = view("icmp_sequence")
        self.icmp_mtu = view("icmp_mtu")
        self.icmp_pointer = view("icmp_pointer")
        self.icmp_gateway = view("icmp_gateway")
        self.quoted_source = view("quoted_source")
        self.quoted_destination = view("quoted_destination")
        self.quoted_protocol = view("quoted_protocol")
        self.quoted_source_port = view("quoted_source_port")
        self.quoted_destination_port = view("quoted_destination_port")
        self.nd_target = view("nd_target")
        self.nd_flags = view("nd_flags")
        self.nd_source_link_address = view("nd_source_link_address")
        self.nd_target_link_address = view("nd_target_link_address")
        self.ra_hop_limit = view("ra_hop_limit")
        self.ra_flags = view("ra_flags")
        self.ra_router_lifetime = view("ra_router_lifetime")
        self.ra_reachable_time = view("ra_reachable_time")
        self.ra_retransmit_time = view("ra_retransmit_time")
        self.ra_prefix = view("ra_prefix")
        self.ra_prefix_length = view("ra_prefix_length")
        self.ra_prefix_flags = view("ra_prefix_flags")
        self.ra_valid_lifetime = view("ra_valid_lifetime")
        self.ra_preferred_lifetime = view("ra_preferred_lifetime")
        self.ra_prefix_count = view("ra_prefix_count")
        self.ra_mtu = view("ra_mtu")
        self.mld_group = view("mld_group")
        self.mld_record_count = view("mld_record_count")
        self.igmp_type = view("igmp_type")
        self.igmp_group = view("igmp_group")
        self.ipsec_spi = view("ipsec_spi")
        self.ipsec_sequence = view("ipsec_sequence")
        self.ike_initiator_spi = view("ike_initiator_spi")
        self.ike_responder_spi = view("ike_responder_spi")
        self.ike_version = view("ike_version")
        self.ike_exchange_type = view("ike_exchange_type")
        self.ike_message_id = view("ike_message_id")
        self.sctp_verification_tag = view("sctp_verification_tag")
        self.sctp_chunk_type = view("sctp_chunk_type")
        self.ospf_version = view("ospf_version")
        self.ospf_type = view("ospf_type")
        self.ospf_router_id = view("ospf_router_id")
        self.ospf_area = view("ospf_area")
        self.pim_version = view("pim_version")
        self.pim_type = view("pim_type")
        self.vrrp_version = view("vrrp_version")
        self.vrrp_virtual_router = view("vrrp_virtual_router")
        self.vrrp_priority = view("vrrp_priority")
        self.gre_flags = view("gre_flags")
        self.gre_protocol = view("gre_protocol")
        self.gre_key = view("gre_key")
        self.tunnel = view("tunnel")
        self.tunnel_id = view("tunnel_id")
        self.tcp_mss = view("tcp_mss")
        self.tcp_window_scale = view("tcp_window_scale")
        self.tcp_sack_permitted = view("tcp_sack_permitted")
        self.tcp_sack_count = view("tcp_sack_count")
        self.tcp_sack_left = view("tcp_sack_left")
        self.tcp_sack_right = view("tcp_sack_right")
        self.tcp_fast_open_length = view("tcp_fast_open_length")
        self.tcp_multipath_subtype = view("tcp_multipath_subtype")
        self.tcp_signature_kind = view("tcp_signature_kind")
        self.udp_length = view("udp_length")
        self.udplite_coverage = view("udplite_coverage")


def _lines(octets: int) -> int:
    """Octets rounded up to whole lines of the processor's cache."""
    return (octets + 63) & ~63
