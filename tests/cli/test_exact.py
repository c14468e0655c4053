"""calc --exact: sums of integers with all their digits, held against Python's integers; and status
4 with one line, nothing written, where a result wraps around and cannot be kept so.
"""
import os
import re
import tempfile

from shared_case import chosen_seed, generators, need
from shoal_command import clean_line, good, run, snapshot

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin  # noqa: F401 (results are compressed by Blosc)
import numpy as np

R, G = generators(chosen_seed())
np.seterr(all='ignore')
N = 40
SHAPES = [(1,), (7,), (300,), (40, 30), (3, 4, 50), (0,), (0, 3), (3, 0), (60, 400)]


def array():
    dtype = np.dtype(R.choice('? i1 i4 u1 u2 i8 i8 i8 i8 i8 u8 u8 u8 u8 u8'.split()))
    shape = R.choice(SHAPES)
    if dtype.kind == 'b':
        return G.random(shape) < 0.5
    info = np.iinfo(dtype)
    kind = R.choice(['any', 'any', 'small', 'least', 'least', 'most', 'most', 'edge'])
    if kind == 'small':
        return G.integers(0, 20, shape).astype(dtype)
    if kind == 'least' and info.min < 0:
        return np.full(shape, info.min)
    if kind == 'most':
        return np.full(shape, info.max)
    x = G.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    if kind == 'edge' and x.size: # just fits, or just does not
        x[...] = 0
        x.flat[0] = info.max if R.random() < 0.5 else info.min
        x.flat[-1] += R.choice([-1, 0, 1]) if info.min < 0 else R.choice([0, 1])
    return x


def reduction(x, labels):
    """A sum of x, as text and in Python's integers."""
    whole = x.astype(int if x.dtype.kind == 'b' else object).astype(object)
    name = R.choice(['sum', 'sum', 'nansum'])
    if R.random() < 0.25:
        groups = np.unique(labels) # ascending
        axes = ', axis=0' if x.ndim > 1 else ''
        rows = [whole[labels == g].sum(axis=0) for g in groups]
        return f'{name}(x, by=g{axes})', np.array(rows, object).reshape(
            (len(groups), *x.shape[1:]))
    several = tuple(R.sample(range(x.ndim), R.randint(1, x.ndim)))
    axis = R.choice([None, *range(-x.ndim, x.ndim), several])
    keep = R.random() < 0.3
    words = ['x'] + [f'axis={axis}'] * (axis is not None) + ['keepdims=True'] * keep
    return f'{name}({", ".join(words)})', np.asarray(whole.sum(axis=axis, keepdims=keep), object)


def type_of(x):
    return np.dtype('u8' if x.dtype.kind == 'u' else 'i8')


def fits(values, dtype):
    info = np.iinfo(dtype)
    return all(info.min <= int(v) <= info.max for v in np.asarray(values, object).ravel())


def numbers(done):
    """All integers that are printed, as they come."""
    return [int(word) for word in re.findall(r'-?\d+', done.out.decode())]


def listed(values):
    return values.tolist() if values.ndim else int(values[()])


def same(value, want):
    return value == listed(want)


