"""test_ceiling.py BUILD: a gibibyte from a pipe, computed on inside a memory cgroup of 192 MiB with
-m 96M: no kill, no swap, and NumPy's results. The full size is `./dev bench ceiling`."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'bench'))
import ceiling  # noqa: E402
import cgroup  # noqa: E402
import measure  # noqa: E402


class SmallCeiling(ceiling.Ceiling):
    def options(self):
        return ['-m', '96M', '-q']


def expected(runner):
    """The mean over everything, over time and over space, in one pass over the generator."""
    import numpy as np
    plane = runner.shape[1] * runner.shape[2]
    total, count = np.zeros(plane), np.zeros(plane, int)
    over_space = []
    with subprocess.Popen([runner.generator, *map(str, runner.shape)],
                          stdout=subprocess.PIPE) as generator:
        for _ in range(runner.shape[0]):
            t = np.frombuffer(generator.stdout.read(4 * plane), 'f4')
            total += np.where(np.isnan(t), 0, t)
            count += ~np.isnan(t)
            over_space.append(np.nanmean(t, dtype='f8'))
    with np.errstate(invalid='ignore'):
        over_time = (total / count).reshape(runner.shape[1:])
    return [total.sum() / count.sum(), over_time, np.array(over_space)]


def check(runner, name, wanted):
    import h5py
    import numpy as np
    with h5py.File(runner.out) as file:
        np.testing.assert_allclose(file['r'][()], wanted, rtol=1e-6, err_msg=name)


def check_expression(runner):
    import h5py
    import numpy as np
    with h5py.File(runner.big) as source, h5py.File(runner.out) as out:
        for at in range(0, runner.shape[0], 173):
            t = source['t'][at].astype('f8')
            np.testing.assert_allclose(out['r'][at], np.sin(t / 100) * 2 + t * t, rtol=1e-5,
                                       atol=1e-5)


def cached_part(path):
    """The share of a file's pages that the page cache holds; None where it cannot be told."""
    cached = pages = 0
    with open(path, 'rb', buffering=0) as file:
        for at in range(0, os.path.getsize(path), 1 << 16):
            pages += 1
            try:
                cached += os.preadv(file.fileno(), [bytearray(1)], at, os.RWF_NOWAIT) == 1
            except BlockingIOError:
                pass
            except OSError:
                return None
    return cached / pages


def check_page_cache(runner):
    """A file that others keep in the page cache stays there, though it is beyond our memory."""
    measure.warm(runner.big)
    before = cached_part(runner.big)
    runner.run(runner.calc_command('sum(t)') + ['--no-summaries', '-f'], True, None)
    after = cached_part(runner.big)
    print(f'in the page cache: {before} of the file before, {after} after')
    if before is not None and after is not None and after < before - 0.1:
        sys.exit('what others kept in the page cache was dropped')


def main():
    try:
        import h5py  # noqa: F401
        import hdf5plugin  # noqa: F401
    except ImportError as missing:
        print(missing)
        sys.exit(77)
    # Below the build folder: /tmp may be in memory, which the cgroup would count.
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder:
        runner = SmallCeiling(sys.argv[1], folder, 1, limit=192 << 20)
        wanted = expected(runner)
        try:
            steps = [('ingest', runner.run_ingest(True)[1])]
            for k, (name, expression) in enumerate(ceiling.OPERATIONS.items()):
                steps.append((name, runner.run_calc(expression, True)[1]))
                if k < len(wanted):
                    check(runner, name, wanted[k])
                else:
                    check_expression(runner)
            check_page_cache(runner)
        except cgroup.Unavailable as reason:
            print(reason)
            sys.exit(77)
        except measure.Failed as failure:
            sys.exit(str(failure))
        for name, figures in steps:
            print(name, figures)
            found = ceiling.problems(figures, runner.limit)
            if found:
                sys.exit(f'{name}: {", ".join(found)}')


main()
