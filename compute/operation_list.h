/* Every operation, once: SHOAL_OPERATION(id, NumPy's name, array arguments, type rule, doc).
   The rules are explained in compute/operation_rule.h. Included with SHOAL_OPERATION defined. */
/* clang-format off */

/* arithmetic */
SHOAL_OPERATION(ADD, "add", 2, ARITHMETIC, "x + y; of bools: or")
SHOAL_OPERATION(SUBTRACT, "subtract", 2, SUBTRACT, "x - y; not of bools")
SHOAL_OPERATION(MULTIPLY, "multiply", 2, ARITHMETIC, "x * y; of bools: and")
SHOAL_OPERATION(DIVIDE, "divide", 2, DIVIDE, "x / y, true division: integers give float64")
SHOAL_OPERATION(FLOOR_DIVIDE, "floor_divide", 2, INTEGER_DIVIDE,
                "x // y, rounded down; an integer by 0 gives 0")
SHOAL_OPERATION(REMAINDER, "remainder", 2, INTEGER_DIVIDE,
                "x % y with the sign of y; an integer by 0 gives 0")
SHOAL_OPERATION(FMOD, "fmod", 2, INTEGER_DIVIDE, "remainder with the sign of x, as C's fmod")
SHOAL_OPERATION(POWER, "power", 2, POWER,
                "x ** y; integers wrap, and an array of negative exponents gives 0, 1 or -1")
SHOAL_OPERATION(FLOAT_POWER, "float_power", 2, FLOAT_POWER, "x ** y in float64 or complex128")
SHOAL_OPERATION(GCD, "gcd", 2, DIVISOR, "greatest common divisor of |x| and |y|")
SHOAL_OPERATION(LCM, "lcm", 2, DIVISOR, "lowest common multiple of |x| and |y|; wraps")
SHOAL_OPERATION(NEGATIVE, "negative", 1, NEGATIVE, "-x; not of bools")
SHOAL_OPERATION(POSITIVE, "positive", 1, POSITIVE, "+x; not of bools")
SHOAL_OPERATION(ABSOLUTE, "absolute", 1, ABSOLUTE, "|x|; of complex: the magnitude")
SHOAL_OPERATION(FABS, "fabs", 1, FLOAT, "|x| in floating point")
SHOAL_OPERATION(SIGN, "sign", 1, POSITIVE, "-1, 0 or 1; of complex: x / |x|")
SHOAL_OPERATION(SQUARE, "square", 1, POWER, "x * x")
SHOAL_OPERATION(SQRT, "sqrt", 1, FLOAT_COMPLEX, "square root; NaN for negative reals")
SHOAL_OPERATION(CBRT, "cbrt", 1, FLOAT, "cube root")
SHOAL_OPERATION(RECIPROCAL, "reciprocal", 1, POWER, "1 / x, in the type of x")

/* elementary functions */
SHOAL_OPERATION(EXP, "exp", 1, FLOAT_COMPLEX, "e ** x")
SHOAL_OPERATION(EXP2, "exp2", 1, FLOAT_COMPLEX, "2 ** x")
SHOAL_OPERATION(EXPM1, "expm1", 1, FLOAT_COMPLEX, "e ** x - 1, exact near 0")
SHOAL_OPERATION(LOG, "log", 1, FLOAT_COMPLEX, "natural logarithm")
SHOAL_OPERATION(LOG2, "log2", 1, FLOAT_COMPLEX, "logarithm to base 2")
SHOAL_OPERATION(LOG10, "log10", 1, FLOAT_COMPLEX, "logarithm to base 10")
SHOAL_OPERATION(LOG1P, "log1p", 1, FLOAT_COMPLEX, "log(1 + x), exact near 0")
SHOAL_OPERATION(SIN, "sin", 1, FLOAT_COMPLEX, "sine of radians")
SHOAL_OPERATION(COS, "cos", 1, FLOAT_COMPLEX, "cosine of radians")
SHOAL_OPERATION(TAN, "tan", 1, FLOAT_COMPLEX, "tangent of radians")
SHOAL_OPERATION(ARCSIN, "arcsin", 1, FLOAT_COMPLEX, "inverse sine, in radians")
SHOAL_OPERATION(ARCCOS, "arccos", 1, FLOAT_COMPLEX, "inverse cosine, in radians")
SHOAL_OPERATION(ARCTAN, "arctan", 1, FLOAT_COMPLEX, "inverse tangent, in radians")
SHOAL_OPERATION(ARCTAN2, "arctan2", 2, FLOAT,
                "angle of the point (y, x), in radians: arctan2(y, x)")
