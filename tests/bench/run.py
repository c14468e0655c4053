"""The benchmarks: shoal beside the machine's limits and its peers, on 2 threads, warm, every side
run in turn in one run, the best of several rounds each. A figure is whole wall time, start-up
included; the limits' are the work alone. Results are compared too.

The grid is 4 GiB of float32 (4096, 512, 512), made in $SHOAL_BENCH_DIR (or build/bench) once; some
12 GB of disk are needed there. `./dev bench ceiling` and `./dev bench million` measure the rest.
"""
import json
import os
import random
import shutil
import sys

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = '2'
EXPRESSION = 'sin(t/100)*2+t*t'
AXIS = {'all': '', 'time': ', axis=0', 'space': ', axis=(1, 2)'}
NAME = {'all': 'nanmean of everything', 'time': 'nanmean over time', 'space': 'nanmean over space'}


class Goal:
    """shoal's best time held against another side's: `most` x of it, or `least` x faster."""

    def __init__(self, against, most=None, least=None):
        self.against, self.most, self.least = against, most, least

    def judge(self, shoal, other):
        """(ratio, goal as text, whether it is reached)"""
        if self.most is not None:
            return shoal / other, f'<= {self.most:g} x', shoal / other <= self.most
        return other / shoal, f'>= {self.least:g} x faster', other / shoal >= self.least


class Group:
    """One operation: each side's command, run in turn. `value` takes a limit's figure from its
    JSON; `fresh` names outputs to remove before a side runs; `check` raises on a wrong result."""

    def __init__(self, name, sides, goals, most_mib=None, value=None, fresh=(), check=None):
        self.name, self.sides, self.goals, self.most_mib = name, sides, goals, most_mib
        self.value, self.fresh, self.check = value or {}, fresh, check
        self.seconds = {side: [] for side in [*sides, *self.value] if side not in ('limits',)}
        self.peak_mib = 0.0

    def run(self, rounds):
        for done in range(rounds):
            for side, command in self.sides.items():
                for path in self.fresh:
                    remove(path)
                taken = measure.run(command)
                if side == 'shoal':
                    self.peak_mib = max(self.peak_mib, taken.peak_mib)
                    if self.check and done == rounds - 1:
                        self.check(taken.output)
                if side != 'limits':
                    self.seconds[side].append(taken.seconds)
                    continue
                figures = json.loads(taken.output)
                for name, value in self.value.items():
                    self.seconds[name].append(value(figures))

    def rows(self):
        """[operation, shoal s, against, its s, ratio, goal, reached, peak MiB]"""
        best = {side: min(seconds) for side, seconds in self.seconds.items()}
        for goal in self.goals:
            ratio, text, reached = goal.judge(best['shoal'], best[goal.against])
            yield [self.name, best['shoal'], goal.against, best[goal.against], ratio, text, reached,
                   self.peak_mib]
        if self.most_mib:
            yield [self.name, best['shoal'], 'memory', None, self.peak_mib,
                   f'<= {self.most_mib:g} MiB', self.peak_mib <= self.most_mib, self.peak_mib]


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


