#!/usr/bin/env python3
"""Every operation, type, cast and reduction against NumPy, on every instruction set.

    test_kernels.py DRIVER [SEED]

DRIVER is the built tests/compute/kernel_driver. NumPy is the oracle for types and values; for the
elementary functions, the next wider precision is, and the greatest error in ulp is printed.
"""
import os
import subprocess
import sys
import warnings

from shared_case import chosen_seed, need

need('numpy')
import numpy as np
if np.lib.NumpyVersion(np.__version__) < "2.1.0":
    print("skipped: numpy", np.__version__, "is not 2.1 or later")
    sys.exit(77)

warnings.simplefilter("ignore")
np.seterr(all="ignore")

TYPES = [np.dtype(t) for t in
         "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split()]
CODE = {t: k for k, t in enumerate(TYPES)}
BOOL, F16, F32, F64, C64, C128 = 0, 9, 10, 11, 12, 13
N_TYPES = len(TYPES)
MIXED = {15: (CODE[np.dtype("i8")], CODE[np.dtype("u8")]),
         16: (CODE[np.dtype("u8")], CODE[np.dtype("i8")])}

UNARY = """negative positive absolute fabs sign square sqrt cbrt reciprocal exp exp2 expm1 log log2
log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh degrees radians
floor ceil trunc rint round signbit logical_not invert isnan isinf isfinite real imag conjugate
angle spacing bitwise_count frexp_fraction frexp_exponent modf_fraction modf_whole""".split()
BINARY = """add subtract multiply divide floor_divide remainder fmod power arctan2 hypot logaddexp
copysign heaviside nextafter minimum maximum fmin fmax equal not_equal less less_equal greater
greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor left_shift
right_shift float_power gcd lcm logaddexp2 ldexp""".split()
TERNARY = ["where", "clip"]
REDUCTIONS = """sum prod min max mean var std any all count count_nonzero argmin argmax nansum
nanprod nanmin nanmax nanmean nanvar nanstd nanargmin nanargmax""".split()
ALIASES = {"abs": "absolute", "acos": "arccos", "acosh": "arccosh", "asin": "arcsin",
           "asinh": "arcsinh", "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh",
           "conj": "conjugate", "fix": "trunc",
           "deg2rad": "radians", "mod": "remainder", "pow": "power",
           "rad2deg": "degrees", "true_divide": "divide"}

failures = 0
checks = 0


def fail(*words):
    global failures
    failures += 1
    if failures <= int(os.environ.get("SHOW", "40")):
        print("FAILED", *words)


class Driver:
    def __init__(self, path, cpu):
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  env=dict(os.environ, SHOAL_CPU=cpu))
        self.cpu = self.p.stdout.readline().decode().strip()

    def ask(self, words, *arrays):
        self.p.stdin.write((" ".join(map(str, words)) + "\n").encode())
        for a in arrays:
            self.p.stdin.write(a.tobytes())
        self.p.stdin.flush()
        line = self.p.stdout.readline().decode()
        if not line:
            print("FAILED: the driver ended at", words)
            sys.exit(1)
        return line.split()

    def data(self, words, dtype, *arrays):
        answer = self.ask(words, *arrays)
        if answer[0] != "ok":
            return answer[0]
        return np.frombuffer(self.p.stdout.read(int(answer[1])), dtype=dtype)

    def cast(self, a, to, offset=0):
        if a.dtype == to:
            return a
        return self.data(["cast", CODE[a.dtype], CODE[to], len(a), a.itemsize, to.itemsize,
                          offset], to, a)

    def element(self, op, loop, out, arrays, offset=0, in_place=False):
        sizes = [a.itemsize for a in arrays] + [0] * (3 - len(arrays))
        return self.data(["element", op, loop, len(arrays[0]), len(arrays), *sizes, out.itemsize,
                          offset, int(in_place)], out, *arrays)


def resolve(driver, op, arguments):
    """arguments: dtypes, or Python numbers, which are weak."""
    words = ["resolve", op, len(arguments)]
    for a in arguments:
        if isinstance(a, np.dtype):
            words += [CODE[a], 0, 0, 0]
        else:
            weak = "f8" if isinstance(a, float) else "c16" if isinstance(a, complex) else "i8"
            words += [CODE[np.dtype(weak)], 1, a.real, a if isinstance(a, int) else 0]
    answer = driver.ask(words)
    return [int(w) for w in answer[1:]] if answer[0] == "ok" else None


