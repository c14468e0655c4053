"""A kernel compiled from C by cffi, and the C library called through it in ABI mode.

    cffi_kernel.py FILE:/path OUT:/path      stores celsius(t)
"""
import importlib
import sys
import tempfile

import cffi
import shoal

builder = cffi.FFI()
builder.cdef('int celsius(const void *call, size_t n, const void *const *in, void *const *out);')
builder.set_source('celsius_kernel', '''
static int celsius(const void *call, size_t n, const void *const *in, void *const *out)
{
    const double *kelvin = in[0];
    double *y = out[0];
    for (size_t i = 0; i < n; i++) y[i] = kelvin[i] - 273.15;
    return 0;
}
''')
with tempfile.TemporaryDirectory() as folder:
    builder.compile(folder)
    sys.path.insert(0, folder)
    compiled = importlib.import_module('celsius_kernel')

library = cffi.FFI()
library.cdef('const char *shoal_version(void);')
print(library.string(library.dlopen(shoal.library_path).shoal_version()).decode())

kernel = shoal.kernel('celsius', 'float64 -> float64',
                      elements=compiled.ffi.addressof(compiled.lib, 'celsius'))
shoal.calc('celsius(t)', t=sys.argv[1], kernels=[kernel], output=sys.argv[2])
