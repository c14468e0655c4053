#!/usr/bin/env python3
"""The exact reductions against fractions: every type, in random pieces and merges, over rows and
columns, on every instruction set.

    test_exact_kernels.py DRIVER

DRIVER is the built tests/compute/kernel_driver.
"""
import os
import subprocess
import sys

import exact_oracle

from shared_case import Failures, chosen_seed, need

need('numpy')
import numpy as np

TYPES = [np.dtype(t) for t in "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split()]
CODE = {t: k for k, t in enumerate(TYPES)}
np.seterr(all="ignore")
fail = Failures()


class Driver:
    def __init__(self, path, cpu):
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  env=dict(os.environ, SHOAL_CPU=cpu))
        self.cpu = self.p.stdout.readline().decode().strip()

    def reduce(self, op, x, by_columns, piece, merge, ddof, offset, out):
        words = ["reduce", "exact:" + op, CODE[x.dtype], int(by_columns), *x.shape, piece,
                 int(merge), ddof, 0, x.dtype.itemsize, out.itemsize, offset]
        self.p.stdin.write((" ".join(map(str, words)) + "\n").encode() + x.tobytes())
        self.p.stdin.flush()
        answer = self.p.stdout.readline().split()
        if not answer:
            print("FAILED: the driver ended at", op, x.dtype)
            sys.exit(1)
        if answer[0] != b"ok":
            return None
        return np.frombuffer(self.p.stdout.read(int(answer[1])), out)


def reals(rng, t, n):
    """n values of a float type of one of the kinds that make sums hard."""
    f = np.finfo(t)
    low, high = f.minexp - f.nmant, f.maxexp
    kind = rng.integers(12)
    normal = rng.standard_normal(n)
    if kind == 0:
        x = normal
    elif kind == 1:  # more than the usual grids hold
        x = np.ldexp(normal, rng.integers(-40, 40, n))
    elif kind == 2:  # the whole range
        x = np.ldexp(normal, rng.integers(low, high - 3, n))
    elif kind == 3:  # subnormals
        x = np.ldexp(rng.integers(-2**20, 2**20, n).astype(float), low)
    elif kind == 4:  # cancelling
        x = np.ldexp(normal, rng.integers(-30, 31, n)).astype(t)
        x[n // 2:2 * (n // 2)] = -x[:n // 2]
        rng.shuffle(x)
    elif kind == 5:  # close to the greatest
        x = normal * float(f.max) / 4
    elif kind == 6:
        x = np.round(normal * 100)
    elif kind == 7:  # a large mean
        x = 1e6 + normal / 64
    elif kind == 8:
        x = np.zeros(n)
        x[rng.integers(n)] = float(f.smallest_subnormal)
    elif kind == 9:
        x = np.full(n, normal[0])
    elif kind == 10:  # squares that would underflow
        x = np.ldexp(normal, low // 2 - rng.integers(0, 40, n))
    else:  # squares that would overflow
        x = np.ldexp(normal, high // 2 + rng.integers(-20, 40, n))
    x = np.asarray(x).astype(t)
    odd = rng.integers(8)
    if odd == 0:
        x[rng.random(n) < 0.1] = np.nan
    elif odd == 1:
        x[rng.integers(n)] = rng.choice([np.nan, np.inf, -np.inf])
    elif odd == 2:
        x[rng.random(n) < 0.01] = rng.choice([np.inf, -np.inf])
        x[rng.integers(n)] = rng.choice([np.nan, np.inf, -np.inf])
    elif odd == 3:
        x[rng.random(n) < 0.9] = np.nan
    return x


def values(rng, t, n):
    if t.kind == "c":
        out = np.empty(n, t)
        part = np.empty(0, t).real.dtype
        out.real, out.imag = reals(rng, part, n), reals(rng, part, n)
        return out
    if t.kind == "f":
        return reals(rng, t, n)
    if t.kind == "b":
        return rng.integers(0, 2, n).astype(t)
    i = np.iinfo(t)
    return rng.integers(i.min, i.max, n, dtype=t, endpoint=True)


def same(got, want):
    return np.array_equal(np.asarray(got), np.asarray(want), equal_nan=True) and all(
        np.signbit(a) == np.signbit(b) for a, b in zip(got, want) if a == a)


def check(drivers, rng, op, t):
    by_columns = bool(rng.integers(2))
    shapes = [(3, 7), (40, 5), (70, 130), (9, 300), (2, 2500), (200, 33), (1, 5000), (5, 1)]
    shape = shapes[rng.integers(len(shapes))]
    if not by_columns and rng.integers(2):
        shape = (1, 2500)
    x = values(rng, t, shape[0] * shape[1]).reshape(shape)
    ddof = int(rng.integers(3)) if op.endswith(("var", "std")) else 0
    out = np.dtype("f8") if t.kind not in "fc" else t
    if op.endswith(("var", "std")):
        out = np.empty(0, out).real.dtype
    cells = x.T if by_columns else x
    picked = range(len(cells)) if len(cells) < 6 else rng.choice(len(cells), 5, replace=False)
    want = {k: exact_oracle.reduce(op, np.ascontiguousarray(cells[k]), ddof) for k in picked}
    first = None
    for d in drivers:
        length = shape[0] if by_columns else shape[1]
        piece = int(rng.choice([1, 7, 64, 1000, 10**6])) if length < 300 else \
            int(rng.integers(200, 6000))
        got = d.reduce(op, x, by_columns, piece, rng.integers(2), ddof, int(rng.integers(5)), out)
        if got is None:
            return fail(op, t, "gave no answer")
        parts = got.view(np.empty(0, out).real.dtype).reshape(len(cells), -1)
        first = parts if first is None else first
        if not np.array_equal(parts, first, equal_nan=True):
            fail(op, t, shape, "differs on", d.cpu)
        for k in picked:
            if not same(parts[k], want[k]):
                fail(op, t, shape, "by columns" if by_columns else "by rows", "piece", piece, "on",
                     d.cpu, "cell", k, "is", parts[k], "not", want[k])


def main():
    rng = np.random.default_rng(chosen_seed())
    drivers, names = [], []
    for cpu in ("baseline", "avx2", "avx512"):
        d = Driver(sys.argv[1], cpu)
        if d.cpu not in names:
            names.append(d.cpu)
            drivers.append(d)
    print("instruction sets:", *names)
    rounds = int(os.environ.get("ROUNDS", "30"))
    n = 0
    for op in exact_oracle.OPS:
        for t in TYPES:
            if t == np.float16 or (t.kind not in "fc" and op.endswith("sum")):
                continue
            for _ in range(rounds if t.kind in "fc" else 3):
                check(drivers, rng, op, t)
                n += 1
    for d in drivers:
        d.p.stdin.close()
        if d.p.wait() != 0:
            fail("the driver for", d.cpu, "ended with", d.p.returncode)
    print(n, "cases,", fail.count, "failures")
    return 1 if fail.count else 0


sys.exit(main())
