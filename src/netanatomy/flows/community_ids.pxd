# The C side of community_ids.py: see there.

cimport cython

from netanatomy.flows.lines cimport words_of
from netanatomy.flows.record cimport *

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    #if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)

    /* SHA-1 of one block (FIPS 180-4 section 6.1.2) in eight lanes at once. Numbers with `+`, `^` and `<<` are
       vectors here, of which the compiler makes instructions of whichever processor a function is meant for. */
    typedef uint32_t netanatomy_words __attribute__((vector_size(32), may_alias, aligned(4)));
    #define NETANATOMY_ROTATED(words, bits) ((words) << (bits) | (words) >> (32 - (bits)))

    static inline __attribute__((always_inline)) void netanatomy_sha1_of_eight(
        const uint32_t *messages, int lanes, uint32_t *of_a, uint32_t *of_b, uint32_t *of_c, uint32_t *of_d,
        uint32_t *of_e)
    {
        netanatomy_words w[16], mixed, zero = {0};
        netanatomy_words a = zero + 0x67452301u, b = zero + 0xEFCDAB89u, c = zero + 0x98BADCFEu;
        netanatomy_words d = zero + 0x10325476u, e = zero + 0xC3D2E1F0u;
        for (int step = 0; step < 16; step++)
            w[step] = *(const netanatomy_words *)(messages + step * lanes);
        #pragma GCC unroll 80
        for (int step = 0; step < 80; step++) {
            if (step >= 16) {
                mixed = w[(step - 3) & 15] ^ w[(step - 8) & 15] ^ w[(step - 14) & 15] ^ w[step & 15];
                w[step & 15] = NETANATOMY_ROTATED(mixed, 1);
            }
            if (step < 20)
                mixed = (d ^ (b & (c ^ d))) + 0x5A827999u;
            else if (step < 40)
                mixed = (b ^ c ^ d) + 0x6ED9EBA1u;
            else if (step < 60)
                mixed = ((b & c) | (d & (b | c))) + 0x8F1BBCDCu;
            else
                mixed = (b ^ c ^ d) + 0xCA62C1D6u;
            mixed += e + w[step & 15] + NETANATOMY_ROTATED(a, 5);
            e = d;
            d = c;
            c = NETANATOMY_ROTATED(b, 30);
            b = a;
            a = mixed;
        }
        *(netanatomy_words *)of_a = a + 0x67452301u;
        *(netanatomy_words *)of_b = b + 0xEFCDAB89u;
        *(netanatomy_words *)of_c = c + 0x98BADCFEu;
        *(netanatomy_words *)of_d = d + 0x10325476u;
        *(netanatomy_words *)of_e = e + 0xC3D2E1F0u;
    }

    /* With AVX-512 rotating is one instruction, with AVX2 three. */
    static __attribute__((target("avx512f,avx512vl"), unused)) void netanatomy_sha1_avx512(
        const uint32_t *messages, int lanes, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d, uint32_t *e)
    {
        for (int first = 0; first < lanes; first += 8)
            netanatomy_sha1_of_eight(
                messages + first, lanes, a + first, b + first, c + first, d + first, e + first);
    }

    static __attribute__((target("avx2"), unused)) void netanatomy_sha1_avx2(
        const uint32_t *messages, int lanes, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d, uint32_t *e)
    {
        for (int first = 0; first < lanes; first += 8)
            netanatomy_sha1_of_eight(
                messages + first, lanes, a + first, b + first, c + first, d + first, e + first);
    }

    /* Digest all lanes, a multiple of eight; whether the processor has the vectors for it. */
    static inline int netanatomy_sha1(
        const uint32_t *messages, int lanes, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d, uint32_t *e)
    {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
            netanatomy_sha1_avx512(messages, lanes, a, b, c, d, e);
        else if (__builtin_cpu_supports("avx2"))
            netanatomy_sha1_avx2(messages, lanes, a, b, c, d, e);
        else
            return 0;
        return 1;
    }

    #else

    static inline int netanatomy_sha1(
        const uint32_t *messages, int lanes, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d, uint32_t *e)
    {
        return 0;
    }

    #endif

    static inline uint64_t netanatomy_network_order(int64_t word)
    {
    #if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        return __builtin_bswap64((uint64_t)word);
    #else
        unsigned char octets[8];
        uint64_t number = 0;
        memcpy(octets, &word, 8);
        for (int place = 0; place < 8; place++)
            number = number << 8 | octets[place];
        return number;
    #endif
    }
    """
    int netanatomy_sha1(
        const unsigned int *messages,
        int lanes,
        unsigned int *a,
        unsigned int *b,
        unsigned int *c,
        unsigned int *d,
        unsigned int *e,
    ) noexcept nogil
    unsigned long long netanatomy_network_order(long long word) noexcept nogil

cpdef enum:
    LANES = 16
    COMMUNITY_ID_OCTETS = 30

cpdef enum:
    LAST_CHARACTER = 4096
    VERSION = 4160
    PAIRS = 4161

cpdef enum:
    NO_COUNTERPART = -1
    NO_PORTS = -2
    NOT_ICMP = -3

cdef inline unsigned long long network_order(long long word) noexcept nogil:
    return netanatomy_network_order(word)

@cython.final
cdef class CommunityIds:
    cdef public bint at_once
    cdef unsigned int schedule[1280]
    cdef int laid[16]
    cdef unsigned int a[16]
    cdef unsigned int b[16]
    cdef unsigned int c[16]
    cdef unsigned int d[16]
    cdef unsigned int e[16]
    cdef unsigned int seed
    cdef const unsigned short[::1] pairs
    cdef const short[:, ::1] counterparts
    cdef const long long[:, ::1] records
    cdef unsigned short[::1] texts
    cdef inline bint digested_at_once(self) noexcept nogil:
        return netanatomy_sha1(self.schedule, LANES, self.a, self.b, self.c, self.d, self.e) != 0
    cdef void expand(self) noexcept nogil
    cdef void digest(self) noexcept nogil
    cdef int message(self, int lane, Py_ssize_t row) except -1 nogil
    cdef int spell(self, int lane, Py_ssize_t at) except -1 nogil
    cpdef int write(self, const long long[:, ::1] records, unsigned short[::1] texts) except -1
