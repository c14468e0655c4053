"""Files of a million chunks: for every kind of chunk index, the time from a process's start to the
end of its last chunk's read is under 0.3 s, and the index takes under 64 bytes a chunk; for real
chunks, the time from the open to the first one, warm and cold, and a sum over everything."""
import os
import sys

import measure

MOST_SECONDS, MOST_BYTES = 0.3, 64
KINDS = ('btree1', 'fixed', 'first', 'last', 'both', 'early')  # see tests/store/make_indexes.py
SIDE, EDGE = 1000, 16  # chunks along each axis, elements along each axis of a chunk


def make_file(path, side):
    """One Blosc chunk a cell, written raw, each with a corner element of its own number."""
    import h5py
    import hdf5plugin
    import numpy as np
    sample = np.zeros((EDGE, EDGE), 'f4')
    with h5py.File(path + '.part', 'w') as file:
        filters = hdf5plugin.Blosc(cname='lz4', clevel=5, shuffle=1)
        stored = file.create_dataset('x', (side * EDGE, side * EDGE), 'f4', chunks=(EDGE, EDGE),
                                     **filters)
        encoded = {}
        for row in range(side):
            for column in range(side):
                value = (row * side + column) % 251
                if value not in encoded:
                    encoded[value] = encode(file, sample, value, filters)
                stored.id.write_direct_chunk((row * EDGE, column * EDGE), encoded[value])
        del file['scratch']
    os.rename(path + '.part', path)


def encode(file, sample, value, filters):
    """The bytes of a chunk whose first element is `value`, encoded by libhdf5's filter."""
    sample[0, 0] = value
    if 'scratch' in file:
        del file['scratch']
    one = file.create_dataset('scratch', data=sample, chunks=sample.shape, **filters)
    file.flush()
    return one.id.read_direct_chunk((0, 0))[1]


def expected_sum(side):
    return float(sum(cell % 251 for cell in range(side * side)))


def first_box(build, path, folder):
    """(seconds to the first chunk, peak MiB) of a process that reads one chunk."""
    import json
    positions = os.path.join(folder, 'position.txt')
    with open(positions, 'w', encoding='ascii') as file:
        print(0, 0, file=file)
    tool = os.path.join(build, 'tests', 'bench', 'boxes')
    taken = measure.run([tool, path, '/x', positions, str(EDGE), '1'])
    return json.loads(taken.output)['first'], taken.peak_mib


def kinds_of_index(build, folder, side):
    """Rows of the table: each kind's seconds from start to end, and its bytes a chunk."""
    rows, results = [], {}
    makers = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'store')
    tool = os.path.join(build, 'tests', 'bench', 'boxes')
    position = os.path.join(folder, 'last.txt')
    for kind in KINDS:
        peaks, seconds = [], []
        for extent in (side, 1):
            path = os.path.join(folder, f'million-{kind}-{extent}.h5')
            if not os.path.exists(path):
                measure.run([sys.executable, '-c', 'import make_indexes; make_indexes.make_million('
                             f'{folder!r}, {kind!r}, {extent})'],
                            environment={**os.environ, 'PYTHONPATH': makers})
            with open(position, 'w', encoding='ascii') as file:
                print(2 * extent - 2, 2 * extent - 2, file=file)
            taken = [measure.run([tool, path, '/x', position, '2', '1']) for _ in range(3)]
            peaks.append(min(run.peak_mib for run in taken))
            seconds.append(min(run.seconds for run in taken))
        a_chunk = (peaks[0] - peaks[1]) * 2**20 / side**2
        results[kind] = {'seconds': seconds[0], 'bytes_a_chunk': a_chunk}
        rows += [[f'last chunk, {kind}', f'{seconds[0]:.3f} s', f'< {MOST_SECONDS} s',
                  seconds[0] < MOST_SECONDS],
                 [f'memory a chunk, {kind}', f'{a_chunk:.0f} bytes', f'< {MOST_BYTES} bytes',
                  a_chunk < MOST_BYTES]]
    return rows, results


def main():
    parser = measure.parser('./dev bench million', __doc__)
    parser.add_argument('--side', type=int, default=SIDE, help='chunks along each axis (1000)')
    options = parser.parse_args()
    build, folder = os.path.abspath(options.build), os.path.abspath(options.dir)
    os.makedirs(folder, exist_ok=True)
    measure.use_two_processors()
    big = os.path.join(folder, f'chunks-{options.side}.h5')
    small = os.path.join(folder, 'chunks-1.h5')
    for path, side in ((big, options.side), (small, 1)):
        if not os.path.exists(path):
            # In a process of its own: this one's size is the floor of every peak measured here.
            measure.run([sys.executable, '-c', f'import million; '
                         f'million.make_file({path!r}, {side})'],
                        environment={**os.environ, 'PYTHONPATH': os.path.dirname(__file__)})
    measure.chill(big)
    cold, _ = first_box(build, big, folder)
    warm, peak = min(first_box(build, big, folder) for _ in range(3))
    _, floor = first_box(build, small, folder)
    a_chunk = (peak - floor) * 2**20 / options.side**2
    shoal = os.path.join(build, 'cli', 'shoal')
    taken = measure.run([shoal, 'calc', 'sum(x)', big + ':/x', '-j', '2', '-q'])
    right = float(taken.output.split()[-1]) == expected_sum(options.side)
    rows = [['what', 'measured', 'goal', 'reached'],
            ['first chunk, cold', f'{cold:.3f} s', f'< {MOST_SECONDS} s', cold < MOST_SECONDS],
            ['first chunk, warm', f'{warm:.3f} s', f'< {MOST_SECONDS} s', warm < MOST_SECONDS],
            ['memory a chunk', f'{a_chunk:.0f} bytes', f'< {MOST_BYTES} bytes',
             a_chunk < MOST_BYTES],
            ['sum over everything', f'{taken.seconds:.3f} s', 'the right sum', right]]
    more, kinds = kinds_of_index(build, folder, options.side)
    rows += more
    measure.print_table([[str(cell) for cell in row] for row in rows])
    measure.save('build/bench/million.json', {
        'chunks': options.side**2, 'cold_s': cold, 'warm_s': warm, 'bytes_a_chunk': a_chunk,
        'sum_s': taken.seconds, 'sum_right': right, 'kinds': kinds})
    sys.exit(0 if all(row[3] for row in rows[1:]) else 1)


if __name__ == '__main__':
    main()
