"""The repository speaks of the project alone: no paths of one machine, no registries' addresses, no
notes to oneself."""
import re

import sources

FORBIDDEN = [
    (r'(?<![\w.$}])/(home|Users|root|work|mnt|srv)/\w', 'a path of one machine'),
    (r'/tmp/\w{1,2}/', 'a path of one machine'),
    (r'\b(files\.pythonhosted|pypi|deb\.debian|security\.debian|proxy\.golang)\.org\b',
     "a package registry's address"),
    (r'--(extra-)?index-url', "a package registry's address"),
    (r'\b(TODO|FIXME|XXX|HACK)\b', 'a note to oneself'),
]
PATTERNS = [(re.compile(pattern), what) for pattern, what in FORBIDDEN]
TEXTS = ('c', 'h', 'in', 'py', 'sh', 'md', 'txt', 'build', 'map', 'json', 'csv', 'dev', 'run')


def main():
    problems, checked = [], 0
    for path in sources.files(*TEXTS):
        if path == 'tests/format/lint_words.py':
            continue
        checked += 1
        for number, line in enumerate(sources.read(path).splitlines(), 1):
            problems += [f'{path}:{number}: {what}: {line.strip()[:80]}'
                         for pattern, what in PATTERNS if pattern.search(line)]
    sources.finish(problems, checked)


main()
