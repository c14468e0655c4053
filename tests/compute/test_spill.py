"""Intermediate results that do not fit the memory go through a file for temporary data: chains of
functions along axes under small limits, against NumPy; what goes wrong with that file; and a chain
inside a memory cgroup.

usage: test_spill.py CALC_DRIVER SHOAL [--cgroup]; the seed is $SHOAL_SEED"""
import json
import os
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'bench'))
from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin
import numpy as np
from cf_driver import OneResult
import cgroup
import measure

SHOAL = sys.argv[2]
R, G = generators(chosen_seed())
MIB = 1 << 20
TYPES = ['f4', 'f8', 'i2', 'i8', '?']
FIRST = ['sort', 'cummax', 'roll', 'cumsum', 'rolling']
failures, n_spilled, n_checked = [], 0, 0


def fail(*words):
    failures.append(words)
    print('FAILED:', *words)


def first_of(x, axis):
    """A function along an axis: its expression and NumPy's result, exact in any order of sums."""
    name = R.choice(FIRST)
    kind = x.dtype.kind
    if name == 'sort' or kind == 'b':
        return f'sort(x, axis={axis})', np.sort(x, axis)
    if name == 'cummax':
        return f'cummax(x, axis={axis})', np.maximum.accumulate(x, axis)
    if name == 'roll':
        n = R.randint(-9, 9)
        rolled = np.roll(x, n, axis)
        return f'cumsum(roll(x, {n}, axis={axis}), axis={axis})', np.cumsum(rolled, axis)
    if name == 'rolling':
        n = R.randint(1, min(9, x.shape[axis]))
        windows = np.lib.stride_tricks.sliding_window_view(x, n, axis)
        return (f'rolling_max(x, {n}, axis={axis})[' + ', '.join(
            [':'] * axis + [f'{n - 1}:']) + ']', windows.max(-1))
    return f'cumsum(x, axis={axis})', np.cumsum(x, axis)


def then(expression, y, axis):
    """What reads it: all ways of loading an array."""
    ways = ['sort', 'diff', 'view', 'sum', 'one', 'transposed', 'count', 'twice', 'median']
    way = R.choice(ways)
    if y.dtype.kind == 'b' and way in ('diff', 'sum', 'median', 'one'):
        way = 'sort'
    if way == 'sort':
        return f'sort({expression}, axis={axis})', np.sort(y, axis)
    if way == 'diff':
        return f'diff({expression}, axis={axis})', np.diff(y, axis=axis)
    if way == 'view':
        a, step = R.randint(0, y.shape[0] - 1), R.choice([1, 2, 5])
        return f'a = {expression}; a[{a}::{step}, ::-1] + a[0, 0]', y[a::step, ::-1] + y[0, 0]
    if way == 'sum':
        return f'max({expression}, axis={axis}) - 1', y.max(axis) - 1
    if way == 'one':
        at = tuple(R.randrange(n) for n in y.shape)
        where = ', '.join(map(str, at))
        return f'a = {expression}; x * a[{where}]', at
    if way == 'transposed':
        return f'({expression}).T', y.T
    if way == 'count':
        return f'a = {expression}; a == flip(a, axis={axis})', y == np.flip(y, axis)
    if way == 'median':
        return f'median(abs({expression}) % 100)', np.median(np.abs(y) % 100)
    return f'a = {expression}; a + sort(a, axis={axis})', y + np.sort(y, axis)


def spills(expression, limit, path):
    done = subprocess.run([SHOAL, 'calc', '-n', '--json', '-m', str(limit), expression,
                           f'x={path}:/x'], capture_output=True, text=True)
    if done.returncode:
        return False
    return any(one['spilled_bytes'] for one in json.loads(done.stdout)['passes'])


def values(shape, dtype):
    if dtype == '?':
        return G.random(shape) < .5
    x = G.integers(-99, 99, shape)
    return x.astype(dtype)