def numpy_function(op):
    if op == "count":
        return lambda x: np.int64(np.sum(~np.isnan(x)))
    if op.startswith(("frexp_", "modf_")):
        name, part = op.split("_")
        return lambda x: getattr(np, name)(x)[part in ("exponent", "whole")]
    return getattr(np, op)


def bits(a):
    """The bytes, with every NaN made the same one."""
    a = np.array(a)
    if a.dtype.kind == "c":
        a = a.view("f4" if a.dtype.itemsize == 8 else "f8")
    if a.dtype.kind == "f":
        a[np.isnan(a)] = np.nan
    return a.tobytes()


def same(got, want, zeros=True):
    """Equal values and types; NaN equals NaN; with `zeros`, -0.0 is not 0.0."""
    if isinstance(got, str) or got.dtype != want.dtype or got.shape != want.shape:
        return False
    if zeros:
        return bits(got) == bits(want)
    return np.array_equal(got, want, equal_nan=got.dtype.kind in "fc")


# ---- values ----

def specials(t):
    if t.kind == "b":
        return np.array([False, True])
    if t.kind in "iu":
        i = np.iinfo(t)
        v = {i.min, i.min + 1, i.max, i.max - 1, 0, 1, 2, 3, 5, 7, 10, 100, i.max // 2,
             t.itemsize * 8 - 1, t.itemsize * 8, t.itemsize * 8 + 1}
        if t.kind == "i":
            v |= {-1, -2, -3, -7, -100}
        return np.array(sorted(x for x in v if i.min <= x <= i.max), t)
    if t.kind == "f":
        f = np.finfo(t)
        v = [0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 1.5, 2.5, 3, -3, 0.1, 10, 100, -100, 1e-3, np.pi,
             np.inf, -np.inf, np.nan, f.max, f.min, f.tiny, -f.tiny, f.smallest_subnormal,
             -f.smallest_subnormal, f.eps, 1 + f.eps, 1 - f.epsneg, 1e4, 33.5]
        return np.array(v, t)
    part = np.array([0.0, -0.0, 1, -1, 2, 0.5, -1.5, 1e3, 1e-3, np.inf, -np.inf, np.nan],
                    np.empty(0, t).real.dtype)
    re, im = np.meshgrid(part, part)
    out = np.empty(re.size, np.result_type(part.dtype, np.complex64))
    out.real, out.imag = re.ravel(), im.ravel()
    return out


def randoms(rng, t, n):
    if t.kind == "b":
        return rng.integers(0, 2, n).astype(t)
    if t.kind in "iu":
        i = np.iinfo(t)
        wide = rng.integers(i.min, i.max, n, dtype=t, endpoint=True)
        return np.where(rng.random(n) < 0.5, wide, (wide % 20).astype(t))
    if t.kind == "f":
        small = rng.standard_normal(n) * 10.0 ** rng.integers(-3, 3, n)
        return np.where(rng.random(n) < 0.1, np.round(small), small).astype(t)
    part = np.empty(0, t).real.dtype
    out = np.empty(n, t)
    out.real, out.imag = randoms(rng, part, n), randoms(rng, part, n)
    return out


def columns(rng, types, n):
    """Arguments of these types: every pair of special values, and random ones."""
    if len(types) == 1:
        return [np.concatenate([specials(types[0]), randoms(rng, types[0], n)])]
    s = [specials(t) for t in types]
    grid = np.meshgrid(*s[:2])
    first, second = grid[0].ravel(), grid[1].ravel()
    if len(first) > 3000:
        pick = rng.choice(len(first), 3000, replace=False)
        first, second = first[pick], second[pick]
    out = [first, second]
    if len(types) == 3:
        out.append(rng.choice(s[2], len(first)))
    return [np.concatenate([a, randoms(rng, t, n)]) for a, t in zip(out, types)]


# ---- types ----

def numpy_result(op, arguments):
    f = numpy_function(op)
    ones = [np.ones(1, a) if isinstance(a, np.dtype) else a for a in arguments]
    if all(not isinstance(a, np.dtype) for a in arguments):
        return None
    try:
        return np.asarray(f(*ones)).dtype
    except (TypeError, OverflowError, ValueError):
        return None


