"""What tests of expressions share: calc_driver as a function."""

import os
import subprocess

import numpy as np


class Driver:
    """The program tests/compute/calc_driver, kept running; cpu names the instruction set."""

    def __init__(self, path, cpu=None):
        self.cpu = cpu
        environment = dict(os.environ, SHOAL_CPU=cpu) if cpu else None
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  env=environment)

    def ask(self, expr, parts):
        """Of each result (type, shape, bytes), of an error its line."""
        words = [expr] + [f'{k}={v}' for k, v in parts.items()]
        self.p.stdin.write('\t'.join(words).encode() + b'\n')
        self.p.stdin.flush()
        while (line := self.p.stdout.readline()) != b'done\n':
            words = line.decode('utf-8', 'replace').split()
            if not words:
                raise SystemExit(f'FAILED: the driver died at {expr!r} {parts!r}')
            if words[0] == 'error':
                yield line.decode('utf-8', 'replace').strip()
                continue
            rank = int(words[2])
            shape = tuple(map(int, words[3 : 3 + rank]))
            yield words[1], shape, self.p.stdout.read(int(words[3 + rank]))

    def run(self, expr, **parts):
        """The results as arrays, and the one line of an error or None; what went to a file is left
        out."""
        keys = {'raw': '@raw', 'output': '@output', 'threads': '@threads', 'chunk': '@chunk'}
        results, error = [], None
        for answer in self.ask(expr, {keys.get(k, k): v for k, v in parts.items()}):
            if isinstance(answer, str):
                error = answer
                continue
            dtype, shape, data = answer
            if data or 0 in shape:
                results.append(np.frombuffer(data, dtype).reshape(shape))
        return results, error

    def refuses(self, cases, check, **parts):
        """Each expression is an error of usage that has these words."""
        for expr, words in cases:
            _, error = self.run(expr, **parts)
            check(error and error.startswith('error 2') and words in error, expr, error)


class OneResult(Driver):
    """Of expressions with one result: that array, None where it went to a file or failed."""

    def run(self, expr, **parts):
        results, error = super().run(expr, **parts)
        return results[-1] if results else None, error
