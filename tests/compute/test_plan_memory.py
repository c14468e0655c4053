"""A plan's estimate of its memory is an upper bound, and a close one: random plans, whose heap is
counted by a library that is preloaded.

usage: test_plan_memory.py PLAN_MEMORY_DRIVER ALLOCATIONS_LIBRARY SHOAL [SEED]
"""

import os, subprocess, sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py, hdf5plugin, numpy as np

DRIVER, LIBRARY, SHOAL = sys.argv[1:4]
R, G = generators(chosen_seed(4))
MIB = 1 << 20
CORES = len(os.sched_getaffinity(0))
PLANS = int(os.environ.get('SHOAL_CASES', 200))

SCALARS = ['mean(t)', 'sum(t * 2 + u)', 'std(t)', 'argmax(t)', 'count_nonzero(t > u)',
           'min(sin(t))',
           'mean(where(t > 0, t, 0))', 'var(t - mean(t))', 'max(t[::-1] - u)', 'nanmean(u[1:])',
           'mean(t); std(t); min(u); max(u)', 'vdot(t, u)', 'norm(t - 2)',
           'count_nonzero(isin(t, u[:4]))', 'sum(unique_inverse(t))',
           'histogram(t, 50, weights=u)', 'bincount(uint8(t).ravel(), u.ravel())']
AXES = ['mean(t, axis=0)', 'sum(t, axis=-1)', 'max(t - u, axis=0)', 'std(t, axis=1)',
        'mean(t, axis=0); max(t, axis=0)', 'mean(t, by=arange(96) % 12, axis=0)',
        'max(t, by=arange(256) // 7, axis=1)', 'std(t - u, by=arange(256) % 5, axis=2)']
ARRAYS = ['t * 2 + u', 'sin(t) ** 2 + cos(u) ** 2', 't - mean(t, axis=0)',
          'where(t > u, t, u)', 't > 0', 'a = t + u; b = t - u']
LINES = ['gaussian_filter(t, 2)', 'convolve(t, [[[1, 2], [0, 1], [2, 1]]])', 'cumsum(t, axis=0)',
         'maximum_filter(t, 3, axes=(0, 2))', 'rolling_mean(t, 7, axis=0)', 'sort(t, axis=1)',
         'convolve1d(t, [1, 2, 1], axis=0)', 'median(t, axis=0)', 'quantile(t, [0.1, 0.9], axis=2)',
         'median(t, by=arange(96) % 12, axis=0)',
         'nanquantile(t, 0.9, by=arange(256) // 9, axis=1)',
         'interp(t, [-100, 0, 200], [0, 1, 5])', 'ffill(t, axis=0)', 'topk(t, 5, axis=0)']
# the first of each chain spills where the limit is small
CHAINS = ['mean(cumsum(t, axis=0), axis=1)', 'max(sort(sort(t, axis=2), axis=0))',
          'a = cummax(t - u, axis=1); min(a); max(a, axis=0)']


def make(folder):
    """Datasets of one shape in different chunks, and with different filters."""
    shape = (96, 256, 256)
    data = np.floor(G.normal(size=shape) * 100).astype('f4')
    names = []
    for k, (chunk, codec) in enumerate([
        ((16, 128, 128), 'blosc:lz4'), ((96, 64, 64), 'gzip:1'), ((8, 256, 256), 'zstd:1'),
        ((32, 128, 128), 'none'), ((5, 100, 256), 'blosc:zstd'), ((64, 128, 256), 'blosc:lz4')]):
        np.save(f'{folder}/d.npy', data.astype(R.choice(['f4', 'f4', 'f8', 'i2'])))
        subprocess.run([SHOAL, 'ingest', f'{folder}/d.npy', '-q', '-o', f'{folder}/d{k}.h5:/t',
                        '--codec', codec, '--chunk', ','.join(map(str, chunk))], check=True)
        names.append(f'{folder}/d{k}.h5:/t')
    return names


def main():
    # below the build folder: /tmp may be in memory
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(DRIVER))) as folder:
        names = make(folder)
        env = dict(os.environ, LD_PRELOAD=os.path.abspath(LIBRARY))
        p = subprocess.Popen(
            [DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True
        )
        ratios, refused, failed = [], 0, 0
        while len(ratios) < PLANS:
            kind = R.choice([SCALARS, SCALARS, AXES, AXES, ARRAYS, ARRAYS, CHAINS, LINES, LINES])
            expression, threads = R.choice(kind), R.choice([1, 1, 2, 2, 3, 4, 8])
            summaries = R.random() < 0.2
            limit = int(R.choice([8, 12, 16, 24, 32, 64, 128, 256, 1024]) * MIB)
            parts = [expression, f'@threads={threads}',
                     f'@memory={limit}', f'@no_summaries={int(not summaries)}',
                     f't={R.choice(names)}', f'u={R.choice(names)}']
            is_small = kind is AXES and ';' not in expression and R.random() < 0.3
            if kind in (ARRAYS, LINES) or is_small:
                parts.append(f'@output={folder}/out.h5' + ('' if ';' in expression else ':/x'))
            p.stdin.write('\t'.join(parts) + '\n')
            p.stdin.flush()
            words = p.stdout.readline().split()
            if not words:
                raise SystemExit(f'FAILED: the driver died at {parts}')
            if words[0] == 'error':
                refused += 1
                if words[1] != '5' or refused > 5 * PLANS:
                    raise SystemExit(f'FAILED: {parts}: {words}')
                continue
            estimate, peak = map(int, words)
            # Blosc allocates while it runs: more threads than cores do not all do so at a time, and
            # chunks that are known need not be decoded
            most = 1.5 if threads <= CORES and not summaries else 3
            ratios.append(estimate / peak)
            if peak > estimate or estimate > most * peak:
                failed += 1
                print(f'{estimate / peak:.3f} of {peak / MIB:.2f} MiB:', parts)
        print(f'{len(ratios)} plans, {refused} refused for memory: the estimate is '
              f'{min(ratios):.3f} to {max(ratios):.3f} of the peak')
        if failed:
            raise SystemExit(f'FAILED: {failed} plans')


main()
