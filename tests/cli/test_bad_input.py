"""Bad input: each command line gives exactly one line on standard error with the documented status,
writes no output and changes no file. `test_bad_input.py WORD` runs the cases with WORD in the name.
"""
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile

from shared_case import chosen_seed, need
from shoal_command import ENVIRONMENT, SHOAL, clean_line, good, run, snapshot

need('numpy', 'h5py', 'hdf5plugin')

import h5py  # noqa: E402
import hdf5plugin  # noqa: E402,F401
import numpy as np  # noqa: E402

USAGE, SYSTEM, DATA, MEMORY = 2, 3, 4, 5


def make_files(folder):
    random_state = np.random.default_rng(5)
    values = random_state.normal(size=(300, 200)).astype('f4')
    with h5py.File('good.h5', 'w') as file:
        file.create_dataset('t', data=values, chunks=(50, 50), compression='gzip', shuffle=True,
                            fletcher32=True)
        file['n'] = np.arange(10)
        file['text'] = np.array([b'a', b'bc'])
        file.create_dataset('references', data=[file.ref], dtype=h5py.ref_dtype)
        file.create_group('group')
    with h5py.File('plain.h5', 'w') as file:
        file.create_dataset('t', data=values, chunks=(50, 50), compression='gzip')
    np.save('a.npy', values)
    np.save('objects.npy', np.array([{}, []], dtype=object), allow_pickle=True)
    with open('a.csv', 'w') as file:
        file.write('id,name\n' + ''.join(f'{k},name {k}\n' for k in range(500)))
    with open('quote.csv', 'w') as file:
        file.write('a,b\n1,"never closed\n2,3\n')
    with open('uneven.csv', 'w') as file:
        file.write('a,b\n1,2\n1,2,3,4\n')
    with open('noise.bin', 'wb') as file:
        file.write(random_state.bytes(4096))
    open('nothing', 'w').close()
    with open('a.npy', 'rb') as whole, open('short.npy', 'wb') as short:
        short.write(whole.read()[:5000])
    os.mkdir('folder')
    os.symlink('loop', 'loop')
    os.mkfifo('fifo')
    with h5py.File('links.h5', 'w') as file:
        file['soft'] = h5py.SoftLink('/nowhere')
        file['external'] = h5py.ExternalLink('missing.h5', '/x')
        file['loop'] = h5py.SoftLink('/loop')
    good('ingest', 'a.csv', '-q', '-o', 'table.h5')


