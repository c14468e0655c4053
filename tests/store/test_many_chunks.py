"""A million chunks in each kind of index: all of them read, and how long the last one takes.

usage: test_many_chunks.py     $SHOAL names the command
"""
import itertools
import os
import subprocess
import sys
import tempfile
import time

from shared_case import chosen_seed, need

need('h5py', 'numpy')
import h5py
import numpy as np

SHOAL = os.environ.get('SHOAL', 'shoal')
N = 1000
# (low and high version, shape of N * N chunks of one element, maxshape, early allocation, filters)
KINDS = {
    'btree1': (('earliest', 'v108'), (N * N,), None, False, {}),
    'btree1-rank2': (('earliest', 'v108'), (N, N), (None, None), False, {}),
    'implicit': (('v110', 'v110'), (N * N,), None, True, {}),
    'farray': (('v110', 'v110'), (N * N,), None, False, {}),
    'farray-filtered': (('latest', 'latest'), (N, N), None, False, dict(shuffle=True)),
    'earray': (('v110', 'v110'), (N * N,), (None,), False, {}),
    'earray-filtered': (('latest', 'latest'), (N, N), (None, N), False, dict(shuffle=True)),
    'btree2': (('v110', 'v110'), (N, N), (None, None), False, {}),
    'btree2-filtered': (('latest', 'latest'), (N, N), (None, None), False, dict(shuffle=True)),
}
MOST_SECONDS, MOST_BYTES_A_CHUNK = 0.3, 64


def make(path, kind, values):
    libver, shape, maxshape, early, filters = KINDS[kind]
    with h5py.File(path, 'w', libver=libver) as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        if early:
            plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        d = file.create_dataset('d', shape, 'u1', chunks=(1,) * len(shape), maxshape=maxshape,
                                dcpl=plist, **filters)
        content = values.tobytes()  # shuffle leaves single bytes as they are
        for k, at in enumerate(itertools.product(*map(range, shape))):
            d.id.write_direct_chunk(at, content[k:k + 1])


# A process counts the memory of the one that it was forked from: this one has little.
MEASURE = '''
import os, sys, time
begin = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(status, time.perf_counter() - begin, usage.ru_maxrss << 10, file=sys.stderr)
'''


def run(*words):
    """(bytes, seconds, the most memory in bytes)"""
    done = subprocess.run([sys.executable, '-S', '-c', MEASURE, SHOAL, *words], capture_output=True,
                          check=True)
    *lines, measured = done.stderr.decode().splitlines()
    status, seconds, memory = measured.split()
    assert status == '0', (words, lines)
    return done.stdout, float(seconds), int(memory)


def main():
    values = np.random.default_rng(chosen_seed()).integers(0, 256, N * N).astype('u1')
    failures = 0
    with tempfile.TemporaryDirectory(prefix='many-chunks-') as folder:
        path = os.path.join(folder, 'many.h5')
        with h5py.File(path, 'w') as file:
            file['d'] = values[:1]
        _, _, plain = run('export', f'{path}:/d', '--format', 'raw', '-o', '-')
        for kind, (_, shape, *_) in KINDS.items():
            begin = time.perf_counter()
            make(path, kind, values)
            making = time.perf_counter() - begin
            last = ', '.join(str(n - 1) for n in shape)
            try:
                tries = [run('export', f'{path}:/d[{last}]', '--format', 'raw', '-o', '-')
                         for _ in range(5)]
                whole, seconds, _ = run('export', f'{path}:/d', '--format', 'raw', '-o', '-')
            except AssertionError as refused:
                failures += 1
                print(f'FAILED: {kind}: {refused}', flush=True)
                continue
            one = min(seconds for _, seconds, _ in tries)
            memory = (tries[0][2] - plain) / (N * N)
            right = whole == values.tobytes() and tries[0][0] == values[-1:].tobytes()
            good = right and one < MOST_SECONDS and memory < MOST_BYTES_A_CHUNK
            failures += not good
            print(f'{"passed" if good else "FAILED"}: {kind}: last chunk {one:.3f} s, {memory:.0f} '
                  f'bytes a chunk, all {seconds:.2f} s, {"equal" if right else "WRONG"}; made in '
                  f'{making:.1f} s', flush=True)
    sys.exit(1 if failures else 0)


main()
