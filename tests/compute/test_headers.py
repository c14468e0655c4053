"""The public headers compile alone, as C99, C11, C17 and C++17, without a warning; a table of
kernels made with SHOAL_KERNELS is exported from C and from C++, whatever the visibility.
"""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KERNEL = """#include <shoal/kernel.h>
static int e(const shoal_kernel_call *c, size_t n, const void *const *in, void *const *out)
{
    (void)c; (void)n; (void)in; (void)out;
    return 0;
}
static const shoal_kernel_spec kernels[] = {
    {"k", "", SHOAL_KERNEL_ELEMENTS, 0, NULL, "f8 -> f8", NULL, NULL, 0, NULL, e, 0, NULL, NULL,
     NULL, NULL, NULL, NULL, 0, 0, NULL, NULL}};
SHOAL_KERNELS(kernels);
"""
COMPILERS = {'c99': 'cc', 'c11': 'cc', 'c17': 'cc', 'c++17': 'c++'}


def compile_text(standard, text, *options):
    language = 'c++' if '+' in standard else 'c'
    done = subprocess.run([COMPILERS[standard], f'-std={standard}', '-Wall', '-Wextra', '-pedantic',
                           '-Werror', f'-I{ROOT}/include', '-x', language, *options, '-'],
                          input=text, text=True, capture_output=True)
    assert done.returncode == 0, f'{standard}: {text.splitlines()[0]}: {done.stderr}'


def main():
    if not shutil.which('cc'):
        print('skipped: there is no cc')
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        for standard, compiler in COMPILERS.items():
            if not shutil.which(compiler):
                print(f'skipped: there is no {compiler}')
                continue
            for header in ('shoal/kernel.h', 'shoal/shoal.h'):
                twice = f'#include <{header}>\n' * 2
                compile_text(standard, twice, '-fsyntax-only')
            out = os.path.join(folder, 'kernels.so')
            compile_text(standard, KERNEL, '-shared', '-fPIC', '-fvisibility=hidden', '-o', out)
            names = subprocess.run(['nm', '-D', '--defined-only', out], capture_output=True,
                                   text=True, check=True).stdout
            assert ' R shoal_kernels' in names or ' D shoal_kernels' in names, names
    print('the headers compile alone')


main()