def check_types(driver):
    global checks
    cases = [(op, (t,)) for op in UNARY + REDUCTIONS for t in TYPES]
    cases += [(op, (t, u)) for op in BINARY for t in TYPES for u in TYPES]
    literals = [1, 3, 0.5, 1j]
    cases += [(op, p) for op in BINARY for t in TYPES for v in literals for p in ((t, v), (v, t))]
    cases += [("clip", (t, u, v)) for t in TYPES for u in TYPES for v in TYPES]
    cases += [("clip", (t, u, v)) for t in TYPES for u in literals for v in literals]
    cases += [("where", (TYPES[0], t, u)) for t in TYPES for u in TYPES + literals]
    out_of_range = [(op, (t, v)) for op in BINARY for t in TYPES[:9]
                    for v in (-1, 300, 40000, 70000, 2**31, 2**32, 2**40)]
    for op, arguments in cases + out_of_range:
        checks += 1
        want = numpy_result(op, arguments)
        got = resolve(driver, op, arguments)
        got = TYPES[got[6]] if got else None
        if op == "count" and arguments[0].kind:
            want = np.dtype("i8")
        if got != want:
            fail("type of", op, *arguments, "is", got, "not", want)
    for t in TYPES:
        for u in TYPES:
            if driver.ask(["promote", CODE[t], CODE[u]]) != ["ok", str(CODE[np.result_type(t, u)])]:
                fail("promotion of", t, u)
    for alias, op in ALIASES.items():
        t = [np.dtype("f4")] * (2 if op in BINARY else 1)
        if resolve(driver, alias, t) != resolve(driver, op, t):
            fail("alias", alias)
    if resolve(driver, "power", (np.dtype("i4"), -2)) is not None:
        fail("integers to negative literals")


# ---- element-wise values ----

EXACT_ZEROS_FREE = {"minimum", "maximum", "fmin", "fmax", "clip", "sign"}
ELEMENTARY = set("""cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh
cosh tanh arcsinh arccosh arctanh arctan2 hypot power logaddexp logaddexp2
float_power""".split())
worst = {}


def evaluate(driver, op, arrays):
    """The whole way of a call: resolve, cast, kernel, cast."""
    s = resolve(driver, op, [a.dtype for a in arrays])
    if s is None:
        return None
    arrays = [driver.cast(a, TYPES[s[k]]) for k, a in enumerate(arrays)]
    out = driver.element(op, s[4], TYPES[s[5]], arrays)
    return out if isinstance(out, str) else driver.cast(out, TYPES[s[6]])


def ulps(got, exact):
    """Errors in units of the last place of `got`'s type; exact is of a wider type."""
    near = exact.astype(got.dtype)
    different = ~((got == near) | (np.isnan(got) & np.isnan(near)))
    both = np.isfinite(got) & np.isfinite(near)
    if np.any(different & ~both):
        # The largest finite number next to infinity is one ulp.
        most = np.finfo(got.dtype).max
        odd = different & ~both
        g = np.clip(got[odd], -most, most)
        e = np.clip(near[odd], -most, most)
        if np.any(g != e) or np.any(np.isnan(got[odd]) != np.isnan(near[odd])):
            return np.inf, int(np.argmax(odd))
    unit = np.spacing(np.abs(near)).astype(exact.dtype)
    error = np.where(different & both, np.abs(got.astype(exact.dtype) - exact) / unit, 0)
    error = np.nan_to_num(error, nan=np.inf)
    k = int(np.argmax(error)) if len(error) else 0
    return (float(error[k]) if len(error) else 0.0), k


# Beyond 1 ulp: exp, expm1, sinh, cosh and power just below their overflow, arcsinh and arccosh of
# the last binade, arctan2 where the quotient is next to a subnormal one.
LIMITS = {"exp": 1.6, "expm1": 1.6, "sinh": 1.6, "cosh": 1.6, "logaddexp": 2.5, "power": 2.5,
          "logaddexp2": 2.5, "float_power": 2.5,
          "arcsinh": 1.2, "arccosh": 1.2, "arctan2": 2.0}
COMPLEX_LIMITS = {"power": 200, "float_power": 200, "exp2": 2000, "log1p": 64}


