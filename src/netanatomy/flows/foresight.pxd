# The C side of foresight.py: see there.

cimport cython

from netanatomy.flows.columns cimport HAS_PORTS, Columns
from netanatomy.flows.table cimport Connections

cpdef enum:
    AHEAD_COLUMNS = 32
    AHEAD = 16
    AHEAD_RECORD = 8
    AHEAD_DETAIL = 4
    KEYS = 32

@cython.final
cdef class Foresight:
    cdef unsigned long long[::1] keys
    cdef unsigned char[::1] known
    cdef int look(self, Columns columns, Connections table, Py_ssize_t row) except -1 nogil
