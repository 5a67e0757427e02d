# The C side of side_numbers.py: see there.

from libc.math cimport rint, sqrt
from libc.string cimport memcpy

from netanatomy.flows.lines cimport lines_differ, words_of
from netanatomy.flows.record cimport *
from netanatomy.flows.tcp_status cimport INACTIVE, RESET, SYN_SENT, previous_of, state_of

cpdef enum:
    ICMP = 1
    TCP = 6
    UDP = 17
    ICMPV6 = 58
    SECOND = 1000000000
    SPOKE_FIRST_SHIFT = 54

cpdef int write_sizes(
    const long long[:, ::1] records, const long long[:, ::1] details, int side, long long[::1] sizes
) except -1

cpdef int write_spreads(
    const long long[:, ::1] records,
    const long long[:, ::1] details,
    const long long[::1] places,
    int side,
    double[::1] size_deviations,
    unsigned char[::1] has_gaps,
    long long[::1] gap_means,
    long long[::1] gap_deviations,
) except -1

cdef inline long long nearest(double number) noexcept nogil:
    return <long long> rint(number)

cdef inline double real_of(long long word) noexcept nogil:
    cdef double real
    memcpy(&real, &word, sizeof(real))
    return real
