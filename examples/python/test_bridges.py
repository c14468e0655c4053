"""Runs one of the programs beside it and compares what it made with NumPy, element by element.

usage: test_bridges.py NAME      SHOAL_LIBRARY, SHOAL_SOURCE: the library, and the tree
"""
import importlib
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE, LIBRARY = os.environ['SHOAL_SOURCE'], os.environ['SHOAL_LIBRARY']
PACKAGE = os.path.join(SOURCE, 'python')
INCLUDE = os.path.join(SOURCE, 'include')
ENVIRONMENT = dict(os.environ, PYTHONPATH=PACKAGE, PYTHONDONTWRITEBYTECODE='1')
sys.path.insert(0, PACKAGE)


def skip(reason):
    print(f'skipped: {reason}')
    sys.exit(77)


def need(*modules):
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as missing:
            skip(missing)


need('numpy', 'h5py', 'hdf5plugin')
import h5py  # noqa: E402
import hdf5plugin  # noqa: E402, F401 (registers Blosc)
import numpy as np  # noqa: E402


def tool(*names):
    for name in names:
        if shutil.which(name):
            return name
    return skip(f'{names[0]} is not installed')


def run(program, *arguments):
    done = subprocess.run([sys.executable, os.path.join(HERE, program), *arguments],
                          env=ENVIRONMENT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def compile_(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f'{" ".join(command)}\n{done.stderr}'


def store(path, **arrays):
    with h5py.File(path, 'a') as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, compression='gzip', shuffle=True,
                                chunks=tuple(min(n, 64) for n in array.shape))


def load(path, name):
    with h5py.File(path) as file:
        return file[name][()]


def python_include():
    folder = sysconfig.get_paths()['include']
    if not os.path.exists(folder + '/Python.h'):
        skip('Python.h is not installed (python3-dev)')
    return '-I' + folder


RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(200, 150)), RNG.normal(size=(200, 150))


def ctypes_library(folder, data):
    said = run('ctypes_library.py', LIBRARY, data, '/x').decode().splitlines()
    assert float(said[0]) == X[:100, :100:2].copy().sum(), said
    assert 'no.h5' in said[1]


def cffi_kernel(folder, data):
    need('cffi')
    tool('cc')
    python_include()
    said = run('cffi_kernel.py', data + ':/x', folder + '/out.h5:/c')
    assert said.split()[-1].startswith(b'0.'), said
    np.testing.assert_array_equal(load(folder + '/out.h5', 'c'), X - 273.15)


def numba_kernels(folder, data):
    need('numba')
    said = run('numba_kernels.py', data + ':/x', data + ':/y', folder + '/out.h5:/e')
    want = 0.5 * Y * X * X
    np.testing.assert_array_equal(load(folder + '/out.h5', 'e'), want)
    assert np.isclose(float(said), want.sum(), rtol=1e-13)


def numba_functions(folder, data):
    """The package's own way to Numba, from functions of single elements."""
    need('numba')
    import shoal.jit

    @shoal.jit.elements('float64, float64 -> float64, int32', parameters={'scale': 2})
    def polar(x, y, scale):
        """Radius and quadrant."""
        return scale * (x * x + y * y), 2 * (y < 0) + (x < 0)

    largest = shoal.jit.reduction('float64 -> float64', max, name='largest', initial=-np.inf)
    spread = shoal.jit.reduction('float64 -> float32', lambda s, x: s + abs(x),
                                 lambda a, b: a + b, finish=lambda s, n: s / n, state='f8',
                                 name='spread')
    dot = shoal.jit.reduction('float64, float32 -> float64', lambda s, x, y: s + x * y,
                              lambda a, b: a + b, name='dot_of')
    kernels = [polar, largest, spread, dot]
    got = shoal.calc('polar(x, y)[0]; polar(x, y)[1]; largest(x, axis=1); spread(x);'
                     'dot_of(x, float32(y), axis=0)', x=data + ':/x', y=Y, kernels=kernels)
    np.testing.assert_array_equal(got[0], 2 * (X * X + Y * Y))
    np.testing.assert_array_equal(got[1], (2 * (Y < 0) + (X < 0)).astype('i4'))
    np.testing.assert_array_equal(got[2], X.max(axis=1))
    assert np.isclose(got[3], abs(X).mean()) and got[3].dtype == 'f4'
    np.testing.assert_allclose(got[4], (X * Y.astype('f4')).sum(axis=0), rtol=1e-12, atol=1e-12)
    try:
        shoal.jit.reduction('f8, f8 -> f8', lambda s, x, y: s + x * y, name='unmerged')
    except shoal.UsageError as error:
        assert 'unmerged' in str(error) and 'merge' in str(error), error
    else:
        raise AssertionError('unmerged')


