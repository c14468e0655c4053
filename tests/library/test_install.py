"""Installs into a folder, looks at what is there, and builds a program outside of the tree with
make, CMake and meson, which find the library where it was put.

usage: test_install.py BUILD PROJECT"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from shared_case import need

need('h5py', 'numpy')
import h5py
import numpy as np

BUILD, PROJECT = sys.argv[1:]
WANTED = ['bin/shoal', 'include/shoal/shoal.h', 'share/man/man3/libshoal.3',
          'share/doc/shoal/libshoal.html', 'lib*/**/libshoal.a', 'lib*/**/libshoal.so',
          'lib*/**/libshoal.so.0', 'lib*/**/pkgconfig/shoal.pc', 'lib*/**/shoalConfig.cmake',
          'lib*/**/shoalConfigVersion.cmake']


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    assert done.returncode == 0, f'{" ".join(command)}\n{done.stdout}\n{done.stderr}'
    return done.stdout


def install(folder):
    """Below DESTDIR, whatever the prefix: what is found does not depend on where it lies."""
    run('meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', folder)
    commands = glob.glob(folder + '/**/bin/shoal', recursive=True)
    assert len(commands) == 1, commands
    return os.path.dirname(os.path.dirname(commands[0]))


def look(prefix):
    for pattern in WANTED:
        found = glob.glob(f'{prefix}/{pattern}', recursive=True)
        assert found, f'{pattern} was not installed'
    verbs = re.findall(r'^  ([a-z]+) ', run(prefix + '/bin/shoal', '--help'), re.M)
    for verb in verbs if shutil.which('help2man') else ():
        assert os.path.exists(f'{prefix}/share/man/man1/shoal-{verb}.1'), verb
    page = prefix + '/share/man/man3/libshoal.3'
    if shutil.which('man'):
        done = subprocess.run(['man', '--warnings', '-l', page], capture_output=True, text=True,
                              env=dict(os.environ, MANPAGER='cat', LC_ALL='C.UTF-8'))
        assert done.returncode == 0 and 'shoal_plan_make' in done.stdout, done.stderr
    else:
        print('skipped: man is not installed')


def write_data(path):
    rng = np.random.default_rng(7)
    values = rng.integers(-1000, 1000, (5, 300))
    with h5py.File(path, 'w') as file:
        file.create_dataset('t', data=values, chunks=(2, 100), compression='gzip')
    return int(values[1].sum())


class Outside:
    def __init__(self, prefix, folder, data, want):
        self.folder, self.data, self.want = folder, data, want
        library = glob.glob(prefix + '/**/libshoal.so.0', recursive=True)[0]
        self.libdir, self.prefix = os.path.dirname(library), prefix
        self.environment = dict(os.environ, PKG_CONFIG_PATH=self.libdir + '/pkgconfig',
                                LD_LIBRARY_PATH=self.libdir)

    def sources(self, name):
        copy = os.path.join(self.folder, name)
        shutil.copytree(os.path.join(PROJECT, 'tests/library/outside'), copy)
        return copy

    def check(self, program):
        said = run(program, self.data + ':/t', env=self.environment).split()
        assert said[1] == str(self.want), (program, said, self.want)

    def run(self, *command):
        return run(*command, env=self.environment)

    def make(self):
        folder = self.sources('make')
        self.run('make', '-C', folder)
        self.check(folder + '/program')
        self.check(folder + '/program-static')
        needed = self.run('readelf', '-d', folder + '/program')
        assert '[libshoal.so.0]' in needed, needed
        assert 'libshoal' not in self.run('readelf', '-d', folder + '/program-static')

    def cmake(self):
        folder = self.sources('cmake')
        self.run('cmake', '-S', folder, '-B', folder + '/build',
                 '-DCMAKE_PREFIX_PATH=' + self.prefix)
        self.run('cmake', '--build', folder + '/build')
        self.check(folder + '/build/program')
        with open(folder + '/CMakeLists.txt', encoding='utf-8') as file:
            text = file.read()
        with open(folder + '/CMakeLists.txt', 'w', encoding='utf-8') as file:
            file.write(text.replace('shoal 0.1', 'shoal 0.2'))
        newer = subprocess.run(['cmake', '-S', folder, '-B', folder + '/newer',
                                '-DCMAKE_PREFIX_PATH=' + self.prefix], capture_output=True)
        assert newer.returncode != 0, 'a version that is not there was found'

    def meson(self):
        folder = self.sources('meson')
        self.run('meson', 'setup', folder + '/build', folder)
        self.run('ninja', '-C', folder + '/build')
        self.check(folder + '/build/program')


def main():
    with tempfile.TemporaryDirectory() as folder:
        prefix = install(folder + '/root')
        look(prefix)
        data = folder + '/data.h5'
        outside = Outside(prefix, folder, data, write_data(data))
        for tool in ('make', 'cmake', 'meson'):
            if shutil.which(tool):
                getattr(outside, tool)()
            else:
                print(f'skipped: {tool} is not installed')
    print('a program outside finds and links the library')


main()
