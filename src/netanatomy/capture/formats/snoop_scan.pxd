cdef inline unsigned int word(const unsigned char[::1] octets, Py_ssize_t at) except? 0xFFFFFFFF nogil

cpdef tuple scan(
    const unsigned char[::1] octets,
    Py_ssize_t position,
    Py_ssize_t end,
    bint wireless,
    unsigned int maximum,
    long long[::1] time,
    long long[::1] offset,
    unsigned int[::1] captured,
    unsigned int[::1] original,
)
