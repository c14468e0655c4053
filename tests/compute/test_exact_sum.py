#!/usr/bin/env python3
"""Exact sums against Python's fractions and math.fsum.

    test_exact_sum.py DRIVER

DRIVER is the built tests/compute/exact_sum_driver.
"""
import math
import random
import struct
import subprocess
import sys
from fractions import Fraction

from exact_oracle import MOST, as_double, as_float
from shared_case import Failures, chosen_seed

LEAST = 5e-324
fail = Failures()


def bits(x, code="<d"):
    return struct.pack(code, x) if x == x else b"nan"


class Driver:
    def __init__(self, path):
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def sum(self, values, groups):
        self.p.stdin.write(struct.pack(f"<QQ{len(values)}d", len(values), groups, *values))
        self.p.stdin.flush()
        answer = struct.unpack("<5dQ", self.p.stdout.read(48))
        return answer[0], answer[1], answer[2:5], bool(answer[5])


def special(values):
    """What the infinities and NaN among the values make of the sum; None: nothing."""
    plus, minus = math.inf in values, -math.inf in values
    if any(v != v for v in values) or (plus and minus):
        return math.nan
    return math.inf if plus else -math.inf if minus else None


def check(driver, values, groups=1):
    got, single, parts, has_parts = driver.sum(values, groups)
    odd = special(values)
    if odd is not None:
        if bits(got) != bits(odd) or bits(single) != bits(odd) or bits(parts[0]) != bits(odd):
            fail("sum with infinities or NaN", values[:5], got, single, parts)
        return
    exact = sum(map(Fraction, values), Fraction(0))
    want, want_single = as_double(exact), as_float(exact)
    if bits(got) != bits(want):
        fail("sum of", len(values), "is", got.hex(), "not", want.hex(), values[:5])
    if bits(single) != bits(want_single):
        fail("float32 sum of", len(values), "is", single, "not", want_single, values[:5])
    try:
        if math.isfinite(want) and got != math.fsum(values):
            fail("sum of", len(values), "is", got, "not fsum's", math.fsum(values))
    except OverflowError:
        pass  # fsum gives up where partial sums overflow
    rest = exact
    for _ in range(3):
        rest -= Fraction(max(-MOST, min(MOST, as_double(rest))))
    if has_parts != (rest == 0):
        fail("parts of", values[:5], has_parts, parts)
    if has_parts:
        if sum(map(Fraction, parts), Fraction(0)) != exact:
            fail("parts", parts, "of", values[:5])
        again = driver.sum(parts, 1)[0]
        if bits(again) != bits(want):
            fail("the parts' sum", again, "is not", want)


def anything(rng):
    while True:
        x = struct.unpack("<d", rng.randbytes(8))[0]
        if math.isfinite(x):
            return x


def case(rng):
    n = rng.choice([1, 2, 3, 5, 20, 100])
    kind = rng.randrange(9)
    if kind == 0:
        values = [anything(rng) for _ in range(n)]
    elif kind == 1:
        values = [rng.gauss(0, 1) for _ in range(n)]
    elif kind == 2:  # cancelling
        values = [anything(rng) for _ in range(n)]
        values += [-v for v in values] + [rng.gauss(0, 1) * 2.0 ** rng.randrange(-1000, 900)]
    elif kind == 3:
        values = [rng.choice([-1, 1]) * 2.0 ** rng.randrange(-1000, 1001) for _ in range(n)]
    elif kind == 4:  # subnormals
        values = [rng.choice([-1, 1]) * rng.randrange(2 ** 52) * LEAST for _ in range(n)]
    elif kind == 5:  # close to a half
        x = rng.random() + 0.5
        values = [x, math.ulp(x) / 2 * rng.choice([1, -1]), rng.choice([0.0, LEAST, -LEAST, 1e-40])]
    elif kind == 6:  # the same of float32, through the range of its subnormals
        x = (rng.random() + 0.5) * 2.0 ** rng.randrange(-148, 127)
        x = struct.unpack("<f", struct.pack("<f", x))[0]
        half = 2.0 ** (max(math.frexp(x)[1] - 24, -149) - 1)
        values = [x, half, rng.choice([0.0, 1e-300, -1e-300])]
    elif kind == 7:
        values = [rng.choice([MOST, -MOST, MOST / 2, 1e292, -1e292, 1.0]) for _ in range(n)]
    else:
        values = [rng.choice([0.0, -0.0, 1.0, -1.0, LEAST, -LEAST]) for _ in range(n)]
    if rng.random() < 0.05:
        values.append(rng.choice([math.inf, -math.inf, math.nan]))
        values.append(rng.choice([math.inf, -math.inf, 1.0]))
    rng.shuffle(values)
    return values


def main():
    rng = random.Random(chosen_seed())
    driver = Driver(sys.argv[1])
    for values in ([0.0], [-0.0], [-0.0, -0.0], [-0.0, 0.0], [1.0, -1.0], [MOST] * 3,
                   [MOST, MOST, -MOST], [MOST, 2.0 ** 970], [MOST, 2.0 ** 969], [LEAST, -LEAST],
                   [1e16, 1.0, 1e-16], [2.0 ** 1000, 1.0, 2.0 ** -1000, 2.0 ** -1070]):
        check(driver, values)
    n = 6000
    for _ in range(n):
        values = case(rng)
        check(driver, values, rng.randrange(1, 5))
    driver.p.stdin.close()
    if driver.p.wait() != 0:
        fail("the driver ended with", driver.p.returncode)
    print(n, "sums,", fail.count, "failures")
    return 1 if fail.count else 0


sys.exit(main())