def check_elementary(op, got, arrays):
    """Float results within an ulp of the next wider precision's."""
    wide = np.dtype("f8") if got.dtype.itemsize < 8 else np.dtype("g")
    f = getattr(np, op)
    exact = f(*[a.astype(wide) for a in arrays])
    finite = np.all([np.isfinite(a) for a in arrays], axis=0)
    # The C library's long double functions err on a few infinite arguments.
    exact = np.where(finite, exact, f(*arrays))
    if op.startswith("logaddexp"):
        # Relative to the greater argument: their sum cancels near 0.
        size = np.maximum(np.abs(exact), np.maximum(*[np.abs(a) for a in arrays]))
        ok = np.isfinite(exact) & np.isfinite(got)
        unit = np.spacing(np.where(ok, size, 1).astype(got.dtype)).astype(wide)
        off = np.where(ok, np.abs(got.astype(wide) - exact) / unit, 0)
        error, k = float(np.max(off)), int(np.argmax(off))
        if not same(got[~ok], exact.astype(got.dtype)[~ok]):
            fail(op, got.dtype, "of infinities or NaN")
    else:
        error, k = ulps(got, exact)
    worst[op, got.dtype.name] = max(worst.get((op, got.dtype.name), 0.0), error)
    if error > LIMITS.get(op, 1.05):
        fail(op, got.dtype, "of", *[repr(a[k]) for a in arrays], "is", repr(got[k]), "not",
             repr(exact[k]), error, "ulp")
    zero = (got == 0) & (exact.astype(got.dtype) == 0)
    if np.any(np.signbit(got[zero]) != np.signbit(exact[zero])):
        k = int(np.flatnonzero(zero)[np.argmax(np.signbit(got[zero]) != np.signbit(exact[zero]))])
        fail(op, got.dtype, "of", *[repr(a[k]) for a in arrays], "has another sign of zero")


COMPLEX_EXACT = set("""add subtract negative positive equal
not_equal less less_equal greater greater_equal real imag conjugate isnan isinf isfinite where
minimum maximum fmin fmax clip rint round logical_not logical_and logical_or logical_xor""".split())


def check_complex(op, got, want, arrays):
    """Within a few ulp of the magnitude, where everything is finite."""
    if op in ELEMENTARY and op not in ("power", "float_power"):
        wide = getattr(np, op)(*[a.astype("c16" if got.dtype == np.complex64 else "G")
                                 for a in arrays])
        want = np.where(np.isfinite(wide), wide, want)
    ok = np.isfinite(want) & np.isfinite(got)
    for a in arrays:
        ok &= np.isfinite(a)
    eps = np.finfo(got.dtype).eps
    size = np.maximum(np.abs(want), np.finfo(got.dtype).tiny / eps)
    error = np.where(ok, np.abs(got - want) / size / eps, 0)
    k = int(np.argmax(error))
    worst[op, got.dtype.name] = max(worst.get((op, got.dtype.name), 0.0), float(error[k]))
    if error[k] > COMPLEX_LIMITS.get(op, 8):
        fail(op, got.dtype, "of", *[repr(a[k]) for a in arrays], "is", repr(got[k]), "not",
             repr(want[k]), error[k])


def valid_for_numpy(op, arrays):
    """Leaves out what NumPy refuses: negative exponents of integers."""
    if op == "power" and np.result_type(*arrays).kind == "i":
        keep = arrays[1].astype(float) >= 0
        return [a[keep] for a in arrays]
    return arrays


def check_values(driver, rng, op, types):
    global checks
    if op == "power" and types[1].kind in "iu" and types[0].kind in "iu":
        types = tuple(types)
    arrays = valid_for_numpy(op, columns(rng, types, 300))
    got = evaluate(driver, op, arrays)
    if got is None:
        return
    checks += 1
    want = np.asarray(numpy_function(op)(*arrays))
    if isinstance(got, str) or got.dtype != want.dtype:
        return fail(op, *types, "gives", got if isinstance(got, str) else got.dtype, want.dtype)
    if op in ELEMENTARY and got.dtype.kind == "f" and got.dtype != np.float16:
        common = got.dtype
        check_elementary(op, got, [a.astype(common) for a in arrays])
    elif op in ELEMENTARY and got.dtype == np.float16:
        step = np.spacing(np.abs(want))
        off = ~((got == want) | (np.isnan(got) & np.isnan(want)))
        off &= ~(np.abs(got.astype(float) - want.astype(float)) <= 1.001 * step.astype(float))
        if np.any(off):
            k = int(np.argmax(off))
            fail(op, "half", *[repr(a[k]) for a in arrays], repr(got[k]), repr(want[k]))
    elif any(t.kind == "c" for t in types) and op not in COMPLEX_EXACT:
        if got.dtype.kind == "c":
            check_complex(op, got, want, arrays)
        elif not np.allclose(got, want, rtol=4 * np.finfo(got.dtype).eps, atol=0, equal_nan=True):
            k = int(np.argmax(~np.isclose(got, want, rtol=1e-6, equal_nan=True)))
            fail(op, *[repr(a[k]) for a in arrays], repr(got[k]), repr(want[k]))
    else:
        zeros = op not in EXACT_ZEROS_FREE
        if not same(got, want, zeros):
            if got.dtype.kind in "fc":
                bad = ~((got == want) | ((got != got) & (want != want)))
                if not np.any(bad):
                    bad = np.signbit(got.real) != np.signbit(want.real)
            else:
                bad = got != want
            k = int(np.argmax(bad))
            fail(op, *[repr(a[k]) for a in arrays], "is", repr(got[k]), "not", repr(want[k]),
                 int(bad.sum()), "of", len(bad))


