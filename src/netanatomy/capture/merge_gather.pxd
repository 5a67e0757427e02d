cpdef object gather(
    const unsigned char[::1] source,
    const long long[::1] source_offset,
    const unsigned int[::1] source_length,
    const long long[::1] rows,
    const long long[::1] places,
    unsigned char[::1] target,
    const long long[::1] target_offset,
)
