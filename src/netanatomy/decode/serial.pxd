# The C side of serial.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef enum:
    MAXIMUM_LABELS = 32

cdef int serial_header(Walk walk, Rows rows, int header) except -1 nogil
cdef int ppp(Walk walk, Rows rows) except -1 nogil
cdef int ppp_direction(Walk walk, Rows rows) except -1 nogil
cdef int pppoe(Walk walk, Rows rows) except -1 nogil
cdef int mpls(Walk walk, Rows rows) except -1 nogil
cdef bint has_known_type(Walk walk, Py_ssize_t at) except -1 nogil
cdef int cisco_hdlc(Walk walk, Rows rows) except -1 nogil
cdef int osi(Walk walk, Rows rows) except -1 nogil
cdef int osi_protocol(unsigned int identifier) except -1 nogil
cdef int frame_relay(Walk walk, Rows rows) except -1 nogil
cdef int nlpid(Walk walk, Rows rows, Py_ssize_t at) except -1 nogil
