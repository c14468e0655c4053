"""Random arrays: equal to NumPy's Generator(Philox(seed)) where they are defined so, the same
whatever the boxes and threads, and of the right distributions where they are not NumPy's.

usage: test_random.py CALC_DRIVER [SEED]
"""

import math, random, sys, tempfile

from shared_case import chosen_seed, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py, hdf5plugin, numpy as np

from cf_driver import Driver

R = random.Random(chosen_seed(2))
failures, n_checks = [], 0


def numpy_of(seed):
    return np.random.Generator(np.random.Philox(seed))


def fail(what):
    failures.append(what)
    print(f'FAILED: {what}')


def check(driver, folder, expr, want):
    """the same array in memory, from a file of small chunks, and any part of it"""
    global n_checks
    n_checks += 1
    want = np.asarray(want)
    got, error = driver.run(expr, threads=R.choice([1, 2, 3, 8]))
    if error or got[0].dtype != want.dtype or not np.array_equal(got[0], want):
        return fail(f"{expr}: {error or got[0].ravel()[:5]} wanted {want.ravel()[:5]}")
    if want.ndim == 0 or want.size == 0:
        return
    chunk = ','.join(str(R.randint(max(1, n // 7), n)) for n in want.shape)
    _, error = driver.run(expr, threads=R.choice([1, 3]), output=folder + '/o.h5:/x', chunk=chunk)
    with h5py.File(folder + '/o.h5') as f:
        if error or not np.array_equal(f['x'][()], want):
            fail(f'{expr} by chunks of {chunk}: {error}')
    part = ', '.join(f'{R.randint(0, n)}::{R.choice([1, 2, -1])}' for n in want.shape)
    got, error = driver.run(f'({expr})[{part}].T')
    if error or not np.array_equal(got[0], eval(f'want[{part}].T')):
        fail(f'({expr})[{part}].T: {error}')


def as_numpy(driver, folder):
    for _ in range(60):
        seed = R.choice([0, 1, R.randrange(1 << 20), R.randrange(1 << 63)])
        shape = tuple(R.randint(0, 60) for _ in range(R.randint(0, 3)))
        size = 'None' if not shape else shape
        g = lambda: numpy_of(seed)
        low, high = R.uniform(-9, 9), R.uniform(9, 99)
        check(driver, folder, f'random({size}, seed={seed})', g().random(shape or None))
        check(
            driver,
            folder,
            f'random({size}, dtype=float32, seed={seed})',
            np.asarray(g().random(shape or None, dtype='f4'), dtype='f4'),
        )
        check(
            driver,
            folder,
            f'uniform({low!r}, {high!r}, {size}, seed={seed})',
            g().uniform(low, high, shape or None),
        )
        first, bits = R.randint(-(10**9), 10**9), R.choice([0, 1, 5, 31, 32, 33, 62])
        check(
            driver,
            folder,
            f'integers({first}, {first + 2**bits}, {size}, seed={seed})',
            g().integers(first, first + 2**bits, shape or None),
        )
        # a word is rejected with a chance of below n / 2 ** 32: never here
        n = R.randint(1, 1000)
        check(
            driver,
            folder,
            f'integers({n}, size={size}, seed={seed})',
            g().integers(n, size=shape or None),
        )
        check(
            driver, folder, f'choice({n}, {size}, seed={seed})', g().choice(n, shape or None)
        )
        check(driver, folder, f'permutation({n}, seed={seed})', g().permutation(n))
    check(driver, folder, 'random(7)', numpy_of(0).random(7))
    check(
        driver,
        folder,
        'integers(-9223372036854775807 - 1, 9223372036854775807, 9, endpoint=True, seed=5)',
        numpy_of(5).integers(-(2**63), 2**63 - 1, 9, endpoint=True),
    )
    check(driver, folder, 'permutation(100000, seed=3)', numpy_of(3).permutation(100000))
    check(driver, folder, 'random(300000, seed=3)', numpy_of(3).random(300000))


def from_arrays(driver, folder):
    x = np.arange(60.0).reshape(12, 5) * 3
    with h5py.File(folder + '/a.h5', 'w') as f:
        f.create_dataset('x', data=x, chunks=(5, 2))
    run = lambda e: driver.run(e, x=folder + '/a.h5:/x')[0][0]
    global n_checks
    for expr, want in [
        ('choice(x, 7, seed=4)', numpy_of(4).choice(x, 7)),
        ('choice(x, (2, 3), axis=1, seed=4)', numpy_of(4).choice(x, (2, 3), axis=1)),
        ('permutation(x, seed=4)', numpy_of(4).permutation(x)),
        ('permutation(x, axis=1, seed=4)', x[:, numpy_of(4).permutation(5)]),
        ('choice(x, 4, replace=False, seed=2)', x[numpy_of(2).permutation(12)[:4]]),
    ]:
        n_checks += 1
        if not np.array_equal(run(expr), want):
            fail(expr)


def distributions(driver):
    """What is not NumPy's bits: by their distribution functions, to a chance of 1e-9."""
    global n_checks
    n = 200000
    seed = R.randrange(1 << 40)
    z = np.sort(driver.run(f'normal(size={n}, seed={seed})')[0][0])
    cdf = 0.5 * (1 + np.array([math.erf(v / math.sqrt(2)) for v in z]))
    grid = np.arange(n)
    distance = max(np.max((grid + 1) / n - cdf), np.max(cdf - grid / n))
    if distance > 3.28 / math.sqrt(n):
        fail(f'normal, seed {seed}: {distance} from the normal distribution')
    u = numpy_of(seed).random(2 * n)
    want = 3 + 2 * np.sqrt(-2 * np.log(1 - u[::2])) * np.cos(6.283185307179586 * u[1::2])
    got = driver.run(f'normal(3, 2, {n}, seed={seed})')[0][0]
    if not np.allclose(got, want, rtol=1e-14, atol=1e-14):
        fail(f'normal, seed {seed}: not as it is defined')
    # a range where words are rejected often: each third of it as often
    top = 3 << 30
    v = driver.run(f'integers({top}, size={n}, seed={seed})')[0][0]
    parts = np.bincount(v // (1 << 30), minlength=3)
    if v.min() < 0 or v.max() >= top or np.max(abs(parts - n / 3)) > 6.5 * math.sqrt(n * 2 / 9):
        fail(f'integers below {top}, seed {seed}: {parts}')
    top = 3 << 61
    v = driver.run(f'integers({top}, size={n}, seed={seed})')[0][0]
    parts = np.bincount(v // (1 << 61), minlength=3)
    if v.min() < 0 or v.max() >= top or np.max(abs(parts - n / 3)) > 6.5 * math.sqrt(n * 2 / 9):
        fail(f'integers below {top}, seed {seed}: {parts}')
    # a permutation that is not held in memory
    m = (1 << 20) + 7919
    p = driver.run(f'permutation({m}, seed={seed})')[0][0]
    if not np.array_equal(np.sort(p), np.arange(m)):
        fail(f'permutation({m}), seed {seed}: not each once')
    for name, w in [('place', p[: m // 2]), ('step', np.diff(p))]:
        positive = np.sum(w > (m / 2 if name == 'place' else 0))
        if abs(positive - len(w) / 2) > 4 * math.sqrt(len(w)):
            fail(f'permutation({m}), seed {seed}: {name} {positive} of {len(w)}')
    if abs(np.corrcoef(p, np.arange(m))[0, 1]) > 7 / math.sqrt(m):
        fail(f'permutation({m}), seed {seed}: goes with its index')
    n_checks += 7


def errors(driver):
    global n_checks
    for expr, part in [
        ('random(3, seed=-1)', 'a seed cannot be negative'),
        ('random(3, dtype=int8)', 'float64 or float32'),
        ('random((3, -1))', 'negative'),
        ('integers(5, 5)', 'no integers'),
        ('normal(0, -1)', 'scale'),
        ('choice(0)', 'nothing to choose from'),
        ('choice(3, 5, replace=False)', 'without replacement'),
        ('random((3000000000, 3000000000))', 'elements'),
    ]:
        n_checks += 1
        _, error = driver.run(expr)
        if not error or not error.startswith('error 2') or part not in error:
            fail(f'{expr}: {error}, not {part!r}')


def main():
    driver = Driver(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        as_numpy(driver, folder)
        from_arrays(driver, folder)
        distributions(driver)
        errors(driver)
    print(f'{n_checks} checks, {len(failures)} failed')
    sys.exit(bool(failures))


main()