def numba_that_raises(folder, data):
    """Division by 0 is NumPy's; what raises fails the run, and leaves no file."""
    need('numba')
    import shoal

    @shoal.jit.elements('float64 -> float64')
    def inverse(x):
        return 1 / x

    @shoal.jit.elements('float64 -> float64')
    def nonnegative(x):
        if x < 0:
            raise ValueError('negative')
        return x

    def plus(total, x):
        if x < 0:
            raise ValueError('negative')
        return total + x

    adds = shoal.jit.reduction('float64 -> float64', plus, name='adds')
    x = np.array([0.0, 1, -2, 4])
    with np.errstate(divide='ignore'):
        np.testing.assert_array_equal(shoal.calc('inverse(x)', x=x, kernels=[inverse]), 1 / x)
    out = folder + '/raises.h5'
    for text, made in (('nonnegative(x)', nonnegative), ('adds(x)', adds)):
        try:
            shoal.calc(text, x=x, kernels=[made], output=out + ':/r')
        except shoal.DataError as error:
            assert made.name in str(error), error
        else:
            raise AssertionError(text)
        assert not os.path.exists(out)


def numba_signatures(folder, data):
    """A cfunc that is compiled as something else than it is called as is refused."""
    need('numba')
    import shoal
    from numba import cfunc, types as nb
    pointer, pointers, doubles = nb.voidptr, nb.CPointer(nb.voidptr), nb.CPointer(nb.float64)

    def made(signature, text):
        return cfunc(signature)(eval('lambda ' + text))

    four = 'a, b, c, d: 0'
    good = made(nb.intc(pointer, nb.uintp, pointers, nb.CPointer(doubles)), four)
    shoal.kernel('k', 'float64 -> f8', elements=good)
    words = 'int32(void*, uint64, inputs of float64, outputs of float64)'
    for signature, text in (
            (nb.intc(pointer, nb.uintp, pointers), 'a, b, c: 0'),
            (nb.int64(pointer, nb.uintp, pointers, pointers), four),
            (nb.intc(pointer, pointers, nb.uintp, pointers), four),
            (nb.intc(pointer, nb.uintp, nb.CPointer(nb.CPointer(nb.float32)), pointers), four)):
        try:
            shoal.kernel('k', 'float64 -> float64', elements=made(signature, text))
        except shoal.UsageError as error:
            assert str(error).startswith('kernel k: elements is compiled as ') and (
                words in str(error)) and '\n' not in str(error), error
        else:
            raise AssertionError(signature)
    reducing = dict(init=made(nb.intc(pointer, doubles), 'a, b: 0'), state_bytes=8,
                    step=made(nb.intc(pointer, doubles, nb.uintp, nb.CPointer(nb.float32)), four),
                    merge=made(nb.intc(pointer, doubles, doubles), 'a, b, c: 0'),
                    finish=made(nb.intc(pointer, doubles, nb.uint64, doubles), four))
    shoal.kernel('k', 'float32 -> float64', **reducing)
    try:
        shoal.kernel('k', 'float64 -> float64', **reducing)
    except shoal.UsageError as error:
        assert 'step is compiled as int32(void*, float64*, uint64, float32*)' in str(error), error
    else:
        raise AssertionError('step')


def import_built(folder, name):
    sys.path.insert(0, folder)
    return importlib.import_module(name)


def build_cython(folder):
    need('Cython')
    source = folder + '/cython_kernel.c'
    compile_(sys.executable, '-m', 'cython', '-3', HERE + '/cython_kernel.pyx', '-o', source)
    compile_(tool('cc'), '-O3', '-shared', '-fPIC', python_include(), '-I' + INCLUDE, source,
             LIBRARY, '-Wl,-rpath,' + os.path.dirname(LIBRARY), '-o', folder + '/cython_kernel.so')
    return import_built(folder, 'cython_kernel')


def cython_kernel(folder, data):
    import shoal
    built = build_cython(folder)
    clamp = shoal.kernel('clamp', 'float64 -> float64', elements=built.__pyx_capi__['clamp'])
    got = shoal.calc('clamp(x)', x=data + ':/x', kernels=[clamp])
    np.testing.assert_array_equal(got, np.clip(X, -1, 1))
    assert built.can_open(data) is None and 'no.h5' in built.can_open('no.h5')


def build_pybind11(folder):
    need('pybind11')
    import pybind11
    compile_(tool('c++', 'g++'), '-O3', '-std=c++17', '-shared', '-fPIC', '-fvisibility=hidden',
             python_include(), '-I' + pybind11.get_include(), '-I' + INCLUDE,
             HERE + '/pybind11_kernel.cpp', '-o', folder + '/pybind11_kernel.so')
    return import_built(folder, 'pybind11_kernel')


