"""What tests of expressions share: calc_driver as a function."""

import subprocess

import numpy as np


class Driver:
    """The program tests/compute/calc_driver, kept running."""

    def __init__(self, path):
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, expr, **parts):
        """The results as arrays, or the one line of an error."""
        keys = {'raw': '@raw', 'output': '@output', 'threads': '@threads', 'chunk': '@chunk'}
        words = [expr] + [f'{keys.get(k, k)}={v}' for k, v in parts.items()]
        self.p.stdin.write('\t'.join(words).encode() + b'\n')
        self.p.stdin.flush()
        results, error = [], None
        while True:
            line = self.p.stdout.readline()
            if line == b'done\n':
                return (results, error)
            words = line.decode('utf-8', 'replace').split()
            if not words:
                raise SystemExit(f'FAILED: the driver died at {expr!r} {parts!r}')
            if words[0] == 'error':
                error = line.decode('utf-8', 'replace').strip()
                continue
            rank = int(words[2])
            shape = tuple(map(int, words[3 : 3 + rank]))
            data = self.p.stdout.read(int(words[3 + rank]))
            if data or 0 in shape:
                results.append(np.frombuffer(data, words[1]).reshape(shape))


class OneResult(Driver):
    """Of expressions with one result: that array, None where it went to a file or failed."""

    def run(self, expr, **parts):
        results, error = super().run(expr, **parts)
        return results[-1] if results else None, error
