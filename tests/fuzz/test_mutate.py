"""Random changes to small files, read whole: no crash, no hang, no more memory than allowed.

usage: test_mutate.py MUTATE [COUNT]      $SHOAL_SEED: other changes
                                          $SHOAL_CORPUS: a folder of more files to start from
"""
import os
import subprocess
import sys
import tempfile

from shared_case import chosen_seed, need

need('h5py', 'hdf5plugin', 'numpy')
import make_seeds

MUTATE = os.path.abspath(sys.argv[1])
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
SEED = chosen_seed()
LARGEST = 100_000
# A sanitizer's report must end the process, with a status of its own.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS='exitcode=99:detect_leaks=0:'
                   'allocator_may_return_null=1:max_allocation_size_mb=2048',
                   UBSAN_OPTIONS='exitcode=99:halt_on_error=1:print_stacktrace=1')


def corpus():
    found = []
    for where, _, names in os.walk(os.environ.get('SHOAL_CORPUS', '/nonexistent')):
        found += [os.path.join(where, name) for name in names]
    return sorted(path for path in found if 0 < os.path.getsize(path) <= LARGEST)


def main():
    folder = os.path.join(tempfile.gettempdir(), 'shoal-mutated')
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as seeds:
        files = make_seeds.make_all(seeds) + corpus()
        done = subprocess.run([MUTATE, str(SEED), str(COUNT), *files], cwd=folder, env=ENVIRONMENT)
    if done.returncode != 0:
        print('the files are in', folder)
    sys.exit(done.returncode and 1)


main()