SHOAL_OPERATION(SINH, "sinh", 1, FLOAT_COMPLEX, "hyperbolic sine")
SHOAL_OPERATION(COSH, "cosh", 1, FLOAT_COMPLEX, "hyperbolic cosine")
SHOAL_OPERATION(TANH, "tanh", 1, FLOAT_COMPLEX, "hyperbolic tangent")
SHOAL_OPERATION(ARCSINH, "arcsinh", 1, FLOAT_COMPLEX, "inverse hyperbolic sine")
SHOAL_OPERATION(ARCCOSH, "arccosh", 1, FLOAT_COMPLEX, "inverse hyperbolic cosine")
SHOAL_OPERATION(ARCTANH, "arctanh", 1, FLOAT_COMPLEX, "inverse hyperbolic tangent")
SHOAL_OPERATION(HYPOT, "hypot", 2, FLOAT, "sqrt(x*x + y*y) without overflow")
SHOAL_OPERATION(LOGADDEXP, "logaddexp", 2, FLOAT, "log(exp(x) + exp(y)) without overflow")
SHOAL_OPERATION(LOGADDEXP2, "logaddexp2", 2, FLOAT, "log2(2 ** x + 2 ** y) without overflow")
SHOAL_OPERATION(DEGREES, "degrees", 1, FLOAT, "radians to degrees")
SHOAL_OPERATION(RADIANS, "radians", 1, FLOAT, "degrees to radians")

/* rounding and parts of floats */
SHOAL_OPERATION(FLOOR, "floor", 1, FLOOR, "down to a whole number")
SHOAL_OPERATION(CEIL, "ceil", 1, FLOOR, "up to a whole number")
SHOAL_OPERATION(TRUNC, "trunc", 1, FLOOR, "towards 0 to a whole number")
SHOAL_OPERATION(RINT, "rint", 1, FLOAT_COMPLEX, "to the nearest whole number, halves to even")
SHOAL_OPERATION(ROUND, "round", 1, ROUND, "as rint; integers stay integers")
SHOAL_OPERATION(COPYSIGN, "copysign", 2, FLOAT, "x with the sign of y")
SHOAL_OPERATION(SIGNBIT, "signbit", 1, FLOAT_TEST, "true where the sign bit is set, -0.0 included")
SHOAL_OPERATION(HEAVISIDE, "heaviside", 2, FLOAT, "0 where x < 0, y where x is 0, 1 where x > 0")
SHOAL_OPERATION(NEXTAFTER, "nextafter", 2, FLOAT, "the next float from x towards y")
SHOAL_OPERATION(SPACING, "spacing", 1, FLOAT, "the distance from x to the next float away from 0")
SHOAL_OPERATION(LDEXP, "ldexp", 2, LDEXP, "x * 2 ** y, of a whole y")
SHOAL_OPERATION(FREXP_FRACTION, "frexp_fraction", 1, FLOAT,
                "frexp(x)[0]: f of x = f * 2 ** n, with 0.5 <= |f| < 1")
SHOAL_OPERATION(FREXP_EXPONENT, "frexp_exponent", 1, EXPONENT, "frexp(x)[1]: n of x = f * 2 ** n")
SHOAL_OPERATION(MODF_FRACTION, "modf_fraction", 1, FLOAT,
                "modf(x)[0]: what is behind the point, with the sign of x")
SHOAL_OPERATION(MODF_WHOLE, "modf_whole", 1, FLOAT, "modf(x)[1]: the whole part, as a float")

/* choosing */
SHOAL_OPERATION(MINIMUM, "minimum", 2, CHOICE, "the smaller one; NaN if one is NaN")
SHOAL_OPERATION(MAXIMUM, "maximum", 2, CHOICE, "the greater one; NaN if one is NaN")
SHOAL_OPERATION(FMIN, "fmin", 2, CHOICE, "the smaller one; NaN only if both are")
SHOAL_OPERATION(FMAX, "fmax", 2, CHOICE, "the greater one; NaN only if both are")
SHOAL_OPERATION(WHERE, "where", 3, WHERE, "where(condition, x, y): x where true, else y")
SHOAL_OPERATION(CLIP, "clip", 3, CLIP, "clip(x, low, high): minimum(maximum(x, low), high)")

