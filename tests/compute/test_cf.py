"""netCDF variables are computed on and exported as xarray decodes them: every value and type, for
random combinations of stored type, _FillValue, missing_value, scale_factor, add_offset and
_Unsigned; and for the netCDF files of the shared corpus, where it is there.

usage: test_cf.py CALC_DRIVER SHOAL [SEED]
"""

import os, subprocess, sys, tempfile, warnings

from shared_case import chosen_seed, generators, need

need('h5netcdf', 'h5py', 'numpy', 'xarray')
import h5netcdf, h5py, numpy as np, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(3))
np.seterr(all='ignore')
warnings.simplefilter('ignore')

INTEGERS = ['i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8']
TYPES = INTEGERS + ['f4', 'f8', '>i2', '>f4', '>i4']
N_CASES = 200


def stored(dtype, n):
    """values of which some are extremes, zero, or small and so likely to equal a fill"""
    kind = np.dtype(dtype)
    if kind.kind == 'f':
        x = G.standard_normal(n) * 10.0 ** G.integers(-3, 6)
        x[G.random(n) < 0.1] = np.nan
        x[G.random(n) < 0.1] = np.inf
        x[G.random(n) < 0.1] = -999
        return x.astype(dtype)
    info = np.iinfo(kind)
    x = G.integers(info.min, info.max, n, endpoint=True, dtype=kind.newbyteorder('='))
    for v in (info.min, info.max, 0, 1, 99, info.max - 1):
        x[G.random(n) < 0.08] = v
    return x.astype(dtype)


def some_value(values):
    return R.choice(list(values))


def number(dtype, value):
    with np.errstate(all='ignore'):
        return np.array(value).astype(dtype)[()]


def attributes(dtype, values):
    kind, attrs = np.dtype(dtype), {}
    native = kind.newbyteorder('=')
    if R.random() < 0.6:
        fill = some_value(values)
        as_type = R.choice([native] * 4 + ['f8', 'f4', 'i4'])
        attrs['_FillValue'] = number(as_type, fill)
        if kind.kind == 'f' and R.random() < 0.4:
            attrs['_FillValue'] = number(native, np.nan)
    if R.random() < 0.4:
        count = R.choice([1, 1, 2, 3])
        as_type = R.choice([native] * 4 + ['f8', 'i8'])
        missing = np.array([number(as_type, some_value(values)) for _ in range(count)])
        attrs['missing_value'] = missing if count > 1 else missing[0]
    scale_type = R.choice(['f4', 'f8'] * 3 + ['i2', 'i4'])
    if R.random() < 0.5:
        attrs['scale_factor'] = number(scale_type, R.choice([0.01, 0.1, 3, 1e-5, 2, 1]))
    if R.random() < 0.5:
        offset_type = R.choice([scale_type, scale_type, 'f8', 'f4'])
        attrs['add_offset'] = number(offset_type, R.choice([273.15, 0, -40, 1e6, 5]))
    if R.random() < 0.25 and kind.kind in 'iu':
        attrs['_Unsigned'] = R.choice(['true', 'false'])
    if R.random() < 0.2:
        attrs['units'] = R.choice(['K', 'hours since 2000-01-01', 'days'])
    if R.random() < 0.2:
        attrs['valid_range'] = np.array([0, 1], native)
    return attrs


def same(a, b):
    """the same type, shape and values; bits, but for the sign of a NaN"""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind != 'f':
        return np.array_equal(a, b)
    return np.array_equal(np.isnan(a), np.isnan(b)) and np.array_equal(
        np.nan_to_num(a, nan=0).view(f'u{a.itemsize}'),
        np.nan_to_num(b, nan=0).view(f'u{b.itemsize}'),
    )


class Reference:
    """xarray's view of one group of a file"""

    def __init__(self, path, group=None):
        try:
            self.data = xr.open_dataset(
                path, engine='h5netcdf', group=group or None, mask_and_scale=False,
                decode_times=False, decode_coords=False, phony_dims='sort', invalid_netcdf=True,
            )
        except Exception:
            self.data = None

    def values(self, name):
        """decoded; None where xarray cannot"""
        try:
            variable = self.data.variables[name]
            return xr.conventions.decode_cf_variable(name, variable, decode_times=False).values
        except Exception:
            return None


