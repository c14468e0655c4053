"""Order statistics: median, seven quantiles and a histogram of 1000 bins of a compressed float32
field with NaNs, by shoal with -m 256M inside a memory cgroup of 512 MiB, beside NumPy on the array
fully in memory; and median and quantiles along the first axis beside dask. Every side is a process
of its own in one run, the best of several rounds; of NumPy's the call alone counts, and beside it
stands the whole process, which loads the same file first, as shoal does. Ours goes once unmeasured
before each round, as NumPy's has its array in memory by then. All results are compared
with NumPy's, element by element. 4 GiB need about 20 GB of memory for NumPy.
"""
import json
import os
import sys

import cgroup
import measure

LIMIT = 512 << 20
CHUNK = '64,128,128'
Q = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
RANGE = (-1000, 1000)
OPERATIONS = { # name -> the expression, its peer, and how much faster than that
    'median': ('nanmedian(t)', 'numpy', 6),
    'quantiles': (f'nanquantile(t, {Q})', 'numpy', 6),
    'histogram': (f'histogram(t, 1000, range={RANGE})', 'numpy', 6),
    'median along time': ('nanmedian(t, axis=0)', 'dask', 2.5),
    'quantiles along time': (f'nanquantile(t, {Q}, axis=0)', 'dask', 2.5),
}


def peer_numpy(name, source, out):
    """The time of the call alone is printed: the array is in memory before."""
    import time
    import warnings
    import h5py
    import hdf5plugin  # noqa: F401 (registers Blosc)
    import numpy as np
    warnings.simplefilter('ignore')
    t = h5py.File(source)['t'][...]
    start = time.perf_counter()
    if name == 'median':
        result = np.nanmedian(t)
    elif name == 'quantiles':
        result = np.nanquantile(t, Q)
    elif name == 'histogram':
        result = np.histogram(t, 1000, RANGE)[0]
    else:
        lines = t.reshape(t.shape[0], -1)
        step, results = 1 << 12, []
        for k in range(0, lines.shape[1], step):
            # NumPy's type is that of the first line's result, float32 where that is all NaN
            part = np.pad(lines[:, k:k + step], ((0, 0), (1, 0)))
            results.append((np.nanmedian(part, axis=0) if name.startswith('median')
                            else np.nanquantile(part, Q, axis=0))[..., 1:])
        result = np.concatenate(results, axis=-1)
        result = result.reshape(result.shape[:-1] + t.shape[1:])
    print(time.perf_counter() - start)
    np.save(out, result)


def peer_dask(name, source, out):
    import warnings
    import dask
    import dask.array
    import h5py
    import hdf5plugin  # noqa: F401 (registers Blosc)
    import numpy as np
    warnings.simplefilter('ignore')
    dask.config.set(scheduler='threads', num_workers=2)
    t = dask.array.from_array(h5py.File(source)['t'], chunks='auto')
    if name.startswith('median'):
        result = dask.array.nanmedian(t, axis=0)
    else:
        result = dask.array.nanquantile(t.rechunk({0: -1}), Q, axis=0)
    np.save(out, result.compute())


class Sides:
    def __init__(self, build, folder, n_time):
        import gen
        self.shoal = os.path.join(build, 'cli', 'shoal')
        self.npy = os.path.join(folder, f'field-{n_time}.npy')
        self.source = os.path.join(folder, f'order-{n_time}.h5')
        self.out = os.path.join(folder, 'order-result')
        if not os.path.exists(self.npy):
            gen.make_npy(self.npy, os.path.join(build, 'tests', 'bench', 'gen_field'),
                         (n_time, 512, 512))
        if not os.path.exists(self.source):
            measure.run([self.shoal, 'ingest', self.npy, '-q', '--chunk', CHUNK, '-o',
                         self.source + ':/t'])
        measure.warm(self.source)

    def run_shoal(self, expression):
        command = [self.shoal, 'calc', '-q', '-j', '2', '-m', '256M', expression,
                   f't={self.source}:/t', '-f', '--codec', 'none', '-o', self.out + '.h5:/r']
        measure.warm(self.source) # what NumPy needed may have taken its place
        try:
            with cgroup.MemoryCgroup(LIMIT) as group:
                taken = measure.run(group.wrap(command))
                return taken, group.figures()
        except cgroup.Unavailable:
            return measure.run(command), None

    def run_peer(self, peer, name):
        taken = measure.run([sys.executable, __file__, '--peer', peer, name, self.source,
                             f'{self.out}-{peer}.npy'])
        return (float(taken.output) if peer == 'numpy' else taken.seconds), taken.seconds

    def agrees(self, name):
        import h5py
        import numpy as np
        if not os.path.exists(self.out + '-numpy.npy'):
            self.run_peer('numpy', name)
        want = np.load(self.out + '-numpy.npy')
        with h5py.File(self.out + '.h5') as file:
            got = file['r'][()]
        os.remove(self.out + '-numpy.npy')
        return got.dtype == want.dtype and np.array_equal(
            got, want, equal_nan=want.dtype.kind == 'f')


def measure_row(sides, name, rounds):
    expression, peer, goal = OPERATIONS[name]
    ours, theirs, whole, peak = [], [], [], 0
    for _ in range(rounds):
        sides.run_shoal(expression) # the first after 20 GB were given back takes half as long again
        taken, figures = sides.run_shoal(expression)
        ours.append(taken.seconds)
        peak = taken.peak_mib
        if figures and figures['kills']:
            raise measure.Failed(f'{name}: killed in the cgroup')
        for times, seconds in zip((theirs, whole), sides.run_peer(peer, name)):
            times.append(seconds)
    equal = sides.agrees(name)
    times = min(theirs) / min(ours)
    fine = times >= goal and equal
    return [name, f'{min(ours):.2f}', peer, f'{min(theirs):.2f}', f'{times:.2f}',
            f'>= {goal:g} x faster', f'{min(whole):.2f}', f'{min(whole) / min(ours):.2f}',
            f'{peak:.0f}', 'equal' if equal else 'DIFFERENT', 'yes' if fine else 'NO']


def read_options():
    parser = measure.parser('./dev bench order', __doc__)
    parser.add_argument('--rounds', type=int, default=2, help='of each side (2)')
    parser.add_argument('--gib', type=float, default=4, help='of raw float32 data (4)')
    parser.add_argument('--only', action='append', choices=list(OPERATIONS), help='these alone')
    return parser.parse_args()


def main():
    if sys.argv[1:2] == ['--peer']:
        globals()['peer_' + sys.argv[2]](*sys.argv[3:6])
        return
    options = read_options()
    measure.use_two_processors()
    folder, build = os.path.abspath(options.dir), os.path.abspath(options.build)
    os.makedirs(folder, exist_ok=True)
    sides = Sides(build, folder, max(1, round(options.gib * 16)) * 64)
    table = [['what', 'shoal s', 'against', 's', 'times', 'goal', 'whole s', 'whole times', 'MiB',
              'results', 'reached']]
    for name in options.only or OPERATIONS:
        table.append(measure_row(sides, name, options.rounds))
        print(f'done: {name}', flush=True)
    measure.print_table(table)
    measure.save(os.path.join(folder, 'order.json'),
                 [dict(zip(table[0], row)) for row in table[1:]])
    sys.exit(any(row[-1] == 'NO' for row in table[1:]))


main()
