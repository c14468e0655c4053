"""Every C file is as clang-format 14, Debian 12's, leaves it. Status 77 where that is not there."""
import os
import re
import shutil
import subprocess
import sys

import sources

VERSION = '14'


def main():
    if shutil.which('clang-format') is None:
        print('clang-format is not installed')
        sys.exit(77)
    said = subprocess.run(['clang-format', '--version'], capture_output=True, text=True).stdout
    found = re.search(r'version (\d+)', said)
    if not found or found.group(1) != VERSION:
        print(f'clang-format {VERSION} is wanted; this is {said.strip()}')
        sys.exit(77)
    paths = sources.files('c', 'h')
    done = subprocess.run(['clang-format', '--dry-run', '--Werror', *paths], cwd=sources.ROOT,
                          capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if ': error: ' in line]
    problems = [f'{line.split(": error: ")[0]}: not formatted' for line in complaints]
    if done.returncode != 0 and not problems:
        problems = done.stderr.splitlines() or [f'clang-format ended with {done.returncode}']
    if problems:
        print('./dev format mends these:')
    sources.finish(problems, len(paths))


os.chdir(sources.ROOT)
main()
