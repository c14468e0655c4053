"""A memory cgroup for one command: version 1's memory controller or version 2's, whichever is there
and may be used."""
import os

V1 = '/sys/fs/cgroup/memory'
V2 = '/sys/fs/cgroup'


class Unavailable(Exception):
    pass


def read_number(path):
    try:
        with open(path, encoding='ascii') as file:
            return int(file.read().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def read_key(path, key):
    try:
        with open(path, encoding='ascii') as file:
            for line in file:
                name, _, value = line.partition(' ')
                if name == key:
                    return int(value)
    except (OSError, ValueError):
        pass
    return 0


class MemoryCgroup:
    """With `with`: exists inside, empty; removed afterwards."""

    def __init__(self, limit):
        self.limit, self.version, self.path = limit, None, None

    def __enter__(self):
        name = f'shoal-{os.getpid()}-{id(self)}'
        if os.path.exists(os.path.join(V1, 'memory.limit_in_bytes')):
            self.version, self.path = 1, os.path.join(V1, name)
        elif 'memory' in self.controllers():
            self.version, self.path = 2, os.path.join(V2, name)
        else:
            raise Unavailable('there is no memory controller of cgroups here')
        try:
            os.mkdir(self.path)
            self.set_limit()
        except OSError as error:
            self.__exit__()
            raise Unavailable(f'no memory cgroup may be made here: {error.strerror}') from error
        return self

    def __exit__(self, *_):
        if os.path.isdir(self.path):
            os.rmdir(self.path)

    @staticmethod
    def controllers():
        try:
            with open(os.path.join(V2, 'cgroup.subtree_control'), encoding='ascii') as file:
                return file.read().split()
        except OSError:
            return []

    def write(self, name, text):
        with open(os.path.join(self.path, name), 'w', encoding='ascii') as file:
            file.write(str(text))

    def set_limit(self):
        if self.version == 2:
            self.write('memory.max', self.limit)
            if os.path.exists(os.path.join(self.path, 'memory.swap.max')):
                self.write('memory.swap.max', 0)
            return
        self.write('memory.limit_in_bytes', self.limit)
        self.write('memory.swappiness', 0)
        if os.path.exists(os.path.join(self.path, 'memory.memsw.limit_in_bytes')):
            self.write('memory.memsw.limit_in_bytes', self.limit)

    def wrap(self, command):
        """The command, started inside; the shell in front of it goes in first."""
        members = os.path.join(self.path, 'cgroup.procs')
        return ['/bin/sh', '-c', 'echo $$ >"$0" && exec "$@"', members, *command]

    def figures(self):
        """Bytes at the peak (page cache included), kills, swapped bytes, and how often the limit
        was met, which only means that page cache was given back."""
        at = self.path + '/'
        if self.version == 1:
            return {'peak': read_number(at + 'memory.max_usage_in_bytes'),
                    'kills': read_key(at + 'memory.oom_control', 'oom_kill'),
                    'swap': read_key(at + 'memory.stat', 'swap'),
                    'at_limit': read_number(at + 'memory.failcnt')}
        return {'peak': read_number(at + 'memory.peak'),
                'kills': read_key(at + 'memory.events', 'oom_kill'),
                'swap': read_number(at + 'memory.swap.current') or 0,
                'at_limit': read_key(at + 'memory.events', 'max')}
