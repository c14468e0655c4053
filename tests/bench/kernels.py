"""Users' kernels beside the built-in expressions that do the same: element-wise ones and a plain
sum, over a compressed field and one that is read in place; each pair in turn in one run on 2
threads, warm, the best of several rounds, start-up included. What the element-wise ones write is
compared with the built-in results and with NumPy's, element by element. The files are made once.
"""
import os
import sys

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
MAPS = {'own_line(t)': 't * 2 + 1', 'own_ratio(t)': '(t - 1.5) * (t + 0.5) / (t * t + 1)'}
GOAL = {'map': 1.1, 'sum': 1.15}


def make_inputs(folder, build, n_time):
    """A label and a locator each: float32 and float64, compressed and in place."""
    import gen
    shoal = os.path.join(build, 'cli', 'shoal')
    source = os.path.join(folder, f'field-{n_time}.npy')
    if not os.path.exists(source):
        gen.make_npy(source, os.path.join(build, 'tests', 'bench', 'gen_field'), (n_time, 512, 512))
    inputs = {'float32, in place': f't={source}:/'}
    for label, expression, codec in (
            ('float32, lz4', 'where(isnan(t), float32(1), t)', 'blosc:lz4'),
            ('float64, lz4', 'where(isnan(t), 1, float64(t) * 1.1)', 'blosc:lz4'),
            ('float64, in place', 'where(isnan(t), 1, float64(t) * 1.1)', 'none')):
        name = label.replace(', ', '-').replace(' ', '-')
        path = os.path.join(folder, f'kernels-{n_time}-{name}')
        final = path + ('.npy' if codec == 'none' else '.h5')
        if not os.path.exists(final):
            measure.run([shoal, 'calc', '-q', expression, f't={source}', '--chunk', '64,128,128',
                         '--codec', codec, '-o', path + '.part:/t'])
            if codec == 'none':
                measure.run([shoal, 'export', '-q', path + '.part:/t', '-o', final])
                os.remove(path + '.part')
            else:
                os.rename(path + '.part', final)
        inputs[label] = f't={final}:/' + ('' if codec == 'none' else 't')
    for locator in inputs.values():
        measure.warm(locator[2:].rpartition(':')[0])
    return inputs


def in_turn(commands, rounds):
    """The best wall seconds of each, and of all threads' time; one more round comes first and does
    not count."""
    best, cpu = [float('inf')] * len(commands), [float('inf')] * len(commands)
    for done in range(rounds + 1):
        for k, command in enumerate(commands):
            taken = measure.run(command)
            if done:
                best[k] = min(best[k], taken.seconds)
                cpu[k] = min(cpu[k], taken.cpu_seconds)
    return best, cpu


def check(command, own, built_in, locator, folder):
    """The whole arrays beside each other, and a part of them beside NumPy."""
    import h5py
    import hdf5plugin  # noqa: F401 (registers Blosc)
    import numpy as np
    out = os.path.join(folder, 'kernels-out.h5')
    for name, expression in (('own', own), ('built_in', built_in)):
        extra = [] if name == 'own' else ['-f']
        if os.path.exists(out) and name == 'own':
            os.remove(out)
        measure.run([*command, *extra, expression, locator, '-o', f'{out}:/{name}'])
    path, _, inside = locator[2:].rpartition(':/')
    with h5py.File(out) as file, np.errstate(invalid='ignore'):
        t = np.load(path, mmap_mode='r') if path.endswith('.npy') else h5py.File(path)[inside]
        for k in range(0, t.shape[0], 64):
            part = t[k:k + 64]
            a, want = file['own'][k:k + 64], eval(built_in, {'t': part})
            for other in (file['built_in'][k:k + 64], want):
                if not (a.dtype == other.dtype and np.array_equal(a, other, equal_nan=True)):
                    raise measure.Failed(f'{own} of {path} differs in rows {k} to {k + 64}')
    os.remove(out)


def read_options():
    parser = measure.parser('./dev bench kernels', __doc__)
    parser.add_argument('--rounds', type=int, default=7, help='of each side (7)')
    parser.add_argument('--gib', type=float, default=1, help='of raw float32 data (1)')
    return parser.parse_args()


def main():
    options = read_options()
    measure.use_two_processors()
    folder, build = os.path.abspath(options.dir), os.path.abspath(options.build)
    os.makedirs(folder, exist_ok=True)
    # the built-in kernels round each operation: so must what is compared with them
    os.environ['CC'] = os.environ.get('CC', 'cc') + ' -ffp-contract=off'
    os.environ['XDG_CACHE_HOME'] = folder
    command = [os.path.join(build, 'cli', 'shoal'), 'calc', '-q', '-j', '2', '--no-summaries',
               '--kernel', os.path.join(HERE, 'kernels.c')]
    table = [['kernel', 's', 'built in', 's', 'times', 'CPU', 'goal', 'reached']]
    for label, locator in make_inputs(folder, build, max(1, round(options.gib * 16)) * 64).items():
        pairs = [(f'count({own})', f'count({built_in})', 'map') for own, built_in in MAPS.items()]
        pairs.append(('plain_sum(t)', 'sum(t)', 'sum'))
        for own, built_in, kind in pairs:
            if kind == 'map':
                check(command, own[6:-1], built_in[6:-1], locator, folder)
            (a, b), cpu = in_turn([[*command, e, locator] for e in (own, built_in)], options.rounds)
            table.append([f'{own}, {label}', f'{a:.3f}', built_in, f'{b:.3f}', f'{a / b:.2f}',
                          f'{cpu[0] / cpu[1]:.2f}', f'<= {GOAL[kind]:g} x',
                          'yes' if a / b <= GOAL[kind] else 'NO'])
            print(f'done: {table[-1][0]}', flush=True)
    measure.print_table(table)
    measure.save('build/bench/kernels.json', {'gib': options.gib, 'rows': table[1:]})
    sys.exit(0 if all(row[-1] == 'yes' for row in table[1:]) else 1)


if __name__ == '__main__':
    main()
