#!/usr/bin/env python3
"""Sums of whole files: the exact value correctly rounded, and the same bits, for any chunks, any
number of threads and any instruction set. Against math.fsum and fractions.

    test_exact_results.py CALC_DRIVER

SHOAL_CHUNKINGS=N tries N chunk shapes instead of 1000.
"""
import math
import os
import sys
import tempfile

import exact_oracle

from shared_case import Failures, chosen_seed, generators, need

need('h5py', 'numpy')
import h5py
import numpy as np
from cf_driver import Driver

CHUNKINGS = int(os.environ.get("SHOAL_CHUNKINGS") or 1000)
R, G = generators(chosen_seed())
np.seterr(all="ignore")
fail = Failures()


class Calc(Driver):
    def run(self, expression, source, **options):
        results, error = super().run(expression, x=source, **options)
        if error:
            fail(expression, "gives", error)
        return results


def hard(t, n, kind):
    """Values whose sums come out wrong in most ways of adding them."""
    f = np.finfo(t)
    normal = G.standard_normal(n)
    if kind == 0:
        x = normal
    elif kind == 1:  # all magnitudes, cancelling but for a few
        x = np.ldexp(normal, G.integers(max(-1000, f.minexp), min(1001, f.maxexp - 10), n))
        x[n // 2:2 * (n // 2)] = -x[:n // 2]
        x[G.integers(n, size=3)] += 1
        G.shuffle(x)
    elif kind == 2:  # subnormals
        x = np.ldexp(G.integers(-2**20, 2**20, n).astype(float), f.minexp - f.nmant)
    elif kind == 3:  # as precipitation: nothing, or something over many decades
        x = np.where(G.random(n) < 0.7, 0, np.exp(normal * 6 - 8))
    else:
        x = 300 + normal
    x = x.astype(t)
    if kind == 4:
        x[G.random(n) < 0.2] = np.nan
    return x


def special(t, n, odd):
    x = hard(t, n, 0)
    x[G.integers(n, size=len(odd))] = odd
    return x


def write(path, x):
    shape = x.shape
    chunk = tuple(R.randint(1, n) for n in shape)
    while math.prod(chunk) < min(1500, x.size):
        chunk = tuple(min(n, 2 * c) for c, n in zip(chunk, shape))
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=x, chunks=chunk if R.random() < 0.95 else None)
    return chunk