def write(path, cases):
    with h5netcdf.File(path, 'w') as f:
        for name, (dtype, values, attrs) in cases.items():
            f.dimensions[f'd_{name}'] = len(values)
            chunks = (R.randrange(1, len(values) + 1),) if R.random() < 0.6 else None
            v = f.create_variable(name, (f'd_{name}',), dtype, chunks=chunks)
            v[...] = values
            for k, a in attrs.items():
                v.attrs[k] = a


def export(shoal, locator, out, *options):
    done = subprocess.run(
        [shoal, 'export', '-q', locator, '-o', out, *options], capture_output=True, text=True
    )
    return None if done.returncode == 0 else done.stderr.strip()


def random_cases(driver, shoal, folder, failures):
    cases = {}
    for k in range(N_CASES):
        dtype = R.choice(TYPES)
        values = stored(dtype, R.choice([1, 7, 60, 3000]))
        cases[f'v{k}'] = (dtype, values, attributes(dtype, values))
    path = folder + '/random.nc'
    write(path, cases)
    reference = Reference(path)
    n = 0
    for name, (dtype, values, attrs) in cases.items():
        want = reference.values(name)
        results, error = driver.run('x', x=f'{path}:/{name}')
        raw, raw_error = driver.run('x', raw=1, x=f'{path}:/{name}')
        native = values.astype(values.dtype.newbyteorder('='))
        if raw_error or not same(raw[0], native):
            failures.append(f'{name} {dtype} {attrs}: --raw gives {raw_error or raw[0][:9]}')
        if want is None:
            continue  # xarray refuses: whole numbers as the scale of what has missing values, ...
        n += 1
        if error or not same(results[0], want):
            got = error or (results[0].dtype, results[0][:9])
            failures.append(f'{name} {dtype} {attrs}: {got} for {want.dtype} {want[:9]}')
            continue
        if R.random() > 0.08:
            continue
        out = folder + '/out.npy'
        for options, expected in (((), want), (('--raw',), native)):
            failed = export(shoal, f'{path}:/{name}', out, '-f', *options)
            if failed or not same(np.load(out), expected):
                failures.append(f'export {options} {name} {dtype} {attrs}: {failed or "differs"}')
        failed = export(shoal, f'{path}:/{name}[::2]', out, '-f', '--format', 'raw')
        if failed or open(out, 'rb').read() != native[::2].tobytes():
            failures.append(f'export --format raw {name}: {failed or "differs"}')
        failed = export(shoal, f'{path}:/{name}', folder + '/out.csv', '-f')
        with open(folder + '/out.csv') as f:
            read = np.array([line.strip() or 'nan' for line in f]).astype(want.dtype)
        if failed or not same(read, want):
            failures.append(f'export to csv of {name} {dtype} {attrs}: {failed or "differs"}')
    print(f'{n} of {N_CASES} random variables, all that xarray decodes')
    return n > N_CASES / 2


def expressions(driver, folder, failures):
    """decoding inside of expressions: slices, reductions, both signs, bool"""
    path = folder + '/expressions.nc'
    t = G.integers(-300, 300, (40, 30, 20)).astype('i2')
    with h5netcdf.File(path, 'w') as f:
        f.dimensions = {'a': 40, 'b': 30, 'c': 20}
        v = f.create_variable('t', ('a', 'b', 'c'), 'i2', chunks=(9, 11, 7))
        v[...] = t
        v.attrs.update(_FillValue=np.int16(7), scale_factor=0.01, add_offset=273.15)
        b = f.create_variable('flag', ('a',), 'i1', data=(np.arange(40) % 3 == 0).astype('i1'))
        b.attrs['dtype'] = 'bool'
    with xr.open_dataset(path, engine='h5netcdf') as data:
        x, flag = data.t.values, data.flag.values
    for expr, want in [
        ('t[3:20, ::-2, 5]', x[3:20, ::-2, 5]),
        ('nanmean(t, axis=0)', np.nanmean(x, 0)),
        ('(t - 273.15)[::3]', (x - 273.15)[::3]),
        ('where(flag[:, None, None], t, 0)', np.where(flag[:, None, None], x, 0)),
        ('isnan(t)', np.isnan(x)),
        ('flag', flag),
        ('count(t)', np.sum(x == x)),
        ('max(t[1:] - t[:-1], axis=(0, 2))', (x[1:] - x[:-1]).max((0, 2))),
    ]:
        results, error = driver.run(expr, t=path + ':/t', flag=path + ':/flag')
        close = not error and np.allclose(results[0], want, 1e-14, 0, equal_nan=True)
        if not close or results[0].dtype != want.dtype:
            failures.append(f'{expr}: {error or results[0].dtype}')