# name: (the words after `shoal`, status); more than one status where the header leaves it open
CASES = {
    'nothing at all': ([], USAGE),
    'unknown verb': (['inof', 'good.h5'], USAGE),
    'verb of later': (['diff', 'good.h5', 'plain.h5'], USAGE),
    'empty verb': ([''], USAGE),
    'option before the verb': (['--json', 'info', 'good.h5'], USAGE),
    'info of nothing': (['info'], USAGE),
    'info of an empty name': (['info', ''], USAGE),
    'info of two files': (['info', 'good.h5', 'plain.h5'], USAGE),
    'unknown option': (['info', '--jsno', 'good.h5'], USAGE),
    'unknown letter': (['info', '-Z', 'good.h5'], USAGE),
    'value for a flag': (['info', '--json=yes', 'good.h5'], USAGE),
    'option without its value': (['info', 'good.h5', '-j'], USAGE),
    'no threads': (['calc', '1', '-j', '0'], USAGE),
    'threads in words': (['calc', '1', '-j', 'two'], USAGE),
    'huge number of threads': (['calc', '1', '-j', '99999999999999999999'], USAGE),
    'no size': (['calc', '1', '-m', '12Q'], USAGE),
    'negative size': (['calc', '1', '-m', '-5M'], USAGE),
    'huge size': (['calc', '1', '-m', '99999999999T'], USAGE),
    'tmpdir that is missing': (['calc', 'sum(t)', 'good.h5:/t', '--tmpdir', 'nowhere'], SYSTEM),
    'tmpdir that is a file': (['calc', 'sum(t)', 'good.h5:/t', '--tmpdir', 'a.csv'], SYSTEM),

    'missing file': (['info', 'missing.h5'], SYSTEM),
    'missing file as JSON': (['info', '--json', 'missing.h5'], SYSTEM),
    'missing folder': (['info', 'nowhere/missing.h5'], SYSTEM),
    'a directory': (['info', 'folder'], SYSTEM),
    'a directory as a source': (['ingest', 'folder', '-o', 'out.h5'], SYSTEM),
    'a directory as the output': (['ingest', 'a.csv', '-f', '-o', 'folder'], SYSTEM),
    'output in a missing folder': (['ingest', 'a.csv', '-o', 'nowhere/out.h5'], SYSTEM),
    'file used as a folder': (['info', 'good.h5/x'], SYSTEM),
    'link in a circle': (['info', 'loop'], SYSTEM),
    'a fifo': (['info', 'fifo'], SYSTEM),
    'a device': (['info', '/dev/null'], SYSTEM),
    'not HDF5': (['info', 'noise.bin'], DATA),
    'csv as HDF5': (['calc', 'sum(t)', 'a.csv:/t'], DATA),
    'empty file': (['info', 'nothing'], DATA),
    'short npy': (['calc', 'sum(a)', 'a=short.npy'], DATA),
    'npy of objects': (['calc', 'sum(a)', 'a=objects.npy'], DATA),
    'name too long': (['info', 'x' * 5000], SYSTEM),
    'name not UTF-8': (['info', b'\xff\xfe\x80.h5'], SYSTEM),
    'name with line ends': (['info', 'a\nb\x1b[31m.h5'], SYSTEM),
    'dataset name not UTF-8': (['info', b'good.h5:/\xff\xfe'], USAGE),
    'unknown dataset': (['info', 'good.h5:/tt'], USAGE),
    'unknown dataset in calc': (['calc', 'sum(x)', 'x=good.h5:/tt'], USAGE),
    'unknown group': (['export', 'good.h5:/no/where', '-o', 'out.npy'], USAGE),
    'a path through a dataset': (['info', 'good.h5:/t/x'], USAGE),
    'a group as a dataset': (['export', 'good.h5:/group', '-o', 'out.npy'], USAGE),
    'soft link to nowhere': (['calc', 'sum(s)', 's=links.h5:/soft'], USAGE),
    'external link to nowhere': (['calc', 'sum(s)', 's=links.h5:/external'], (USAGE, DATA)),
    'link to itself': (['calc', 'sum(s)', 's=links.h5:/loop'], (USAGE, DATA)),
    'slice for info': (['info', 'good.h5:/t[0:3]'], USAGE),
    'slice out of range': (['export', 'good.h5:/t[300]', '-o', 'out.npy'], USAGE),
    'slice of too many axes': (['export', 'good.h5:/t[0,0,0]', '-o', 'out.npy'], USAGE),
    'slice that is none': (['export', 'good.h5:/t[a:b]', '-o', 'out.npy'], USAGE),
    'slice never closed': (['export', 'good.h5:/t[0:3', '-o', 'out.npy'], USAGE),
    'slice with step 0': (['export', 'good.h5:/t[::0]', '-o', 'out.npy'], USAGE),

    'help about nothing': (['help', 'cacl'], USAGE),
    'unknown function': (['calc', 'meen(t)', 'good.h5:/t'], USAGE),
    'unknown name': (['calc', 'sum(tt)', 't=good.h5:/t'], USAGE),
    'unknown column': (['calc', 'sum(naem)', 'table.h5:/table'], USAGE),
    'nothing to compute': (['calc'], USAGE),
    'empty expression': (['calc', ''], USAGE),
    'blank expression': (['calc', ' ; ', 'good.h5:/t'], USAGE),
    'syntax': (['calc', 'sum(t', 'good.h5:/t'], USAGE),
    'letters of elsewhere': (['calc', 'sum(t) \u00d7 2', 'good.h5:/t'], USAGE),
    'expression not UTF-8': (['calc', b'sum(t) + \xff', 'good.h5:/t'], USAGE),
    'expression with a NUL': (['calc', '-', 'good.h5:/t'], USAGE, {'stdin': b'sum(t)\0'}),
    'deep expression': (['calc', '(' * 5000 + '1' + ')' * 5000], USAGE),
    'long expression': (['calc', '-', 'good.h5:/t'], USAGE, {'stdin': b'1+' * 600000 + b'1'}),
    'shapes that do not fit': (['calc', 't + n', 't=good.h5:/t', 'n=good.h5:/n'], USAGE),
    'axis that is not there': (['calc', 'sum(t, axis=2)', 'good.h5:/t'], USAGE),
    'text in arithmetic': (['calc', 'text + 1', 'good.h5:/text'], USAGE),
    'type not supported': (['calc', 'references + 1', 'good.h5:/references'], (USAGE, DATA)),
    'operand with a bad name': (['calc', '1', '3x=good.h5:/t'], USAGE),
    'operand without a file': (['calc', 'x', 'x='], USAGE),
    'one name twice': (['calc', 'sum(t)', 't=good.h5:/t', 't=plain.h5:/t'], USAGE),
    'result too large to print': (['calc', 't * 2', 'good.h5:/t'], USAGE),
    'chunk without an output': (['calc', 'sum(t)', 'good.h5:/t', '--chunk', '3'], USAGE),
    'fill of another type': (['calc', 't > 0', 'good.h5:/t', '-o', 'o.h5:/x', '--fill', 'many'],
                             USAGE),
    'chunk of another rank': (['calc', 't * 2', 'good.h5:/t', '-o', 'o.h5:/x', '--chunk', '3'],
                              USAGE),

    'ingest of nothing': (['ingest', '-o', 'out.h5'], USAGE),
    'ingest to nowhere': (['ingest', 'a.csv'], USAGE),
    'empty output': (['ingest', 'a.csv', '-o', ''], USAGE),
    'missing source': (['ingest', 'missing.csv', '-o', 'out.h5'], SYSTEM),
    'second source missing': (['ingest', 'a.csv', 'missing.csv', '-o', 'out.h5'], SYSTEM),
    'unknown format': (['ingest', 'a.csv', '--format', 'cvs', '-o', 'out.h5'], USAGE),
    'format that it is not': (['ingest', 'a.csv', '--format', 'npy', '-o', 'out.h5'], DATA),
    'format not to be told': (['ingest', 'noise.bin', '-o', 'out.h5'], (USAGE, DATA)),
    'csv that never ends a quote': (['ingest', 'quote.csv', '-o', 'out.h5'], DATA),
    'csv with uneven rows': (['ingest', 'uneven.csv', '-o', 'out.h5'], DATA),
    'empty csv': (['ingest', 'nothing', '--format', 'csv', '-o', 'out.h5'], DATA),
    'column that is not there': (['ingest', 'a.csv', '--type', 'nmae=f4', '-o', 'out.h5'], USAGE),
    'column of no type': (['ingest', 'a.csv', '--type', 'id=f5', '-o', 'out.h5'], USAGE),
    'column of another type': (['ingest', 'a.csv', '--type', 'name=f4', '-o', 'out.h5'], DATA),
    'type without a column': (['ingest', 'a.csv', '--type', 'f4', '-o', 'out.h5'], USAGE),
    'delimiter of two': (['ingest', 'a.csv', '--delimiter', ';;', '-o', 'out.h5'], USAGE),
    'no such dtype': (['ingest', 'noise.bin', '--dtype', 'f5', '--shape', '4', '-o', 'out.h5'],
                      USAGE),
    'raw without a shape': (['ingest', 'noise.bin', '--format', 'raw', '-o', 'out.h5'], USAGE),
    'raw that is too short': (['ingest', 'noise.bin', '--dtype', 'f8', '--shape', '4000,20', '-o',
                               'out.h5'], (USAGE, DATA)),
    'shape that overflows': (['ingest', 'noise.bin', '--dtype', 'f8', '--shape',
                              '4000000000,4000000000,4000000000', '-o', 'out.h5'],
                             (USAGE, DATA, MEMORY)),
    'chunk of zero': (['ingest', 'a.npy', '--chunk', '0,5', '-o', 'out.h5'], USAGE),
    'chunk in words': (['ingest', 'a.npy', '--chunk', 'big', '-o', 'out.h5'], USAGE),
    'chunk of other rank': (['ingest', 'a.npy', '--chunk', '5', '-o', 'out.h5'], USAGE),
    'unknown codec': (['ingest', 'a.npy', '--codec', 'blosc:lz5', '-o', 'out.h5'], USAGE),
    'codec level': (['ingest', 'a.npy', '--codec', 'gzip:77', '-o', 'out.h5'], USAGE),
    'axis that cannot grow': (['ingest', 'a.npy', '--unlimited', '7', '-o', 'out.h5'], USAGE),
    'append and force': (['ingest', 'a.npy', '--append', '-f', '-o', 'good.h5:/t'], USAGE),
    'append to what cannot grow': (['ingest', 'a.npy', '--append', '-o', 'good.h5:/t'],
                                   (USAGE, DATA)),
    'append of other columns': (['ingest', 'uneven.csv', '--append', '-o', 'table.h5'],
                                (USAGE, DATA)),

    'output exists': (['ingest', 'a.csv', '-o', 'good.h5'], USAGE),
    'dataset exists': (['ingest', 'a.npy', '-o', 'good.h5:/t'], USAGE),
    'calc: output exists': (['calc', 'sum(n)', 'good.h5:/n', '-o', 'good.h5:/t'], USAGE),
    'export: output exists': (['export', 'good.h5:/n', '-o', 'a.npy'], USAGE),
    'input = output': (['ingest', 'a.csv', '-o', 'a.csv'], (USAGE, DATA)),
    'input = output, forced': (['export', 'good.h5:/n', '-f', '--format', 'raw', '-o', 'good.h5'],
                               USAGE),
    'calc input = output, forced': (['calc', '-f', 'n + 1', 'good.h5:/n', '-o', 'good.h5'], USAGE),
    'npy input = output, forced': (['ingest', '-f', 'a.npy', '-o', 'a.npy'], USAGE),
    'HDF5 input = output, forced': (['ingest', '-f', 'good.h5:/n', '-o', 'good.h5'], USAGE),
    'ingest input = output, forced': (['ingest', 'a.csv', '-f', '-o', './a.csv'], USAGE),
    'output under a dataset': (['ingest', 'a.npy', '-o', 'good.h5:/t/x'], USAGE),
    'output into csv': (['ingest', 'a.npy', '-o', 'a.csv:/x'], (USAGE, DATA)),
    'slice of an output': (['ingest', 'a.npy', '-o', 'out.h5:/x[0:3]'], USAGE),
    'export to nowhere': (['export', 'good.h5:/t'], USAGE),
    'export in no format': (['export', 'good.h5:/t', '-o', 'out.png'], USAGE),
    'export of a pipe in no format': (['export', 'good.h5:/t', '-o', '-'], USAGE),
    'export of a table as what it writes not': (['export', 'table.h5:/table', '-o', 'a.parquet'],
                                                USAGE),
    'export of a table as npy': (['export', 'table.h5:/table', '-o', 'out.npy'], (USAGE, DATA)),

    'ingest with -m 1K': (['ingest', 'a.npy', '-m', '1K', '-o', 'out.h5'], MEMORY),
    'ingest of csv with -m 1K': (['ingest', 'a.csv', '-m', '1K', '-o', 'out.h5'], MEMORY),
    'calc with -m 1K': (['calc', 'sum(t)', 'good.h5:/t', '-m', '1K'], MEMORY),
    'calc to a file with -m 1K': (['calc', 't*2', 'good.h5:/t', '-m', '1K', '-o', 'o.h5:/x'],
                                  MEMORY),
    'export with -m 1K': (['export', 'good.h5:/t', '-m', '1K', '-o', 'out.npy'], MEMORY),
}