def check_all_values(driver, rng):
    for op in UNARY:
        for t in TYPES:
            check_values(driver, rng, op, (t,))
    for op in BINARY:
        for t in TYPES:
            for u in TYPES:
                check_values(driver, rng, op, (t, u))
    for t in TYPES:
        for u in TYPES:
            check_values(driver, rng, "where", (TYPES[0], t, u))
            check_values(driver, rng, "clip", (t, u, u))
            check_values(driver, rng, "clip", (t, t, u))


def check_accuracy(driver, rng):
    """Many more arguments of the elementary functions, over all of their domains."""
    n = 40000
    for t in (np.dtype("f4"), np.dtype("f8")):
        f = np.finfo(t)
        for op in sorted(ELEMENTARY):
            exponents = rng.uniform(f.minexp, f.maxexp, n)
            wide = np.ldexp(rng.uniform(1, 2, n), exponents.astype(int)) * rng.choice([-1, 1], n)
            mixes = [wide, rng.uniform(-1, 1, n), rng.uniform(-20, 20, n), rng.uniform(0, 2, n),
                     rng.uniform(-700, 710, n), 1 + rng.standard_normal(n) * 1e-3,
                     rng.uniform(709, 711, n), rng.uniform(-746, -705, n),
                     rng.uniform(87, 90, n), rng.uniform(-105, -86, n)]
            for x in mixes:
                args = [x.astype(t)]
                if op in BINARY:
                    y = rng.choice([1.0, 1e-2, 30.0]) * rng.standard_normal(n)
                    args.append(y.astype(t))
                check_elementary(op, evaluate(driver, op, args), args)


def check_negative_powers(driver):
    t = np.dtype("i4")
    x = np.array([0, 1, -1, -1, 2, -2, 5], t)
    y = np.array([-1, -3, -3, -4, -1, -2, -9], t)
    if evaluate(driver, "power", [x, y]).tolist() != [0, 1, -1, 1, 0, 0, 0]:
        fail("negative powers of integers")


def check_comparisons_out_of_range(driver):
    for t in TYPES[1:9]:
        x = specials(t)
        for v in (-1, 300, -40000, 2**31, -2**40, 2**62):
            for op in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
                s = resolve(driver, op, [t, v])
                literal = driver.cast(np.full(len(x), v, np.int64), TYPES[s[3]])
                args = [driver.cast(x, TYPES[s[0]]), driver.cast(literal, TYPES[s[1]])]
                got = driver.element(op, s[4], TYPES[s[5]], args)
                if not same(got, getattr(np, op)(x, v)):
                    fail(op, t, v)


# ---- kernels: position, instruction sets ----

def loops(driver, op, arity):
    """(loop, argument types, result type) of every kernel of an operation."""
    found = {}
    for t in TYPES:
        for u in TYPES if arity == 2 else [t]:
            arguments = [TYPES[0], t, t] if op == "where" else [t, u, t][:arity]
            s = resolve(driver, op, arguments)
            if s:
                found[s[4]] = ([TYPES[c] for c in s[:arity]], TYPES[s[5]])
    return found


def check_positions(drivers, rng, op, arity):
    global checks
    base = drivers[0]
    for loop, (types, out) in loops(base, op, arity).items():
        args = [a[:400] for a in columns(rng, types, 300)]
        order = rng.permutation(len(args[0]))
        args = [a[order] for a in args]
        whole = base.element(op, loop, out, args)
        for d in drivers[1:]:
            checks += 1
            if bits(d.element(op, loop, out, args)) != bits(whole):
                fail(op, types[0], "differs between", d.cpu, "and", base.cpu)
        lengths = list(range(10)) + rng.integers(10, 131, 8).tolist() + [63, 64, 65, 130]
        for n in lengths:
            d = drivers[rng.integers(len(drivers))]
            start = int(rng.integers(0, len(args[0]) - n + 1))
            part = [np.ascontiguousarray(a[start:start + n]) for a in args]
            got = d.element(op, loop, out, part, int(rng.integers(0, 9)), rng.random() < 0.5)
            checks += 1
            if isinstance(got, str) or bits(got) != bits(whole[start:start + n]):
                fail(op, types[0], "depends on the position", d.cpu, n, start)