class Case:
    def __init__(self, folder, number):
        self.folder, self.x = folder, array()
        self.labels = G.integers(0, 3, self.x.shape[0])
        path, stored = os.path.join(folder, f'{number}.h5'), os.path.join(folder, 's.h5')
        chunks = tuple(R.randint(max(1, n // 3), n) if n else 1 for n in self.x.shape)
        with h5py.File(path, 'w') as file:
            file.create_dataset('x', data=self.x, chunks=R.choice([None, chunks]) if self.x.size
                                else None)
        if R.random() < 0.5: # with summaries, which answer sums
            good('calc', '-q', '-f', 'x', f'x={path}:/x', '-o', stored + ':/x')
            os.replace(stored, path)
        labels = os.path.join(folder, 'labels.h5')
        with h5py.File(labels, 'w') as file:
            file['g'] = self.labels
        self.inputs = [f'x={path}:/x', f'g={labels}:/g']
        self.failed = []

    def run(self, text, *more):
        inputs = self.inputs if re.search(r'\bg\b', text) else self.inputs[:1]
        words = ['-j', str(R.randint(1, 4))] + ['--no-summaries'] * (R.random() < 0.4)
        return run('calc', '--exact', text, *inputs, *words, *more)

    def check(self, what, *details):
        if not what:
            self.failed.append(details)

    def check_sum(self):
        text, want = reduction(self.x, self.labels)
        beyond = not fits(want, type_of(self.x))
        if want.size <= 1000:
            done = self.run(text)
            labelled = 'by=' in text and want.ndim == 1 # a column of labels goes before
            got = numbers(done)
            self.check(done.status == 0 and not done.err, text, done)
            self.check(want.size == 0 or labelled or got[-want.size:] == list(want.ravel()), text,
                       done, want)
            if labelled:
                self.check(got[1::2] == list(want), text, done, want)
            done = self.run(text, '--json')
            self.check(done.status == 0, text, done)
            answer = done.json()
            result = answer['results'][0]
            self.check(same(result['value'], want), text, result, want)
            self.check(answer['warnings'] == [], text, answer)
            kind = 'int128' if beyond else type_of(self.x).name
            self.check(result['type'] == kind, text, result)
        self.check_refused(text, want, beyond)
        return beyond

    def check_refused(self, text, want, beyond):
        """Where the sum is computed on, or goes to a file."""
        out = os.path.join(self.folder, 'out.h5')
        before = snapshot(self.folder)
        done = self.run(text, '-o', out + ':/r')
        self.check_status(done, beyond, text.split('(')[0], 'file', text)
        if not beyond and done.status == 0:
            with h5py.File(out) as file:
                self.check(np.array_equal(file['r'][()], want.astype(type_of(self.x))), text)
            os.remove(out)
        else:
            self.check(snapshot(self.folder) == before, text, 'left something behind')
        if want.size > 1000:
            return
        for use in (f'{text} * 0 + 1', f's = {text}; s // 2', f'{text}; -({text})',
                    f'arange(9)[({text}) % 9]'):
            if beyond or 'arange' not in use:
                self.check_status(self.run(use, '-q'), beyond, text.split('(')[0], use, text)

    def check_status(self, done, beyond, name, *what):
        if beyond:
            told = clean_line(done.err) and done.err.decode().startswith(f'shoal: {name}: ')
            self.check(done.status == 4 and told and not done.out, *what, done)
        else:
            self.check(done.status == 0, *what, done)

    def check_together(self):
        """Several sums in one pass, beside what is no sum."""
        (a, one), (b, two) = reduction(self.x, self.labels), reduction(self.x, self.labels)
        if one.size > 1000 or two.size > 1000 or not self.x.size:
            return
        done = self.run(f'a = {a}; b = {b}; c = max(x); again = {a}', '--json')
        self.check(done.status == 0, a, b, done)
        values = [r['value'] for r in done.json()['results']] if done.status == 0 else [0] * 4
        self.check(same(values[0], one) and same(values[3], one), a, values[0], one)
        self.check(same(values[1], two), b, values[1], two)
        self.check(values[2] == self.x.max(), values[2])

    def check_products(self):
        whole = self.x.astype(int if self.x.dtype.kind == 'b' else object).astype(object)
        want = whole.prod()
        beyond = not fits(want, type_of(self.x))
        done = self.run('prod(x)')
        self.check_status(done, beyond, 'prod', 'prod(x)', self.x.dtype)
        self.check(beyond or numbers(done) == [want], done, want)
        if self.x.dtype.kind == 'b':
            return
        want = (whole * whole).sum()
        beyond = not fits(want, self.x.dtype)
        done = self.run('dot(x, x)' if self.x.ndim == 1 and R.random() < 0.5 else 'vdot(x, x)')
        self.check_status(done, beyond, 'dot', 'dot', self.x.dtype)
        self.check(beyond or numbers(done) == [want], done, want)


def main():
    n_beyond, failed = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(N):
            case = Case(folder, number)
            n_beyond += case.check_sum()
            case.check_together()
            case.check_products()
            for details in case.failed[:3]:
                print('FAILED', case.x.dtype, case.x.shape, *map(str, details))
            failed += case.failed
            os.remove(os.path.join(folder, f'{number}.h5'))
    print(f'{N} cases, {n_beyond} of which are beyond 64 bits, {len(failed)} failed')
    assert not failed and 0 < n_beyond < N


main()
