# The C side of fits.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.walk cimport Walk

cdef bint fits(Walk walk, int header) except -1 nogil
cdef bint teredo_fits(Walk walk, Py_ssize_t at) except -1 nogil
cdef bint ayiya_fits(Walk walk, Py_ssize_t at) except -1 nogil