def check_chain(driver, folder, k):
    """The bits are those of NumPy, as the numbers are whole; None: refused for memory."""
    global n_spilled, n_checked
    shape = R.choice([(1000, 900), (1400, 180, 9), (80, 60, 50, 4), (600000, 2)])
    x = values(shape, R.choice(TYPES))
    path = f'{folder}/{k}.h5'
    with h5py.File(path, 'w') as file:
        chunks = tuple(R.randint(max(1, n // 9), n) for n in shape)
        file.create_dataset('x', data=x, chunks=chunks, **hdf5plugin.Blosc('lz4', 1, 1))
    axes = [R.randrange(x.ndim) for _ in range(2)]
    inner, y = first_of(x, axes[0])
    expression, want = then(inner, y, axes[1])
    if isinstance(want, tuple):
        want = x * y[want]
    limit = R.choice([5, 7, 10]) * MIB
    keys = {'@threads': R.choice([1, 2, 3]), '@memory': limit, 'x': path + ':/x'}
    to_file = want.ndim > 0
    if to_file:
        keys['@output'] = f'{folder}/out.h5:/r'
    got, error = driver.run(expression, **keys)
    if error and error.startswith('error 5'):
        os.remove(path)
        return
    if to_file and not error:
        with h5py.File(f'{folder}/out.h5') as file:
            got = file['r'][()]
    n_checked += 1
    n_spilled += spills(expression, limit, path)
    if error or got.shape != want.shape or not np.array_equal(got, want):
        fail(expression, keys, error)
    os.remove(path)


def check_both(folder):
    """A result that others read and that does not fit: written, and spilled beside."""
    x = values((400, 900), 'f4')
    with h5py.File(f'{folder}/x.h5', 'w') as file:
        file.create_dataset('x', data=x, chunks=(100, 100))
    subprocess.run([SHOAL, 'calc', '-q', '-m', '4M', 'a = sort(x, axis=0); b = sort(a, axis=1)',
                    f'x={folder}/x.h5:/x', '-o', f'{folder}/both.h5'], check=True)
    with h5py.File(f'{folder}/both.h5') as file:
        if not np.array_equal(file['a'][()], np.sort(x, 0)):
            fail('a of two')
        if not np.array_equal(file['b'][()], np.sort(np.sort(x, 0), 1)):
            fail('b of two')


def check_full_folder(folder):
    """No room for temporary data: one line that says where and what to do, and nothing left."""
    with h5py.File(f'{folder}/big.h5', 'w') as file:
        file['x'] = G.normal(size=(1000, 1000))
    os.mkdir(f'{folder}/tmp')
    command = [SHOAL, 'calc', '-q', '-m', '8M', '--tmpdir', f'{folder}/tmp',
               'mean(sort(sort(x, axis=0), axis=1))', f'x={folder}/big.h5:/x']

    def few_bytes():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = subprocess.run(command, preexec_fn=few_bytes, capture_output=True, text=True)
    line = done.stderr.strip()
    if done.returncode != 3 or line.count('\n') or f'{folder}/tmp: ' not in line or \
            '--tmpdir' not in line:
        fail('a full folder:', done.returncode, line)
    done = subprocess.run(command, capture_output=True, text=True)
    want = G.bit_generator and h5py.File(f'{folder}/big.h5')['x'][()].mean()
    if done.returncode or not np.isclose(float(done.stdout), want, rtol=1e-12):
        fail('with room:', done.returncode, done.stdout, done.stderr)
    if os.listdir(f'{folder}/tmp'):
        fail('left behind:', os.listdir(f'{folder}/tmp'))


def check_in_cgroup(folder):
    """192 MiB of raw data twice through the file, in 64 MiB."""
    shape = (48, 1024, 1024)
    x = G.integers(0, 50, shape).astype('f4')
    with h5py.File(f'{folder}/grid.h5', 'w') as file:
        file.create_dataset('x', data=x, chunks=(16, 128, 128), **hdf5plugin.Blosc('lz4', 1, 1))
    command = [SHOAL, 'calc', '-q', '-m', '32M', '--tmpdir', folder,
               'cumsum(cumsum(x, axis=0), axis=2) - x', f'x={folder}/grid.h5:/x', '-o',
               f'{folder}/sums.h5:/r']
    try:
        with cgroup.MemoryCgroup(64 << 20) as group:
            measure.run(group.wrap(command))
            figures = group.figures()
    except cgroup.Unavailable as reason:
        print(f'the cgroup is skipped: {reason}')
        return
    with h5py.File(f'{folder}/sums.h5') as file:
        if not np.array_equal(file['r'][()], x.cumsum(0).cumsum(2) - x):
            fail('in a cgroup: other values')
    print('in a cgroup of 64 MiB:', figures)
    if figures['kills']:
        fail('killed in the cgroup')


def main():
    count = int(os.environ.get('SHOAL_CASES', 120))
    driver = OneResult(sys.argv[1])
    # Below the build folder: /tmp may be in memory, which the cgroup would count.
    place = os.path.dirname(os.path.abspath(sys.argv[1]))
    with tempfile.TemporaryDirectory(dir=place) as folder:
        for k in range(count):
            check_chain(driver, folder, k)
        check_both(folder)
        check_full_folder(folder)
        if '--cgroup' in sys.argv: # sanitizers have memory of their own
            check_in_cgroup(folder)
    print(f'{n_checked} chains, {n_spilled} of them spilled, {len(failures)} failed')
    if n_spilled < n_checked // 10:
        fail('few of them spilled')
    sys.exit(bool(failures))


main()
