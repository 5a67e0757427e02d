# The C side of columns.py: see there.

cimport cython

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define netanatomy_expect(place) __builtin_prefetch(place)
    #else
    #define netanatomy_expect(place) ((void)(place))
    #endif
    static inline long long netanatomy_mac(const unsigned char *at) {
        const unsigned int high = (unsigned int)at[0] << 24 | (unsigned int)at[1] << 16 | (unsigned int)at[2] << 8 | at[3];
        return (long long)high << 16 | (unsigned int)at[4] << 8 | at[5];
    }
    static inline long long netanatomy_turned(long long word) {
    #if defined(__GNUC__) || defined(__clang__)
        return (long long)__builtin_bswap64((unsigned long long)word);
    #else
        unsigned long long left = (unsigned long long)word, turned = 0;
        int octet;
        for (octet = 0; octet < 8; octet++, left >>= 8)
            turned = turned << 8 | (left & 0xFF);
        return (long long)turned;
    #endif
    }
    """
    void netanatomy_expect(const void *place) noexcept nogil
    long long netanatomy_mac(const unsigned char *at) noexcept nogil
    long long netanatomy_turned(long long word) noexcept nogil

cpdef enum:
    HAS_ETHERNET = 0x1
    HAS_IP = 0x4
    HAS_IDENTIFICATION = 0x10
    HAS_PORTS = 0x20
    HAS_TCP = 0x40
    HAS_TIMESTAMPS = 0x80
    HAS_ICMP = 0x10000
    HAS_FRAGMENT = 0x20000
    HAS_REASSEMBLY = 0x40000
    HAS_VLAN = 0x80000
    HAS_VLAN_INNER = 0x100000
    HAS_OVERLAY = 0x200000
    HAS_MSS = 0x400000
    HAS_WINDOW_SCALE = 0x800000
    HAS_SACK_PERMITTED = 0x1000000
    HAS_SACK = 0x2000000
    HAS_FAST_OPEN = 0x4000000
    HAS_UDP = 0x8000000
    HAS_STOP = 0x10000000

@cython.final
cdef class Columns:
    cdef readonly Py_ssize_t rows
    cdef readonly bint swapped
    cdef readonly bint numbered
    cdef bint keyed
    cdef unsigned long long[::1] keys
    cdef const unsigned int[::1] has
    cdef const unsigned long long[::1] frame_number
    cdef const unsigned char[::1] depth
    cdef const long long[::1] time
    cdef const unsigned int[::1] payload_offset
    cdef const unsigned int[::1] payload_length
    cdef const unsigned char[:, ::1] eth_source
    cdef const unsigned char[:, ::1] eth_destination
    cdef const unsigned long long[::1] link_source
    cdef const unsigned long long[::1] link_destination
    cdef const unsigned char[::1] ip_version
    cdef const long long[::1] ip_source
    cdef const long long[::1] ip_destination
    cdef const unsigned short[::1] ip_header_length
    cdef const unsigned int[::1] ip_total_length
    cdef const unsigned char[::1] ip_ecn
    cdef const unsigned char[::1] ip_ttl
    cdef const unsigned char[::1] ip_protocol
    cdef const unsigned int[::1] network_offset
    cdef const unsigned int[::1] transport_offset
    cdef const unsigned int[::1] ip_identification
    cdef const unsigned short[::1] ip_checksum_status
    cdef const unsigned char[::1] ip_more_fragments
    cdef const unsigned int[::1] ip_fragment_offset
    cdef const unsigned int[::1] reassembled_length
    cdef const unsigned char[::1] icmp_type
    cdef const unsigned char[::1] icmp_code
    cdef const unsigned short[::1] icmp_checksum_status
    cdef const unsigned long long[::1] tunnel_id
    cdef const unsigned short[::1] vlan_id
    cdef const unsigned short[::1] vlan_inner_id
    cdef const unsigned short[::1] source_port
    cdef const unsigned short[::1] destination_port
    cdef const unsigned short[::1] transport_checksum_status
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
    cdef const unsigned short[::1] stop_reason
    # Whoever asks saw that there is the row, and that `half` is 0 or 1: every column has all rows, see `attach`.
    cdef inline long long mac_source(self, Py_ssize_t row) noexcept nogil:
        with cython.boundscheck(False):
            if self.numbered:
                return <long long> self.link_source[row]
            return netanatomy_mac(&self.eth_source[row, 0]) if self.eth_source.shape[1] == 6 else -1
    cdef inline long long mac_destination(self, Py_ssize_t row) noexcept nogil:
        with cython.boundscheck(False):
            if self.numbered:
                return <long long> self.link_destination[row]
            return netanatomy_mac(&self.eth_destination[row, 0]) if self.eth_destination.shape[1] == 6 else -1
    cdef inline long long source(self, Py_ssize_t row, Py_ssize_t half) noexcept nogil:
        with cython.boundscheck(False):
            return netanatomy_turned(self.ip_source[2 * row + half]) if self.swapped else self.ip_source[2 * row + half]
    cdef inline long long destination(self, Py_ssize_t row, Py_ssize_t half) noexcept nogil:
        with cython.boundscheck(False):
            if self.swapped:
                return netanatomy_turned(self.ip_destination[2 * row + half])
            return self.ip_destination[2 * row + half]
    cdef inline int expect(self, Py_ssize_t row) noexcept nogil:
        if row + 64 > self.rows:
            return 0
        with cython.boundscheck(False):  # there are 64 rows from this one on
            netanatomy_expect(&self.frame_number[row])
            netanatomy_expect(&self.time[row])
            if self.numbered:
                netanatomy_expect(&self.link_source[row])
                netanatomy_expect(&self.link_destination[row])
            else:
                netanatomy_expect(&self.eth_source[row, 0])
                netanatomy_expect(&self.eth_destination[row, 0])
            netanatomy_expect(&self.ip_source[2 * row])
            netanatomy_expect(&self.ip_source[2 * row + 8])
            netanatomy_expect(&self.ip_destination[2 * row])
            netanatomy_expect(&self.ip_destination[2 * row + 8])
            if row % 16 == 0:
                netanatomy_expect(&self.has[row])
                netanatomy_expect(&self.payload_offset[row])
                netanatomy_expect(&self.payload_length[row])
                netanatomy_expect(&self.ip_total_length[row])
                netanatomy_expect(&self.network_offset[row])
                netanatomy_expect(&self.transport_offset[row])
                netanatomy_expect(&self.ip_identification[row])
                netanatomy_expect(&self.tcp_sequence[row])
                netanatomy_expect(&self.tcp_acknowledgment[row])
                netanatomy_expect(&self.tcp_timestamp_value[row])
                netanatomy_expect(&self.tcp_timestamp_echo[row])
            if row % 64 == 0:
                netanatomy_expect(&self.ip_header_length[row])
                netanatomy_expect(&self.ip_header_length[row + 32])
                netanatomy_expect(&self.source_port[row])
                netanatomy_expect(&self.source_port[row + 32])
                netanatomy_expect(&self.destination_port[row])
                netanatomy_expect(&self.destination_port[row + 32])
                netanatomy_expect(&self.tcp_flags[row])
                netanatomy_expect(&self.tcp_flags[row + 32])
                netanatomy_expect(&self.tcp_window[row])
                netanatomy_expect(&self.tcp_window[row + 32])
                netanatomy_expect(&self.tcp_urgent_pointer[row])
                netanatomy_expect(&self.tcp_urgent_pointer[row + 32])
                netanatomy_expect(&self.depth[row])
                netanatomy_expect(&self.ip_version[row])
                netanatomy_expect(&self.ip_ecn[row])
                netanatomy_expect(&self.ip_ttl[row])
                netanatomy_expect(&self.ip_protocol[row])
                netanatomy_expect(&self.ip_checksum_status[row])
                netanatomy_expect(&self.ip_checksum_status[row + 32])
                netanatomy_expect(&self.transport_checksum_status[row])
                netanatomy_expect(&self.transport_checksum_status[row + 32])
                netanatomy_expect(&self.tcp_header_length[row])
                netanatomy_expect(&self.tcp_sack_count[row])
                netanatomy_expect(&self.stop_reason[row])
                netanatomy_expect(&self.stop_reason[row + 32])
        return 0

cpdef object mark(unsigned int[::1] has, const unsigned char[::1] mask, unsigned int bit)
cpdef object mark_rows(unsigned int[::1] has, const int[::1] where, unsigned int bit)
cpdef object spread(
    unsigned char[:, ::1] column, const int[::1] where, const unsigned char[:, ::1] values, Py_ssize_t width
)