class Bench:
    def __init__(self, build, folder, scratch):
        self.tools = os.path.join(build, 'tests', 'bench')
        self.shoal = os.path.join(build, 'cli', 'shoal')
        self.folder, self.scratch = folder, scratch
        self.npy, self.hdf5 = self.path('G.npy'), self.path('G.h5')
        self.b2nd, self.dataset = self.path('G.b2nd'), self.path('G.h5') + ':/temperature'

    def path(self, name):
        return os.path.join(self.folder, name)

    def make_inputs(self, shape):
        generator = os.path.join(self.tools, 'gen_field')
        gen = os.path.join(HERE, 'gen.py')
        measure.run([sys.executable, gen, self.folder, generator, *shape])
        if not os.path.exists(self.b2nd):
            measure.run(self.peer('blosc2', 'ingest', self.npy, self.b2nd + '.part'))
            os.rename(self.b2nd + '.part', self.b2nd)

    def peer(self, name, operation, source, output):
        return [sys.executable, os.path.join(HERE, 'peers.py'), name, operation, source, output]

    def limits(self, mode, *arguments):
        return [os.path.join(self.tools, 'limits'), mode, *arguments, THREADS]

    def calc(self, expression, source, *options):
        return [self.shoal, 'calc', expression, f't={source}', '-j', THREADS, '-q', *options]

    def check(self, kind, first, second, most):
        """The peers' checker, a process of its own, prints how far two results are apart."""
        def run(_output):
            difference = float(measure.run(self.peer('check', kind, first, second)).output)
            if not difference <= most:
                raise measure.Failed(f'{first} and {second} differ by {difference}')
        return run

    # ---- The bars ----------------------------------------------------------------------------

    def reduction(self, axes):
        mine, theirs = os.path.join(self.scratch, 'mean.h5'), self.path(f'mean-{axes}.npy')
        if not os.path.exists(theirs):
            measure.run(self.peer('h5py', f'mean:{axes}', self.hdf5, theirs))
        sides = {
            'shoal': self.calc(f'nanmean(t{AXIS[axes]})', self.dataset, '-o', mine + ':/mean'),
            'limits': self.limits('decode', self.hdf5, 'temperature'),
            'h5py+numpy': self.peer('h5py', f'mean:{axes}', self.hdf5, self.path('out.npy')),
            'dask.array': self.peer('dask', f'mean:{axes}', self.hdf5, self.path('out.npy')),
            'blosc2': self.peer('blosc2', f'mean:{axes}', self.b2nd, self.path('out.npy')),
            'blosc2, NaN': self.peer('blosc2', f'plain:{axes}', self.b2nd, self.path('out.npy')),
        }
        goals = [Goal('decode only', most=1.2), Goal('h5py+numpy', least=3),
                 Goal('dask.array', least=3.5), Goal('blosc2', least=5),
                 Goal('blosc2, NaN', least=1.3)]
        return Group(NAME[axes], sides, goals, most_mib=64,
                     value={'decode only': lambda figures: figures['decode']}, fresh=[mine],
                     check=self.check('same', mine + ':/mean', theirs, 1e-6))

    def contiguous(self):
        sides = {'shoal': self.calc('nansum(t)', self.npy),
                 'limits': self.limits('sum', self.npy)}
        goals = [Goal('sum in memory', most=1.25), Goal('sum, mapped', most=1.25)]
        return Group('nansum of contiguous data', sides, goals, value={
            'sum in memory': lambda figures: figures['memory'],
            'sum, mapped': lambda figures: figures['mapped']})

    def ingest(self):
        mine = os.path.join(self.scratch, 'ingest.h5')
        theirs = os.path.join(self.scratch, 'ingest.zarr')
        sides = {
            'shoal': [self.shoal, 'ingest', self.npy, '-o', mine + ':/temperature', '-j', THREADS,
                      '-q', '--chunk', '64,128,128', '--codec', 'blosc:lz4:5:shuffle'],
            'limits': self.limits('encode', self.hdf5, 'temperature'),
            'zarrs': self.peer('zarrs', 'ingest', self.npy, theirs),
        }
        return Group('ingest of an .npy file', sides,
                     [Goal('encode only', most=1.25), Goal('zarrs', least=3)],
                     value={'encode only': lambda figures: figures['encode']},
                     fresh=[mine, theirs], check=self.check('ingest', self.npy, mine, 0))

    def boxes(self, shape, edge=16):
        positions, output = self.path('boxes.txt'), self.path('boxes.npy')
        choose = random.Random(6)
        with open(positions, 'w', encoding='ascii') as file:
            for _ in range(1000):
                print(*(choose.randrange(int(n) - edge) for n in shape), file=file)
        tool = os.path.join(self.tools, 'boxes')
        command = [tool, self.hdf5, '/temperature', positions, str(edge), THREADS]
        peer = self.peer('h5py', 'boxes', self.hdf5, f'{positions},{output}')

        def check(text):
            mine = self.path('boxes-shoal.npy')
            write_scalar(mine, json.loads(text)['sum'])
            if os.path.exists(output):
                self.check('same', mine, output, 1e-9)('')
        return Group('1000 boxes of 16x16x16', {'h5py': peer, 'shoal': command},
                     [Goal('h5py', least=5)], check=check)

    def expression(self):
        mine = os.path.join(self.scratch, 'expression.h5')
        theirs = os.path.join(self.scratch, 'expression.b2nd')
        sides = {
            'shoal': self.calc(EXPRESSION, self.dataset, '-o', mine + ':/r', '--chunk',
                               '64,128,128', '--codec', 'blosc:lz4:5:shuffle'),
            'limits': self.limits('expression', self.hdf5, 'temperature'),
            'blosc2': self.peer('blosc2', 'expression', self.b2nd, theirs),
        }
        return Group(f'{EXPRESSION} to a dataset', sides,
                     [Goal('decode+compute+encode', most=1.3), Goal('blosc2', least=2.5)],
                     value={'decode+compute+encode': lambda figures: sum(
                         figures[kind] for kind in ('decode', 'compute', 'encode'))},
                     fresh=[mine, theirs],
                     check=self.check('expression', self.hdf5, mine, 1e-5))

    def group(self, name, shape):
        if name in AXIS:
            return self.reduction(name)
        return self.boxes(shape) if name == 'boxes' else getattr(self, name)()


