# The C side of walk.py: see there. What every header needs many times over is inline.

cimport cython

cdef extern from *:
    """
    #include <string.h>
    static inline unsigned int netanatomy_u16(const unsigned char *at) {
        return (unsigned int)at[0] << 8 | at[1];
    }
    static inline unsigned int netanatomy_u32(const unsigned char *at) {
        return (unsigned int)at[0] << 24 | (unsigned int)at[1] << 16 | (unsigned int)at[2] << 8 | at[3];
    }
    static inline unsigned long long netanatomy_native(const unsigned char *at) {
        unsigned long long word;
        memcpy(&word, at, 8);
        return word;
    }
    """
    unsigned int netanatomy_u16(const unsigned char *at) noexcept nogil
    unsigned int netanatomy_u32(const unsigned char *at) noexcept nogil
    unsigned long long netanatomy_native(const unsigned char *at) noexcept nogil

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.sequences cimport Sequences

@cython.final
cdef class Walk:
    cdef readonly Sequences stacks
    cdef readonly Sequences tcp_options
    cdef readonly Sequences ip_options
    cdef readonly Sequences extensions
    # the buffer; what is read through `first` is checked against `length` before
    cdef const unsigned char[::1] octets
    cdef const unsigned char *first
    cdef Py_ssize_t length
    cdef bint little_endian
    # where the frame lies in the buffer, and how far each header may read
    cdef public Py_ssize_t origin
    cdef public Py_ssize_t position
    cdef public Py_ssize_t end
    cdef public bint cut
    # the row being filled
    cdef public Py_ssize_t row
    cdef public int depth
    cdef public int stack
    cdef public unsigned int present
    cdef public int headers
    cdef public int tags
    # what the IP header hands up to the transport layer
    cdef public bint fragment
    cdef public bint incomplete
    cdef public bint resumed
    # the numbers of the IPv6 extension headers so far, and the addresses that checksums cover in place of the header's
    cdef public int chain
    cdef public bint routed
    cdef public bint away
    cdef public unsigned long long final_high
    cdef public unsigned long long final_low
    cdef public unsigned long long home_high
    cdef public unsigned long long home_low
    # numbers in carriers' fields to header codes
    cdef const unsigned short[::1] link_types
    cdef const unsigned short[::1] ethertypes
    cdef const unsigned short[::1] ip_protocols
    cdef const unsigned short[::1] ppp_protocols
    cdef const unsigned short[::1] llc_saps
    cdef const unsigned short[::1] udp_ports
    cdef const unsigned int[::1] crc32c
    cdef inline unsigned int u16(self, Py_ssize_t at) except? 70001 nogil:
        if at < 0 or at > self.length - 2:
            return self.outside()
        return netanatomy_u16(self.first + at)
    cdef inline unsigned int u32(self, Py_ssize_t at) except? 70001 nogil:
        if at < 0 or at > self.length - 4:
            return self.outside()
        return netanatomy_u32(self.first + at)
    cdef inline unsigned long long u48(self, Py_ssize_t at) except? 70001 nogil:
        if at < 0 or at > self.length - 6:
            return self.outside()
        return (<unsigned long long> netanatomy_u16(self.first + at) << 32) | netanatomy_u32(self.first + at + 2)
    cdef inline unsigned long long u64(self, Py_ssize_t at) except? 70001 nogil:
        if at < 0 or at > self.length - 8:
            return self.outside()
        return (<unsigned long long> netanatomy_u32(self.first + at) << 32) | netanatomy_u32(self.first + at + 4)
    cdef inline unsigned long long mapped(self, Py_ssize_t at) except? 70001 nogil:
        return (<unsigned long long> 0xFFFF << 32) | self.u32(at)
    # the caller has seen that these octets are there
    cdef inline unsigned long long sum_of_halves(self, Py_ssize_t at, Py_ssize_t words) noexcept nogil:
        cdef unsigned long long total = 0
        cdef unsigned long long word
        cdef Py_ssize_t number
        for number in range(words):
            word = netanatomy_native(self.first + at + number * 8)
            total += (word & <unsigned int> 0xFFFFFFFF) + (word >> 32)
        return total
    cdef unsigned int outside(self) except? 70001 nogil
    cdef inline bint lacks(self, Rows rows, int layer, Py_ssize_t octets) except -1 nogil:
        return self.end - self.position < octets and self.ran_out(rows, layer)
    cdef unsigned int ones_sum(self, Py_ssize_t start, Py_ssize_t end) except? 70001 nogil
    cdef bint ran_out(self, Rows rows, int layer) except -1 nogil
    cdef int stop(self, Rows rows, int layer, int reason, Py_ssize_t at) except -1 nogil
    cdef int begin_row(self, Rows rows) except -1 nogil
    cdef int finish_row(self, Rows rows) except -1 nogil
    cdef bint nest(self, Rows rows, int tunnel) except -1 nogil
    cdef bint nest_numbered(self, Rows rows, int tunnel, unsigned long long number) except -1 nogil
