"""kill -9 at random moments leaves no output or a whole one, and nothing else; ^C gives status 130
and leaves nothing. The seed is printed; $SEED repeats a run."""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from shared_case import chosen_seed, need
from shoal_command import ENVIRONMENT, SHOAL, clean_line, good

need('numpy', 'h5py', 'hdf5plugin')

import h5py  # noqa: E402
import hdf5plugin  # noqa: E402,F401
import numpy as np  # noqa: E402

KILLS = 50
SHAPE = (200, 200, 200)


def start(words, **more):
    return subprocess.Popen([SHOAL, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            env=ENVIRONMENT, **more)


class Job:
    """One command that makes `out`, and what a whole output holds."""

    def __init__(self, name, words, out, values):
        self.name, self.words, self.out, self.values = name, words, out, values

    def seconds(self):
        begin = time.monotonic()
        good(*self.words)
        taken = time.monotonic() - begin
        self.check(True)
        os.remove(self.out)
        return taken

    def check(self, whole):
        with h5py.File(self.out) as file:
            np.testing.assert_array_equal(file['x'][()], self.values, err_msg=self.name)
        assert whole


def kill_at_random(job, folder, rng):
    longest = job.seconds()
    before = set(os.listdir(folder))
    made = 0
    for _ in range(KILLS):
        moment = rng.uniform(0, 1.1 * longest)
        with start(job.words) as process:
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                process.kill()
            process.wait()
            process.stderr.close()
        names = set(os.listdir(folder)) - before
        assert names <= {os.path.basename(job.out)}, f'{job.name}: left over: {names}'
        if names:
            job.check(True)
            os.remove(job.out)
            made += 1
    print(f'{job.name}: {KILLS} kills within {longest:.2f} s, {made} outputs were whole')


def interrupt_at_random(job, folder, rng):
    longest = job.seconds()
    before = set(os.listdir(folder))
    stopped = 0
    for number in range(20):
        with start(job.words) as process:
            time.sleep(rng.uniform(0.05, 0.9) * longest)
            process.send_signal(signal.SIGTERM if number % 2 else signal.SIGINT)
            err = process.stderr.read()
            status = process.wait(30)
        names = set(os.listdir(folder)) - before
        # One that comes before the handler is there ends the process in the system's way.
        assert status in (0, 130, -2, -15), f'{job.name}: status {status}: {err}'
        if status == 0:
            job.check(True)
            os.remove(job.out)
            continue
        stopped += status == 130
        assert not names, f'{job.name}: status {status} left {names}'
        assert status != 130 or clean_line(err), err
    assert stopped > 0, f'{job.name}: no ^C came in time'
    print(f'{job.name}: {stopped} of 20 interrupts ended it with 130')


def interrupt_while_it_waits(folder):
    """A pipe that gives nothing more does not hold it; a second ^C ends it at once."""
    out = os.path.join(folder, 'waiting.h5')
    words = ['ingest', '-', '--dtype', 'f4', '--shape', '1000000', '-o', out + ':/x']
    before = set(os.listdir(folder))
    for twice in (False, True):
        with start(words, stdin=subprocess.PIPE) as process:
            process.stdin.write(bytes(100000))
            process.stdin.flush()
            time.sleep(0.7)
            begin = time.monotonic()
            process.send_signal(signal.SIGINT)
            if twice:
                time.sleep(0.2)
                process.send_signal(signal.SIGINT)
            status = process.wait(30)
            taken = time.monotonic() - begin
            err = process.stderr.read()
            process.stdin.close()
        assert status == 130 and clean_line(err), f'{status}, {err}'
        assert taken < (0.8 if twice else 3), f'{taken} s'
        assert set(os.listdir(folder)) == before
    print('a waiting ingest ends too')


def replaced_file_survives(folder, source, values, rng):
    """kill -9 while an existing file is replaced or gets a new dataset: the old one, or the new."""
    path = os.path.join(folder, 'kept.h5')
    good('calc', 't[0:3] * 0', f't={source}:/x', '-o', path + ':/keep')
    before = set(os.listdir(folder))
    words = ['calc', '-f', 't * 2', f't={source}:/x', '-o', path + ':/x']
    begin = time.monotonic()
    good(*words)
    longest = time.monotonic() - begin
    for _ in range(KILLS // 2):
        with start(words) as process:
            time.sleep(rng.uniform(0, longest))
            process.kill()
            process.wait()
            process.stderr.close()
        assert set(os.listdir(folder)) == before
        with h5py.File(path) as file:
            assert not file['keep'][()].any() and file['keep'].shape == (3,) + SHAPE[1:]
            if 'x' in file:
                np.testing.assert_array_equal(file['x'][()], values * 2)
    print(f'{KILLS // 2} kills of an update in place: the file was sound each time')


def main():
    seed = chosen_seed()
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        values = np.random.default_rng(seed).normal(size=SHAPE).astype('f4')
        source, stored = os.path.join(folder, 'a.npy'), os.path.join(folder, 'a.h5')
        np.save(source, values)
        good('ingest', source, '-o', stored + ':/x')
        out = os.path.join(folder, 'out.h5')
        ingest = Job('ingest', ['ingest', source, '--codec', 'blosc:zstd:3', '-o', out + ':/x'],
                     out, values)
        calc = Job('calc', ['calc', '(t + 1) * 2 - t', f't={stored}:/x', '-o', out + ':/x'], out,
                   (values + 1) * 2 - values)
        for job in (ingest, calc):
            kill_at_random(job, folder, rng)
            interrupt_at_random(job, folder, rng)
        interrupt_while_it_waits(folder)
        replaced_file_survives(folder, stored, values, rng)


if __name__ == '__main__':
    main()
    sys.exit(0)