/* comparisons and logic */
SHOAL_OPERATION(EQUAL, "equal", 2, COMPARE, "x == y")
SHOAL_OPERATION(NOT_EQUAL, "not_equal", 2, COMPARE, "x != y")
SHOAL_OPERATION(LESS, "less", 2, COMPARE, "x < y; complex: by real, then imaginary part")
SHOAL_OPERATION(LESS_EQUAL, "less_equal", 2, COMPARE, "x <= y")
SHOAL_OPERATION(GREATER, "greater", 2, COMPARE, "x > y")
SHOAL_OPERATION(GREATER_EQUAL, "greater_equal", 2, COMPARE, "x >= y")
SHOAL_OPERATION(LOGICAL_AND, "logical_and", 2, LOGICAL, "both are not 0")
SHOAL_OPERATION(LOGICAL_OR, "logical_or", 2, LOGICAL, "one is not 0")
SHOAL_OPERATION(LOGICAL_XOR, "logical_xor", 2, LOGICAL, "exactly one is not 0")
SHOAL_OPERATION(LOGICAL_NOT, "logical_not", 1, LOGICAL, "x is 0")
SHOAL_OPERATION(BITWISE_AND, "bitwise_and", 2, BITWISE, "x & y")
SHOAL_OPERATION(BITWISE_OR, "bitwise_or", 2, BITWISE, "x | y")
SHOAL_OPERATION(BITWISE_XOR, "bitwise_xor", 2, BITWISE, "x ^ y")
SHOAL_OPERATION(INVERT, "invert", 1, BITWISE, "~x; of bools: not")
SHOAL_OPERATION(LEFT_SHIFT, "left_shift", 2, SHIFT, "x << y; 0 when y is the width or more")
SHOAL_OPERATION(RIGHT_SHIFT, "right_shift", 2, SHIFT, "x >> y; 0 or -1 when y is the width or more")
SHOAL_OPERATION(BITWISE_COUNT, "bitwise_count", 1, BIT_COUNT, "how many bits of |x| are set")
SHOAL_OPERATION(ISNAN, "isnan", 1, TEST, "x is NaN")
SHOAL_OPERATION(ISINF, "isinf", 1, TEST, "x is infinite")
SHOAL_OPERATION(ISFINITE, "isfinite", 1, TEST, "x is neither NaN nor infinite")

/* complex numbers */
SHOAL_OPERATION(REAL, "real", 1, ABSOLUTE, "the real part")
SHOAL_OPERATION(IMAG, "imag", 1, ABSOLUTE, "the imaginary part; 0 for real types")
SHOAL_OPERATION(CONJUGATE, "conjugate", 1, POWER, "x with the imaginary part negated")
SHOAL_OPERATION(ANGLE, "angle", 1, ANGLE, "the angle in the complex plane, in radians")

SHOAL_OPERATION(COMPLEX, "complex", 2, COMPLEX_OF,
                "complex(re, im): the complex number of these parts")

/* reductions */
SHOAL_OPERATION(SUM, "sum", 1, REDUCE_SUM, "sum, exact and rounded once; integers in 64 bits, which warns when it wraps")
SHOAL_OPERATION(PROD, "prod", 1, REDUCE_SUM, "product; integers in 64 bits, which warns when it wraps")
SHOAL_OPERATION(MIN, "min", 1, REDUCE_SAME, "smallest; NaN if there is one")
SHOAL_OPERATION(MAX, "max", 1, REDUCE_SAME, "greatest; NaN if there is one")
SHOAL_OPERATION(MEAN, "mean", 1, REDUCE_MEAN, "mean: the exact sum / n, rounded once; float64 for integers")
SHOAL_OPERATION(VAR, "var", 1, REDUCE_VAR, "variance, exact and rounded once; divides by n - ddof")
SHOAL_OPERATION(STD, "std", 1, REDUCE_VAR, "standard deviation: the root of the exact variance")
SHOAL_OPERATION(ANY, "any", 1, REDUCE_BOOL, "one is not 0; NaN is not 0")
SHOAL_OPERATION(ALL, "all", 1, REDUCE_BOOL, "none is 0")
SHOAL_OPERATION(COUNT, "count", 1, REDUCE_COUNT, "number of elements that are not NaN")
SHOAL_OPERATION(COUNT_NONZERO, "count_nonzero", 1, REDUCE_COUNT,
                "number of elements that are not 0")
SHOAL_OPERATION(ARGMIN, "argmin", 1, REDUCE_COUNT,
                "index of the first smallest, or of the first NaN")
SHOAL_OPERATION(ARGMAX, "argmax", 1, REDUCE_COUNT,
                "index of the first greatest, or of the first NaN")
SHOAL_OPERATION(NANSUM, "nansum", 1, REDUCE_SUM, "sum without the NaNs")
SHOAL_OPERATION(NANPROD, "nanprod", 1, REDUCE_SUM, "product without the NaNs")
SHOAL_OPERATION(NANMIN, "nanmin", 1, REDUCE_SAME, "smallest without the NaNs; NaN when all are")
SHOAL_OPERATION(NANMAX, "nanmax", 1, REDUCE_SAME, "greatest without the NaNs; NaN when all are")
SHOAL_OPERATION(NANMEAN, "nanmean", 1, REDUCE_MEAN, "mean without the NaNs; NaN when all are")
SHOAL_OPERATION(NANVAR, "nanvar", 1, REDUCE_VAR, "variance without the NaNs")
SHOAL_OPERATION(NANSTD, "nanstd", 1, REDUCE_VAR, "standard deviation without the NaNs")
SHOAL_OPERATION(NANARGMIN, "nanargmin", 1, REDUCE_COUNT,
                "index of the first smallest that is not NaN")
SHOAL_OPERATION(NANARGMAX, "nanargmax", 1, REDUCE_COUNT,
                "index of the first greatest that is not NaN")
/* clang-format on */
