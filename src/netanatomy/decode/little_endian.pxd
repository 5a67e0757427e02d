# The C side of little_endian.py: see there.

from netanatomy.decode.walk cimport Walk

cdef unsigned int le16(Walk walk, Py_ssize_t at) except? 70001 nogil
cdef unsigned int le32(Walk walk, Py_ssize_t at) except? 4294967291 nogil