def write_scalar(path, value):
    """One float64 as .npy, without NumPy in this process."""
    import struct
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (), }".ljust(117) + '\n'
    with open(path, 'wb') as file:
        file.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header.encode())
        file.write(struct.pack('<d', value))


def scratch_folder(folder):
    """Where outputs go: memory when there is room, as the bars are about work, not about disks."""
    try:
        room = shutil.disk_usage('/dev/shm').free
    except OSError:
        room = 0
    if room < 6 << 30:
        return folder
    scratch = f'/dev/shm/shoal-bench-{os.getpid()}'
    os.makedirs(scratch)
    return scratch


def show(rows):
    table = [['operation', 'shoal s', 'against', 's', 'ratio', 'goal', 'reached', 'peak MiB']]
    for name, mine, against, other, ratio, goal, reached, peak in rows:
        table.append([name, f'{mine:.3f}', against, '' if other is None else f'{other:.3f}',
                      f'{ratio:.2f}', goal, 'yes' if reached else 'NO', f'{peak:.0f}'])
    measure.print_table(table)


GROUPS = ('all', 'time', 'space', 'contiguous', 'ingest', 'boxes', 'expression')


def read_options():
    parser = measure.parser('./dev bench', __doc__)
    parser.add_argument('--rounds', type=int, default=3, help='of each side (3)')
    parser.add_argument('--only', nargs='+', choices=GROUPS, default=GROUPS, metavar='GROUP',
                        help=f'some of: {", ".join(GROUPS)}')
    parser.add_argument('--shape', nargs=3, default=('4096', '512', '512'), metavar='N',
                        help='a smaller grid, to try things out; wants a folder of its own')
    return parser.parse_args()


def main():
    options = read_options()
    measure.use_two_processors()
    folder = os.path.abspath(options.dir)
    os.makedirs(folder, exist_ok=True)
    scratch = scratch_folder(folder)
    bench = Bench(os.path.abspath(options.build), folder, scratch)
    rows, failures, seconds = [], [], {}
    try:
        bench.make_inputs(options.shape)
        for path in (bench.npy, bench.hdf5, bench.b2nd):
            measure.warm(path)
        for name in options.only:
            try:
                group = bench.group(name, options.shape)
                group.run(options.rounds)
            except measure.Failed as failure:
                failures.append(f'{name}: {failure}')
                print(failures[-1], flush=True)
                continue
            rows += group.rows()
            seconds[group.name] = group.seconds
            print(f'done: {group.name}', flush=True)
    finally:
        if scratch != folder:
            shutil.rmtree(scratch)
    show(rows)
    for failure in failures:
        print(f'failed: {failure}')
    names = ('operation', 'shoal_s', 'against', 'against_s', 'ratio', 'goal', 'reached', 'peak_mib')
    measure.save('build/bench/results.json', {
        'shape': options.shape, 'rows': [dict(zip(names, row)) for row in rows],
        'seconds': seconds, 'failures': failures})
    sys.exit(0 if not failures and all(row[6] for row in rows) else 1)


if __name__ == '__main__':
    main()