def problem_of(done, status, before, folder):
    wanted = status if isinstance(status, tuple) else (status,)
    if done.status not in wanted:
        return f'status {done.status}, not {status}'
    if not clean_line(done.err):
        return 'standard error is not one clean line'
    if snapshot(folder) != before:
        return 'files changed'
    return None


class Report:
    def __init__(self, word):
        self.word, self.n, self.failed = word, 0, 0

    def wants(self, name):
        return self.word in name

    def add(self, name, done, problem):
        self.n += 1
        if problem:
            self.failed += 1
            print(f'FAILED {name}: {problem}: {done}')
        elif self.word:
            print(f'{name}: {done.status} {done.err.decode().strip()}')


def restore(folder, kept):
    """Undoes what a failed case did to the files."""
    for name in os.listdir(folder):
        if os.path.isfile(name) and not os.path.exists(os.path.join(kept, name)):
            os.remove(name)
    for name in os.listdir(kept):
        shutil.copy(os.path.join(kept, name), name)


def run_table(report, folder, kept):
    before = snapshot(folder)
    for name in os.listdir(folder):
        if os.path.isfile(name):
            shutil.copy(name, kept)
    for name, case in CASES.items():
        if not report.wants(name):
            continue
        words, status, more = (*case, {})[:3]
        done = run(*words, **more)
        problem = problem_of(done, status, before, folder)
        if problem is None and done.out and '--json' not in words:
            problem = 'something on standard output'
        report.add(name, done, problem)
        if problem:
            restore(folder, kept)


