"""Files stay readable: at most 500 lines (a warning from 450 on), functions 80 lines, lines 100
columns, except in tables that clang-format is told to leave alone."""
import re

import sources

MAX_FILE, WARN_FILE, MAX_FUNCTION, MAX_COLUMNS = 500, 450, 80, 100
# A function's body starts with a brace in the first column, or at the end of its header's line.
HEADER = re.compile(r'^[A-Za-z_].*\)\s*\{$')


def long_functions(path, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line == '{' or HEADER.match(line):
            start = number
        elif line.startswith('}') and start is not None:
            length = number - start - 1
            if length > MAX_FUNCTION:
                yield f'{path}:{start}: a function of {length} lines (at most {MAX_FUNCTION})'
            start = None


def wide_lines(path, lines):
    is_table = False
    for number, line in enumerate(lines, 1):
        if 'clang-format o' in line:
            is_table = 'clang-format off' in line
        if len(line) > MAX_COLUMNS and not is_table:
            yield f'{path}:{number}: {len(line)} columns (at most {MAX_COLUMNS})'
        if line != line.rstrip():
            yield f'{path}:{number}: ends in white space'


def main():
    problems, checked = [], 0
    for path in sources.files('c', 'h', 'py', 'sh') + ['dev']:
        checked += 1
        lines = sources.read(path).splitlines()
        problems += wide_lines(path, lines)
        if not path.endswith(('.c', '.h')):
            continue
        problems += long_functions(path, lines)
        if not path.startswith('tests/') and len(lines) > MAX_FILE:
            problems.append(f'{path}: {len(lines)} lines (at most {MAX_FILE})')
        elif not path.startswith('tests/') and len(lines) > WARN_FILE:
            print(f'warning: {path}: {len(lines)} lines; find the concept that wants its own file')
    sources.finish(problems, checked)


main()
