# The C side of foresight.py: see there.

cimport cython

from netanatomy.flows.columns cimport HAS_PORTS, Columns
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport NOTHING, Connections, netanatomy_prefetch

cpdef enum:
    AHEAD_COLUMNS = 32
    AHEAD = 16
    AHEAD_RECORD = 8
    AHEAD_DETAIL = 4
    KEYS = 32

cdef inline int expect_record(const long long *record) noexcept nogil:
    netanatomy_prefetch(record)
    netanatomy_prefetch(record + 8)
    netanatomy_prefetch(record + 16)
    return 0

cdef inline int expect_detail(const long long *detail) noexcept nogil:
    detail += DETAIL_SIDES
    netanatomy_prefetch(detail + S_START)
    netanatomy_prefetch(detail + S_SIZES)
    netanatomy_prefetch(detail + S_SIZES + 8)
    netanatomy_prefetch(detail + S_SIZES + 16)
    detail += SIDE_WORDS
    netanatomy_prefetch(detail + S_START)
    netanatomy_prefetch(detail + S_SIZES)
    netanatomy_prefetch(detail + S_SIZES + 8)
    netanatomy_prefetch(detail + S_SIZES + 16)
    return 0

@cython.final
cdef class Foresight:
    cdef unsigned long long[::1] keys
    cdef unsigned int[::1] slots
    cdef bint look(self, Columns columns, Connections table, Py_ssize_t row, Py_ssize_t end) except -1 nogil

cdef unsigned long long key_from(Columns columns, Connections table, Py_ssize_t row) noexcept nogil
cpdef object work_out_keys(Columns columns, Connections table)
