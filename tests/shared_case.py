"""What tests in Python begin with: modules that may be absent, the seed of random cases, and
a count of what fails."""
import os
import random
import sys


def need(*modules):
    """Ends the test as skipped, with status 77, where a module is absent."""
    for module in modules:
        try:
            __import__(module)
        except ImportError as missing:
            print(f'skipped: {missing}')
            sys.exit(77)


class Checks:
    """Counts what is checked, and ends the test where one fails."""
    count = 0

    def __call__(self, good, *words):
        self.count += 1
        if not good:
            raise SystemExit(f'FAILED: {words}')


class Failures:
    """Counts what fails, and prints the first twenty."""
    count = 0

    def __call__(self, *words):
        self.count += 1
        if self.count <= 20:
            print('FAILED', *words)


def chosen_seed(place=None, otherwise=None):
    """The seed, which is printed so that a run can be repeated: the argument at that place of the
    command line, else $SHOAL_SEED, else `otherwise`, else one by chance."""
    given = sys.argv[place] if place and len(sys.argv) > place else os.environ.get('SHOAL_SEED')
    if not given:
        given = random.SystemRandom().randrange(1 << 30) if otherwise is None else otherwise
    print('seed', int(given), flush=True)
    return int(given)


def generators(seed):
    """Python's and NumPy's generators of random numbers."""
    import numpy
    return random.Random(seed), numpy.random.default_rng(seed)
