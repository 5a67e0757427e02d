# The C side of radio.py: see there.

from netanatomy.decode.cooked cimport header_of_link_type
from netanatomy.decode.headers cimport *
from netanatomy.decode.little_endian cimport le16, le32
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef enum:
    MAXIMUM_PRESENT_WORDS = 32
    FCS_LENGTH = 4

cdef int radio_header(Walk walk, Rows rows, int header) except -1 nogil
cdef int without_fcs(Walk walk) except -1 nogil
cdef int field_layout(unsigned int place) except -1 nogil
cdef int radiotap(Walk walk, Rows rows) except -1 nogil
cdef int signed8(int value) noexcept nogil
cdef int prism(Walk walk, Rows rows) except -1 nogil
cdef int avs(Walk walk, Rows rows) except -1 nogil
cdef int ppi(Walk walk, Rows rows) except -1 nogil
