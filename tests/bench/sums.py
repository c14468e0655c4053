"""What exact sums cost: a warm scan of a compressed field in one thread with the exact kernel
beside the same scan with a plain sum in vectors, and ten statistics in one call beside each of them
alone; every side in turn in one run, the best of several rounds. The files are made once.
"""
import json
import os
import sys

import measure

GOALS = {'float32': 1.15, 'float64': 1.3}
VALUES = {'float32': 'where(isnan(t), float32(0), t)',
          'float64': 'where(isnan(t), 0, float64(t) * 1.1)'}
TEN = ('sum(t)', 'mean(t)', 'var(t)', 'std(t)', 'min(t)', 'max(t)', 'nanmean(t)', 'nanstd(t)',
       'count(t)', 'argmax(t)')


def make_inputs(folder, build, n_time):
    import gen
    shoal = os.path.join(build, 'cli', 'shoal')
    field, source = (os.path.join(folder, f'{name}-{n_time}') for name in ('sums', 'field'))
    if not os.path.exists(source + '.npy'):
        gen.make_npy(source + '.npy', os.path.join(build, 'tests', 'bench', 'gen_field'),
                     (n_time, 512, 512))
    paths = {}
    for name, expression in VALUES.items():
        paths[name] = f'{field}-{name}.h5'
        if not os.path.exists(paths[name]):
            measure.run([shoal, 'calc', '-q', expression, f't={source}.npy', '--chunk',
                         '64,128,128', '-o', f'{paths[name]}:/t'])
        measure.warm(paths[name])
    return paths


def scan_row(build, name, path, rounds):
    program = os.path.join(build, 'tests', 'bench', 'sums')
    got = json.loads(measure.run([program, path, '/t', str(rounds)]).output)
    if not abs(got['plain_sum'] - got['exact_sum']) <= 1e-3 * abs(got['exact_sum']):
        raise measure.Failed(f'{name}: the sums are {got["plain_sum"]} and {got["exact_sum"]}')
    times = got['exact'] / got['plain']
    return [f'exact sum of {name}', f'{got["exact"]:.3f}', 'plain sum', f'{got["plain"]:.3f}',
            f'{times:.2f}', f'<= {GOALS[name]:g} x', 'yes' if times <= GOALS[name] else 'NO']


def ten_row(build, name, path, rounds):
    shoal, best = os.path.join(build, 'cli', 'shoal'), {}
    for _ in range(rounds):
        for what in TEN + ('; '.join(TEN),):
            taken = measure.run([shoal, 'calc', '-q', '-j', '2', what, f't={path}:/t'])
            best[what] = min(best.get(what, taken.seconds), taken.seconds)
    together = best.pop('; '.join(TEN))
    slowest = max(best, key=best.get)
    times = together / best[slowest]
    return [f'ten statistics of {name}', f'{together:.3f}', slowest, f'{best[slowest]:.3f}',
            f'{times:.2f}', '<= 1.5 x', 'yes' if times <= 1.5 else 'NO']


def read_options():
    parser = measure.parser('./dev bench sums', __doc__)
    parser.add_argument('--rounds', type=int, default=5, help='of each side (5)')
    parser.add_argument('--gib', type=float, default=1, help='of raw float32 data (1)')
    return parser.parse_args()


def main():
    options = read_options()
    measure.use_two_processors()
    folder, build = os.path.abspath(options.dir), os.path.abspath(options.build)
    os.makedirs(folder, exist_ok=True)
    paths = make_inputs(folder, build, max(1, round(options.gib * 16)) * 64)
    table = [['what', 's', 'against', 's', 'times', 'goal', 'reached']]
    for name, path in paths.items():
        for row in (scan_row, ten_row):
            table.append(row(build, name, path, options.rounds))
            print(f'done: {table[-1][0]}', flush=True)
    measure.print_table(table)
    measure.save('build/bench/sums.json', {'gib': options.gib, 'rows': table[1:]})
    sys.exit(0 if all(row[-1] == 'yes' for row in table[1:]) else 1)


if __name__ == '__main__':
    main()
