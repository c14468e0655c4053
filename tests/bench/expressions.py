"""Expressions beside numexpr, in cache and in one thread: the compiled program over arrays of a few
sizes, in turn with numexpr on the same, the best throughput of each; and from end to end beside
blosc2's lazy arrays: two grids in compressed chunks to a compressed result on disk, both in two
threads, in turn. Results are compared with NumPy's, element by element."""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

import measure

EXPRESSIONS = {'2*a+3*b': lambda a, b: 2 * a + 3 * b,
               'sin(a)**2+cos(b)**2': lambda a, b: np.sin(a)**2 + np.cos(b)**2,
               'where(a>b, sqrt(a), exp(-b))': lambda a, b: np.where(a > b, np.sqrt(a), np.exp(-b))}
WIDER = {'float32': np.float64, 'float64': np.longdouble}
SIZES = (8192, 16384, 32768)  # elements
CACHE_GOAL, DISK_GOAL, N_THREADS = 1.0, 1.5, 2
CHUNK = (64, 128, 128)
ULPS = 3  # three operations that err by half an ulp, functions of one


def check(results, a, b, expression):
    """Results by name, beside NumPy's in a wider type. Sums may cancel: what counts are the ulps of
    their larger operand."""
    wide, dtype = WIDER[a.dtype.name], a.dtype
    with np.errstate(all='ignore'):
        a, b = a.astype(wide), b.astype(wide)
        wanted = EXPRESSIONS[expression](a, b)
        scale = np.maximum(np.abs(2 * a), np.abs(3 * b)) if '2*a' in expression else np.abs(wanted)
        allowed = np.maximum(ULPS * np.finfo(dtype).eps * scale, np.finfo(dtype).tiny)
    for what, got in results.items():
        fine = (np.abs(got - wanted) <= allowed) | (np.isnan(got) & np.isnan(wanted))
        if not fine.all():
            raise measure.Failed(f'{what}: {expression}: {np.count_nonzero(~fine)} elements differ '
                                 f'from NumPy\'s, as {got[~fine][0]!r} and {wanted[~fine][0]!r}')


# ---- In cache ----

