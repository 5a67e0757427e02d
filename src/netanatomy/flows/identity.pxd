# The C side of identity.py: see there.

cimport cython

cdef extern from *:
    """
    #include <string.h>

    #if defined(__GNUC__) || defined(__clang__)
    typedef long long netanatomy_sixteen __attribute__((vector_size(16), may_alias, aligned(1)));

    /* GCC makes `rep stos` of a `memset` of 256 octets, which takes longer to begin than these sixteen stores. */
    static inline void netanatomy_clear_counts(unsigned char *counts)
    {
        const netanatomy_sixteen zero = {0};
        for (int place = 0; place < 256; place += 64) {
            *(netanatomy_sixteen *)(counts + place) = zero;
            *(netanatomy_sixteen *)(counts + place + 16) = zero;
            *(netanatomy_sixteen *)(counts + place + 32) = zero;
            *(netanatomy_sixteen *)(counts + place + 48) = zero;
        }
    }
    #else
    #define netanatomy_clear_counts(counts) memset(counts, 0, 256)
    #endif
    """
    void netanatomy_clear_counts(unsigned char *counts) noexcept nogil

ctypedef unsigned long long word

cpdef enum:
    UID_OCTETS = 18
    ENTROPY_OCTETS = 128

cpdef enum:
    TWO_DIGITS = 3844

cdef inline long long as_signed(unsigned long long number) noexcept nogil:
    return <long long> number

cdef inline (word, word, word, word) sip_round(word v0, word v1, word v2, word v3) noexcept nogil:
    v0 += v1
    v2 += v3
    v1 = (v1 << 13 | v1 >> 51) ^ v0
    v3 = (v3 << 16 | v3 >> 48) ^ v2
    v0 = v0 << 32 | v0 >> 32
    v2 += v1
    v0 += v3
    v1 = (v1 << 17 | v1 >> 47) ^ v2
    v3 = (v3 << 21 | v3 >> 43) ^ v0
    v2 = v2 << 32 | v2 >> 32
    return v0, v1, v2, v3

cdef inline (word, word, word, word) absorb_once(
    word v0, word v1, word v2, word v3, word message
) noexcept nogil:
    v3 ^= message
    v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    return v0 ^ message, v1, v2, v3

cdef inline (word, word, word, word) absorb_twice(
    word v0, word v1, word v2, word v3, word message
) noexcept nogil:
    v3 ^= message
    v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    return v0 ^ message, v1, v2, v3

cdef inline word keyed_hash(word k0, word k1, word a, word b, word c, word d, word e) noexcept nogil:
    cdef word v0 = k0 ^ <word>0x736F6D6570736575
    cdef word v1 = k1 ^ <word>0x646F72616E646F6D
    cdef word v2 = k0 ^ <word>0x6C7967656E657261
    cdef word v3 = k1 ^ <word>0x7465646279746573
    v0, v1, v2, v3 = absorb_once(v0, v1, v2, v3, a)
    v0, v1, v2, v3 = absorb_once(v0, v1, v2, v3, b)
    v0, v1, v2, v3 = absorb_once(v0, v1, v2, v3, c)
    v0, v1, v2, v3 = absorb_once(v0, v1, v2, v3, d)
    v0, v1, v2, v3 = absorb_once(v0, v1, v2, v3, e)
    v0, v1, v2, v3 = absorb_once(v0, v1, v2, v3, <word>40 << 56)
    v0, v1, v2, v3 = sip_round(v0, v1, v2 ^ 0xFF, v3)
    v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3

cdef inline word short_hash(word k0, word k1, word a, word b) noexcept nogil:
    cdef word v0 = k0 ^ <word>0x736F6D6570736575
    cdef word v1 = k1 ^ <word>0x646F72616E646F6D
    cdef word v2 = k0 ^ <word>0x6C7967656E657261
    cdef word v3 = k1 ^ <word>0x7465646279746573
    v0, v1, v2, v3 = absorb_once(v0, v1, v2, v3, a)
    v0, v1, v2, v3 = absorb_once(v0, v1, v2, v3, b)
    v0, v1, v2, v3 = absorb_once(v0, v1, v2, v3, <word>16 << 56)
    v0, v1, v2, v3 = sip_round(v0, v1, v2 ^ 0xFF, v3)
    v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3

cdef inline (word, word) wide_hash(
    word k0, word k1, word a, word b, word c, word d, word e, word f
) noexcept nogil:
    cdef word high
    cdef int step
    cdef word v0 = k0 ^ <word>0x736F6D6570736575
    cdef word v1 = k1 ^ <word>0x646F72616E646F6D ^ 0xEE
    cdef word v2 = k0 ^ <word>0x6C7967656E657261
    cdef word v3 = k1 ^ <word>0x7465646279746573
    v0, v1, v2, v3 = absorb_twice(v0, v1, v2, v3, a)
    v0, v1, v2, v3 = absorb_twice(v0, v1, v2, v3, b)
    v0, v1, v2, v3 = absorb_twice(v0, v1, v2, v3, c)
    v0, v1, v2, v3 = absorb_twice(v0, v1, v2, v3, d)
    v0, v1, v2, v3 = absorb_twice(v0, v1, v2, v3, e)
    v0, v1, v2, v3 = absorb_twice(v0, v1, v2, v3, f)
    v0, v1, v2, v3 = absorb_twice(v0, v1, v2, v3, <word>48 << 56)
    v2 ^= 0xEE
    for step in range(4):
        v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    high = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xDD
    for step in range(4):
        v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    return high, v0 ^ v1 ^ v2 ^ v3

cdef inline (word, word) uid_hash(word a, word b, word c, word d, word e, word f) noexcept nogil:
    return wide_hash(<word>0x6D6F74616E61744E, <word>0x31206469752079, a, b, c, d, e, f)

cpdef int write_uids(
    const unsigned long long[::1] high,
    const unsigned long long[::1] low,
    const unsigned short[::1] pairs,
    unsigned short[::1] texts,
) except -1

@cython.final
cdef class Entropy:
    cdef unsigned char counts[256]
    cdef long long steps[128]
    cdef long long sums[129]
    cdef inline long long add(self, unsigned char octet) noexcept nogil:
        cdef unsigned char count = self.counts[octet]
        self.counts[octet] = count + 1
        return self.steps[count]
    cdef inline int clear(self) noexcept nogil:
        netanatomy_clear_counts(self.counts)
        return 0
    cpdef int of(self, const unsigned char[::1] octets, Py_ssize_t at, Py_ssize_t length) except -1 nogil
    cdef int outside(self) except -1 nogil
