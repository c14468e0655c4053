"""The C library from Python with nothing but ctypes: open, read a region into NumPy's memory, plan,
run with a progress callback, errors as exceptions.

    ctypes_library.py LIBSHOAL.SO FILE.h5 /path      prints the region's sum twice
"""
import ctypes
import sys
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_char, c_char_p, c_int, c_int64,
                    c_size_t, c_uint64, c_void_p)

import numpy as np


class Error(Structure):
    _fields_ = [('status', c_int), ('column', c_int), ('message', c_char * 1024)]


class Range(Structure):
    _fields_ = [('start', c_int64), ('step', c_int64), ('count', c_uint64)]


class Region(Structure):
    _fields_ = [('rank', c_int), ('axis', Range * 32)]


class Progress(Structure):
    _fields_ = [('done', c_uint64), ('total', c_uint64), ('phase', c_char_p)]


class Options(Structure):
    _fields_ = [('n_threads', c_int), ('memory_limit', c_uint64), ('tmpdir', c_char_p),
                ('progress', CFUNCTYPE(c_int, c_void_p, POINTER(Progress))), ('user', c_void_p)]


lib = ctypes.CDLL(sys.argv[1])


def call(name, *arguments):
    error = Error()
    if getattr(lib, name)(*arguments, byref(error)):
        raise RuntimeError(error.message.decode())


@CFUNCTYPE(c_int, c_void_p, POINTER(Progress))
def show(_user, now):
    print(f'{now.contents.phase.decode()} {now.contents.done} of {now.contents.total}',
          file=sys.stderr)
    return 0  # anything else cancels


file, dataset = c_void_p(), c_void_p()
call('shoal_file_open', sys.argv[2].encode(), byref(file))
call('shoal_dataset_open', file, sys.argv[3].encode(), byref(dataset))
region = Region(2, (Range * 32)(Range(0, 1, 100), Range(0, 2, 50)))  # [0:100, 0:100:2]
part = np.empty((100, 50), np.float64)
call('shoal_read', dataset, byref(region), part.ctypes.data_as(c_void_p), c_size_t(part.nbytes),
     byref(Options(n_threads=2, progress=show)))
print(repr(float(part.sum())))
lib.shoal_dataset_close(dataset)
lib.shoal_file_close(file)
try:
    call('shoal_file_open', b'no.h5', byref(file))
except RuntimeError as error:
    print(error)