# ---- casts ----

def check_casts(drivers, rng):
    global checks
    for t in TYPES:
        x = np.concatenate([specials(t), randoms(rng, t, 700)])
        if t == np.float16:
            x = np.concatenate([x, np.arange(65536, dtype=np.uint16).view(t)])
        if t == np.float64:
            x = np.concatenate([x, np.ldexp(rng.uniform(-2, 2, 5000), rng.integers(-30, 20, 5000)),
                                np.arange(4096) * 2.0**-25, 2049 + np.arange(-9, 9) * 2.0**-40])
        if t == np.float32:
            x = np.concatenate([x, (rng.uniform(-2, 2, 5000) *
                                    2.0**rng.integers(-30, 20, 5000)).astype(t)])
        for u in TYPES:
            if t == u:
                continue
            if t.kind in "fc" and u.kind in "iu":
                # NumPy promises nothing beyond the type's range, nor do we.
                i = np.iinfo(u)
                whole = np.trunc(x.real.astype("g"))
                x_in = x[(whole >= i.min) & (whole <= i.max)]
            else:
                x_in = x
            if t == BOOL:
                x_in = np.array([0, 1, 2, 255], np.uint8).view(t)
            want = x_in.astype(u)
            for d in drivers:
                checks += 1
                got = d.cast(x_in, u, int(rng.integers(0, 4)))
                if not same(got, want):
                    k = int(np.argmax([bits(a) != bits(b) for a, b in zip(got, want)]))
                    fail("cast", d.cpu, t, u, repr(x_in[k]), repr(got[k]), repr(want[k]))
            first = drivers[0].cast(x, u)
            for d in drivers[1:]:
                if bits(d.cast(x, u)) != bits(first):
                    fail("cast", t, u, "differs on", d.cpu)


def check_out_of_range_casts(driver):
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 300, -1, -129, 70000, 3e9, -3e9, 1e19])
    differ = []
    for t in (np.dtype("f4"), np.dtype("f8")):
        for u in TYPES[1:9]:
            n = 64  # whole vectors, where NumPy's own loops agree with themselves
            for v in x:
                a = np.full(n, v, t)
                if not same(driver.cast(a, u), a.astype(u)):
                    differ.append(f"{t}({v}) to {u}: {driver.cast(a, u)[0]}, "
                                  f"NumPy {a.astype(u)[0]}")
    print("casts beyond the range, which NumPy leaves undefined, that differ:", len(differ))
    for line in differ[:10]:
        print("   ", line)


# ---- reductions ----

def oracle(op, x, axis, ddof):
    """The reduction by NumPy in a wider type (for float sums), and the type that NumPy gives."""
    t = x.dtype
    f = numpy_function(op)
    if op == "count":
        return np.sum(~np.isnan(x) if t.kind in "fc" else np.ones_like(x, bool), axis=axis)
    if op.endswith(("var", "std")):
        wide = x.astype("G" if t.kind == "c" else "g")
        if t.kind not in "fc":
            f = getattr(np, op.replace("nan", ""))
        out = f(wide, axis=axis, ddof=ddof)
        return np.asarray(out).astype(f(np.ones(2, t)).dtype)
    if op.endswith(("sum", "prod", "mean")) and (t.kind in "fc" or op.endswith("mean")):
        wide = x.astype("G" if t.kind == "c" else "g")
        return np.asarray(f(wide, axis=axis)).astype(f(np.ones(2, t)).dtype)
    return np.asarray(f(x, axis=axis))


def reduce_all(drivers, op, x, by_columns, piece, merge, ddof, index, offset):
    s = resolve(drivers[0], op, [x.dtype])
    loop, out, result = TYPES[s[4]], TYPES[s[5]], TYPES[s[6]]
    outs = []
    for d in drivers:
        a = d.cast(x.ravel(), loop)
        got = d.data(["reduce", op, s[4], int(by_columns), *x.shape, piece, int(merge), ddof, index,
                      loop.itemsize, out.itemsize, offset], out, a)
        outs.append(got if isinstance(got, str) else d.cast(got, result))
    for d, o in zip(drivers[1:], outs[1:]):
        if (o != outs[0]) if isinstance(o, str) or isinstance(outs[0], str) \
                else bits(o) != bits(outs[0]):
            fail(op, x.dtype, "differs between", d.cpu, drivers[0].cpu)
    return outs[0]


