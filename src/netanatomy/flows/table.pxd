# The C side of table.py: see there.

cimport cython

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define netanatomy_prefetch(place) __builtin_prefetch(place, 1)
    #else
    #define netanatomy_prefetch(place) ((void)(place))
    #endif
    """
    void netanatomy_prefetch(const void *place) noexcept nogil

from netanatomy.flows.identity cimport as_signed, keyed_hash, short_hash
from netanatomy.flows.lines cimport clear_line, copy_line
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *

cpdef enum:
    QUEUE_ATTEMPT = 0
    QUEUE_UDP_UNANSWERED = 1
    QUEUE_ICMP = 2
    QUEUE_OTHER = 3
    QUEUE_HANDSHAKE = 4
    QUEUE_HALF_OPEN = 5
    QUEUE_CLOSED = 6
    QUEUE_UDP = 7
    QUEUE_ESTABLISHED = 8
    QUEUES = 9
    CHEAP_QUEUES = 7

cpdef enum:
    ENDED_CLOSED = 1
    ENDED_RESET = 2
    ENDED_ATTEMPT = 3
    ENDED_INACTIVE = 4
    ENDED_REUSED = 5
    ENDED_EVICTED = 6
    ENDED_CAPTURE = 7

cpdef enum:
    GROWTH = 8
    NOBODY = -1
    NOTHING = 0x7FFFFFFF

@cython.final
cdef class Connections:
    cdef readonly Py_ssize_t limit
    cdef readonly Py_ssize_t live
    cdef readonly Py_ssize_t live_details
    cdef readonly unsigned long long made
    cdef readonly object arrays
    cdef readonly object rooms
    cdef readonly object room
    cdef long long[:, ::1] record
    cdef long long[:, ::1] detail
    cdef double[:, ::1] detail_real
    cdef unsigned int[::1] bucket
    cdef unsigned long long mask
    cdef unsigned int[::1] free_record
    cdef unsigned int[::1] free_detail
    cdef Py_ssize_t freed_records
    cdef Py_ssize_t freed_details
    cdef Py_ssize_t fresh_record
    cdef Py_ssize_t fresh_detail
    cdef unsigned long long key_low
    cdef unsigned long long key_high
    cdef unsigned int[::1] head
    cdef unsigned int[::1] tail
    cdef long long[::1] length
    cdef long long next_deadline
    # ended connections, until they are taken
    cdef readonly Py_ssize_t ended
    cdef readonly Py_ssize_t ended_details
    cdef readonly Py_ssize_t ended_capacity
    cdef long long[:, ::1] ended_record
    cdef long long[:, ::1] ended_detail
    cdef long long[::1] ended_line
    cdef unsigned char[::1] ended_reason
    cdef bint short_words
    cdef inline unsigned long long hash_from(
        self,
        unsigned long long kind,
        long long high,
        long long low,
        unsigned long long port,
        long long other_high,
        long long other_low,
        unsigned long long other_port,
    ) noexcept nogil:
        cdef unsigned long long ports = (port << 16) | other_port
        if self.short_words and (kind >> 8) == 4:
            return short_hash(
                self.key_low, self.key_high, (<unsigned long long> low) ^ ports,
                (<unsigned long long> other_low) ^ kind
            )
        return keyed_hash(
            self.key_low, self.key_high, <unsigned long long> high, <unsigned long long> low,
            <unsigned long long> other_high, <unsigned long long> other_low, (kind << 32) | ports
        )
    cdef unsigned long long hash_of(self, Packet packet, bint one_way) except? 70001 nogil
    cdef Py_ssize_t find(self, Packet packet, bint one_way, unsigned long long key) except -2 nogil
    cdef Py_ssize_t insert(self, Packet packet, unsigned long long key) except -2 nogil
    cdef int remove(self, Py_ssize_t slot) except -1 nogil
    cdef int grow(self) except -1 nogil
    cdef Py_ssize_t add_detail(self, Py_ssize_t slot) except -2 nogil
    cdef int unlink(self, Py_ssize_t slot) except -1 nogil
    cdef int schedule(self, Py_ssize_t slot, int queue, long long deadline) except -1 nogil
    cdef int look_again(self) except -1 nogil
    cdef Py_ssize_t oldest_to_evict(self) except -2 nogil
    cdef int end(self, Py_ssize_t slot, int reason) except -1 nogil
    # A line is as long as its words' names say: whoever has one may use every one of them.
    cdef inline long long *record_line(self, Py_ssize_t slot) except NULL nogil:
        return &self.record[slot, 0]
    cdef inline long long *detail_line(self, Py_ssize_t line) except NULL nogil:
        return &self.detail[line, 0]
    cdef inline long long *side_line(self, Py_ssize_t line, Py_ssize_t side) except NULL nogil:
        return &self.detail[line, DETAIL_SIDES + side * SIDE_WORDS]
    cdef inline double *side_reals(self, Py_ssize_t line, Py_ssize_t side) except NULL nogil:
        return &self.detail_real[line, DETAIL_SIDES + side * SIDE_WORDS]
    cdef inline long long *analysis_line(self, Py_ssize_t line, Py_ssize_t side) except NULL nogil:
        return &self.detail[line, DETAIL_SIDES + side * SIDE_WORDS + S_ANALYSIS]
    cdef inline long long detail_of(self, Py_ssize_t slot) except -2 nogil:
        cdef long long line = self.record[slot, PLACE] & NOTHING
        return -1 if line == NOTHING else line
    cdef inline int expect_eviction(self, Py_ssize_t slot) except -1 nogil:
        cdef long long following = self.record[slot, LINKS] & NOTHING
        cdef Py_ssize_t first = self.first_of(self.record[slot, BUCKET])
        if first != NOTHING:
            netanatomy_prefetch(&self.record[first, PLACE])
        if following != NOTHING:
            netanatomy_prefetch(&self.bucket[self.record[following, BUCKET] & self.mask])
            following = self.record[following, LINKS] & NOTHING
        if following != NOTHING:
            netanatomy_prefetch(&self.record[following, LINKS])
        return 0
    cdef inline Py_ssize_t expect_end(self, Py_ssize_t slot) except -2 nogil:
        cdef const long long *words
        cdef Py_ssize_t following = self.record[slot, LINKS] & NOTHING
        netanatomy_prefetch(&self.bucket[self.record[slot, BUCKET] & self.mask])
        if following != NOTHING:
            words = &self.record[following, 0]
            netanatomy_prefetch(words)
            netanatomy_prefetch(words + 8)
            netanatomy_prefetch(words + 16)
            netanatomy_prefetch(words + 24)
            netanatomy_prefetch(words + 32)
        return following
    cdef inline int queue_of(self, Py_ssize_t slot) except -1 nogil:
        return <int> ((self.record[slot, EXTRA] >> 56) & 15)
    cdef inline Py_ssize_t first_of(self, unsigned long long key) except -2 nogil:
        cdef Py_ssize_t slot = self.bucket[key & self.mask]
        return slot - 1 if slot else NOTHING
    cdef inline int expect_bucket(self, unsigned long long key) except -1 nogil:
        netanatomy_prefetch(&self.bucket[key & self.mask])
        return 0
