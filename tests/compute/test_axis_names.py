"""Reductions over axes by name are xarray's over dimensions: of datasets, slices, expressions and
of the results of other reductions.

usage: test_axis_names.py CALC_DRIVER [SEED]
"""

import os, sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5netcdf', 'numpy', 'xarray')
import h5netcdf, numpy as np, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(2))
N = 300
NAMES = ['time', 'level', 'lat', 'lon']
FUNCTIONS = ['max', 'min', 'count', 'any', 'all', 'argmax', 'ptp', 'sum']


def write(path):
    sizes = {n: R.randrange(2, 9) for n in NAMES}
    a = G.integers(-50, 50, [sizes[n] for n in NAMES]).astype('f8')
    with h5netcdf.File(path, 'w') as f:
        f.dimensions = sizes
        f.create_variable('t', tuple(NAMES), 'f8', data=a)
        f.create_variable('plain_lat', ('lat',), 'f8', data=np.arange(float(sizes['lat'])))
    return a


def reduced(f, a, axes):
    axes = tuple(axes)
    if f == 'count':
        return np.sum(~np.isnan(a), axis=axes)
    if f == 'argmax':
        return np.argmax(a, axis=axes[0])
    return getattr(np, f)(a, axis=axes)


def case(a):
    """(expression, NumPy's result)"""
    text, names, b = 't', list(NAMES), a
    if R.random() < 0.3:
        text, b = 't[:, ::2]', a[:, ::2]
    elif R.random() < 0.3:
        text, b, names = 't[1]', a[1], names[1:]
    elif R.random() < 0.3:
        text, b = '(2 * t + 1)', 2 * a + 1
    elif R.random() < 0.3:
        k = R.randrange(4)
        text, b = f'max(t, axis="{names[k]}")', a.max(k)
        names.pop(k)
    f = R.choice(FUNCTIONS)
    some = R.sample(range(b.ndim), 1 if f == 'argmax' else R.randint(1, b.ndim))
    quoted = [f'"{names[k]}"' for k in some]
    if len(quoted) > 1 and R.random() < 0.3:
        quoted[0] = str(some[0])  # numbers may stand among them
    axis = quoted[0] if len(quoted) == 1 else f'({", ".join(quoted)})'
    return f'{f}({text}, axis={axis})', reduced(f, b, some)


def main():
    driver = Driver(sys.argv[1])
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.nc')
        a = write(path)
        for _ in range(N):
            expression, want = case(a)
            results, error = driver.run(expression, t=f'{path}:/t')
            if error or not np.array_equal(results[0], want):
                failures += 1
                print(f'FAILED: {expression}: {error or results[0]}, not {want}')
        array = xr.open_dataset(path)['t']
        out = os.path.join(folder, 'out.nc')
        driver.run('max(t, axis=("lat", "time"))', t=f'{path}:/t', output=f'{out}:/m')
        back = xr.open_dataset(out)['m']
        if back.dims != array.max(('lat', 'time')).dims:
            failures += 1
            print('FAILED: the result has the dimensions', back.dims)
        for expression, reason in (
            ('max(t, axis="latitude")', 'the axes are time, level, lat, lon'),
            ('max(t, axis=("lat", "lat"))', 'named twice'),
            ('max(t * 0 + [1], axis="place")', 'the axes are time, level, lat, lon'),
            ('max([1, 2], axis="x")', 'the axes have no names'),
            ('max(t, axis=time)', 'in quotes: "time"'),
            ('mean(t, dim="time")', "no argument 'dim'; write axis="),
            ('mean(t, skipna=True)', 'write nanmean'),
            ('avg(t)', "unknown function 'avg'; write mean(x)"),
            ('where(t > 0, t, NaN)', "unknown name 'NaN'; write nan"),
        ):
            _, error = driver.run(expression, t=f'{path}:/t')
            if reason not in (error or ''):
                failures += 1
                print(f'FAILED: {expression}: {error}, without {reason!r}')
    print(f'{N} cases, {failures} failed')
    return 1 if failures else 0


sys.exit(main())
