"""The names of an enumeration's values in comparisons, beside the same of its integers in NumPy:
every width and byte order, odd precisions, members of compounds, arrays inside elements, masks.

usage: test_enumerations.py CALC_DRIVER [SEED]
"""
import os
import sys
import tempfile

from shared_case import Checks, chosen_seed, generators, need

need('h5py', 'numpy')
import h5py
import numpy as np

from cf_driver import OneResult

TYPES = ['i1', 'u1', '<i2', '>i2', '<u2', '>u4', '<i4', '>i8', '<u8', '>u8']
WORDS = ['RED', 'GREEN', 'blue sky', 'x"y', 'Ж', 'N/A', '']
check = Checks()


def quote(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def make_values(r, base):
    """As many values as there are words, the least and the greatest that h5py takes among them."""
    low, high = int(np.iinfo(base).min), min(int(np.iinfo(base).max), 2**63 - 1)
    values = {low, high}
    while len(values) < len(WORDS):
        values.add(r.randrange(low, high + 1))
    return r.sample(sorted(values), len(values))


def odd_type(values):
    """13 bits at bit 2 of four bytes, signed and big-endian."""
    made = h5py.h5t.STD_I32BE.copy()
    made.set_precision(13)
    made.set_offset(2)
    named = h5py.h5t.enum_create(made)
    for name, value in zip(WORDS, values):
        named.enum_insert(name.encode(), value)
    return named


def make_file(path, r, g):
    """[(address, the integers, {name: value})]"""
    made = []
    with h5py.File(path, 'w') as file:
        for base in TYPES:
            values = make_values(r, base)
            names = dict(zip(WORDS[:-1], values))
            kind = h5py.enum_dtype(names, basetype=base)
            native = np.dtype(base).newbyteorder('=')
            x = np.array(values, native)[g.integers(0, len(values), (37, 11))]
            name = f'e_{kind.kind}{kind.itemsize}_{len(made)}'
            file.create_dataset(name, data=x.astype(base), dtype=kind, chunks=(10, 4),
                                compression='gzip')
            made.append((f'{path}:/{name}', x, names))
            row = np.zeros(37, [('a', 'f4'), ('e', kind), ('many', kind, 3)])
            row['e'], row['many'] = x[:, 0], x[:, 1:4]
            file.create_dataset(name + '_rows', data=row, chunks=(9,))
            made.append((f'{path}:/{name}_rows/e', x[:, 0], names))
            made.append((f'{path}:/{name}_rows/many', x[:, 1:4], names))
        values = r.sample(range(-2048, 2048), len(WORDS) - 1)
        x = np.array(values, 'i4')[g.integers(0, len(values), 50)]
        space = h5py.h5s.create_simple((50,))
        odd = h5py.h5d.create(file.id, b'odd', odd_type(values), space)
        odd.write(h5py.h5s.ALL, h5py.h5s.ALL, x, h5py.h5t.NATIVE_INT32)
        made.append((f'{path}:/odd', x, dict(zip(WORDS, values))))
    return made


def compare(driver, address, x, names):
    for name, value in names.items():
        word = quote(name)
        mask = x[..., 0] != x.ravel()[0] if x.ndim > 1 else x != x.ravel()[0]
        for expression, want in (
            (f'x == {word}', x == value),
            (f'{word} != x', x != value),
            (f'x[::-1, ...] == {word}', x[::-1] == value),
            (f'sum(where(x == {word}, 2, 1))', np.where(x == value, 2, 1).sum()),
            (f'isin(x, [{word}])', x == value),
        ):
            got, error = driver.run(expression, x=address)
            check(error is None and np.array_equal(got, want), address, expression, error)
        first = x[..., 0] if x.ndim > 1 else x
        index = 'x[..., 0]' if x.ndim > 1 else 'x'
        got, error = driver.run(f'{index}[{index} != {int(x.ravel()[0])}] == {word}', x=address)
        check(error is None and np.array_equal(got, first[mask] == value), address, error)
    some = list(names)[:4]
    for words in (some[:2], some):
        got, error = driver.run(f'isin(x, [{", ".join(map(quote, words))}])', x=address)
        want = np.isin(x, [names[w] for w in words])
        check(error is None and np.array_equal(got, want), address, words, error)


def refuse(driver, address):
    near = "no value of the enumeration is named 'GREN'; did you mean 'GREEN'?"
    driver.refuses([('x == "GREN"', near), ('isin(x, ["RED", "GREN"])', near),
                    ('isin(x, ["RED", "GREN", "N/A", "blue sky", "x"])', near),
                    ('x < "RED"', 'compared by == and !='),
                    ('x + 0 == "RED"', 'numbers are compared with a text'),
                    ('x + "RED"', 'does not work on text')], check, x=address)


def flags_are_bools(driver, path):
    with h5py.File(path, 'w') as file:
        file['b'] = np.array([True, False])
    driver.refuses([('x == "TRUE"', 'compared with a text')], check, x=path + ':/b')


def main():
    r, g = generators(chosen_seed(2))
    driver = OneResult(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        made = make_file(os.path.join(folder, 'e.h5'), r, g)
        for address, x, names in made:
            compare(driver, address, x, names)
        refuse(driver, made[0][0])
        flags_are_bools(driver, os.path.join(folder, 'b.h5'))
    print(f'{check.count} checks')


main()
