"""Passes under pressure: small memory limits, shifted and broadcast inputs through the chunk cache,
tiles finished one by one, results streamed to a file. Against NumPy, element by element; and the
same bits for any number of threads.

usage: test_passes.py CALC_DRIVER [SEED]
"""

import sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py, hdf5plugin, numpy as np
from cf_driver import OneResult

R, G = generators(chosen_seed(2))
np.seterr(all='ignore')
MIB = 1 << 20

CASES = [  # expression, NumPy's, memory limits in MiB, the same in any order of sums?
    ('t[1:] - t[:-1]', lambda t, m: t[1:] - t[:-1], (6, 20, 200)),
    ('t[::-1] + t', lambda t, m: t[::-1] + t, (6, 20, 200)),
    ('t[:, 3:-5:2, ::3] * 2', lambda t, m: t[:, 3:-5:2, ::3] * 2, (6, 200)),
    ('t - m', lambda t, m: t - m, (6, 40)),
    ('where(t > m, t, m)', lambda t, m: np.where(t > m, t, m), (6, 40)),
    ('t[:, 1:] - t[:, :-1] + t[:, 1:]', lambda t, m: t[:, 1:] - t[:, :-1] + t[:, 1:], (8, 40)),
    ('max(t, axis=0)', lambda t, m: t.max(0), (0.3, 0.6, 1, 2, 5, 200)),
    ('min(t, axis=(1, 2))', lambda t, m: t.min((1, 2)), (5, 200)),
    ('min(t, axis=1)', lambda t, m: t.min(1), (0.3, 0.6, 1, 5, 200)),
    ('argmax(t)', lambda t, m: np.argmax(t), (5, 200)),
    ('argmin(t, axis=2)', lambda t, m: np.argmin(t, 2), (0.5, 1, 5, 200)),
    ('argmax(t * 2, axis=0)', lambda t, m: np.argmax(t * 2, 0), (5, 200)),
    ('argmin(t[:, ::-1])', lambda t, m: np.argmin(t[:, ::-1]), (5, 200)),
    ('count(t, axis=0)', lambda t, m: np.sum(t == t, 0), (0.3, 0.6, 1, 5, 200)),
    ('all(t > 0, axis=1, keepdims=True)', lambda t, m: np.all(t > 0, 1, keepdims=True), (5, 200)),
    ('t - max(t, axis=0)', lambda t, m: t - t.max(0), (12, 200)),
    ('t[5:] - max(t[3:60], axis=0)', lambda t, m: t[5:] - t[3:60].max(0), (12, 200)),
    (
        'max(t[2:, 7:, 11:-3] + m[7:, 11:-3], axis=0)',
        lambda t, m: (t[2:, 7:, 11:-3] + m[7:, 11:-3]).max(0),
        (8, 200),
    ),
]


def equal(a, b):
    return (
        a is not None
        and a.dtype == b.dtype
        and a.shape == b.shape
        and np.array_equal(a, b, equal_nan=True)
    )


def wide_results(driver, folder, n, failures):
    """accumulators beyond the limit: tiles are done one after another, and go to the file"""
    path, out = folder + '/wide.h5', folder + '/wide_out.h5'
    w = np.round(G.standard_normal((12, 600, 500)) * 100)
    w[G.random(w.shape) < 0.3] = np.nan
    with h5py.File(path, 'w') as f:
        f.create_dataset('w', data=w, chunks=(3, 100, 125), **hdf5plugin.Blosc('lz4', 5, 1))
    for expr, want in [
        ('nanmax(w, axis=0)', np.nanmax(w, 0)),
        ('argmax(w, axis=0)', np.argmax(w, 0)),
        ('nanmin(w * 2, axis=0, keepdims=True)', np.nanmin(w * 2, 0, keepdims=True)),
        ('count(w, axis=0)', np.sum(w == w, 0)),
    ]:
        tiled = 0
        for limit in (6.5, 7, 8, 10, 100):
            for chunk in ('', '70,40', '1,300,300'):
                if chunk and len(chunk.split(',')) != want.ndim:
                    continue
                keys = {
                    '@threads': R.choice([1, 2, 3]),
                    '@memory': int(limit * MIB),
                    '@output': out + ':/x',
                }
                _, error = driver.run(
                    expr, **keys, **({'@chunk': chunk} if chunk else {}), w=path + ':/w'
                )
                if error and error.startswith('error 5') and limit < 100:
                    continue
                tiled += limit < 100
                with h5py.File(out) as f:
                    got = f['x'][()]
                n += 1
                if error or not equal(got, want):
                    failures += 1
                    print(f'FAILED: {error}: {expr} {keys} chunk {chunk}')
        if not tiled:
            failures += 1
            print(f'FAILED: {expr} never ran below 100 MiB')
    return n, failures


