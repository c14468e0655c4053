"""The lines for climate data in EXPRESSIONS.md give what xarray gives that stands beside them, with
the same dimensions and coordinates.

usage: test_recipes.py SHOAL EXPRESSIONS_MD [SEED]
"""

import os, re, subprocess, sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5netcdf', 'hdf5plugin', 'numpy', 'pandas', 'xarray')
import hdf5plugin, numpy as np, pandas as pd, xarray as xr  # noqa: E401,F401

R, G = generators(chosen_seed(3))
ROW = re.compile(r'^\| `(.+?)` \| .+? \| `(.+?)` \|$', re.M)


def recipes(path):
    with open(path, encoding='utf-8') as file:
        section = re.search(r'^## Climate data\n(.+?)^## ', file.read(), re.M | re.S).group(1)
    return ROW.findall(section)


def make_data(path):
    time = pd.date_range('2001-01-01', '2002-12-31', freq='D')
    lat, lon = np.linspace(-87.5, 87.5, 36), np.arange(0, 360, 20.0)
    season = np.sin(2 * np.pi * (time.dayofyear.values[:, None, None] - 110) / 365)
    t = 20 * np.cos(np.radians(lat))[None, :, None] + 8 * season
    t = (t + G.normal(0, 2, (len(time), lat.size, lon.size))).astype('f4')
    t[:, G.random((lat.size, lon.size)) < 0.2] = np.nan
    t[G.random(t.shape) < 0.01] = np.nan
    data = xr.Dataset({'t': (('time', 'lat', 'lon'), t)}, {'time': time, 'lat': lat, 'lon': lon})
    data.to_netcdf(path, engine='h5netcdf', encoding={'t': {'chunksizes': (100, 18, 18)}})
    return data.t


def compute(shoal, expression, inputs, out):
    words = [shoal, 'calc', '-q', '-f', expression, *inputs, '-o', out]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f'FAILED: {expression}: {done.stderr}')


def main():
    shoal, document = sys.argv[1:3]
    lines, failures = recipes(document), 0
    assert len(lines) > 10, lines
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, 't.nc')
        clim_path = os.path.join(folder, 'clim.nc')
        t = make_data(source)
        compute(shoal, 'clim = nanmean(t, by=month(time), axis="time")', [source + ':/t'],
                clim_path + ':/')
        clim = t.groupby('time.month').mean()
        for k, (expression, in_xarray) in enumerate(lines):
            out = os.path.join(folder, f'{k}.nc')
            compute(shoal, expression, [f'{source}:/t', f'{clim_path}:/clim'], out + ':/r')
            want = eval(in_xarray, {'t': t, 'clim': clim, 'np': np})  # pylint: disable=eval-used
            with xr.open_dataset(out, engine='h5netcdf') as file:
                got = file.r.load()
            want = want.transpose(*got.dims)
            same = got.shape == want.shape and np.allclose(got, want, 1e-5, 1e-4, equal_nan=True)
            for name in got.dims:
                same = same and (got[name].values == want[name].values).all()
            if not same:
                failures += 1
                print('FAILED', expression, got.shape, want.shape, got, want)
    print(f'{len(lines)} lines, {failures} failed')
    return 1 if failures else 0


sys.exit(main())
