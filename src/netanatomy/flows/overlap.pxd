# The C side of overlap.py: see there.

cpdef enum:
    FAVOR_FIRST = 0
    FAVOR_LAST = 1
    FAVOR_BSD = 2
    FAVOR_LINUX = 3
    FAVOR_WINDOWS = 4
    FAVOR_SOLARIS = 5

cdef bint later_counts(
    int policy, long long start, long long end, long long earlier_start, long long earlier_end
) except -1 nogil
