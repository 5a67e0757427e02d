# The C side of sequences.py: see there.

cimport cython

@cython.final
cdef class Sequences:
    cdef readonly int limit
    cdef readonly int known
    cdef readonly unsigned long long overflowed
    cdef unsigned short[:, ::1] steps
    cdef unsigned short[::1] parents
    cdef unsigned short[::1] symbols
    cdef inline int step(self, int state, int symbol) except -1 nogil:
        cdef int child = self.steps[state, symbol]
        return child if child else self.grow(state, symbol)
    cdef int grow(self, int state, int symbol) except -1 nogil
