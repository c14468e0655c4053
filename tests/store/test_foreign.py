"""Files as others write them (make_foreign.py), read by shoal: every dataset's bytes are those that
libhdf5 gives through h5py, or it is refused with one line, where the table below allows that.

usage: test_foreign.py EXPORT_SERVER [PART OF A FILE'S NAME]     $SHOAL names the command
"""
import collections
import csv
import fnmatch
import io
import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time

from shared_case import chosen_seed, need

need('h5py', 'hdf5plugin', 'numpy', 'hdf5_calls')
import h5py
import hdf5plugin  # noqa: F401
import numpy as np

import make_foreign
from foreign_values import array_axes, expected_bytes, json_of, told_type, traits, wide_values

SERVER = os.path.abspath(sys.argv[1])
SHOAL = os.environ.get('SHOAL', 'shoal')
SEED = chosen_seed()
# A sanitizer's report must not look like a status of ours.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS='exitcode=99:detect_leaks=0',
                   UBSAN_OPTIONS='exitcode=99')
OK, USAGE, SYSTEM, DATA = 0, 2, 3, 4
PATIENCE = 60  # seconds for one answer

# What may be refused, with status 4 (3: files that are not there). All else must be read.
MAY_REFUSE = {
    'sequence': 'sequences have no fixed form', 'reference': 'addresses inside the file',
    'time': 'a class that HDF5 itself does not convert', 'opaque': 'bytes without a meaning',
    'bitfield': 'bits without a meaning', 'variable text': 'as raw bytes: it has no fixed form',
}
MAY_REFUSE_NAMES = {
    'plugins-*:/zfp/*': 'a lossy filter of its own library',
    'plugins-*:/sz3/*': 'a lossy filter of its own library',
    'plugins-*:/blosc2*': 'where its library is absent',
    'floats-*:/long/inexact/*': 'beyond float64',
    'floats-*:/long/huge/*': 'beyond float64',
    'virtual-*:/circle': 'made of itself',
    'external-*:/missing': 'its raw file is missing',
}
# Nothing says what these hold where nothing was written: the fill value or zeros; some of them HDF5
# itself does not read.
UNDEFINED = 'fills-*:/*-never-*', 'fills-*:/*-undefined-*'
TOO_LARGE = 'far-*:/hole'


class Server:
    """The export server; a new one is started when the old one died."""

    def __init__(self):
        self.process = None

    def start(self):
        self.process = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=ENVIRONMENT)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.buffer = b''

    def more(self, deadline):
        if not self.selector.select(max(0, deadline - time.monotonic())):
            self.process.kill()
            raise RuntimeError(f'no answer after {PATIENCE} s')
        block = os.read(self.process.stdout.fileno(), 1 << 20)
        if not block:
            raise RuntimeError(f'the reader died, status {self.process.wait()}')
        self.buffer += block

    def export(self, locator, format='raw'):
        """(status, bytes, message)"""
        if self.process is None or self.process.poll() is not None:
            self.start()
        words = os.fsencode(locator)
        try:
            self.process.stdin.write(b'%s %d\n%s' % (format.encode(), len(words), words))
            self.process.stdin.flush()
            deadline = time.monotonic() + PATIENCE
            while b'\n' not in self.buffer:
                self.more(deadline)
            head, _, self.buffer = self.buffer.partition(b'\n')
            status, n_bytes, n_message = map(int, head.split())
            while len(self.buffer) < n_bytes + n_message:
                self.more(deadline)
        except (OSError, RuntimeError):
            self.process.kill()
            self.process.wait()
            self.process = None
            raise
        content = self.buffer[:n_bytes]
        message = self.buffer[n_bytes:n_bytes + n_message]
        self.buffer = self.buffer[n_bytes + n_message:]
        return status, content, message.decode(errors='replace')


