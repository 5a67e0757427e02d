# The C side of packet.py: see there.

cimport cython

@cython.final
cdef class Packet:
    cdef readonly Py_ssize_t row
    cdef readonly unsigned long long frame
    cdef readonly int depth
    cdef readonly long long time
    cdef readonly int protocol
    cdef readonly int ip_version
    cdef readonly long long source_high
    cdef readonly long long source_low
    cdef readonly long long destination_high
    cdef readonly long long destination_low
    cdef readonly int source_port
    cdef readonly int destination_port
    cdef readonly long long mac_source
    cdef readonly long long mac_destination
    cdef readonly long long scope
    cdef readonly int ttl
    cdef readonly int ecn
    cdef readonly int identification
    cdef readonly int checksum
    cdef readonly long long ip_length
    cdef readonly Py_ssize_t network_offset
    cdef readonly Py_ssize_t transport_offset
    cdef readonly Py_ssize_t payload_offset
    cdef readonly int header_length
    cdef readonly long long payload
    cdef readonly long long captured
    cdef readonly bint reassembled
    cdef readonly int flags
    cdef readonly unsigned int sequence
    cdef readonly unsigned int acknowledgment
    cdef readonly int window
    cdef readonly int urgent
    cdef readonly bint has_timestamps
    cdef readonly unsigned int timestamp_value
    cdef readonly unsigned int timestamp_echo
    cdef readonly int mss
    cdef readonly int window_scale
    cdef readonly bint sack_permitted
    cdef readonly int sack_count
    cdef readonly unsigned int sack_left
    cdef readonly unsigned int sack_right
    cdef readonly int fast_open
    cdef readonly bint bad_options
    cdef readonly bint keepalive
    cdef const unsigned char[::1] octets
    cdef readonly Py_ssize_t at
    cdef readonly int side
    cdef readonly Py_ssize_t slot
    cdef readonly Py_ssize_t detail
    cdef readonly long long uid_high
    cdef readonly long long uid_low
