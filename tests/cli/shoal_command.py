"""The command under test, for the scripts beside this one. $SHOAL names it."""
import hashlib
import json
import os
import subprocess

SHOAL = os.environ.get('SHOAL', 'shoal')
# A sanitizer's report must not look like a status of ours.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS='exitcode=99:detect_leaks=0',
                   UBSAN_OPTIONS='exitcode=99', TSAN_OPTIONS='exitcode=99')


class Done:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f'status {self.status}, out {self.out[:300]!r}, err {self.err[:2000]!r}'


def run(*words, stdin=b'', timeout=120, **more):
    """Runs the command; stdin is bytes or an open file. stdout may be given in `more`."""
    feed = {'input': stdin} if isinstance(stdin, bytes) else {'stdin': stdin}
    more.setdefault('stdout', subprocess.PIPE)
    done = subprocess.run([SHOAL, *words], stderr=subprocess.PIPE, timeout=timeout,
                          env=ENVIRONMENT, **feed, **more)
    return Done(done.returncode, done.stdout or b'', done.stderr)


def good(*words, **more):
    done = run(*words, **more)
    assert done.status == 0, f'{words}: {done}'
    return done


def clean_line(err):
    """Is it exactly one line `shoal: ...` of printable UTF-8?"""
    try:
        text = err.decode('utf-8')
    except UnicodeDecodeError:
        return False
    return (text.startswith('shoal: ') and text.endswith('\n') and text.count('\n') == 1 and
            len(text) > 12 and all(c.isprintable() for c in text[:-1]))


def snapshot(folder):
    """Every name below a folder, and a hash of what is in it."""
    found = {}
    for where, folders, names in os.walk(os.fsencode(folder)):
        for name in folders + names:
            path = os.path.join(where, name)
            if os.path.isfile(path):
                with open(path, 'rb') as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
            else:
                found[path] = None
    return found