class Judge:
    def __init__(self):
        self.server = Server()
        self.problems = collections.defaultdict(list)
        self.refused = collections.Counter()
        self.n_equal = self.n_attributes = self.n_asked = 0

    def problem(self, where, text):
        self.problems[where.partition(':')[0].split('-')[0]].append(f'{where}: {text}')

    # ---- Datasets ----

    def dataset(self, file_name, path, dataset, object_):
        where = f'{file_name}:{path}'
        if fnmatch.fnmatchcase(where, TOO_LARGE):
            return
        try:  # what looks like a slice is part of the name when another follows
            status, content, message = self.server.export(where + '[:]' * ('[' in path))
        except (OSError, RuntimeError) as died:
            return self.problem(where, f'DIED: {died}')
        self.n_asked += 1
        words = traits(dataset.id.get_type())
        allowed = words & set(MAY_REFUSE) or any(fnmatch.fnmatchcase(where, pattern)
                                                 for pattern in MAY_REFUSE_NAMES)
        if self.n_asked % 50 == 0:
            self.same_from_command(where + '[:]' * ('[' in path), status, content, message)
        if 'variable text' in words and words == {'variable text'}:
            self.texts(where, dataset)
        self.described(where, dataset, words, object_)
        if status != OK:
            self.refusal(where, file_name, status, message, allowed)
        elif not {'sequence', 'reference', 'time', 'variable text'} & words:
            self.values(where, dataset, words, content, object_)
        else:
            self.n_equal += 1

    def refusal(self, where, file_name, status, message, allowed):
        clear = '\n' not in message and os.path.basename(file_name) in message
        if not clear:
            self.problem(where, f'no clear line: {message!r}')
        elif not allowed:
            self.problem(where, f'refused, status {status}: {message}')
        elif status != (SYSTEM if ' external file ' in message else DATA):
            self.problem(where, f'status {status}, not {DATA}: {message}')
        else:
            self.refused[message.rpartition(': ')[2]] += 1

    def values(self, where, dataset, words, content, object_):
        try:
            if {'odd integer', 'odd float'} & words:
                return self.odd_numbers(where, dataset, content, object_)
            known = make_foreign.KNOWN.get((where.partition(':')[0], where.partition(':')[2]))
            wanted = expected_bytes(dataset) if known is None else known.tobytes()
        except (OSError, RuntimeError, ValueError, TypeError) as refused:
            if any(fnmatch.fnmatchcase(where, pattern) for pattern in UNDEFINED):
                return None
            return self.problem(where, f'read, but HDF5 does not read it: {refused}')
        if content == wanted:
            self.n_equal += 1
        elif any(fnmatch.fnmatchcase(where, pattern) for pattern in UNDEFINED) and \
                len(content) == len(wanted):
            got, right = np.frombuffer(content, '<i4'), np.frombuffer(wanted, '<i4')
            if not np.all((got == right) | np.isin(got, [0, -1234567])):
                self.problem(where, 'neither the fill value nor zeros')
        elif len(content) != len(wanted):
            self.problem(where, f'WRONG: {len(content)} bytes, not {len(wanted)}')
        else:
            differ = np.flatnonzero(np.frombuffer(content, 'u1') != np.frombuffer(wanted, 'u1'))
            self.problem(where, f'WRONG: {len(differ)} of {len(wanted)} bytes differ, from byte '
                         f'{differ[0]}: {content[differ[0]:][:8].hex()}, not '
                         f'{wanted[differ[0]:][:8].hex()}')

    def odd_numbers(self, where, dataset, content, object_):
        """Of a width that NumPy has not: the values count, in the type that `info` tells."""
        wanted = wide_values(dataset)
        got = np.frombuffer(content, told_type(object_['type'])).astype(wanted.dtype)
        if got.shape == wanted.shape and np.array_equal(got, wanted, wanted.dtype.kind == 'f'):
            self.n_equal += 1
        else:
            self.problem(where, f'WRONG: {got[:8]}, not {wanted[:8]}')

    def texts(self, where, dataset):
        """Text of variable length, as lines of csv, where the export gives them."""
        if dataset.ndim > 1:
            return
        status, content, message = self.server.export(where, 'csv')
        if status == DATA:
            self.refused[message.rpartition(': ')[2]] += 1
            return self.problem(where, f'refused as csv: {message}')
        if status != OK:
            return self.problem(where, f'as csv, status {status}: {message}')
        known = make_foreign.KNOWN.get((where.partition(':')[0], where.partition(':')[2]))
        values = np.atleast_1d(dataset[()]) if known is None else known
        wanted = [one if isinstance(one, str) else one.decode() for one in values]
        rows = list(csv.reader(io.StringIO(content.decode(), newline='')))
        got = [row[-1] if row else '' for row in rows]
        if got not in (wanted, ['0'] + wanted, [dataset.name.rpartition('/')[2]] + wanted):
            self.problem(where, f'WRONG as csv: {got!r:.200}, not {wanted!r:.200}')

    def described(self, where, dataset, words, object_):
        def check(key, wanted):
            if object_.get(key) != wanted:
                self.problem(where, f'info says {key} {object_.get(key)!r}, not {wanted!r}')
        if 'error' in object_:
            if dataset.shape is not None:
                self.problem(where, f'info says {object_["error"]}')
            return
        inner = array_axes(dataset.id.get_type())
        if dataset.shape is not None:
            check('shape', list(dataset.shape) + inner)
            check('max_shape', list(dataset.maxshape) + inner)
        if dataset.chunks:
            check('chunk', list(dataset.chunks) + inner)
            check('layout', 'chunked')
        if words or dataset.dtype.kind not in 'biufcS' or not object_.get('readable'):
            return
        name = dataset.dtype.newbyteorder('=').name if dataset.dtype.kind != 'S' else \
            f'S{dataset.dtype.itemsize}'
        check('type', name)

    def same_from_command(self, where, status, content, message):
        done = subprocess.run([SHOAL, 'export', where, '--format', 'raw', '-o', '-'],
                              capture_output=True, env=ENVIRONMENT, timeout=PATIENCE)
        if done.returncode != status or done.stdout != content:
            self.problem(where, f'the command ends with {done.returncode}: {done.stderr!r:.300}')
        elif status != OK and (done.stderr.count(b'\n') != 1 or
                               not done.stderr.startswith(b'shoal: ')):
            self.problem(where, f'the command says {done.stderr!r}')

    # ---- Files ----

    def info(self, file_name):
        """The objects that `info --json` lists, by path."""
        done = subprocess.run([SHOAL, 'info', '--json', file_name], capture_output=True,
                              env=ENVIRONMENT, timeout=PATIENCE)
        try:
            return {one['path']: one for one in json.loads(done.stdout)['objects']}
        except (ValueError, KeyError) as error:
            self.problem(file_name, f'info: status {done.returncode}, {done.stderr!r:.300} {error}')
            return {}

    def file(self, file_name):
        objects = self.info(file_name)
        with h5py.File(file_name) as file:
            found = {'/': file}
            try:
                file.visititems(lambda name, one: found.setdefault('/' + name, one) and None)
            except (KeyError, RuntimeError) as refused:
                print(f'skipped: HDF5 does not read all of its own {file_name}: {refused}')
            for path, one in found.items():
                if path not in objects:
                    self.problem(f'{file_name}:{path}', 'is not in what info lists')
                if isinstance(one, h5py.Dataset):
                    self.dataset(file_name, path, one, objects.get(path, {}))
                if not isinstance(one, h5py.Datatype):
                    self.attributes(f'{file_name}:{path}', one, objects.get(path, {}))

    def attributes(self, where, one, object_):
        told = object_.get('attributes', {})
        names = set(one.attrs.keys())
        if names != set(told):
            self.problem(where, f'other attributes: {sorted(names ^ set(told))[:5]}')
        for name in names & set(told):
            self.n_attributes += 1
            try:
                value = one.attrs[name]
            except (OSError, TypeError, ValueError):
                continue
            wanted, got = json_of(value), told[name]['value']
            if wanted is ... or isinstance(value, np.ndarray) and value.nbytes > 60000:
                continue
            if isinstance(value, np.ndarray) and value.dtype.kind == 'f' or \
                    isinstance(value, np.floating):
                same = got is not None and np.array_equal(np.array(got, value.dtype), value)
            else:
                same = got == wanted or value.__class__ is str and len(value) > 60000
            if not same:
                self.problem(where, f'attribute {name!r} is {got!r:.100}, not {wanted!r:.100}')

    def links(self, file_name):
        """Paths through soft and external links."""
        with h5py.File(file_name) as file:
            paths = ['/ext/group/deep', '/through', '/hops/0']
            for group in ['/', '/a', '/a/b', '/ext']:
                paths += [f'{group.rstrip("/")}/{name}' for name in file[group]
                          if file[group].get(name, getlink=True).__class__ is not h5py.HardLink]
            for path in paths:
                where = f'{file_name}:{path}'
                try:
                    status, content, message = self.server.export(where)
                except (OSError, RuntimeError) as died:
                    self.problem(where, f'DIED: {died}')
                    continue
                try:
                    one = file[path]
                    wanted = expected_bytes(one) if isinstance(one, h5py.Dataset) else None
                except (KeyError, OSError, RuntimeError):
                    wanted = None
                if wanted is None and status in (USAGE, SYSTEM, DATA) and '\n' not in message:
                    self.n_equal += 1
                elif wanted is None or status != OK or content != wanted:
                    self.problem(where, f'status {status}: {message}')
                else:
                    self.n_equal += 1

    def family(self, version):
        """A file in several parts: under the name with %d, or under the first part's."""
        name = f'family-{version}-%d.h5'
        values = np.arange(3000, dtype='i4').reshape(30, 100)
        with h5py.File(name, 'w', driver='family', memb_size=4096,
                       libver=make_foreign.VERSIONS[version]) as file:
            file['d'] = values
            file.create_dataset('c', data=values, chunks=(7, 30), compression='gzip')
        for path in ['/d', '/c']:
            answers = [self.server.export(f'{one}:{path}') for one in [name, name % 0]]
            if all(status != OK or content != values.tobytes() for status, content, _ in answers):
                self.problem(f'{name}:{path}', f'{answers[0][2]}; {answers[1][2]}')