def plain(driver, folder, failures):
    """without attributes nothing changes: not even an HDF5 fill value makes NaN"""
    path = folder + '/plain.h5'
    values = G.integers(-9, 9, 50).astype('i2')
    with h5py.File(path, 'w') as f:
        f.create_dataset('x', data=values, chunks=(8,), fillvalue=3)
        f.create_dataset('y', data=values).attrs['scale_factor'] = 'two'
    results, error = driver.run('x', x=path + ':/x')
    if error or not same(results[0], values):
        failures.append(f'a dataset without attributes: {error or results[0]}')
    _, error = driver.run('y', y=path + ':/y')
    if not error or 'scale_factor' not in error or '--raw' not in error:
        failures.append(f'a scale_factor that is text: {error}')


MEANING = {'_FillValue', 'missing_value', 'scale_factor', 'add_offset', '_Unsigned', 'dtype'}


def corpus_variables(path):
    """up to 30 variables that say how they are stored, and 3 that do not"""
    names = ([], [])

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind in 'iuf' and item.shape:
            bare = b'not a netCDF variable' in bytes(item.attrs.get('NAME', b''))
            if 0 < item.size < 1 << 20 and not bare:
                names[MEANING.isdisjoint(item.attrs)].append(name)

    try:
        with h5py.File(path) as f:
            f.visititems(visit)
    except Exception:
        pass
    unmarked = not names[0] and not path.endswith(('.nc', '.nc4'))
    if unmarked or len(names[0]) + len(names[1]) > 500:
        return []  # of many variables xarray takes minutes to open
    picked = [R.sample(all_, min(most, len(all_))) for all_, most in zip(names, (30, 3))]
    return picked[0] + picked[1]


def corpus(driver, failures):
    """SHOAL_CORPUS, or shared/corpus beside the project or beside the folder that it lies in"""
    here = os.path.dirname(os.path.abspath(__file__))
    near = [os.path.join(here, *['..'] * n, 'shared', 'corpus') for n in (3, 4)]
    found = [d for d in [os.environ.get('SHOAL_CORPUS', ''), *near] if os.path.isdir(d + '/files')]
    if not found:
        return print('skipped: there is no corpus of foreign files')
    folder = found[0] + '/files'
    n = 0
    for base, _, files in os.walk(folder):
        for file in sorted(files):
            path = os.path.join(base, file)
            if not file.endswith(('.nc', '.nc4', '.h5', '.hdf5')) or 'malformed' in base:
                continue
            groups = {}
            for name in corpus_variables(path):
                group = os.path.dirname(name)
                if group not in groups:
                    groups[group] = Reference(path, group)
                want = groups[group].values(os.path.basename(name))
                if want is None or want.dtype.kind not in 'iuf':
                    continue
                results, error = driver.run('x', x=f'{path}:/{name}')
                if error and 'error 4' in error:
                    continue  # of a type or filter that is not read: not this test's matter
                n += 1
                if error or not same(results[0], want.astype(want.dtype.newbyteorder('='))):
                    failures.append(f'{path}:/{name}: {error or results[0].dtype} {want.dtype}')
    print(f'{n} variables of foreign files')


def main():
    failures = []
    driver, shoal = Driver(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        if not random_cases(driver, shoal, folder, failures):
            failures.append('xarray decodes too few of the random variables')
        expressions(driver, folder, failures)
        plain(driver, folder, failures)
    sys.stdout.flush()
    corpus(driver, failures)
    for f in failures[:20]:
        print('FAILED', f)
    print(f'{len(failures)} failed')
    sys.exit(bool(failures))


if __name__ == '__main__':
    main()
