"""Who may include whom: chunk <- store <- compute; cli and examples know the public header alone;
only store/hdf5_* knows HDF5; only the executor starts threads; chunk/ touches no files."""
import re

import sources

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)
MAY_INCLUDE = {
    'chunk': {'chunk'},
    'store': {'chunk', 'store'},
    'compute': {'chunk', 'store', 'compute'},
    'cli': {'cli'},
    'examples': set(),
    'include': set(),
}
# System headers that mean files or threads, which chunk/ has nothing to do with.
NOT_IN_CHUNK = {'fcntl.h', 'pthread.h', 'threads.h', 'unistd.h', 'sys/mman.h', 'sys/stat.h'}
THREAD_START = re.compile(r'\b(pthread_create|thrd_create)\b')
EXECUTOR = 'compute/executor.c'


def problem_of(path, quote, header):
    room = path.split('/')[0]
    if quote == '"':
        target = header.split('/')[0]
        if '/' not in header or '..' in header:
            return f'"{header}" is not written from the root, as "{room}/..."'
        if target not in MAY_INCLUDE[room]:
            return f'{room}/ must not include "{header}"'
    if header in ('hdf5.h', 'hdf5_hl.h') and not path.startswith('store/hdf5_'):
        return f'only store/hdf5_* includes <{header}>'
    if room == 'chunk' and header in NOT_IN_CHUNK:
        return f'chunk/ knows no files and no threads: <{header}>'
    return None


def main():
    problems, checked = [], 0
    for path in sources.files('c', 'h'):
        if path.split('/')[0] not in MAY_INCLUDE:
            continue
        checked += 1
        text = sources.read(path)
        for match in INCLUDE.finditer(text):
            problem = problem_of(path, *match.groups())
            if problem:
                line = text[:match.start()].count('\n') + 1
                problems.append(f'{path}:{line}: {problem}')
        inside_library = path.split('/')[0] in ('chunk', 'store', 'compute', 'cli')
        if inside_library and path != EXECUTOR and THREAD_START.search(text):
            problems.append(f'{path}: only {EXECUTOR} starts threads')
    sources.finish(problems, checked)


main()