def data_for(rng, t, shape):
    n = int(np.prod(shape))
    x = randoms(rng, t, n)
    if t.kind in "fc":
        kind = rng.integers(5)
        if kind == 0:
            x[rng.random(n) < 0.2] = np.nan
        elif kind == 1:
            odd = rng.choice(specials(t))
            if not (np.isfinite(odd) and np.abs(odd) > 1e100):  # would overflow
                x[rng.random(n) < 0.03] = odd
        elif kind == 2:
            x = np.round(x)
        elif kind == 3:
            x[:] = np.nan
            x[rng.random(n) < 0.05] = 1.5
        if t == np.float16:
            x = (x / 64).astype(t)
    elif rng.random() < 0.3:
        x = (x % 3).astype(t)
    return x.reshape(shape)


def close(op, got, want, x, axis):
    if got.dtype != want.dtype or got.shape != want.shape:
        return False
    if got.dtype.kind not in "fc" or op.endswith(("min", "max")):
        if got.dtype.kind == "c":
            return np.array_equal(np.isnan(got), np.isnan(want)) and np.array_equal(
                got[~np.isnan(got)], want[~np.isnan(want)])
        return same(got, want, zeros=False)
    eps = np.finfo(got.dtype).eps
    scale = 0
    if op.endswith(("sum", "mean")):  # sums may cancel: relative to what was added
        size = np.abs(np.where(np.isfinite(x), x, 0)).astype("g")
        scale = (np.sum if op.endswith("sum") else np.mean)(size, axis=axis)
        scale = scale * np.finfo("f8").eps
    if op.endswith("prod"):
        scale = np.abs(np.where(np.isfinite(want), want, 0)) * 1e-13
        if got.dtype.kind == "c":
            scale = scale + np.abs(want) * x.shape[axis] * np.finfo("f8").eps
    tolerance = 1.01 * eps * np.abs(np.where(np.isfinite(want), want, 0)) + 2 * scale
    if op.endswith(("var", "std")):
        tolerance = tolerance + 1e-13 * np.abs(np.where(np.isfinite(want), want, 0))
        tolerance = tolerance + np.finfo(got.dtype).tiny
        noise = 1e-18 * np.max(np.abs(np.where(np.isfinite(x), x, 0)))  # of the oracle's own mean
        tolerance = tolerance + (noise if op.endswith("std") else noise**2)
    if got.dtype.kind == "c":
        adds = op.endswith(("sum", "mean"))  # a part may be finite where the other is not
        return all(close("", g, w, None, None) or (adds and close(op, g, w, p, axis)) or np.all(
            (g == w) | (np.isnan(g) & np.isnan(w)) | (np.abs(g - w) <= tolerance))
            for g, w, p in ((got.real, want.real, x.real), (got.imag, want.imag, x.imag)))
    return np.all((got == want) | (np.isnan(got) & np.isnan(want)) |
                  (np.abs(got.astype("g") - want) <= tolerance))


def check_reduction(drivers, rng, op, t):
    global checks
    by_columns = bool(rng.integers(2))
    shape = (int(rng.choice([1, 2, 3, 4, 5, 9, 33, 70, 131])), int(rng.choice([1, 2, 5, 30, 64, 129,
             600, 1100])))
    if rng.random() < 0.1 and not by_columns:
        shape = (2, 9000)
    x = data_for(rng, t, shape)
    if op.endswith("prod") and t.kind in "fc":
        x = np.where(np.isfinite(x) & (x != 0), x / np.abs(x) * (1 + np.abs(x) % 0.25).astype(
            np.empty(0, t).real.dtype), x).astype(t)
    if op.endswith("prod") and t.kind == "c":
        x[np.isinf(x)] = 1  # the order of products decides which part becomes NaN
    axis = 0 if by_columns else 1
    length = shape[axis]
    piece = int(rng.choice([1, 3, 64, 1000, 10**6])) if length < 200 else 1000
    ddof = int(rng.integers(0, 3)) if op.endswith(("var", "std")) else 0
    index = int(rng.integers(0, 1000)) if "arg" in op else 0
    got = reduce_all(drivers, op, x, by_columns, piece, rng.integers(2), ddof, index,
                     int(rng.integers(0, 5)))
    checks += 1
    if isinstance(got, str):
        if not ("nanarg" in op and t.kind in "fc" and np.any(np.all(np.isnan(x), axis=axis))):
            fail(op, t, "has no answer")
        return
    if "nanarg" in op and t.kind in "fc" and np.any(np.all(np.isnan(x), axis=axis)):
        return fail(op, t, "has an answer over NaN alone")
    want = oracle(op, x, axis, ddof)
    if "arg" in op:
        got = got - index
    if not close(op, got, want, x, axis):
        bad = ~((got == want) | ((got != got) & (want != want)))
        k = int(np.argmax(bad))
        fail(op, t, shape, "columns" if by_columns else "run", "piece", piece, "cell", k, "is",
             repr(got[k]), "not", repr(want[k]))


