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
    static inline unsigned long long netanatomy_u64(const unsigned char *at) {
        return (unsigned long long)at[0] << 56 | (unsigned long long)at[1] << 48 | (unsigned long long)at[2] << 40
            | (unsigned long long)at[3] << 32 | (unsigned long long)at[4] << 24 | (unsigned long long)at[5] << 16
            | (unsigned long long)at[6] << 8 | at[7];
    }
    static inline unsigned long long netanatomy_native(const unsigned char *at) {
        unsigned long long word;
        memcpy(&word, at, 8);
        return word;
    }

    /* The sum of 32-bit halves of words: of each word the high half, and the whole, whose sum wraps around. Less the
       high halves that is the low ones', for which there is room. It is half the work of two sums of halves. */
    #if defined(__GNUC__) || defined(__clang__)
    __attribute__((always_inline))
    #endif
    static inline unsigned long long netanatomy_halves_of(const unsigned char *first, Py_ssize_t words) {
        unsigned long long wrapped = 0, high = 0, word;
        Py_ssize_t number;
    #if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
    #pragma GCC unroll 4
    #endif
        for (number = 0; number < words; number++) {
            word = netanatomy_native(first + number * 8);
            wrapped += word;
            high += word >> 32;
        }
        return high + (wrapped - (high << 32));
    }
    #if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
    /* Every x86-64 takes two words at once, those of the last ten years four. */
    __attribute__((target("avx2")))
    static inline unsigned long long netanatomy_halves_of_four(const unsigned char *first, Py_ssize_t words) {
        return netanatomy_halves_of(first, words);
    }
    static inline unsigned long long netanatomy_halves(const unsigned char *first, Py_ssize_t words) {
        if (words >= 16 && __builtin_cpu_supports("avx2"))
            return netanatomy_halves_of_four(first, words);
        return netanatomy_halves_of(first, words);
    }
    #else
    #define netanatomy_halves netanatomy_halves_of
    #endif
    """
    unsigned int netanatomy_u16(const unsigned char *at) noexcept nogil
    unsigned int netanatomy_u32(const unsigned char *at) noexcept nogil
    unsigned long long netanatomy_u64(const unsigned char *at) noexcept nogil
    unsigned long long netanatomy_native(const unsigned char *at) noexcept nogil
    unsigned long long netanatomy_halves(const unsigned char *first, Py_ssize_t words) noexcept nogil

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.sequences cimport Sequences

# The ones' complement sum of RFC 1071: what was carried out of 16 bits is added again.
cdef inline unsigned int folded(unsigned long long total) noexcept nogil:
    total = (total & 0xFFFF) + ((total >> 16) & 0xFFFF) + (total >> 32)
    total = (total & 0xFFFF) + (total >> 16)
    return (total & 0xFFFF) + (total >> 16)

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
    # whether plain frames may take the shortcut, and the sequences that end there once they are known
    cdef public bint shortcut
    cdef int[::1] plain_stacks
    cdef int plain_options
    # numbers in carriers' fields to header codes, each with a place for all of 16 bits
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
        return netanatomy_u64(self.first + at)
    cdef inline unsigned long long mapped(self, Py_ssize_t at) except? 70001 nogil:
        return (<unsigned long long> 0xFFFF << 32) | self.u32(at)
    # for callers that have seen that these octets are there
    cdef inline unsigned int seen_u8(self, Py_ssize_t at) noexcept nogil:
        return self.first[at]
    cdef inline unsigned int seen_u16(self, Py_ssize_t at) noexcept nogil:
        return netanatomy_u16(self.first + at)
    cdef inline unsigned int seen_u32(self, Py_ssize_t at) noexcept nogil:
        return netanatomy_u32(self.first + at)
    cdef inline unsigned long long seen_u64(self, Py_ssize_t at) noexcept nogil:
        return netanatomy_u64(self.first + at)
    cdef inline unsigned long long sum_of_words(self, Py_ssize_t at, Py_ssize_t octets) noexcept nogil:
        cdef const unsigned char *first = self.first + at
        cdef Py_ssize_t words = octets >> 3
        cdef Py_ssize_t rest = octets & 7
        cdef Py_ssize_t number
        cdef unsigned long long word
        cdef unsigned long long total = netanatomy_halves(first, words)
        total = (total & <unsigned int> 0xFFFFFFFF) + (total >> 32)
        if self.little_endian:
            total <<= 8  # modulo 0xffff this changes the two octets' places
        if rest:
            word = 0
            if words:
                word = netanatomy_u64(first + octets - 8)  # what was read before is shifted out
            else:
                for number in range(rest):
                    word = word << 8 | first[number]
            word <<= 64 - 8 * rest
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
