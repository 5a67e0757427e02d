# The C side of lines.py: see there.

cdef extern from *:
    """
    #include <string.h>
    static inline void netanatomy_copy(void *target, const void *source, Py_ssize_t octets) {
        memcpy(target, source, (size_t)octets);
    }
    static inline void netanatomy_clear(void *target, Py_ssize_t octets) {
        memset(target, 0, (size_t)octets);
    }
    """
    void netanatomy_copy(void *target, const void *source, Py_ssize_t octets) noexcept nogil
    void netanatomy_clear(void *target, Py_ssize_t octets) noexcept nogil

cdef int lines_differ() except -1 nogil

cdef inline int copy_line(
    long long[:, ::1] source, Py_ssize_t line, long long[:, ::1] target, Py_ssize_t place
) except -1 nogil:
    if source.shape[1] != target.shape[1]:
        return lines_differ()
    netanatomy_copy(&target[place, 0], &source[line, 0], source.shape[1] * 8)
    return 0

cdef inline int clear_line(long long[:, ::1] target, Py_ssize_t place) except -1 nogil:
    netanatomy_clear(&target[place, 0], target.shape[1] * 8)
    return 0
