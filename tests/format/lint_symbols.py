"""lint_symbols.py BUILD: what the built library shows to the world is what the public headers
declare and the reviewed list include/shoal/shoal.map says, and no room prints, exits, aborts or
keeps state."""
import glob
import os
import re
import subprocess
import sys

import sources

DECLARED = re.compile(r'^[a-z][\w \*]*?\**(shoal_\w+)\(', re.M)
LISTED = re.compile(r'^\s*(shoal_\w+);', re.M)
FORBIDDEN = {
    'abort', 'exit', '_exit', '_Exit', 'quick_exit', '__assert_fail', 'perror', 'printf', 'puts',
    'putchar', 'stderr', 'stdout', 'vprintf', 'warn', 'warnx', 'err', 'errx', 'syslog',
    '__printf_chk', '__vprintf_chk',
}
STATE_SECTION = re.compile(r'^(\.t?data|\.t?bss)(\.(?!rel\.ro)|$)')


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def declared_functions():
    """The public headers' functions: a declaration starts its line, a typedef's fields do not."""
    text = '\n'.join(sources.read(path) for path in sources.files('h', below='include/shoal'))
    return set(DECLARED.findall(re.sub(r'/\*.*?\*/', '', text, flags=re.S)))


def exported_symbols(library):
    lines = run('nm', '-D', '--defined-only', library).splitlines()
    names = {line.split()[-1].split('@')[0] for line in lines if line.strip()}
    return {name for name in names if not name.startswith('SHOAL_')}  # the version's own name


def compare(what, names, other, others):
    return ([f'{name} is {what} but not {other}' for name in sorted(names - others)] +
            [f'{name} is {other} but not {what}' for name in sorted(others - names)])


def object_files(build, room):
    pattern = os.path.join(glob.escape(build), room, '**', '*.o')
    return sorted(glob.glob(pattern, recursive=True))


def undefined_problems(path):
    wanted = {line.split()[-1] for line in run('nm', '-u', path).splitlines() if line.strip()}
    return [f'{path}: uses {name}, which no library may' for name in sorted(wanted & FORBIDDEN)]


def state_problems(path):
    """Writable variables of an object file; constant tables with pointers in them are fine."""
    problems = []
    for line in run('objdump', '-t', path).splitlines():
        fields = line.split()
        if len(fields) >= 5 and ' O ' in line and STATE_SECTION.match(fields[-3]):
            problems.append(f'{path}: chunk/ keeps no state, but {fields[-1]} is a variable')
    return problems


def main():
    build = sys.argv[1]
    libraries = [path for path in glob.glob(os.path.join(glob.escape(build), '**', 'libshoal.so*'),
                                            recursive=True) if path.endswith('.so')]
    if not libraries:
        sys.exit(f'no libshoal.so in {build}')
    declared = declared_functions()
    listed = set(LISTED.findall(sources.read('include/shoal/shoal.map')))
    exported = exported_symbols(libraries[0])
    problems = compare('in a public header', declared, 'in shoal.map', listed)
    problems += compare('in shoal.map', listed, 'exported', exported)
    for room in ('chunk', 'store', 'compute'):
        objects = object_files(build, room)
        if not objects:
            problems.append(f'no object files of {room}/ in {build}')
        for path in objects:
            problems += undefined_problems(path)
            if room == 'chunk':
                problems += state_problems(path)
    sources.finish(problems, len(exported))


main()
