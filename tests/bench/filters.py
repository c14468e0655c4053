"""The filters: the sum of a float32 field (N, 512, 512) in chunks of (64, 128, 128), by shoal on 2
threads, by h5py with hdf5plugin chunk after chunk into NumPy, by hidefix for gzip, and decoding
alone; every side run in turn in one run, warm (written out, then read once: the page cache keeps
in larger pieces what was read), the median of several rounds (the same work takes up to a third
longer from one run to the next on shared machines, so the best of few is luck). A figure is whole
wall time, start-up included; decoding's is the work alone. The files are made once.
"""
import argparse
import json
import os
import statistics
import sys

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
CHUNK = (64, 128, 128)
THREADS = '2'
SUM = '''
import sys, json
import numpy as np
def h5py_sum(path):
    import h5py, hdf5plugin
    total = 0.0
    with h5py.File(path) as file:
        dataset = file["t"]
        for box in dataset.iter_chunks():
            total += np.nansum(dataset[box], dtype="f8")
    return total
def hidefix_sum(path):
    import hidefix
    dataset, n = hidefix.Index(path).dataset("t"), int(sys.argv[3])
    return sum(np.nansum(dataset[k:k + 64, :, :], dtype="f8") for k in range(0, n, 64))
print(json.dumps(globals()[sys.argv[1] + "_sum"](sys.argv[2])))
'''
# name -> what h5py is asked for
CODECS = {
    'gzip': {'compression': 'gzip', 'compression_opts': 4, 'shuffle': True},
    'lzf': {'compression': 'lzf', 'shuffle': True},
    'szip': {'compression': 'szip', 'compression_opts': ('nn', 16)},
    'lz4': {'plugin': ('LZ4', {}), 'shuffle': True},
    'zstd': {'plugin': ('Zstd', {'clevel': 3}), 'shuffle': True},
    'bitshuffle': {'plugin': ('Bitshuffle', {'cname': 'lz4'})},
    'bitshuffle-zstd': {'plugin': ('Bitshuffle', {'cname': 'zstd', 'clevel': 3})},
    'bzip2': {'plugin': ('BZip2', {'blocksize': 9}), 'shuffle': True},
    'scaleoffset': {'scaleoffset': 2},
}
DEFAULT = ('gzip', 'lzf', 'szip', 'lz4', 'zstd', 'bitshuffle', 'bitshuffle-zstd')
LEAST = {'gzip': {'h5py': 4, 'hidefix': 1.9}}
MOST = 1.2


def make(path, name, source):
    """As h5py and hdf5plugin store it."""
    import h5py
    import hdf5plugin
    import numpy as np
    how = dict(CODECS[name])
    if 'plugin' in how:
        filter_, options = how.pop('plugin')
        how['compression'] = getattr(hdf5plugin, filter_)(**options)
    data = np.load(source, mmap_mode='r')
    with h5py.File(path + '.part', 'w', libver='earliest') as file:
        dataset = file.create_dataset('t', data.shape, 'f4', chunks=CHUNK, **how)
        for start in range(0, data.shape[0], CHUNK[0]):
            dataset[start:start + CHUNK[0]] = data[start:start + CHUNK[0]]
    os.rename(path + '.part', path)


def make_inputs(folder, build, n_time, names):
    import gen
    source = os.path.join(folder, f'field-{n_time}.npy')
    if not os.path.exists(source):
        gen.make_npy(source, os.path.join(build, 'tests', 'bench', 'gen_field'),
                     (n_time, 512, 512))
    paths = {}
    for name in names:
        paths[name] = os.path.join(folder, f'{name}-{n_time}.h5')
        if not os.path.exists(paths[name]):
            # A process of its own, as a child's peak is never below that of its parent.
            measure.run([sys.executable, __file__, '--make', paths[name], name, source])
    return paths


def commands(build, name, path, n_time):
    sides = {
        'shoal': [os.path.join(build, 'cli', 'shoal'), 'calc', 'nansum(t)', f't={path}:/t', '-j',
                  THREADS, '-q', '--json'],
        'decoding': [os.path.join(build, 'tests', 'bench', 'filter_limits'), path, 't', THREADS],
        'h5py': [sys.executable, '-c', SUM, 'h5py', path],
    }
    if name == 'gzip':
        sides['hidefix'] = [sys.executable, '-c', SUM, 'hidefix', path, n_time]
    return sides