def damaged(report, folder, name, data, words, may_pass):
    """`words` on a file with these bytes: one clean line, or (where it may be) clean success."""
    with open('damaged.h5', 'wb') as file:
        file.write(data)
    before = snapshot(folder)
    done = run(*words)
    problem = None
    if done.status == 0 and may_pass:
        problem = None if not done.err else 'success with a message'
    else:
        problem = problem_of(done, (DATA,) if not may_pass else (USAGE, SYSTEM, DATA, MEMORY),
                             before, folder)
    report.add(name, done, problem)
    os.remove('damaged.h5')


READS = (['info', 'damaged.h5'], ['calc', 'sum(t)', 'damaged.h5:/t'],
         ['export', 'damaged.h5:/t', '--format', 'raw', '-o', '-'])
# A flipped bit can make a shape of exabytes, sound but for its size: so a part alone is read.
PART_READS = (['info', 'damaged.h5'], ['calc', 'sum(t[0:99, 0:99])', 'damaged.h5:/t'],
              ['export', 'damaged.h5:/t[0:99, 0:99]', '--format', 'raw', '-o', '-'])


def run_damage(report, folder, rng):
    with open('plain.h5', 'rb') as file:
        plain = file.read()
    with open('good.h5', 'rb') as file:
        checked = file.read()
    with h5py.File('good.h5') as file:
        chunk = file['t'].id.get_chunk_info(3)
    for k in range(20):
        at = k * len(plain) // 20
        if report.wants('truncated'):
            damaged(report, folder, f'truncated at {at}', plain[:at], READS[k % 3], False)
    for k in range(20):
        at, bit = chunk.byte_offset + rng.randrange(chunk.size), 1 << rng.randrange(8)
        flipped = bytearray(checked)
        flipped[at] ^= bit
        if report.wants('flipped in data'):
            damaged(report, folder, f'flipped in data at {at}', flipped, READS[1 + k % 2], False)
    metadata = list(range(0, 2048))
    for k in range(60):
        at, bit = rng.choice(metadata), 1 << rng.randrange(8)
        flipped = bytearray(plain)
        flipped[at] ^= bit
        if report.wants('flipped in metadata'):
            words = PART_READS[k % 3]
            damaged(report, folder, f'flipped in metadata at {at}', flipped, words, True)