def edge_chunks(driver, folder, n, failures):
    """chunks of many pieces that stick out beyond the dataset, by codecs that decode blocks"""
    path, out = folder + '/edge.h5', folder + '/edge_out.h5'
    codecs = [hdf5plugin.Bitshuffle(), hdf5plugin.Bitshuffle(cname='zstd'),
              hdf5plugin.Bitshuffle(cname='none'), hdf5plugin.Bitshuffle(nelems=512),
              hdf5plugin.Blosc('lz4'), hdf5plugin.Blosc('zstd'), hdf5plugin.Blosc('zlib'),
              hdf5plugin.Blosc('lz4', shuffle=0), hdf5plugin.LZ4(), dict(compression='lzf'),
              dict(compression='gzip', shuffle=True), {}]
    for codec in codecs * 3:
        dtype = R.choice(['u1', '<i2', '>i4', '<f4', '<f8', '>f8'])
        rows, width = R.randint(2, 40), R.randint(1, 40000)
        x = G.integers(0, 200, (rows, width)).astype(dtype)
        chunk = (R.randint(rows // 2 + 1, rows), R.choice([width, R.randint(1, width)]))
        with h5py.File(path, 'w') as f:
            f.create_dataset('t', data=x, chunks=chunk, **codec)
        wide = x.astype(x.dtype.newbyteorder('='))
        for expr, want in (('sum(t, dtype=f8)', np.float64(x.sum(dtype='f8'))),
                           ('max(t, axis=0)', wide.max(0)), ('t + t', wide + wide),
                           ('median(t)', np.median(wide)),
                           ('histogram(t, 7, range=(0, 200))', np.histogram(x, 7, (0, 200))[0])):
            keys = {'@threads': R.choice([1, 2]), '@memory': 200 * MIB, '@output': out + ':/x'}
            got, error = driver.run(expr, **keys, t=path + ':/t')
            if error is None:
                with h5py.File(out) as f:
                    got = np.asarray(f['x'][()])
            n += 1
            if error or not equal(got, np.asarray(want)):
                failures += 1
                print(f'FAILED: {error}: {expr} of {x.shape} {dtype} in {chunk} by {codec}')
    return n, failures


def main():
    driver, failures, n, refused = OneResult(sys.argv[1]), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path, out = folder + '/in.h5', folder + '/out.h5'
        shape = (R.randint(61, 80), R.randint(100, 140), R.randint(90, 150))
        t = np.round(G.standard_normal(shape) * 100).astype('f4')
        t[G.random(shape) < 0.001] = np.inf
        m = np.round(G.standard_normal(shape[1:]) * 100).astype('f4')
        layouts = [
            dict(chunks=(8, 32, 32)),
            dict(chunks=(1,) + shape[1:]),
            dict(chunks=(shape[0], 4, 4)),
            dict(chunks=tuple(R.randint(5, 40) for _ in shape)),
            {},
        ]
        with h5py.File(path, 'w') as f:
            for k, layout in enumerate(layouts):
                extra = hdf5plugin.Blosc('lz4', 5, 1) if layout else {}
                f.create_dataset(f't{k}', data=t, **layout, **extra)
                f.create_dataset(
                    f'm{k}', data=m, **({'chunks': layout['chunks'][1:], **extra} if layout else {})
                )
        for expr, numpy, limits in CASES:
            want = numpy(t, m)
            want = np.asarray(want)
            for k in range(len(layouts)):
                inputs = dict(t=f'{path}:/t{k}', m=f'{path}:/m{R.randrange(len(layouts))}')
                for limit in limits:
                    threads = R.choice([1, 2, 3, 4])
                    to_file = R.random() < 0.6
                    keys = {'@threads': threads, '@memory': int(limit * MIB)}
                    if to_file:
                        keys['@output'] = out + ':/x'
                        if want.ndim and R.random() < 0.3:
                            keys['@chunk'] = ','.join(
                                str(R.randint(max(1, d // 4), d)) for d in want.shape
                            )
                    got, error = driver.run(expr, **keys, **inputs)
                    if error and error.startswith('error 5'):
                        refused += 1  # an honest refusal; larger limits must work
                        if limit >= 200:
                            print(f'FAILED: {error}: {expr} {keys} {layouts[k]}')
                            failures += 1
                        continue
                    if error is None and to_file:
                        with h5py.File(out) as f:
                            got = f['x'][()]
                        got = np.asarray(got)
                    n += 1
                    if error or not equal(got, want):
                        failures += 1
                        print(f'FAILED: {error}: {expr} {keys} {layouts[k]} shape {shape} {inputs}')
        n, failures = wide_results(driver, folder, n, failures)
        n, failures = edge_chunks(driver, folder, n, failures)
        for expr in (
            'sum(t, axis=0)',
            'mean(t)',
            'std(t, axis=(0, 2))',
            'nanvar(t * 3, axis=1)',
            'prod(t[:3], axis=1)',
        ):
            for k in range(len(layouts)):
                bits = {
                    driver.run(expr, **{'@threads': j, '@memory': 64 * MIB}, t=f'{path}:/t{k}')[
                        0
                    ].tobytes()
                    for j in (1, 2, 3, 5)
                }
                n += 1
                if len(bits) != 1:
                    failures += 1
                    print(f'FAILED: {expr} over {layouts[k]}: other bits with other threads')
    print(f'{n - failures} equal, {refused} refused for memory, {failures} failed')
    sys.exit(1 if failures else 0)


main()
