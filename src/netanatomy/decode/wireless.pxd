# The C side of wireless.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.little_endian cimport le16
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int ieee80211(Walk walk, Rows rows, bint padded) except -1 nogil
cdef Py_ssize_t data_header_length(unsigned int subtype, unsigned int flags) except -1 nogil
cdef Py_ssize_t sequence_control(Walk walk, Rows rows, Py_ssize_t at) except -1 nogil
cdef int management(
    Walk walk, Rows rows, Py_ssize_t at, unsigned int subtype, unsigned int flags
) except -1 nogil
cdef bint is_fragment(Walk walk, Py_ssize_t at, unsigned int flags) except -1 nogil
cdef int data(
    Walk walk, Rows rows, Py_ssize_t at, unsigned int subtype, unsigned int flags, bint padded
) except -1 nogil
cdef bint mesh_control(Walk walk, Rows rows) except -1 nogil