def as_nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def run_permissions(report, folder):
    """Root may read everything: so these run as nobody."""
    more = {}
    if os.getuid() == 0:
        more = {'preexec_fn': as_nobody}
        try:
            if run('--version', **more).status != 0:
                raise PermissionError
        except (PermissionError, subprocess.SubprocessError):
            print('skipped: the command cannot be run as nobody here')
            return
    os.chmod('good.h5', 0o600)
    os.mkdir('closed', 0o700 if os.getuid() == 0 else 0)
    if os.getuid() != 0:
        os.chmod('good.h5', 0)
    os.chmod(folder, 0o755)
    before = snapshot(folder) if os.getuid() == 0 else None
    for name, words in {
            'no permission to read': ['info', 'good.h5'],
            'no permission for calc': ['calc', 'sum(t)', 'good.h5:/t'],
            'no permission to write': ['ingest', 'a.csv', '-o', 'closed/out.h5'],
            'no permission in a folder': ['info', 'closed/x.h5']}.items():
        done = run(*words, **more)
        problem = problem_of(done, SYSTEM, before or snapshot(folder), folder)
        report.add(name, done, problem)
    os.chmod('good.h5', 0o644)
    os.chmod('closed', 0o700)
    os.rmdir('closed')
    os.chmod(folder, 0o700)


def limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))