def run_codec(build, name, path, n_time, rounds):
    sides = commands(build, name, path, n_time)
    taken_by, sums, stored = {}, {}, {}
    for _ in range(rounds):
        for side, command in sides.items():
            taken = measure.run(command)
            if side == 'decoding':
                stored = json.loads(taken.output)
                figures = {'decoding': stored['filters'], 'library': stored['library']}
            else:
                figures = {side: taken.seconds}
                sums[side] = taken.output
            for figure, seconds in figures.items():
                taken_by.setdefault(figure, []).append(seconds)
    check_sums(name, sums)
    middle = {figure: statistics.median(seconds) for figure, seconds in taken_by.items()}
    return middle, stored['raw_bytes'] / stored['stored_bytes']


def check_sums(name, sums):
    wanted = float(sums['h5py'])
    for side, text in sums.items():
        got = sum_of(text) if side == 'shoal' else float(text)
        if not abs(got - wanted) <= 1e-6 * abs(wanted):
            raise measure.Failed(f'{name}: {side} gives {got}, h5py {wanted}')


def sum_of(text):
    """shoal's result: the only number of its JSON that is called value, or the text itself."""
    found = json.loads(text)
    for key in ('results', 'result', 'values', 'value'):
        if isinstance(found, dict) and key in found:
            found = found[key]
        if isinstance(found, list):
            found = found[0]
    return float(found['value'] if isinstance(found, dict) else found)


def rows_of(name, middle, ratio):
    """[codec, ratio, shoal s, against, s, times, goal, reached]"""
    mine = middle['shoal']
    for side in ('h5py', 'hidefix'):
        if side in middle:
            least = LEAST.get(name, {}).get(side, 1.8)
            yield [name, f'{ratio:.2f}', f'{mine:.3f}', side, f'{middle[side]:.3f}',
                   f'{middle[side] / mine:.2f}', f'>= {least:g} x faster',
                   'yes' if middle[side] / mine >= least else 'NO']
    for side in ('decoding', 'library'):
        yield [name, f'{ratio:.2f}', f'{mine:.3f}', side, f'{middle[side]:.3f}',
               f'{mine / middle[side]:.2f}', f'<= {MOST:g} x',
               'yes' if mine / middle[side] <= MOST else 'NO']


def read_options():
    parser = measure.parser('./dev bench filters', __doc__)
    parser.add_argument('--make', nargs=3, help=argparse.SUPPRESS)
    parser.add_argument('--rounds', type=int, default=5, help='of each side (5)')
    parser.add_argument('--only', nargs='+', choices=tuple(CODECS), default=DEFAULT,
                        metavar='CODEC', help=f'some of: {", ".join(CODECS)}')
    parser.add_argument('--gib', type=float, default=1, help='of raw data (1)')
    return parser.parse_args()


def main():
    options = read_options()
    if options.make:
        make(*options.make)
        return
    measure.use_two_processors()
    folder, build = os.path.abspath(options.dir), os.path.abspath(options.build)
    os.makedirs(folder, exist_ok=True)
    n_time = str(max(1, round(options.gib * 16)) * CHUNK[0])
    paths = make_inputs(folder, build, n_time, options.only)
    table = [['codec', 'ratio', 'shoal s', 'against', 's', 'times', 'goal', 'reached']]
    results = {}
    for name in options.only:
        measure.chill(paths[name])
        measure.warm(paths[name])
        middle, ratio = run_codec(build, name, paths[name], n_time, options.rounds)
        results[name] = {'seconds': middle, 'ratio': ratio}
        table += rows_of(name, middle, ratio)
        print(f'done: {name}', flush=True)
    measure.print_table(table)
    measure.save('build/bench/filters.json', {'gib': options.gib, 'results': results})
    sys.exit(0 if all(row[-1] == 'yes' for row in table[1:]) else 1)


if __name__ == '__main__':
    main()
