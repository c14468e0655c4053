"""Data far beyond memory: a generated field is ingested from a pipe and computed on inside a memory
cgroup of 512 MiB with -m 256M, and again without the limit on the same cold data. Nothing may be
killed or swapped, and the limit may cost at most a factor of 1.2.

24 GiB need about 40 GB of disk in $SHOAL_BENCH_DIR (or build/bench).
"""
import os
import subprocess
import sys

import cgroup
import measure

LIMIT = 512 << 20
MOST_RATIO = 1.2
PLANE = (512, 512)
GIB_STEPS = (1 << 30) // (4 * PLANE[0] * PLANE[1])
OPERATIONS = {
    'nanmean of everything': 'nanmean(t)',
    'nanmean over time': 'nanmean(t, axis=0)',
    'nanmean over space': 'nanmean(t, axis=(1, 2))',
    'sin(t/100)*2+t*t to a dataset': 'sin(t/100)*2+t*t',
}


class Ceiling:
    """Paths and commands; `run` gives what one limited or free run took, and its cgroup's say."""

    def __init__(self, build, folder, gib, limit=LIMIT):
        self.shoal = os.path.join(build, 'cli', 'shoal')
        self.generator = os.path.join(build, 'tests', 'bench', 'gen_field')
        self.shape = (gib * GIB_STEPS, *PLANE)
        self.big = os.path.join(folder, 'big.h5')
        self.out = os.path.join(folder, 'out.h5')
        self.limit = limit

    def options(self):
        return ['-m', '256M', '-q']

    def ingest_command(self):
        shape = ','.join(map(str, self.shape))
        return [self.shoal, 'ingest', '-', '--format', 'raw', '--dtype', 'f4', '--shape', shape,
                '-o', self.big + ':/t', *self.options()]

    def calc_command(self, expression):
        return [self.shoal, 'calc', expression, self.big + ':/t', '-o', self.out + ':/r',
                *self.options()]

    def remove(self, path):
        if os.path.exists(path):
            os.remove(path)

    def run_ingest(self, limited):
        self.remove(self.big)
        shape = list(map(str, self.shape))
        with subprocess.Popen([self.generator, *shape], stdout=subprocess.PIPE) as generator:
            taken = self.run(self.ingest_command(), limited, generator.stdout)
            generator.stdout.close()
        if generator.returncode != 0:
            raise measure.Failed('the generator did not get everything through the pipe')
        return taken

    def run_calc(self, expression, limited):
        self.remove(self.out)
        measure.chill(self.big)
        return self.run(self.calc_command(expression), limited, None)

    def run(self, command, limited, stdin):
        if not limited:
            return measure.run(command, stdin=stdin), None
        with cgroup.MemoryCgroup(self.limit) as group:
            taken = measure.run(group.wrap(command), stdin=stdin)
            return taken, group.figures()


def problems(figures, limit):
    """What the cgroup saw that must not be."""
    found = []
    if figures['kills']:
        found.append('killed')
    if figures['swap']:
        found.append('swapped')
    if figures['peak'] is not None and figures['peak'] > limit:
        found.append('beyond the limit')
    return found


def measure_all(ceiling, rounds):
    """[name, limited s, free s, ratio, cgroup's figures, peak MiB of the process, problems]"""
    runs = {'ingest from a pipe': ceiling.run_ingest}
    for name, expression in OPERATIONS.items():
        runs[name] = lambda limited, text=expression: ceiling.run_calc(text, limited)
    rows = []
    for name, run in runs.items():
        limited, free = [], []
        for _ in range(rounds):
            free.append(run(False)[0].seconds)
            taken, figures = run(True)
            limited.append(taken.seconds)
        ratio = min(limited) / min(free)
        found = problems(figures, ceiling.limit)
        if ratio > MOST_RATIO:
            found.append(f'over {MOST_RATIO} times slower')
        rows.append([name, min(limited), min(free), ratio, figures, taken.peak_mib, found])
        print(f'done: {name}', flush=True)
    return rows


def show(rows):
    table = [['operation', 'limited s', 'verdict', 'free s', 'ratio', 'cgroup MiB', 'process MiB',
              'kills', 'swap']]
    for name, limited, free, ratio, figures, peak_mib, found in rows:
        peak = figures['peak']
        table.append([name, f'{limited:.2f}', ', '.join(found) or 'fine', f'{free:.2f}',
                      f'{ratio:.2f}', 'unknown' if peak is None else f'{peak / 2**20:.0f}',
                      f'{peak_mib:.0f}', str(figures['kills']), str(figures['swap'])])
    measure.print_table(table)


def main():
    parser = measure.parser('./dev bench ceiling', __doc__)
    parser.add_argument('--gib', type=int, default=24, help='of raw data (24)')
    parser.add_argument('--rounds', type=int, default=1, help='of each (1)')
    parser.add_argument('--keep', action='store_true', help='leave the files where they are')
    options = parser.parse_args()
    os.makedirs(options.dir, exist_ok=True)
    measure.use_two_processors()
    ceiling = Ceiling(os.path.abspath(options.build), os.path.abspath(options.dir), options.gib)
    try:
        rows = measure_all(ceiling, options.rounds)
    except (cgroup.Unavailable, measure.Failed) as failure:
        sys.exit(f'ceiling: {failure}')
    finally:
        if not options.keep:
            ceiling.remove(ceiling.big)
            ceiling.remove(ceiling.out)
    show(rows)
    names = ('operation', 'limited_s', 'free_s', 'ratio', 'cgroup', 'process_mib', 'problems')
    measure.save('build/bench/ceiling.json',
                 {'gib': options.gib, 'rows': [dict(zip(names, row)) for row in rows]})
    sys.exit(1 if any(row[-1] for row in rows) else 0)


if __name__ == '__main__':
    main()