def pybind11_kernel(folder, data):
    import shoal
    built = build_pybind11(folder)
    kernels = [shoal.kernel('cube', 'float32 -> float32', elements=built.cube_float),
               shoal.kernel('cube', 'float64 -> float64', elements=built.cube_double),
               shoal.kernel('halved', 'float64 -> float64', elements=built.halved)]
    got = shoal.calc('halved(cube(x)); cube(float32(x))', x=data + ':/x', kernels=kernels)
    np.testing.assert_array_equal(got[0], X * X * X / 2)
    single = X.astype('f4')
    np.testing.assert_array_equal(got[1], single * single * single)
    assert got[1].dtype == 'f4'
    assert np.isclose(built.total(got[0]), got[0].sum(), rtol=1e-12)


def build_fortran(folder):
    import ctypes
    library = folder + '/libkernel.so'
    compile_(tool('gfortran'), '-O3', '-shared', '-fPIC', '-J', folder, '-ffp-contract=off',
             HERE + '/fortran_kernel.f90', '-o', library)
    return ctypes.CDLL(library)


def fortran_kernel(folder, data):
    import shoal
    axpy = shoal.kernel('axpy', 'float64, float64 -> float64', elements=build_fortran(folder).axpy)
    got = shoal.calc('axpy(x, y)', x=data + ':/x', y=Y, kernels=[axpy])
    np.testing.assert_array_equal(got, 2.5 * X + Y)


def build_f2py(folder):
    python_include()
    tool('gfortran')
    # contracted to one rounding or not: not here
    done = subprocess.run([sys.executable, '-m', 'numpy.f2py', '-c', HERE + '/f2py_kernel.f90',
                           '-m', 'f2py_kernel'], cwd=folder, capture_output=True, text=True,
                          env=dict(ENVIRONMENT, FFLAGS='-O3 -ffp-contract=off'))
    assert done.returncode == 0, done.stdout + done.stderr
    return import_built(folder, 'f2py_kernel')


def f2py_kernel(folder, data):
    import shoal
    built = build_f2py(folder)
    want = built.axpy(2.5, X.ravel(), Y.ravel()).reshape(X.shape)
    np.testing.assert_array_equal(want, 2.5 * X + Y)
    axpy = shoal.kernel('axpy', 'float64, float64 -> float64', elements=built.axpy_kernel,
                        parameters={'a': None})
    for given in (built.axpy_kernel, built.axpy_kernel._cpointer):
        assert shoal.address(given) == axpy.spec.elements, given
    got = shoal.calc('axpy(x, y, 2.5); axpy(x, y, a=-1)', x=data + ':/x', y=Y, kernels=[axpy])
    np.testing.assert_array_equal(got[0], want)
    np.testing.assert_array_equal(got[1], Y - X)


def learn_from_chunks(folder, data):
    need('sklearn', 'pandas', 'anndata')
    import pandas as pd
    import shoal
    from sklearn.linear_model import SGDRegressor
    frame = pd.DataFrame({'customer_name': RNG.choice(['Alice', 'Bob', 'Eve'], 5000),
                          'balance': RNG.integers(0, 1000, 5000)})
    frame.to_csv(folder + '/table.csv', index=False)
    shoal.ingest(folder + '/table.csv', folder + '/table.h5:/table')
    x = RNG.normal(size=(1000, 3)) + 2
    y = x @ [1., -2., .5] + 3
    learned = folder + '/learn.h5'
    store(learned, x=x, y=y)
    said = run('learn_from_chunks.py', folder + '/table.h5', learned, folder + '/out.h5')
    for row in frame.index:
        if frame.customer_name[row] == 'Alice':
            frame.loc[row, 'balance'] = 100
    np.testing.assert_array_equal(load(folder + '/out.h5', 'balance'), frame.balance)
    model = SGDRegressor(random_state=0, learning_rate='constant', eta0=0.01)
    for _ in range(5):
        for start in range(0, 1000, 64):
            model.partial_fit(x[start:start + 64] - x.mean(axis=0), y[start:start + 64])
    got = [float(word) for word in said.split()]
    np.testing.assert_allclose(got, [*model.coef_, *model.intercept_], rtol=1e-9)


def dask_compare(folder, data):
    need('dask.array')
    holes = np.where(X > 1, np.nan, X)
    store(folder + '/holes.h5', t=holes)
    got = np.load(io.BytesIO(run('dask_compare.py', folder + '/holes.h5', '/t')))
    np.testing.assert_allclose(got, np.nanmean(holes, axis=0), rtol=1e-12)


def main():
    name = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        data = folder + '/data.h5'
        store(data, x=X, y=Y)
        globals()[name](folder, data)
    print(f'{name} gives what NumPy gives')


if __name__ == '__main__':
    main()
