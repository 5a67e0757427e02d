# The C side of columns.py: see there.

cimport cython

cdef extern from *:
    """
    #include <string.h>
    static inline long long netanatomy_mac(const unsigned char *at) {
        return (long long)at[0] << 40 | (long long)at[1] << 32 | (long long)at[2] << 24 | (long long)at[3] << 16 |
               (long long)at[4] << 8 | at[5];
    }
    """
    long long netanatomy_mac(const unsigned char *at) noexcept nogil

@cython.final
cdef class Columns:
    cdef readonly Py_ssize_t rows
    cdef object _kinds
    cdef object _zeros
    cdef object _ones
    cdef const unsigned char[::1] has_ip
    cdef const unsigned char[::1] has_ports
    cdef const unsigned char[::1] has_tcp
    cdef const unsigned char[::1] has_timestamps
    cdef const unsigned char[::1] has_identification
    cdef const unsigned char[::1] has_icmp
    cdef const unsigned char[::1] has_fragment
    cdef const unsigned char[::1] has_ethernet
    cdef const unsigned char[::1] has_vlan
    cdef const unsigned char[::1] has_vlan_inner
    cdef const unsigned char[::1] has_tunnel_id
    cdef const unsigned char[::1] has_mss
    cdef const unsigned char[::1] has_window_scale
    cdef const unsigned char[::1] has_fast_open
    cdef const unsigned long long[::1] frame_number
    cdef const unsigned char[::1] depth
    cdef const long long[::1] time
    cdef const unsigned int[::1] payload_offset
    cdef const unsigned int[::1] payload_length
    cdef const unsigned char[:, ::1] eth_source
    cdef const unsigned char[:, ::1] eth_destination
    cdef const unsigned char[::1] ip_version
    cdef const long long[:, ::1] ip_source
    cdef const long long[:, ::1] ip_destination
    cdef const unsigned short[::1] ip_header_length
    cdef const unsigned int[::1] ip_total_length
    cdef const unsigned char[::1] ip_ecn
    cdef const unsigned char[::1] ip_ttl
    cdef const unsigned char[::1] ip_protocol
    cdef const unsigned int[::1] network_offset
    cdef const unsigned int[::1] transport_offset
    cdef const unsigned int[::1] ip_identification
    cdef const unsigned char[::1] ip_checksum_status
    cdef const unsigned char[::1] ip_more_fragments
    cdef const unsigned int[::1] ip_fragment_offset
    cdef const unsigned int[::1] reassembled_length
    cdef const unsigned char[::1] icmp_type
    cdef const unsigned char[::1] icmp_code
    cdef const unsigned char[::1] icmp_checksum_status
    cdef const unsigned char[::1] tunnel
    cdef const unsigned long long[::1] tunnel_id
    cdef const unsigned short[::1] vlan_id
    cdef const unsigned short[::1] vlan_inner_id
    cdef const unsigned short[::1] source_port
    cdef const unsigned short[::1] destination_port
    cdef const unsigned char[::1] transport_checksum_status
    cdef const unsigned int[::1] tcp_sequence
    cdef const unsigned int[::1] tcp_acknowledgment
    cdef const unsigned char[::1] tcp_header_length
    cdef const unsigned short[::1] tcp_flags
    cdef const unsigned short[::1] tcp_window
    cdef const unsigned short[::1] tcp_urgent_pointer
    cdef const unsigned int[::1] tcp_timestamp_value
    cdef const unsigned int[::1] tcp_timestamp_echo
    cdef const unsigned short[::1] tcp_mss
    cdef const unsigned char[::1] tcp_window_scale
    cdef const unsigned char[::1] tcp_sack_permitted
    cdef const unsigned char[::1] tcp_sack_count
    cdef const unsigned int[::1] tcp_sack_left
    cdef const unsigned int[::1] tcp_sack_right
    cdef const unsigned char[::1] tcp_fast_open_length
    cdef const unsigned short[::1] udp_length
    cdef const unsigned char[::1] stop_reason
    cdef inline long long mac_source(self, Py_ssize_t row) except -2 nogil:
        return netanatomy_mac(&self.eth_source[row, 0]) if self.eth_source.shape[1] == 6 else -1
    cdef inline long long mac_destination(self, Py_ssize_t row) except -2 nogil:
        return netanatomy_mac(&self.eth_destination[row, 0]) if self.eth_destination.shape[1] == 6 else -1