def check_all_reductions(drivers, rng, rounds):
    for op in REDUCTIONS:
        for t in TYPES:
            for _ in range(rounds):
                check_reduction(drivers, rng, op, t)


def check_reduction_edges(drivers):
    d = drivers
    inf = np.array([[np.inf, 1, -np.inf]])
    cases = [("sum", inf, np.nan), ("sum", np.array([[np.inf, 1.0, 2.0]]), np.inf),
             ("nansum", np.array([[np.nan, np.inf, 1.0]]), np.inf),
             ("nansum", np.array([[np.nan, np.nan]]), 0.0),
             ("nanmean", np.array([[np.nan, np.nan]]), np.nan),
             ("nanmin", np.array([[np.nan, np.nan]]), np.nan),
             ("sum", np.array([[1e308, 1e308, -1e308]]), None),
             ("sum", np.array([[1.0, 1e100, 1.0, -1e100] * 4096]), None),
             ("var", np.array([[1e200, 1e200]]), 0.0),
             ("nanvar", np.array([[np.inf, np.inf, np.nan]]), np.nan),
             ("nanstd", np.array([[np.inf, 1.0, np.nan]]), np.nan),
             ("var", np.array([[1e9 + 1, 1e9 + 2, 1e9 + 3]]), 2 / 3),
             ("nanprod", np.array([[np.nan, 2.0, 3.0]]), 6.0),
             ("argmin", np.array([[2.0, 1.0, 1.0, np.nan]]), 3),
             ("argmax", np.array([[np.inf, np.inf]]), 0),
             ("nanargmax", np.array([[np.nan, -np.inf]]), 1)]
    for op, x, want in cases:
        for by_columns in (False, True):
            for merge in (False, True):
                y = x.T.copy() if by_columns else x
                got = reduce_all(d, op, y, by_columns, 1, merge, 0, 0, 0)[0]
                if want is not None and not (got == want or (got != got and want != want)):
                    fail(op, x, "is", got, "not", want)
    # One long sum: the error does not grow with the length.
    x = np.full((1, 3_000_000), 0.1)
    got = reduce_all(d[:1], "sum", x, False, 10**7, 0, 0, 0, 0)[0]
    exact = float(np.longdouble(0.1) * x.size)
    if abs(got - exact) > 2 * np.spacing(exact):
        fail("a long sum is off by", got - exact)
    for op in ("min", "max", "argmin", "nanargmax"):
        if not isinstance(reduce_all(d, op, np.empty((2, 0)), False, 1, 0, 0, 0, 0), str):
            fail(op, "of nothing has an answer")


def main():
    seed = chosen_seed(2)
    rng = np.random.default_rng(seed)
    drivers = [Driver(sys.argv[1], cpu) for cpu in ("baseline", "avx2", "avx512")]
    names = []
    drivers = [d for d in drivers if d.cpu not in names and not names.append(d.cpu)]
    print("instruction sets:", *names)
    steps = [
        ("types", lambda: check_types(drivers[-1])),
        ("values", lambda: check_all_values(drivers[-1], rng)),
        ("accuracy", lambda: check_accuracy(drivers[-1], rng)),
        ("negative powers", lambda: check_negative_powers(drivers[-1])),
        ("comparisons", lambda: check_comparisons_out_of_range(drivers[-1])),
        ("positions", lambda: [check_positions(drivers, rng, op, a) for ops, a in
                               ((UNARY, 1), (BINARY, 2), (TERNARY, 3)) for op in ops]),
        ("casts", lambda: check_casts(drivers, rng)),
        ("casts beyond", lambda: check_out_of_range_casts(drivers[0])),
        ("reductions", lambda: check_all_reductions(drivers, rng, 12)),
        ("edges", lambda: check_reduction_edges(drivers)),
    ]
    for name, step in steps:
        before = failures
        step()
        print(f"{name}: {checks} checks so far, {failures - before} failures", flush=True)
    print("greatest errors (ulp):")
    for (op, t), error in sorted(worst.items()):
        print(f"    {op:10} {t:10} {error:.3f}")
    for d in drivers:
        d.p.stdin.close()
        if d.p.wait() != 0:
            fail("the driver for", d.cpu, "ended with", d.p.returncode)
    print("failures:", failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
