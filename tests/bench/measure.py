"""Runs commands as processes of their own and says what each took. Imports nothing large: a child's
peak memory is never below that of the process that started it."""
import argparse
import json
import os
import subprocess
import time


class Failed(Exception):
    pass


class Taken:
    """What one run of a command took."""

    def __init__(self, seconds, peak_mib, output, cpu_seconds):
        self.seconds, self.peak_mib, self.output = seconds, peak_mib, output
        self.cpu_seconds = cpu_seconds # of all threads


def parser(name, description):
    """Of a bench's command line: with what all of them take, the build and the folder for files."""
    made = argparse.ArgumentParser(prog=name, description=description,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument('--build', default='build/release', help=argparse.SUPPRESS)
    made.add_argument('--dir', default=os.environ.get('SHOAL_BENCH_DIR') or 'build/bench',
                      help='for the files ($SHOAL_BENCH_DIR or build/bench)')
    return made


def run(command, stdin=None, environment=None):
    """Wall seconds, start-up included, and the peak of resident memory, mapped pages included."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=environment)
    output, complaint = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stdout.close()
    child.stderr.close()
    if child.returncode != 0:
        text = complaint.decode(errors='replace').strip()
        raise Failed(f'{" ".join(command)}: status {child.returncode}: {text[-600:]}')
    return Taken(seconds, usage.ru_maxrss / 1024, output.decode(),
                 usage.ru_utime + usage.ru_stime)


def warm(path):
    """Reads a file, or every file of a folder, so that it is in the page cache."""
    paths = [path]
    if os.path.isdir(path):
        paths = [os.path.join(folder, name) for folder, _, names in os.walk(path)
                 for name in names]
    for name in paths:
        with open(name, 'rb', buffering=0) as file:
            while file.read(1 << 22):
                pass


def chill(path):
    """Writes a file's pages out and drops them from the page cache."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def use_two_processors():
    """Two threads are what every figure is for, on larger machines too."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])


def print_table(rows):
    """Rows of texts, the first being the heads; numbers are set right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if k in (0, 2) else cell.rjust(width)
                 for k, (cell, width) in enumerate(zip(row, widths))]
        print('  '.join(cells).rstrip())


def save(path, results):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(results, file, indent=1)
    print(f'written: {path}')
