#!/usr/bin/env python3
"""The greatest error of each elementary function, in units in the last place, against the wider
precision: float32 against float64, float64 against the x87's 64 bits of mantissa (which is exact to
a thousandth of an ulp), complex ones against the wider complex numbers, relative to the magnitude.

    accuracy.py KERNEL_DRIVER [--write] [--n N] [--seed SEED]

KERNEL_DRIVER is the built tests/compute/kernel_driver. Arguments are random over the whole domain
and dense where functions are hard. --write puts the table into FUNCTIONS.md.
"""
import argparse
import itertools
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, 'tests', 'compute'), os.path.join(ROOT, 'tests')]
sys.dont_write_bytecode = True

import numpy as np  # noqa: E402

import test_kernels as kernels  # noqa: E402

BEGIN, END = '<!-- accuracy: tests/bench/accuracy.py -->\n', '<!-- end of accuracy -->\n'
COMPLEX = set("""exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh
arcsinh arccosh arctanh power""".split())
# Sums that cancel are measured against the greater argument.
CANCELS = {'logaddexp', 'logaddexp2'}


def reals(rng, t, n):
    """Argument sets: all magnitudes, and where exponentials overflow, logarithms vanish, ..."""
    f = np.finfo(t)
    exponents = rng.uniform(f.minexp, f.maxexp, n).astype(int)
    wide = np.ldexp(rng.uniform(1, 2, n), exponents) * rng.choice([-1, 1], n)
    sets = [wide, rng.uniform(-1, 1, n), rng.uniform(-20, 20, n), rng.uniform(0, 2, n),
            rng.uniform(-700, 710, n), 1 + rng.standard_normal(n) * 1e-3,
            rng.uniform(709, 711, n), rng.uniform(-746, -705, n), rng.uniform(87, 90, n),
            rng.uniform(-105, -86, n), rng.uniform(-1e5, 1e5, n)]
    return [x.astype(t) for x in sets]


def real_error(driver, rng, op, t, n):
    wide = np.dtype('f8') if t.itemsize < 8 else np.dtype('g')
    worst = 0.0
    scales = (1e-2, 1.0, 30.0) if op in kernels.BINARY else (None,)
    for x, scale in itertools.product(reals(rng, t, n), scales):
        arguments = [x]
        if scale:
            arguments.append((scale * rng.standard_normal(n)).astype(t))
        got = kernels.evaluate(driver, op, arguments)
        exact = getattr(np, op)(*[a.astype(wide) for a in arguments])
        if op in CANCELS:
            size = np.maximum(np.abs(exact), np.maximum(*[np.abs(a) for a in arguments]))
            unit = np.spacing(size.astype(t)).astype(wide)
            ok = np.isfinite(exact) & np.isfinite(got)
            error = float(np.max(np.where(ok, np.abs(got.astype(wide) - exact) / unit, 0)))
        else:
            error, _ = kernels.ulps(got, exact)
        worst = max(worst, error)
    return max(worst, 0.5)  # where all are rounded correctly, `ulps` has found nothing


def complex_error(driver, rng, op, t, n):
    """Relative to the magnitude, of arguments of ordinary size."""
    wide = np.dtype('c16') if t.itemsize < 16 else np.dtype('G')
    part = np.empty(0, t).real.dtype
    worst = 0.0
    for scale in (1e-3, 1.0, 10.0):
        arguments = []
        for _ in range(2 if op in kernels.BINARY else 1):
            z = np.empty(n, t)
            z.real, z.imag = (scale * rng.standard_normal(n) for _ in range(2))
            arguments.append(z)
        got = kernels.evaluate(driver, op, arguments)
        exact = getattr(np, op)(*[a.astype(wide) for a in arguments])
        if op in ('log1p', 'expm1'):  # NumPy's lose digits near 0 in the wide type too
            z = arguments[0].astype(wide)
            small = np.abs(z) < 0.1
            series = z - z**2 / 2 if op == 'log1p' else z + z**2 / 2
            exact = np.where(small, series, exact)
            ok = ~small
        else:
            ok = np.isfinite(exact)
        ok &= np.isfinite(exact) & np.isfinite(got) & (np.abs(exact) > np.finfo(part).tiny)
        error = np.abs(got - exact)[ok] / np.abs(exact[ok]) / np.finfo(part).eps
        worst = max(worst, float(error.max(initial=0)))
    return worst


def measure(driver, rng, n):
    for op in sorted(kernels.ELEMENTARY - {'float_power'}):
        row = [real_error(driver, rng, op, np.dtype(t), n) for t in ('f4', 'f8')]
        if op in COMPLEX:
            row += [complex_error(driver, rng, op, np.dtype(t), n) for t in ('c8', 'c16')]
        else:
            row += [None, None]
        print(f'{op:12}', *['     –' if e is None else f'{e:6.2f}' for e in row], flush=True)
        yield op, row


def write(rows, n):
    path = os.path.join(ROOT, 'FUNCTIONS.md')
    with open(path, encoding='utf-8') as file:
        text = file.read()
    lines = ['| function | float32 | float64 | complex64 | complex128 |', '|---|--:|--:|--:|--:|']
    for op, row in rows:
        cells = ['–' if e is None else f'{e:.2f}' for e in row]
        lines.append(f'| `{op}` | ' + ' | '.join(cells) + ' |')
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit('FUNCTIONS.md has no marks for the table')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(before + BEGIN + '\n'.join(lines) + '\n' + END + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('driver')
    parser.add_argument('--write', action='store_true', help='into FUNCTIONS.md')
    parser.add_argument('--n', type=int, default=100_000, help='arguments of each set')
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    print('seed', options.seed, ' arguments of each set', options.n)
    driver = kernels.Driver(options.driver, os.environ.get('SHOAL_CPU', 'avx512'))
    rng = np.random.default_rng(options.seed)
    rows = list(measure(driver, rng, options.n))
    if options.write:
        write(rows, options.n)


main()
