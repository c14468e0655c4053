"""The project's own files, for the lints. `sources.py c h` prints those with such endings, NUL
after each."""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOMS = ('chunk', 'store', 'compute', 'cli', 'examples', 'include', 'tests')


def files(*endings, below=''):
    """Paths relative to the root, in order, without hidden folders and build folders."""
    found = []
    for folder, folders, names in os.walk(os.path.join(ROOT, below)):
        keep = [name for name in folders if name[0] != '.' and name != '__pycache__']
        if folder.rstrip(os.sep) == ROOT:
            keep = [name for name in keep if not name.startswith('build')]
        folders[:] = sorted(keep)
        for name in sorted(names):
            if not endings or name.rpartition('.')[2] in endings:
                found.append(os.path.relpath(os.path.join(folder, name), ROOT))
    return found


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read()


def finish(problems, checked):
    """Prints the problems, one a line, and exits with the lint's status."""
    for problem in problems:
        print(problem)
    if not checked:
        sys.exit('nothing was checked: the lint looks in the wrong place')
    print(f'{checked} checked, {len(problems)} problems')
    sys.exit(1 if problems else 0)


if __name__ == '__main__':
    for path in files(*sys.argv[1:]):
        sys.stdout.write(os.path.join(ROOT, path) + '\0')
