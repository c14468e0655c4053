"""Runs the example of a kernel of one's own and compares it with Python, element by element.

usage: test_black_scholes.py SHOAL BLACK_SCHOLES.c
"""

import math, os, shutil, subprocess, sys, tempfile, time

try:
    import h5py, hdf5plugin, numpy as np
except ImportError as e:
    print(f'skipped: {e}')
    sys.exit(77)
if not shutil.which(os.environ.get('CC', 'cc').split()[0]):
    print('skipped: there is no C compiler')
    sys.exit(77)

shoal, kernel = sys.argv[1:]


def black_scholes(spot, strike, years, rate=0.02, volatility=0.2):
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + rate * years) / spread + spread / 2
    normal = np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)))
    return spot * normal(d1) - strike * np.exp(-rate * years) * normal(d1 - spread)


with tempfile.TemporaryDirectory() as folder:
    os.environ['XDG_CACHE_HOME'] = folder
    path, out = folder + '/options.h5', folder + '/value.h5'
    rng = np.random.default_rng(5)
    shape, chunks = (400, 500), (100, 128)
    data = {
        'spot': rng.uniform(50, 150, shape),
        'strike': rng.uniform(50, 150, shape),
        'years': rng.uniform(0.1, 3, shape),
    }
    with h5py.File(path, 'w') as f:
        for name, values in data.items():
            f.create_dataset(name, data=values, chunks=chunks, **hdf5plugin.Blosc())
    inputs = [f's={path}:/spot', f'k={path}:/strike', f't={path}:/years']

    def calc(*words, status=0):
        done = subprocess.run(
            [shoal, 'calc', '-q', '--kernel', kernel, *words, *inputs],
            capture_output=True,
            text=True,
        )
        assert done.returncode == status, (words, done)
        return done.stderr if status else done.stdout

    start = time.perf_counter()
    want = black_scholes(*data.values(), volatility=0.3)
    python = time.perf_counter() - start
    calc('black_scholes(s, k, t, volatility=0.3)', '-o', out + ':/value')
    start = time.perf_counter()
    mean = float(calc('mean(black_scholes(s, k, t, volatility=0.3))'))
    ours = time.perf_counter() - start
    with h5py.File(out) as f:
        assert np.allclose(f['value'][()], want, rtol=1e-10, atol=1e-10)
    assert np.isclose(mean, want.mean(), rtol=1e-12), (mean, want.mean())
    one = float(calc('black_scholes(100, 110, 1)'))
    assert np.isclose(one, black_scholes(100.0, 110.0, 1.0), rtol=1e-12), one
    told = calc('max(black_scholes(s, k, t, volatility=-1))', status=4)
    assert told.startswith('shoal: kernel black_scholes failed in the box (0:'), told
    assert told.endswith('): a volatility of -1\n'), told
    print(f'{want.size} options: NumPy with math.erfc {python:.2f} s, shoal {ours:.2f} s')
