# The C side of foresight.py: see there.

cimport cython

from netanatomy.flows.columns cimport HAS_PORTS, Columns
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport NOTHING, Connections, netanatomy_prefetch

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    /* What the keys of rows are made of, see `key_from`: that the columns have all rows is for whoever asks to see. */
    struct netanatomy_ends {
        uint64_t key_low, key_high;
        int short_words; /* of IPv4 two words are hashed, not five */
        int swapped;     /* addresses lie as numbers of this machine */
        uint32_t has_ports;
        const uint32_t *has;
        const uint8_t *version, *protocol;
        const int64_t *source, *destination; /* two words a row */
        const uint16_t *source_port, *destination_port;
    };

    /* A function that does nothing but fetch a compiler may hold for one that does nothing, and leave out. */
    #if defined(__GNUC__) || defined(__clang__)
    #define netanatomy_is_done() __asm__ volatile("")
    #else
    #define netanatomy_is_done() ((void)0)
    #endif

    #if defined(__x86_64__) && (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12))

    /* Four rows at once, a lane each. Numbers with `+`, `^` and `<<` are vectors here, of which the compiler makes
       instructions of whichever processor a function is meant for. */
    typedef uint64_t netanatomy_four __attribute__((vector_size(32), may_alias, aligned(8)));
    typedef int64_t netanatomy_four_signed __attribute__((vector_size(32), may_alias, aligned(8)));
    typedef uint32_t netanatomy_four_halves __attribute__((vector_size(32), may_alias));
    typedef uint8_t netanatomy_four_octets __attribute__((vector_size(32), may_alias));
    typedef uint32_t netanatomy_four_words __attribute__((vector_size(16), may_alias, aligned(4)));
    #define NETANATOMY_EVERY(number, bits) /* the numbers of so many bits that one of 64 holds, the first lowest */ \
        ((zero + (number)) >> (netanatomy_four){0, (bits), 2 * (bits), 3 * (bits)} & (((uint64_t)1 << (bits)) - 1))

    #define NETANATOMY_LEFT(lanes, bits) ((lanes) << (bits) | (lanes) >> (64 - (bits)))
    #define NETANATOMY_HALVES_TURNED(lanes) ((netanatomy_four)__builtin_shufflevector( \
        (netanatomy_four_halves)(lanes), (netanatomy_four_halves)(lanes), 1, 0, 3, 2, 5, 4, 7, 6))
    #define NETANATOMY_LEFT_16(lanes) ((netanatomy_four)__builtin_shufflevector( \
        (netanatomy_four_octets)(lanes), (netanatomy_four_octets)(lanes), \
        6, 7, 0, 1, 2, 3, 4, 5, 14, 15, 8, 9, 10, 11, 12, 13, \
        22, 23, 16, 17, 18, 19, 20, 21, 30, 31, 24, 25, 26, 27, 28, 29))
    #define NETANATOMY_TURNED(lanes) ((netanatomy_four)__builtin_shufflevector( \
        (netanatomy_four_octets)(lanes), (netanatomy_four_octets)(lanes), \
        7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, \
        23, 22, 21, 20, 19, 18, 17, 16, 31, 30, 29, 28, 27, 26, 25, 24))

    /* SipHash-1-3 as in identity.pxd. */
    #define NETANATOMY_SIP_ROUND do { \
        v0 += v1; \
        v2 += v3; \
        v1 = NETANATOMY_LEFT(v1, 13) ^ v0; \
        v3 = NETANATOMY_LEFT_16(v3) ^ v2; \
        v0 = NETANATOMY_HALVES_TURNED(v0); \
        v2 += v1; \
        v0 += v3; \
        v1 = NETANATOMY_LEFT(v1, 17) ^ v2; \
        v3 = NETANATOMY_LEFT(v3, 21) ^ v0; \
        v2 = NETANATOMY_HALVES_TURNED(v2); \
    } while (0)
    #define NETANATOMY_SIP_BEGIN do { \
        v0 = zero + (ends.key_low ^ 0x736F6D6570736575u); \
        v1 = zero + (ends.key_high ^ 0x646F72616E646F6Du); \
        v2 = zero + (ends.key_low ^ 0x6C7967656E657261u); \
        v3 = zero + (ends.key_high ^ 0x7465646279746573u); \
    } while (0)
    #define NETANATOMY_SIP_ABSORB(message) do { \
        v3 ^= (message); \
        NETANATOMY_SIP_ROUND; \
        v0 ^= (message); \
    } while (0)
    #define NETANATOMY_SIP_END(octets) do { \
        NETANATOMY_SIP_ABSORB(zero + ((uint64_t)(octets) << 56)); \
        v2 ^= zero + 0xFF; \
        NETANATOMY_SIP_ROUND; \
        NETANATOMY_SIP_ROUND; \
        NETANATOMY_SIP_ROUND; \
    } while (0)

    static inline __attribute__((always_inline)) Py_ssize_t netanatomy_keys_of_fours(
        const struct netanatomy_ends *of, Py_ssize_t rows, uint64_t *keys)
    {
        const struct netanatomy_ends ends = *of; /* so that no key that is written could have changed it */
        const netanatomy_four zero = {0};
        Py_ssize_t row;
        for (row = 0; row + 4 <= rows; row += 4) {
            const netanatomy_four *source = (const netanatomy_four *)(ends.source + 2 * row);
            const netanatomy_four *destination = (const netanatomy_four *)(ends.destination + 2 * row);
            netanatomy_four_signed high, low, other_high, other_low;
            netanatomy_four port, other_port, version, kind, swap, differs, a, b, c, d, v0, v1, v2, v3, key = zero;
            uint64_t ports, other_ports;
            uint32_t versions, protocols;
            memcpy(&ports, ends.source_port + row, 8);
            memcpy(&other_ports, ends.destination_port + row, 8);
            memcpy(&versions, ends.version + row, 4);
            memcpy(&protocols, ends.protocol + row, 4);
            port = NETANATOMY_EVERY(ports, 16);
            other_port = NETANATOMY_EVERY(other_ports, 16);
            version = NETANATOMY_EVERY(versions, 8);
            kind = NETANATOMY_EVERY(protocols, 8) | version << 8;
            a = __builtin_shufflevector(source[0], source[1], 0, 2, 4, 6);
            b = __builtin_shufflevector(source[0], source[1], 1, 3, 5, 7);
            c = __builtin_shufflevector(destination[0], destination[1], 0, 2, 4, 6);
            d = __builtin_shufflevector(destination[0], destination[1], 1, 3, 5, 7);
            if (ends.swapped) {
                a = NETANATOMY_TURNED(a);
                b = NETANATOMY_TURNED(b);
                c = NETANATOMY_TURNED(c);
                d = NETANATOMY_TURNED(d);
            }
            high = (netanatomy_four_signed)a;
            low = (netanatomy_four_signed)b;
            other_high = (netanatomy_four_signed)c;
            other_low = (netanatomy_four_signed)d;
            /* A comparison gives all bits or none; the lesser end comes first, as in `key_from`. */
            swap = (netanatomy_four)((netanatomy_four_signed)port > (netanatomy_four_signed)other_port);
            swap = (netanatomy_four)(low > other_low) | ((netanatomy_four)(low == other_low) & swap);
            swap = (netanatomy_four)(high > other_high) | ((netanatomy_four)(high == other_high) & swap);
            differs = (a ^ c) & swap;
            a ^= differs;
            c ^= differs;
            differs = (b ^ d) & swap;
            b ^= differs;
            d ^= differs;
            differs = (port ^ other_port) & swap;
            port = (port ^ differs) << 16 | (other_port ^ differs);
            if (!ends.short_words || versions != 0x04040404u) {
                NETANATOMY_SIP_BEGIN;
                NETANATOMY_SIP_ABSORB(a);
                NETANATOMY_SIP_ABSORB(b);
                NETANATOMY_SIP_ABSORB(c);
                NETANATOMY_SIP_ABSORB(d);
                NETANATOMY_SIP_ABSORB(kind << 32 | port);
                NETANATOMY_SIP_END(40);
                key = v0 ^ v1 ^ v2 ^ v3;
            }
            if (ends.short_words && versions != 0x06060606u) {
                NETANATOMY_SIP_BEGIN;
                NETANATOMY_SIP_ABSORB(b ^ port);
                NETANATOMY_SIP_ABSORB(d ^ kind);
                NETANATOMY_SIP_END(16);
                key ^= (key ^ v0 ^ v1 ^ v2 ^ v3) & (netanatomy_four)(version == 4);
            }
            *(netanatomy_four *)(keys + row) = key & ~(netanatomy_four)(
                (__builtin_convertvector(*(const netanatomy_four_words *)(ends.has + row), netanatomy_four)
                 & ends.has_ports) == 0);
        }
        return row;
    }

    /* With AVX-512 rotating is one instruction, with AVX2 three. */
    static __attribute__((target("avx512f,avx512vl"), unused)) Py_ssize_t netanatomy_keys_avx512(
        const struct netanatomy_ends *ends, Py_ssize_t rows, uint64_t *keys)
    {
        return netanatomy_keys_of_fours(ends, rows, keys);
    }

    static __attribute__((target("avx2"), unused)) Py_ssize_t netanatomy_keys_avx2(
        const struct netanatomy_ends *ends, Py_ssize_t rows, uint64_t *keys)
    {
        return netanatomy_keys_of_fours(ends, rows, keys);
    }

    /* Work out the keys of as many rows as there are fours; of how many. None where the processor has no vectors. */
    static inline Py_ssize_t netanatomy_keys(const struct netanatomy_ends *ends, Py_ssize_t rows, uint64_t *keys)
    {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
            return netanatomy_keys_avx512(ends, rows, keys);
        if (__builtin_cpu_supports("avx2"))
            return netanatomy_keys_avx2(ends, rows, keys);
        return 0;
    }

    #else

    static inline Py_ssize_t netanatomy_keys(const struct netanatomy_ends *ends, Py_ssize_t rows, uint64_t *keys)
    {
        return 0;
    }

    #endif
    """
    struct netanatomy_ends:
        unsigned long long key_low
        unsigned long long key_high
        int short_words
        int swapped
        unsigned int has_ports
        const unsigned int *has
        const unsigned char *version
        const unsigned char *protocol
        const long long *source
        const long long *destination
        const unsigned short *source_port
        const unsigned short *destination_port
    void netanatomy_is_done() noexcept nogil
    Py_ssize_t netanatomy_keys(
        const netanatomy_ends *ends, Py_ssize_t rows, unsigned long long *keys
    ) noexcept nogil

cpdef enum:
    AHEAD_COLUMNS = 32
    AHEAD = 16
    AHEAD_RECORD = 8
    AHEAD_DETAIL = 4
    KEYS = 32

# What is but fetched is not read: no place of it is looked at. (Above a function of a .pxd a decorator says nothing.)
cdef inline int expect_bucket(Connections table, unsigned long long key) noexcept nogil:
    with cython.boundscheck(False):
        netanatomy_prefetch(&table.bucket[key & table.mask])
    netanatomy_is_done()
    return 0

cdef inline int expect_record(Connections table, Py_ssize_t slot) noexcept nogil:
    cdef const long long *record
    with cython.boundscheck(False):
        record = &table.record[slot, 0]
    netanatomy_prefetch(record)
    netanatomy_prefetch(record + 8)
    netanatomy_prefetch(record + 16)
    netanatomy_is_done()
    return 0

cdef inline int expect_detail(Connections table, Py_ssize_t line) noexcept nogil:
    cdef const long long *detail
    with cython.boundscheck(False):
        detail = &table.detail[line, DETAIL_SIDES]
    netanatomy_prefetch(detail + S_START)
    netanatomy_prefetch(detail + S_SIZES)
    netanatomy_prefetch(detail + S_SIZES + 8)
    netanatomy_prefetch(detail + S_SIZES + 16)
    detail += SIDE_WORDS
    netanatomy_prefetch(detail + S_START)
    netanatomy_prefetch(detail + S_SIZES)
    netanatomy_prefetch(detail + S_SIZES + 8)
    netanatomy_prefetch(detail + S_SIZES + 16)
    netanatomy_is_done()
    return 0

cdef inline Py_ssize_t keys_at_once(Columns columns, Connections table) noexcept nogil:
    cdef netanatomy_ends ends
    if columns.rows == 0:
        return 0
    # whoever asks saw that the columns have the rows
    ends.key_low = table.key_low
    ends.key_high = table.key_high
    ends.short_words = table.short_words
    ends.swapped = columns.swapped
    ends.has_ports = HAS_PORTS
    ends.has = &columns.has[0]
    ends.version = &columns.ip_version[0]
    ends.protocol = &columns.ip_protocol[0]
    ends.source = &columns.ip_source[0]
    ends.destination = &columns.ip_destination[0]
    ends.source_port = &columns.source_port[0]
    ends.destination_port = &columns.destination_port[0]
    return netanatomy_keys(&ends, columns.rows, &columns.keys[0])

cdef unsigned long long key_from(Columns columns, Connections table, Py_ssize_t row) noexcept nogil

@cython.final
cdef class Foresight:
    cdef unsigned long long[::1] keys
    cdef unsigned int[::1] slots
    cdef bint expect(self, Connections table, Py_ssize_t row, unsigned long long key) noexcept nogil
    # Whoever asks saw that the columns have the rows before `end`; `work_out_keys` that there are their keys.
    cdef inline bint look(self, Columns columns, Connections table, Py_ssize_t row, Py_ssize_t end) noexcept nogil:
        if row >= end:
            return self.expect(table, row, 0)
        if columns.keyed:
            with cython.boundscheck(False):
                return self.expect(table, row, columns.keys[row])
        return self.expect(table, row, key_from(columns, table, row))

cpdef object work_out_keys(Columns columns, Connections table)