def report(judge, seconds):
    for name, problems in judge.problems.items():
        print(f'\n{name}: {len(problems)} problems')
        print('\n'.join('  ' + problem[:400] for problem in problems[:12]))
    print(f'\nseed {SEED}: {judge.n_asked} datasets, {judge.n_equal} equal, '
          f'{sum(judge.refused.values())} refused as allowed, {judge.n_attributes} attributes, '
          f'{sum(map(len, judge.problems.values()))} problems, {seconds:.1f} s')
    for reason, n in judge.refused.most_common(20):
        print(f'  refused {n}: {reason[:150]}')
    for name, problems in judge.problems.items():
        print(f'FAILED: {name}, {len(problems)} problems')
    return 1 if judge.problems or judge.n_equal == 0 else 0


def main():
    begin = time.monotonic()
    only = sys.argv[2] if len(sys.argv) > 2 else ''
    folder = tempfile.mkdtemp(prefix='foreign-')
    os.chdir(folder)
    try:
        judge = Judge()
        for name, version, path in make_foreign.make_all('.', SEED, only):
            judge.file(os.path.normpath(path))
            if name == 'links':
                judge.links(os.path.normpath(path))
        for version in make_foreign.VERSIONS:
            if only in f'family-{version}':
                judge.family(version)
        status = report(judge, time.monotonic() - begin)
    finally:
        os.chdir('/')
        shutil.rmtree(folder)
    sys.exit(status)


if __name__ == '__main__':
    main()