LONG = {
    'ingest': ['ingest', 'a.npy', '--codec', 'none', '-q', '-o', '{}out.h5'],
    'calc': ['calc', 't * 2', 'good.h5:/t', '--codec', 'none', '-q', '-o', '{}out.h5:/x'],
    'export': ['export', 'good.h5:/t', '-o', '{}out.npy'],
    'export csv': ['export', 'good.h5:/t', '-o', '{}out.csv'],
}


def run_full_disk(report, folder):
    before = snapshot(folder)
    for name, words in LONG.items():
        words = [word.format('') for word in words]
        done = run(*words, preexec_fn=limit_files)
        report.add(f'file too large: {name}', done, problem_of(done, SYSTEM, before, folder))
    for name, words in LONG.items():
        command = ' '.join(f"'{word.format('full/')}'" for word in words)
        os.mkdir('full')
        script = f"mount -t tmpfs -o size=64k none full && '{SHOAL}' {command}; s=$?; " \
                 'test -z "$(ls -A full)" || s=98; exit $s'
        done = subprocess.run(['unshare', '-m', 'sh', '-c', script], env=ENVIRONMENT,
                              capture_output=True)
        os.rmdir('full')
        if b'mount' in done.stderr or b'unshare' in done.stderr:
            print('skipped: no file system can be mounted here')
            break
        done.status, done.err = done.returncode, done.stderr
        report.add(f'full disk: {name}', done, problem_of(done, SYSTEM, before, folder))


def run_closed_output(report, folder):
    before = snapshot(folder)
    cases = {
        'calc': ['calc', 'sum(n)', 'good.h5:/n'],
        'info': ['info', 'good.h5'],
        'info as JSON': ['info', '--json', 'good.h5'],
        'export raw': ['export', 'good.h5:/t', '--format', 'raw', '-o', '-'],
        'export csv': ['export', 'good.h5:/t', '--format', 'csv', '-o', '-'],
        'help': ['calc', '--help'],
    }
    for name, words in cases.items():
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = run(*words, stdout=write_end)
        os.close(write_end)
        report.add(f'closed pipe: {name}', done, problem_of(done, SYSTEM, before, folder))
        done = run(*words, stdout=None, preexec_fn=lambda: os.close(1))
        report.add(f'no output: {name}', done, problem_of(done, SYSTEM, before, folder))
        with open('/dev/full', 'wb') as full:
            done = run(*words, stdout=full)
        report.add(f'/dev/full: {name}', done, problem_of(done, SYSTEM, before, folder))


def run_shrinking(report, folder):
    """A mapped file is truncated while it is exported through a pipe: status 3, no signal."""
    values = np.random.default_rng(6).normal(size=(3000, 1000))
    for name, layout in {'contiguous': {}, 'chunked': {'chunks': (10, 1000)},
                         'gzip': {'chunks': (10, 1000), 'compression': 'gzip'}}.items():
        with h5py.File('shrinks.h5', 'w') as file:
            file.create_dataset('x', data=values, **layout)
        with subprocess.Popen([SHOAL, 'export', 'shrinks.h5:/x', '--format', 'raw', '-o', '-', '-m',
                               '8M'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=ENVIRONMENT) as process:
            process.stdout.read(100000)
            os.truncate('shrinks.h5', os.path.getsize('shrinks.h5') // 2)
            process.stdout.read()
            err = process.stderr.read()
            status = process.wait(60)
        clean = status == SYSTEM and clean_line(err)
        done = type('Done', (), {'status': status, 'err': err})()
        report.add(f'file that shrinks: {name}', done,
                   None if clean else f'status {status}, {err}')
        os.remove('shrinks.h5')


def main():
    report = Report(sys.argv[1] if len(sys.argv) > 1 else '')
    seed = chosen_seed()
    folder, kept = os.path.realpath(tempfile.mkdtemp()), tempfile.mkdtemp()
    os.chdir(folder)
    try:
        make_files(folder)
        run_table(report, folder, kept)
        run_damage(report, folder, random.Random(seed))
        for name, part in {'no permission': run_permissions, 'full disk': run_full_disk,
                           'closed pipe': run_closed_output,
                           'shrinks': run_shrinking}.items():
            if report.wants(name):
                part(report, folder)
    finally:
        os.chdir('/')
        shutil.rmtree(folder)
        shutil.rmtree(kept)
    print(f'{report.n} command lines, {report.failed} failed')
    sys.exit(1 if report.failed or not report.n else 0)


main()
