# cython: language_level=3
"""A cdef function as a kernel, and the C library called from Cython."""
from libc.stdint cimport uint64_t

cdef extern from "shoal/shoal.h":
    ctypedef int shoal_status
    ctypedef struct shoal_error:
        char message[1024]
    ctypedef struct shoal_file:
        pass
    shoal_status shoal_file_open(const char *path, shoal_file **out, shoal_error *err) nogil
    void shoal_file_close(shoal_file *file) nogil
    ctypedef struct shoal_kernel_call:
        uint64_t index

# `api` puts its address into __pyx_capi__, where shoal.kernel finds it.
cdef api int clamp(const shoal_kernel_call *call, size_t n, const void *const *inputs,
                   void *const *outputs) noexcept nogil:
    cdef const double *x = <const double *> inputs[0]
    cdef double *y = <double *> outputs[0]
    cdef size_t i
    for i in range(n):
        y[i] = min(max(x[i], -1.0), 1.0)
    return 0


def can_open(path):
    """None, or the library's line of what is wrong with the file."""
    cdef shoal_error error
    cdef shoal_file *file = NULL
    if shoal_file_open(path.encode(), &file, &error):
        return error.message.decode()
    shoal_file_close(file)