def shaped(x):
    n = x.size
    rank = R.randint(1, 3)
    if rank == 1:
        return x
    first = R.choice([2, 5, 8, 40, 125])
    if rank == 2:
        return x.reshape(first, n // first)
    second = R.choice([k for k in (1, 2, 5, 8, 10, 25) if n % (first * k) == 0])
    return x.reshape(first, second, n // first // second)


def parts(a):
    a = np.asarray(a).reshape(1)
    return [a.real[0], a.imag[0]] if a.dtype.kind == "c" else [a[0]]


def same(got, want):
    return all(g == w or (g != g and w != w) for g, w in zip(got, want)) and len(got) == len(want)


def check_whole(drivers, path, x, name, rounds):
    oracle = exact_oracle.Oracle(x)
    want = {op: oracle.reduce(op) for op in exact_oracle.OPS}
    if x.dtype == np.float64 and np.isfinite(x).all() and want["sum"][0] != math.fsum(x):
        fail("the oracle's sum is", want["sum"], "not", math.fsum(x))
    for _ in range(rounds):
        y = shaped(x)
        chunk = write(path, y)
        d, ops = R.choice(drivers), R.sample(exact_oracle.OPS, R.randint(1, 4))
        threads = R.randint(1, 8)
        got = d.run("; ".join(f"{op}(x)" for op in ops), f"{path}:/x", threads=threads)
        for op, value in zip(ops, got):
            if not same(parts(value), want[op]):
                fail(f"{op} of {name} {x.dtype}, {y.shape} in chunks {chunk}, {threads} threads, "
                     f"{d.cpu}: {parts(value)}, not {want[op]}")


def check_axis(drivers, path):
    """Along axes: exact where states are cheap, else the same for any number of threads, and
    close."""
    t = R.choice(["f4", "f8"])
    shape = (R.randint(1, 300), R.randint(1, 40), R.randint(1, 40))
    x = hard(t, math.prod(shape), R.randrange(5)).reshape(shape)
    chunk = write(path, x)
    axis, op = R.choice([0, 1, 2, (0, 1), (1, 2), (0, 2)]), R.choice(exact_oracle.OPS)
    got = [d.run(f"{op}(x, axis={axis})", f"{path}:/x", threads=R.randint(1, 8))[0]
           for d in drivers for _ in range(2)]
    for other in got[1:]:
        if got[0].tobytes() != other.tobytes():
            fail(op, t, shape, chunk, axis, "depends on the threads or the instruction set")
    axes = axis if isinstance(axis, tuple) else (axis,)
    kept = [k for k in range(3) if k not in axes]
    rows = np.transpose(x, kept + list(axes)).reshape(got[0].size, -1)
    exact = got[0].size * (7 if t == "f4" else 35) * 8 < 65536 and not op.endswith(("var", "std"))
    for k in R.sample(range(got[0].size), min(got[0].size, 20)):
        want = exact_oracle.reduce(op, np.ascontiguousarray(rows[k]))
        value = [got[0].reshape(-1)[k]]
        if exact and not same(value, want):
            fail(op, t, shape, chunk, axis, "cell", k, "is", value, "not", want)
        size = np.abs(rows[k][np.isfinite(rows[k])].astype(float))
        if not op.endswith(("var", "std")) and size.size:
            bound = (np.sum(size) * 2.0**-46 + 2 * np.spacing(np.abs(got[0].dtype.type(want[0]))))
            if np.isfinite(want[0]) and not abs(float(value[0]) - want[0]) <= bound:
                fail(op, t, shape, chunk, axis, "cell", k, "is", value, "not near", want)


def check_dtype(driver, path):
    """sum(x, dtype=float64) of what is stored otherwise."""
    for t in ("f4", "i4", "u2", "i8"):
        x = hard("f4", 90_000, 1).astype("f4") if t == "f4" else \
            G.integers(0, 2**15, 90_000).astype(t)
        write(path, shaped(x))
        for op in ("sum", "mean", "std"):
            got = driver.run(f"{op}(x, dtype=float64)", f"{path}:/x", threads=2)[0]
            want = exact_oracle.reduce(op, x.astype("f8"))
            if got.dtype != np.float64 or not same(parts(got), want):
                fail(op, "as float64 of", t, "is", got, "not", want)


def main():
    names = os.environ.get("SHOAL_CPU", "baseline avx2 avx512").split()
    drivers = [Calc(sys.argv[1], cpu) for cpu in names]
    cases = [(f"kind {k}", hard(t, 150_000, k)) for t in ("f8", "f4") for k in range(5)]
    odd = [("inf", [np.inf, np.inf]), ("infinities", [np.inf, -np.inf]), ("nan", [np.nan, np.inf])]
    cases += [(name, special(t, 100_000, v)) for t in ("f8", "f4") for name, v in odd]
    z = np.empty(80_000, "c16")
    z.real, z.imag = hard("f8", z.size, 1), hard("f8", z.size, 4)
    cases += [("complex", z), ("complex", z.astype("c8"))]
    if CHUNKINGS < 100:
        cases = R.sample(cases, 6)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.h5")
        for name, x in cases:
            check_whole(drivers, path, x, name, -(-CHUNKINGS // len(cases)))
        for _ in range(CHUNKINGS // 5):
            check_axis(drivers, path)
        check_dtype(drivers[-1], path)
    for d in drivers:
        d.p.stdin.close()
        if d.p.wait() != 0:
            fail("the driver ended with", d.p.returncode)
    print(CHUNKINGS, "chunkings,", fail.count, "failures")
    return 1 if fail.count else 0


sys.exit(main())
