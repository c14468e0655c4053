"""Correctly rounded sums, means, variances and standard deviations, from Python's integers and
fractions: what the exact sums are held against."""

import math
import sys
from fractions import Fraction

MOST = sys.float_info.max
UNIT = 1074  # integers count units of 2^-1074
OPS = ['sum', 'mean', 'var', 'std', 'nansum', 'nanmean', 'nanvar', 'nanstd']


def round_fraction(q, n_bits, lowest, greatest):
    """The nearest float of n_bits and multiple of 2^lowest, halves to even, as a double."""
    if q == 0:
        return 0.0
    size = abs(q)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if size < Fraction(2) ** exponent:
        exponent -= 1
    last = max(exponent - n_bits + 1, lowest)
    kept = round(size / Fraction(2) ** last)  # Python rounds halves to even
    value = Fraction(kept) * Fraction(2) ** last
    value = math.inf if value > greatest else float(value)
    return value if q > 0 else -value


def as_double(q):
    return round_fraction(q, 53, -1074, Fraction(MOST))


def as_float(q):
    return round_fraction(q, 24, -149, Fraction(2) ** 128 - Fraction(2) ** 104)


def root(q):
    """The square root as a fraction that rounds like it: 200 bits, and a half unit where there is
    more."""
    if q == 0:
        return Fraction(0)
    shift = 400 - (q.numerator.bit_length() - q.denominator.bit_length())
    shift += shift & 1
    whole, rest = divmod(q.numerator << max(shift, 0), q.denominator << max(-shift, 0))
    r = math.isqrt(whole)
    more = rest != 0 or r * r != whole
    return Fraction(2 * r + more) * Fraction(2) ** (-shift // 2 - 1)


def to_units(x):
    n, d = x.as_integer_ratio()
    return n << (UNIT - (d.bit_length() - 1))


class Moments:
    """The exact sum, and sum of squares, of the parts of some numbers; infinities and NaN apart."""

    def __init__(self, values):
        self.count = len(values)
        self.nan = any(v != v for v in values)
        self.plus, self.minus = math.inf in values, -math.inf in values
        whole = [to_units(v) for v in values if math.isfinite(v)]
        self.total = sum(whole)
        self.squares = sum(v * v for v in whole)

    def special(self):
        if self.nan or (self.plus and self.minus):
            return math.nan
        return math.inf if self.plus else -math.inf if self.minus else None


def result(op, parts, near, ddof=0):
    """op of the values whose parts (one, or real and imaginary) have these moments, rounded by
    `near`; a list of the result's parts."""
    n = parts[0].count
    if op in ('var', 'std'):
        if n == 0 or any(p.special() is not None for p in parts):
            return [math.nan]
        spread = sum(n * p.squares - p.total**2 for p in parts)
        divisor = max(n - ddof, 0)
        if divisor == 0:
            return [math.nan if spread == 0 else math.inf]
        q = Fraction(spread, n * divisor << 2 * UNIT)
        return [near(root(q) if op == 'std' else q)]
    out = []
    for k, p in enumerate(parts):
        special = p.special()
        if op == 'mean' and (n == 0 or any(o.special() is not None for o in parts if o is not p)):
            special = math.nan
        divisor = n if op == 'mean' else 1
        out.append(special if special is not None else near(Fraction(p.total, divisor << UNIT)))
    return out


class Oracle:
    """Reductions of a flat NumPy array, each as a list of the result's parts."""

    def __init__(self, x):
        self.x = x
        self.single = x.dtype.char in 'fF'
        self.moments = {}

    def of_parts(self, skips):
        if skips not in self.moments:
            parts = parts_of(self.x)
            if skips:
                keep = ~(sum(p != p for p in parts).astype(bool))
                parts = [p[keep] for p in parts]
            self.moments[skips] = [Moments(p.astype(float).tolist()) for p in parts]
        return self.moments[skips]

    def reduce(self, op, ddof=0):
        """op: 'sum', 'nanvar', ..."""
        skips = op.startswith('nan') and self.x.dtype.kind in 'fc'
        op = op.removeprefix('nan')
        parts = self.of_parts(skips)
        if skips and op in ('var', 'std') and parts[0].count - ddof <= 0:
            return [math.nan]
        return result(op, parts, as_float if self.single else as_double, ddof)


def parts_of(x):
    return [x.real, x.imag] if x.dtype.kind == 'c' else [x]


def reduce(op, x, ddof=0):
    return Oracle(x).reduce(op, ddof)
