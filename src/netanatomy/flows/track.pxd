# The C side of track.py: see there.

cimport cython

from netanatomy.flows.columns cimport Columns
from netanatomy.flows.counting cimport count, count_in_detail, first_payload
from netanatomy.flows.deadlines cimport Deadlines
from netanatomy.flows.events cimport MAXIMUM_PACKET_EVENTS, Events
from netanatomy.flows.facts cimport first_of_side
from netanatomy.flows.foresight cimport AHEAD, AHEAD_COLUMNS, AHEAD_DETAIL, KEYS, Foresight
from netanatomy.flows.identity cimport Entropy, as_signed, uid_hash
from netanatomy.flows.intake cimport FOLLOWED, WRONG_CHECKSUM, Intake
from netanatomy.flows.lone_syn cimport is_lone_syn, keep_lone_syn, read_again
from netanatomy.flows.originators cimport Originators
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.streams cimport Streams
from netanatomy.flows.table cimport *
from netanatomy.flows.tcp cimport side_of, update, wrong_checksum
from netanatomy.flows.tcp_analysis cimport analyse
from netanatomy.flows.tcp_handshake cimport new_attempt
from netanatomy.flows.tcp_history cimport seen_before
from netanatomy.flows.tcp_plain cimport takes_place
from netanatomy.flows.tcp_roles cimport is_reuse
from netanatomy.flows.tcp_status cimport *

cpdef enum:
    ENDED_BY_A_PACKET = 4
    ENDED_AHEAD = 8
    PROTOCOL_ICMP = 1
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    PROTOCOL_ICMPV6 = 58

cdef inline bint has_letter(const long long *record, int kind, Py_ssize_t side) noexcept nogil:
    return (record[HISTORY_SEEN] >> (16 + kind + 8 * side)) & 1 != 0

@cython.final
cdef class Tracker:
    cdef readonly Connections table
    cdef readonly Packet packet
    cdef readonly Packet earlier
    cdef readonly Events events
    cdef public Columns columns
    cdef readonly Streams streams
    cdef Entropy entropy
    cdef Intake intake
    cdef Originators originators
    cdef readonly object counts
    cdef readonly object uid_high
    cdef readonly object uid_low
    cdef readonly object sides
    cdef long long[::1] outcome
    cdef long long[::1] row_uid_high
    cdef long long[::1] row_uid_low
    cdef unsigned char[::1] row_side
    cdef long long[::1] evicted
    cdef readonly object evictions
    cdef long long[::1] parent_high
    cdef long long[::1] parent_low
    cdef int bad
    cdef int partial
    cdef public bint takes_short_way
    cdef bint keeps_streams
    cdef bint delivers
    cdef bint makes_chunks
    cdef Deadlines deadlines
    cdef Foresight foresight
    cdef Py_ssize_t reserved
    cpdef Py_ssize_t follow(
        self,
        Py_ssize_t first,
        Py_ssize_t end,
        object octets,
        const long long[::1] origin,
        unsigned long long first_number,
        bint reassembled,
    )
    cdef Py_ssize_t go(
        self,
        Packet packet,
        Connections table,
        Columns columns,
        Intake intake,
        Foresight foresight,
        Deadlines deadlines,
        Py_ssize_t first,
        Py_ssize_t end,
    ) except -1 nogil
    cdef inline bint is_wrong(self, int checksum) noexcept nogil:
        return checksum == self.bad or checksum == self.partial
    cdef bint full(self) except -1 nogil
    cdef Py_ssize_t room(self) except -1 nogil
    cdef bint expire(self) except -1 nogil
    cdef int end(self, Py_ssize_t slot, int reason) except -1 nogil
    cdef int one(
        self, Packet packet, Connections table, Columns columns, Intake intake, Py_ssize_t row
    ) except -1 nogil
    cdef int leave_out(self, Packet packet, Connections table, Py_ssize_t row, bint new) except -1 nogil
    cdef int make(self, Packet packet, Connections table, unsigned long long key) except -1 nogil
    cdef int begin_detail(self, Packet packet, Connections table) except -1 nogil
    cdef int tcp_segment(self, Packet packet, Connections table) except -1 nogil
    cdef int keep_octets(self, Packet packet, Connections table) except -1 nogil