class Driver:
    """The program that runs compiled expressions, kept going."""

    def __init__(self, build, expression, a, b, folder):
        paths = [os.path.join(folder, name) for name in ('a.npy', 'b.npy', 'out')]
        np.save(paths[0], a)
        np.save(paths[1], b)
        self.output = paths[2]
        program = os.path.join(build, 'tests', 'bench', 'expressions')
        self.child = subprocess.Popen([program, expression, *paths], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def seconds(self, turns):
        print(turns, file=self.child.stdin, flush=True)
        return float(self.child.stdout.readline())

    def result(self, dtype):
        self.child.communicate()
        if self.child.returncode != 0:
            raise measure.Failed(f'the driver ended with status {self.child.returncode}')
        return np.fromfile(self.output, dtype)


class Numexpr:
    def __init__(self, expression, a, b):
        import numexpr
        import time
        numexpr.set_num_threads(1)
        self.numexpr, self.clock = numexpr, time.perf_counter
        self.arrays, self.out = {'a': a, 'b': b}, np.empty_like(a)
        numexpr.validate(expression, local_dict=self.arrays, out=self.out)

    def seconds(self, turns):
        again, arrays = self.numexpr.re_evaluate, self.arrays
        start = self.clock()
        for _ in range(turns):
            again(local_dict=arrays)
        return self.clock() - start


def in_cache(build, dtype, expression, rounds, least_seconds):
    """The best elements a second of shoal, and of numexpr."""
    best = [0, 0]
    random = np.random.default_rng(5)
    for n in SIZES:
        a, b = (random.uniform(0.1, 9, n).astype(dtype) for _ in range(2))
        with tempfile.TemporaryDirectory() as folder:
            driver, peer = Driver(build, expression, a, b, folder), Numexpr(expression, a, b)
            turns = [max(1, int(20 * least_seconds / side.seconds(20))) for side in (driver, peer)]
            for _ in range(rounds):
                rates = [n * turns[k] / side.seconds(turns[k])
                         for k, side in enumerate((driver, peer))]
                best = [max(best[k], rates[k]) for k in range(2)]
            check({'shoal': driver.result(dtype), 'numexpr': peer.out}, a, b, expression)
    return best


def cache_row(build, dtype, expression, options):
    ours, theirs = in_cache(build, dtype, expression, options.rounds, options.seconds)
    times = ours / theirs
    return [f'{expression}, {dtype}', f'{ours / 1e6:.0f} M/s', 'numexpr', f'{theirs / 1e6:.0f} M/s',
            f'{times:.2f}', f'>= {CACHE_GOAL:g} x', 'yes' if times >= CACHE_GOAL else 'NO']


# ---- From end to end ----

def make_inputs(folder, build, n_time):
    """Two grids as .npy, as HDF5 and as blosc2's arrays, all in the same chunks and codec."""
    import gen
    shoal = os.path.join(build, 'cli', 'shoal')
    source = os.path.join(folder, f'field-{n_time}.npy')
    if not os.path.exists(source):
        gen.make_npy(source, os.path.join(build, 'tests', 'bench', 'gen_field'),
                     (n_time, 512, 512))
    base = os.path.join(folder, f'expressions-{n_time}')
    for name, values in (('a', 'abs(t) / 10'), ('b', 'abs(roll(t, 7, axis=2)) / 8')):
        path = f'{base}-{name}'
        if not os.path.exists(path + '.h5'):
            measure.run([shoal, 'calc', '-q', f'where(isnan(t), float32(1), {values})',
                         f't={source}', '--chunk', ','.join(map(str, CHUNK)), '-o',
                         f'{path}.h5:/x'])
        if not os.path.exists(path + '.b2nd'):
            measure.run([sys.executable, __file__, '--make-blosc2', path])
        measure.warm(path + '.h5')
        measure.warm(path + '.b2nd')
    return base


def blosc2_params(blosc2):
    blosc2.set_nthreads(N_THREADS)
    return {'codec': blosc2.Codec.LZ4, 'clevel': 5, 'nthreads': N_THREADS,
            'filters': [blosc2.Filter.SHUFFLE]}


def open_h5(path):
    import h5py
    import hdf5plugin  # noqa: F401
    return h5py.File(path, 'r')['x']


def make_blosc2(path):
    import blosc2
    stored = open_h5(path + '.h5')
    array = blosc2.empty(stored.shape, dtype=stored.dtype, chunks=CHUNK, mode='w',
                         urlpath=path + '.b2nd', cparams=blosc2_params(blosc2))
    for start in range(0, stored.shape[0], CHUNK[0]):
        array[start:start + CHUNK[0]] = stored[start:start + CHUNK[0]]


def run_blosc2(base, expression):
    """In a process of its own; prints the seconds, without those of starting Python."""
    import time
    import blosc2
    params = blosc2_params(blosc2)
    start = time.perf_counter()
    arrays = {name: blosc2.open(f'{base}-{name}.b2nd', mode='r') for name in 'ab'}
    blosc2.lazyexpr(expression, arrays).compute(urlpath=base + '-result.b2nd', mode='w',
                                                chunks=CHUNK, cparams=params)
    print(json.dumps({'seconds': time.perf_counter() - start}))


def check_files(base, expression):
    """Both results beside NumPy's, slab by slab, in a process of its own."""
    import blosc2
    a, b, ours = (open_h5(f'{base}-{name}.h5') for name in ('a', 'b', 'result'))
    theirs = blosc2.open(base + '-result.b2nd', mode='r')
    for start in range(0, a.shape[0], 16):
        part = slice(start, start + 16)
        check({'shoal': ours[part], 'blosc2': theirs[part]}, a[part], b[part], expression)


def disk_row(build, base, expression, rounds):
    shoal = os.path.join(build, 'cli', 'shoal')
    command = [shoal, 'calc', '-q', '-f', '-j', str(N_THREADS), expression, f'a={base}-a.h5:/x',
               f'b={base}-b.h5:/x', '--chunk', ','.join(map(str, CHUNK)), '-o',
               f'{base}-result.h5:/x']
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(measure.run(command).seconds)
        peer = measure.run([sys.executable, __file__, '--run-blosc2', base, expression])
        theirs.append(json.loads(peer.output)['seconds'])
    print(f'{expression}: {ours} s, blosc2 {theirs} s; comparing', flush=True)
    measure.run([sys.executable, __file__, '--check', base, expression])
    for end in ('.h5', '.b2nd'):
        os.unlink(f'{base}-result{end}')
    times = min(theirs) / min(ours)
    return [f'{expression}, to disk', f'{min(ours):.2f} s', 'blosc2', f'{min(theirs):.2f} s',
            f'{times:.2f}', f'>= {DISK_GOAL:g} x', 'yes' if times >= DISK_GOAL else 'NO']


# ---- All ----

def read_options():
    parser = measure.parser('./dev bench expressions', __doc__)
    parser.add_argument('--rounds', type=int, default=7, help='of each side in cache (7)')
    parser.add_argument('--disk-rounds', type=int, default=3, help='of each side on disk (3)')
    parser.add_argument('--seconds', type=float, default=0.05, help='of a round in cache (0.05)')
    parser.add_argument('--gib', type=float, default=4, help='of raw float32 data in a grid (4)')
    parser.add_argument('--only', choices=('cache', 'disk'), help='one half')
    return parser.parse_args()


def main():
    options = read_options()
    measure.use_two_processors()
    folder, build = os.path.abspath(options.dir), os.path.abspath(options.build)
    os.makedirs(folder, exist_ok=True)
    table = [['what', 'shoal', 'against', 'has', 'times', 'goal', 'reached']]
    if options.only != 'disk':
        for dtype in WIDER:
            for expression in EXPRESSIONS:
                table.append(cache_row(build, dtype, expression, options))
                print(f'done: {"  ".join(table[-1])}', flush=True)
    if options.only != 'cache':
        base = make_inputs(folder, build, max(1, round(options.gib * 16)) * 64)
        for expression in EXPRESSIONS:
            table.append(disk_row(build, base, expression, options.disk_rounds))
            print(f'done: {"  ".join(table[-1])}', flush=True)
    measure.print_table(table)
    measure.save('build/bench/expressions.json', {'gib': options.gib, 'rows': table[1:]})
    sys.exit(0 if all(row[-1] == 'yes' for row in table[1:]) else 1)


PARTS = {'--make-blosc2': make_blosc2, '--run-blosc2': run_blosc2, '--check': check_files}

if __name__ == '__main__':
    if len(sys.argv) > 1 and sys.argv[1] in PARTS:
        PARTS[sys.argv[1]](*sys.argv[2:])
    else:
        main()
